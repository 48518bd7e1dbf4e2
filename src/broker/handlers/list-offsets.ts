// ListOffsets: the first and the next offset of a partition, and the offset that belongs to a time.
// Differs from Kafka: no tiered storage, so -4 and -5 are refused.

import { ErrorCode } from '../../errors.ts'
import type { PartitionLog, TimestampAndOffset } from '../../log/partition-log.ts'
import type { ListOffsetsRequest } from '../api.ts'
import type { Handler } from '../handler.ts'

export const LATEST_TIMESTAMP = -1
export const EARLIEST_TIMESTAMP = -2
export const MAX_TIMESTAMP = -3

const NOT_FOUND: TimestampAndOffset = { timestamp: -1, offset: -1 }

export const listOffsets: Handler<'ListOffsets'> = (broker, { topics, isolationLevel }) => ({
  topics: topics.map(({ name, partitions }) => {
    const topic = broker.topics.get(name)
    return {
      name,
      partitions: partitions.map(({ partitionIndex, timestamp }) => {
        const log = topic?.partitions[partitionIndex]
        if (topic === undefined || log === undefined) {
          const why = topic ? broker.topics.unknownPartition(topic, partitionIndex) : broker.topics.unknown(name)
          return failed(partitionIndex, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, why)
        }
        if (timestamp < MAX_TIMESTAMP) {
          const why = `Timestamp ${timestamp} asks for tiered storage, which there is not. Use a time, -1, -2 or -3.`
          return failed(partitionIndex, ErrorCode.UNSUPPORTED_VERSION, why)
        }
        const found = lookUp(log, timestamp, isolationLevel) ?? NOT_FOUND
        return { partitionIndex, errorCode: ErrorCode.NONE, errorMessage: null, leaderEpoch: 0, ...found }
      }),
    }
  }),
})

function lookUp(
  log: PartitionLog,
  timestamp: number,
  isolationLevel: ListOffsetsRequest['isolationLevel'],
): TimestampAndOffset | null {
  const end = isolationLevel === 'read_committed' ? log.lastStableOffset : log.highWatermark
  if (timestamp === LATEST_TIMESTAMP) return { timestamp: -1, offset: end }
  if (timestamp === EARLIEST_TIMESTAMP) return { timestamp: -1, offset: log.startOffset }
  const found = timestamp === MAX_TIMESTAMP ? log.offsetOfMaxTimestamp() : log.offsetForTimestamp(timestamp)
  return found !== null && found.offset < end ? found : null
}

function failed(partitionIndex: number, errorCode: ErrorCode, errorMessage: string) {
  return { partitionIndex, errorCode, errorMessage, leaderEpoch: -1, ...NOT_FOUND }
}
