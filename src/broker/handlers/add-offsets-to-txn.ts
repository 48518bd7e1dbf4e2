// AddOffsetsToTxn: a group's partition of __consumer_offsets becomes part of a transaction.
// With KIP-890 producers send it no more: TxnOffsetCommit adds it.

import { ErrorCode } from '../../errors.ts'
import { addPartitions } from '../../transactions/add-partitions.ts'
import type { Handler } from '../handler.ts'
import { OFFSETS_TOPIC } from '../topics.ts'

export const addOffsetsToTxn: Handler<'AddOffsetsToTxn'> = (broker, request) => {
  const { transactionalId, producerId, producerEpoch, groupId } = request
  const partitions = [{ topic: OFFSETS_TOPIC, partition: broker.groups.partitionOf(groupId) }]
  let errorCode: ErrorCode = ErrorCode.UNKNOWN_SERVER_ERROR
  const answered = { answer: (answer: ErrorCode) => (errorCode = answer) }
  broker.transactions.run(
    transactionalId,
    (shard, nowMs) =>
      addPartitions(shard, { transactionalId, producerId, producerEpoch, partitions }, 0, answered, nowMs),
    (error) => answered.answer(ErrorCode[error]),
  )
  return { errorCode }
}
