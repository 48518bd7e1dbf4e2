// The transactional ids of one partition of __transaction_state: what is written (the view), and what dies with a coordinator.

import type { CoordinatorRecord, Reply } from '../coordinator/step.ts'
import { NO_PAST, type Transaction, type TransactionPartition, type TransactionPast } from './transaction.ts'
import { TransactionsView } from './view.ts'

export interface TransactionConfig {
  readonly transactionMaxTimeoutMs: number
  readonly transactionalIdExpirationMs: number
  readonly transactionRemoveExpiredTransactionCleanupIntervalMs: number
}

/** What a coordinator needs of its broker. */
export interface TransactionHost {
  readonly config: TransactionConfig
  newProducerId(): number

  /** Sends the markers of a decided transaction to its partitions; once all stand, the shard is told by `completeTransaction`. */
  sendMarkers(shard: TransactionShard, transaction: Transaction): void
}

export class TransactionShard {
  readonly view = new TransactionsView()
  readonly host: TransactionHost
  /** Goes into its markers: those of the coordinator before, which may still be under way, end nothing any more. */
  readonly coordinatorEpoch: number
  readonly #past = new Map<string, TransactionPast>()
  /** Of each transaction that is ending: the partitions whose markers do not stand yet. */
  readonly #unmarked = new Map<string, readonly TransactionPartition[]>()

  constructor(host: TransactionHost, coordinatorEpoch: number) {
    this.host = host
    this.coordinatorEpoch = coordinatorEpoch
  }

  replay(record: CoordinatorRecord): void {
    this.view.replay(record)
  }

  /** What is written here belongs to no transaction. */
  replayMarker(): void {}

  past(transactionalId: string): TransactionPast {
    return this.#past.get(transactionalId) ?? NO_PAST
  }

  remember(transactionalId: string, past: TransactionPast): void {
    this.#past.set(transactionalId, past)
  }

  forget(transactionalId: string): void {
    this.#past.delete(transactionalId)
    this.#unmarked.delete(transactionalId)
  }

  /** Where the transaction still is open. */
  openPartitions(transaction: Transaction): readonly TransactionPartition[] {
    return this.#unmarked.get(transaction.transactionalId) ?? transaction.partitions
  }

  leftToMark(transactionalId: string, partitions: readonly TransactionPartition[]): void {
    this.#unmarked.set(transactionalId, partitions)
  }

  allMarked(transactionalId: string): void {
    this.#unmarked.delete(transactionalId)
  }

  markers(transaction: Transaction): Reply {
    return { deliver: () => this.host.sendMarkers(this, transaction) }
  }
}
