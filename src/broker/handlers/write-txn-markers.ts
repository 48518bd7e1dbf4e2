// WriteTxnMarkers: the transaction coordinator tells partitions that a transaction is over, and how it ended.

import { ErrorCode, KafkaError } from '../../errors.ts'
import { type Marker, MarkerBatches } from '../../log/control-record.ts'
import type { BrokerInternals, Handler } from '../handler.ts'
import { OFFSETS_TOPIC } from '../topics.ts'

export const writeTxnMarkers: Handler<'WriteTxnMarkers'> = (broker, { markers }) => ({
  markers: markers.map(({ producerId, producerEpoch, transactionResult, coordinatorEpoch, topics }) => {
    const type = transactionResult ? ('COMMIT' as const) : ('ABORT' as const)
    const marker = { producerId, producerEpoch, type, coordinatorEpoch }
    const batches = new MarkerBatches(marker, broker.nowMs())
    return {
      producerId,
      topics: topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex) => ({
          partitionIndex,
          errorCode: write(broker, name, partitionIndex, marker, batches),
        })),
      })),
    }
  }),
})

function write(
  broker: BrokerInternals,
  name: string,
  partition: number,
  marker: Marker,
  batches: MarkerBatches,
): ErrorCode {
  const log = broker.topics.get(name)?.partitions[partition]
  if (log === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  if (name === OFFSETS_TOPIC) return notReadyAsNotLeader(broker.groups.mark(partition, marker))
  try {
    broker.append(log, batches.next(), 'coordinator')
    return ErrorCode.NONE
  } catch (error) {
    if (error instanceof KafkaError) return error.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
    throw error
  }
}

/** The transaction coordinator knows what to do about partitions, and nothing of groups. */
function notReadyAsNotLeader(code: ErrorCode): ErrorCode {
  switch (code) {
    case ErrorCode.COORDINATOR_NOT_AVAILABLE:
    case ErrorCode.COORDINATOR_LOAD_IN_PROGRESS:
    case ErrorCode.NOT_COORDINATOR:
      return ErrorCode.NOT_LEADER_OR_FOLLOWER
    default:
      return code
  }
}
