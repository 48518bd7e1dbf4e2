// A transaction has ended in a partition of __consumer_offsets: what groups had committed in it counts now, or never will.
// (Kafka: OffsetMetadataManager.replayEndTransactionMarker)

import type { Marker } from '../log/control-record.ts'
import { expiryTimer } from './expiry.ts'
import type { GroupStep } from './group-step.ts'
import type { PendingOffset } from './pending-offsets.ts'
import type { GroupShard } from './shard.ts'

export function endOffsets(shard: GroupShard, marker: Marker): GroupStep {
  const ended = shard.view.pending.ofProducer(marker.producerId)
  shard.replayMarker(marker)
  // A commit that stands behind one of these in the log has beaten it.
  const counts = ({ group, topic, partition, committed }: PendingOffset) =>
    shard.view.committed(group, topic, partition)?.recordOffset === committed.recordOffset
  const groupIds = [...new Set(ended.map(({ group }) => group))]
  return {
    timers: groupIds.map((groupId) => expiryTimer(shard, groupId)),
    events: groupIds.flatMap((groupId) => {
      const offsets = ended
        .filter((each) => each.group === groupId && counts(each))
        .map(({ topic, partition, committed: { offset } }) => ({ topic, partition, offset }))
      return offsets.length === 0 ? [] : [{ type: 'offsetsCommitted' as const, groupId, offsets }]
    }),
  }
}
