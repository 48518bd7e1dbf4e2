// AddPartitionsToTxn: partitions become part of a transaction, which begins with the first; or a broker asks whether they are.
// With KIP-890 producers send it no more: the partition adds itself when it is written to.

import { ErrorCode } from '../../errors.ts'
import { addPartitions, verifyPartitions } from '../../transactions/add-partitions.ts'
import type { TransactionPartition } from '../../transactions/transaction.ts'
import type { BrokerInternals, Handler } from '../handler.ts'
import type { AddPartitionsToTxnRequest, AddPartitionsToTxnResponse } from '../transaction-api.ts'

type TransactionToGrow = AddPartitionsToTxnRequest['transactions'][number]
type Result = AddPartitionsToTxnResponse['resultsByTransaction'][number]

const LAST_VERSION_OF_PRODUCERS = 3

export const addPartitionsToTxn: Handler<'AddPartitionsToTxn'> = (broker, { transactions }, { apiVersion }) => ({
  errorCode: ErrorCode.NONE,
  resultsByTransaction: transactions.map((each) => resultOf(broker, each, apiVersion)),
})

function resultOf(broker: BrokerInternals, transaction: TransactionToGrow, apiVersion: number | undefined): Result {
  const { topics, transactionalId, producerId, producerEpoch, verifyOnly } = transaction
  const partitions = topics.flatMap(({ name, partitions: ids }) => ids.map((partition) => ({ topic: name, partition })))
  const isUnknown = ({ topic, partition }: TransactionPartition) =>
    broker.topics.get(topic)?.partitions[partition] === undefined
  if (partitions.some(isUnknown)) {
    return toResult(transaction, (each) =>
      isUnknown(each) ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.OPERATION_NOT_ATTEMPTED,
    )
  }
  const request = { transactionalId, producerId, producerEpoch, partitions }
  if (verifyOnly) {
    const errors = broker.transactions.look(
      transactionalId,
      (shard) => verifyPartitions(shard, request),
      (error) => partitions.map(() => error),
    )
    return toResult(transaction, (_, index) => ErrorCode[errors[index] ?? 'NONE'])
  }
  const isOfProducer = apiVersion !== undefined && apiVersion <= LAST_VERSION_OF_PRODUCERS
  let errorCode: ErrorCode = ErrorCode.UNKNOWN_SERVER_ERROR
  const answered = { answer: (answer: ErrorCode) => (errorCode = answer) }
  broker.transactions.run(
    transactionalId,
    (shard, nowMs) => addPartitions(shard, request, isOfProducer ? 0 : 2, answered, nowMs),
    (error) => answered.answer(ErrorCode[error]),
  )
  return toResult(transaction, () => errorCode)
}

function toResult(
  { transactionalId, topics }: TransactionToGrow,
  codeOf: (partition: TransactionPartition, index: number) => ErrorCode,
): Result {
  let index = 0
  return {
    transactionalId,
    topicResults: topics.map(({ name, partitions }) => ({
      name,
      resultsByPartition: partitions.map((partition) => ({
        partitionIndex: partition,
        partitionErrorCode: codeOf({ topic: name, partition }, index++),
      })),
    })),
  }
}
