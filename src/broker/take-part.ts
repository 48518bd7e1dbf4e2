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

/** 'NONE' where the partition is part of the transaction, now or already. */
export function takePart(
  broker: BrokerInternals,
  writer: TransactionWriter,
  { topic, partition }: TransactionPartition,
  adds: boolean,
): ErrorName {
  const log = broker.topics.get(topic)?.partitions[partition]
  if (log?.hasOpenTransaction(writer.producerId, writer.producerEpoch)) return 'NONE'
  const request = { ...writer, partitions: [{ topic, partition }] }
  const { transactionalId } = writer
  if (!adds) {
    return broker.transactions.look<ErrorName>(
      transactionalId,
      (shard) => verifyPartitions(shard, request)[0] ?? 'NONE',
      (error) => error,
    )
  }
  let answer: ErrorCode = ErrorCode.UNKNOWN_SERVER_ERROR
  broker.transactions.run(
    transactionalId,
    (shard, nowMs) => addPartitions(shard, request, 2, { answer: (code) => (answer = code) }, nowMs),
    (error) => {
      answer = ErrorCode[error]
    },
  )
  return errorName(answer)
}
