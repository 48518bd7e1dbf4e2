// The durable state of the transactional ids of one partition of __transaction_state. Only `replay` writes it, so it can
// always be made again from the topic.

import type { CoordinatorRecord } from '../coordinator/step.ts'
import type { Transaction } from './transaction.ts'
import { decodeTransactionRecord, type TransactionLogValue } from './transaction-records.ts'

export class TransactionsView {
  readonly #transactions = new Map<string, Transaction>()

  get(transactionalId: string): Transaction | undefined {
    return this.#transactions.get(transactionalId)
  }

  all(): IterableIterator<Transaction> {
    return this.#transactions.values()
  }

  replay(record: CoordinatorRecord): void {
    const read = decodeTransactionRecord(record)
    if (read.type === 'unknown') return
    if (read.value === null) this.#transactions.delete(read.transactionalId)
    else this.#transactions.set(read.transactionalId, restored(read.transactionalId, read.value))
  }

  /** Everything, in an order that does not depend on history: two views of the same topic give equal values. */
  toJSON(): unknown {
    return [...this.#transactions].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, transaction]) => transaction)
  }
}

function restored(transactionalId: string, value: TransactionLogValue): Transaction {
  return {
    transactionalId,
    producerId: value.producerId,
    producerEpoch: value.producerEpoch,
    transactionTimeoutMs: value.transactionTimeoutMs,
    state: value.state,
    partitions: value.partitions,
    startTimestampMs: value.startTimestamp,
    lastUpdateTimestampMs: value.lastUpdateTimestamp,
    clientTransactionVersion: value.clientTransactionVersion >= 2 ? 2 : 0,
    nextProducerId: value.nextProducerId,
  }
}
