// OffsetFetch: what groups committed. Nothing committed, or a group nobody knows, is offset -1 and no error; where a transaction
// may still change it, whoever requires what is stable is sent away.

import { ErrorCode } from '../../errors.ts'
import { type FetchedOffset, fetchOffsets } from '../../groups/offsets.ts'
import type { OffsetFetchRequest, OffsetFetchResponse } from '../group-api.ts'
import type { BrokerInternals, Handler } from '../handler.ts'

type RequestGroup = OffsetFetchRequest['groups'][number]
type ResponseGroup = OffsetFetchResponse['groups'][number]

export const offsetFetch: Handler<'OffsetFetch'> = (broker, { groups, requireStable }) => ({
  groups: groups.map((group) => fetchGroup(broker, group, requireStable)),
})

function fetchGroup(broker: BrokerInternals, { groupId, topics }: RequestGroup, requireStable: boolean): ResponseGroup {
  const wanted =
    topics?.flatMap(({ name, partitionIndexes }) =>
      partitionIndexes.map((partition) => ({ topic: name, partition })),
    ) ?? null
  return broker.groups.look<ResponseGroup>(
    groupId,
    (shard) => ({
      groupId,
      errorCode: ErrorCode.NONE,
      topics: byTopic(fetchOffsets(shard, groupId, wanted, requireStable)),
    }),
    (error) => ({ groupId, errorCode: ErrorCode[error], topics: [] }),
  )
}

function byTopic(offsets: readonly FetchedOffset[]): ResponseGroup['topics'] {
  const topics = new Map<string, ResponseGroup['topics'][number]['partitions'][number][]>()
  for (const { topic, partition, isUnstable, offset, leaderEpoch, metadata } of offsets) {
    const partitions = topics.get(topic) ?? []
    partitions.push({
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: leaderEpoch,
      metadata,
      errorCode: isUnstable ? ErrorCode.UNSTABLE_OFFSET_COMMIT : ErrorCode.NONE,
    })
    topics.set(topic, partitions)
  }
  return [...topics].map(([name, partitions]) => ({ name, partitions }))
}
