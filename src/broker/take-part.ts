// A partition that is written to in a transaction takes part in it: with KIP-890 it is added by the write itself, before, the
// write is refused where it was not. (Kafka: ReplicaManager.maybeSendPartitionsToTransactionCoordinator)
// Differs from Kafka: a transaction that is still ending is not waited for; the producer asks again.

import { ErrorCode, type ErrorName, errorName } from '../errors.ts'
import { addPartitions, verifyPartitions } from '../transactions/add-partitions.ts'
import type { TransactionPartition } from '../transactions/transaction.ts'
import type { BrokerInternals } from './handler.ts'

export interface TransactionWriter {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

/** For each partition 'NONE' where it is part of the transaction, now or already. */
export function takePart(
  broker: BrokerInternals,
  writer: TransactionWriter,
  partitions: readonly TransactionPartition[],
  adds: boolean,
): readonly ErrorName[] {
  const isInside = ({ topic, partition }: TransactionPartition) =>
    broker.topics.get(topic)?.partitions[partition]?.hasOpenTransaction(writer.producerId, writer.producerEpoch) ===
    true
  if (partitions.every(isInside)) return partitions.map(() => 'NONE')
  return adds ? added(broker, writer, partitions) : verified(broker, writer, partitions)
}

function added(
  { transactions }: BrokerInternals,
  writer: TransactionWriter,
  partitions: readonly TransactionPartition[],
): readonly ErrorName[] {
  let answer: ErrorCode = ErrorCode.UNKNOWN_SERVER_ERROR
  const answered = { answer: (code: ErrorCode) => (answer = code) }
  transactions.run(
    writer.transactionalId,
    (shard, nowMs) => addPartitions(shard, { ...writer, partitions }, 2, answered, nowMs),
    (error) => answered.answer(ErrorCode[error]),
  )
  const error = errorName(answer)
  return partitions.map(() => error)
}

function verified(
  { transactions }: BrokerInternals,
  writer: TransactionWriter,
  partitions: readonly TransactionPartition[],
): readonly ErrorName[] {
  return transactions.look<readonly ErrorName[]>(
    writer.transactionalId,
    (shard) => verifyPartitions(shard, { ...writer, partitions }),
    (error) => partitions.map(() => error),
  )
}
