// What can be asked about transactional ids. (Kafka: TransactionCoordinator.handleDescribeTransactions, handleListTransactions)

import type { ErrorName } from '../errors.ts'
import type { TransactionShard } from './shard.ts'
import type { Transaction, TransactionPartition } from './transaction.ts'
import type { TransactionState } from './transaction-state.ts'

export interface DescribedTransaction extends Transaction {
  /** Where it is still open. */
  readonly openPartitions: readonly TransactionPartition[]
}

export function describeTransaction(
  shard: TransactionShard,
  transactionalId: string,
): DescribedTransaction | ErrorName {
  if (transactionalId === '') return 'INVALID_REQUEST'
  const transaction = shard.view.get(transactionalId)
  if (transaction === undefined || transaction.state === 'Dead') return 'TRANSACTIONAL_ID_NOT_FOUND'
  return { ...transaction, openPartitions: shard.openPartitions(transaction) }
}

export interface TransactionFilter {
  /** Empty for any; as is the next. */
  readonly producerIds: readonly number[]
  readonly states: readonly TransactionState[]
  /** Only those that have been open for longer, in ms; below 0 for any. */
  readonly durationMs: number
  /** The whole id must match it; null for any. */
  readonly pattern: RegExp | null
}

export function listTransactions(shard: TransactionShard, filter: TransactionFilter, nowMs: number): Transaction[] {
  const { producerIds, states, durationMs, pattern } = filter
  return [...shard.view.all()].filter(
    ({ transactionalId, producerId, state, startTimestampMs }) =>
      state !== 'Dead' &&
      (producerIds.length === 0 || producerIds.includes(producerId)) &&
      (states.length === 0 || states.includes(state)) &&
      (durationMs < 0 || nowMs - startTimestampMs > durationMs) &&
      (pattern?.test(transactionalId) ?? true),
  )
}
