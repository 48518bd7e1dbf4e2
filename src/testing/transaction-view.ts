// The transactional ids at one moment, as a test wants to see them: who has begun what, and what is still to be decided.

import { OFFSETS_TOPIC, TRANSACTIONS_TOPIC } from '../broker/topics.ts'
import type { TransactionState } from '../clients/admin/admin.ts'
import type { Offset, TopicPartition } from '../clients/topic.ts'
import { type ErrorName, errorText, KafkaError } from '../errors.ts'
import type { Insides } from '../kafkalet.ts'
import { didYouMean } from '../suggest.ts'
import { type DescribedTransaction, describeTransaction } from '../transactions/describe.ts'
import { transactionStates } from '../transactions/transaction-state.ts'
import { nameOf } from './group-view.ts'
import { textTable } from './text-table.ts'

/** An offset that a group commits when the transaction is committed. */
export interface PendingOffsetView extends TopicPartition {
  readonly groupId: string
  readonly offset: Offset
}

export interface TransactionView {
  readonly transactionalId: string
  readonly state: TransactionState
  readonly producerId: number
  readonly producerEpoch: number
  /** `transaction.timeout.ms` of its producer. */
  readonly timeoutMs: number
  /** When the transaction began that is open or about to end, in milliseconds since 1970; null where there is none. */
  readonly startTimestampMs: number | null
  /** Where it is open, and where its markers are still missing. `__consumer_offsets` is one of them for offsets. */
  readonly openPartitions: readonly TopicPartition[]
  readonly pendingOffsets: readonly PendingOffsetView[]
}

/** The transactional ids at one moment, in the order of their names. As text, they are a table. */
export class TransactionsOverview {
  readonly all: readonly TransactionView[]
  readonly #nowMs: number

  constructor(all: readonly TransactionView[], nowMs: number) {
    this.all = all
    this.#nowMs = nowMs
  }

  /** Those that are begun and not over. */
  get open(): readonly TransactionView[] {
    return this.all.filter(({ startTimestampMs }) => startTimestampMs !== null)
  }

  /** @throws KafkaError TRANSACTIONAL_ID_NOT_FOUND, with the id that may have been meant */
  get(transactionalId: string): TransactionView {
    const found = this.all.find((each) => each.transactionalId === transactionalId)
    if (found) return found
    const ids = this.all.map((each) => each.transactionalId)
    const others = ids.length === 0 ? 'There is none' : `There are: ${ids.join(', ')}`
    const why = `Transactional id '${transactionalId}' does not exist.${didYouMean(transactionalId, ids)} ${others}. An id begins with its producer.`
    throw new KafkaError('TRANSACTIONAL_ID_NOT_FOUND', why)
  }

  toString(): string {
    if (this.all.length === 0) return 'There are no transactional ids. One begins with its producer.'
    const head = ['transactional id', 'state', 'producer', 'open for', 'timeout', 'open partitions', 'pending offsets']
    const rows = this.all.map((each) => [
      each.transactionalId,
      each.state,
      `${each.producerId} in epoch ${each.producerEpoch}`,
      each.startTimestampMs === null ? '-' : `${this.#nowMs - each.startTimestampMs} ms`,
      `${each.timeoutMs} ms`,
      each.openPartitions.map(nameOf).join(', ') || '-',
      each.pendingOffsets.map((offset) => `${offset.groupId}: ${nameOf(offset)}@${offset.offset}`).join(', ') || '-',
    ])
    return textTable([head, ...rows], '')
  }
}

/** @throws KafkaError COORDINATOR_LOAD_IN_PROGRESS */
export function viewTransactions(insides: Insides): TransactionsOverview {
  const { broker } = insides
  const nowMs = broker.nowMs()
  if (broker.topics.get(TRANSACTIONS_TOPIC) === undefined) return new TransactionsOverview([], nowMs)
  const isLoading = (error: ErrorName): never => {
    const why = `A coordinator of transactions or groups still loads (${errorText(error)}) Let time pass, as with clock.advance.`
    throw new KafkaError(error, why)
  }
  const found = broker.transactions.lookAtAll(
    (shard) =>
      [...shard.view.all()].flatMap(({ transactionalId }) => {
        const transaction = describeTransaction(shard, transactionalId)
        return typeof transaction === 'string' ? [] : [transaction]
      }),
    isLoading,
  )
  const hasOffsets = broker.topics.get(OFFSETS_TOPIC) !== undefined
  const pending = hasOffsets ? broker.groups.lookAtAll((shard) => shard.view.pending.all(), isLoading) : []
  const all = found
    .sort((a, b) => (a.transactionalId < b.transactionalId ? -1 : 1))
    .map((transaction) =>
      viewOf(
        transaction,
        pending.flatMap(({ producerId, group: groupId, topic, partition, committed: { offset } }) =>
          producerId === transaction.producerId ? [{ groupId, topic, partition, offset }] : [],
        ),
      ),
    )
  return new TransactionsOverview(all, nowMs)
}

/** Those that are open, of coordinators that do not load. */
export function openTransactions(insides: Insides): readonly TransactionView[] {
  try {
    return viewTransactions(insides).open
  } catch (error) {
    if (error instanceof KafkaError && error.retriable) return []
    throw error
  }
}

function viewOf(transaction: DescribedTransaction, pendingOffsets: readonly PendingOffsetView[]): TransactionView {
  const { transactionalId, state, producerId, producerEpoch, transactionTimeoutMs, startTimestampMs } = transaction
  const isBegun = state === 'Ongoing' || transactionStates[state].isEnding
  return {
    transactionalId,
    state,
    producerId,
    producerEpoch,
    timeoutMs: transactionTimeoutMs,
    startTimestampMs: isBegun ? startTimestampMs : null,
    openPartitions: transaction.openPartitions,
    pendingOffsets,
  }
}
