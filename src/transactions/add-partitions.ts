// A transaction begins with the first partition that is added to it, and knows all it has written to.
// (Kafka: TransactionCoordinator.handleAddPartitionsToTransaction, handleVerifyPartitionsInTransaction)

import { reply, type Waiting } from '../coordinator/step.ts'
import { ErrorCode, type ErrorName } from '../errors.ts'
import type { TransactionShard } from './shard.ts'
import {
  hasPartition,
  type Transaction,
  type TransactionPartition,
  type TransactionVersion,
  withPartitions,
} from './transaction.ts'
import { transactionStates } from './transaction-state.ts'
import type { TransactionStep } from './transaction-step.ts'
import { transition } from './transition.ts'

export interface AddPartitionsRequest {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly partitions: readonly TransactionPartition[]
}

/** All of the partitions are added, or none. */
export function addPartitions(
  shard: TransactionShard,
  request: AddPartitionsRequest,
  version: TransactionVersion,
  to: Waiting<ErrorCode>,
  nowMs: number,
): TransactionStep {
  const answer = (error: ErrorName): TransactionStep => ({ replies: [reply(to, ErrorCode[error])] })
  const transaction = openedBy(shard, request)
  if (typeof transaction === 'string') return answer(transaction)
  const isIncluded = request.partitions.every((each) => hasPartition(transaction, each))
  if (transaction.state === 'Ongoing' && isIncluded) return answer('NONE')
  const after = withPartitions(transaction, request.partitions, version, nowMs)
  const past = { ...shard.past(request.transactionalId), previousProducerId: transaction.producerId }
  return transition(shard, transaction, after, past, { done: [reply(to, ErrorCode.NONE)], refused: answer })
}

/** Whether each of them is part of the transaction, as a partition asks before it takes a producer's records. */
export function verifyPartitions(shard: TransactionShard, request: AddPartitionsRequest): readonly ErrorName[] {
  const transaction = openedBy(shard, request)
  return request.partitions.map((each) => {
    if (typeof transaction === 'string') return transaction
    return hasPartition(transaction, each) ? 'NONE' : 'TRANSACTION_ABORTABLE'
  })
}

/** The transaction of this very producer, which has not begun to end; or why it is not to be had. */
function openedBy(
  shard: TransactionShard,
  { transactionalId, producerId, producerEpoch }: AddPartitionsRequest,
): Transaction | ErrorName {
  if (transactionalId === '') return 'INVALID_REQUEST'
  const transaction = shard.view.get(transactionalId)
  if (transaction === undefined) return 'INVALID_PRODUCER_ID_MAPPING'
  if (transactionStates[transaction.state].isEnding) return 'CONCURRENT_TRANSACTIONS'
  if (transaction.producerId !== producerId) return 'INVALID_PRODUCER_ID_MAPPING'
  return transaction.producerEpoch === producerEpoch ? transaction : 'PRODUCER_FENCED'
}
