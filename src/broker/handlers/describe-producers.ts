// DescribeProducers: who writes to partitions with a producer id, and where the transaction of each has begun.

import { ErrorCode } from '../../errors.ts'
import type { BrokerInternals, Handler } from '../handler.ts'
import type { DescribeProducersResponse } from '../transaction-api.ts'

type PartitionProducers = DescribeProducersResponse['topics'][number]['partitions'][number]

export const describeProducers: Handler<'DescribeProducers'> = (broker, { topics }) => ({
  topics: topics.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => describe(broker, name, partitionIndex)),
  })),
})

function describe(broker: BrokerInternals, name: string, partitionIndex: number): PartitionProducers {
  const topic = broker.topics.get(name)
  const log = topic?.partitions[partitionIndex]
  if (topic === undefined || log === undefined) {
    const errorMessage = topic ? broker.topics.unknownPartition(topic, partitionIndex) : broker.topics.unknown(name)
    return { partitionIndex, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, errorMessage, activeProducers: [] }
  }
  return {
    partitionIndex,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    activeProducers: log.activeProducers(broker.nowMs()).map(({ currentTransactionStartOffset, ...producer }) => ({
      ...producer,
      currentTxnStartOffset: currentTransactionStartOffset,
    })),
  }
}
