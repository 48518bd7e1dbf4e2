// What a cleaning knows of transactions while it goes through a log from its start: aborted records may go at once, and a
// marker goes after the last record of its transaction. (Kafka: CleanedTransactionMetadata)

import { markerIn } from './control-record.ts'
import type { AbortedTransaction } from './log-transactions.ts'
import type { RecordBatch } from './record-batch.ts'

interface Seen {
  readonly transaction: AbortedTransaction
  hasBatches: boolean
}

export class TransactionsInCleaning {
  /** In the order of their first offsets. */
  readonly #aborted: readonly AbortedTransaction[]
  #next = 0
  /** By producer id, those between whose first record and marker the cleaning is. */
  readonly #inside = new Map<number, Seen>()
  readonly #committed = new Set<number>()
  /** Aborted transactions of which no batch is left. */
  readonly emptied: AbortedTransaction[] = []

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#aborted = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /** Whether nothing of the batch is of use: it was aborted, or marks the end of what is gone. */
  isSpent(batch: RecordBatch): boolean {
    this.#enter(batch.lastOffset)
    return batch.attributes.isControl ? this.#isSpentMarker(batch) : this.#isAborted(batch)
  }

  #isAborted({ attributes }: RecordBatch): boolean {
    if (!attributes.isTransactional) return false
    const seen = this.#inside.get(attributes.producerId)
    if (seen) seen.hasBatches = true
    else this.#committed.add(attributes.producerId)
    return seen !== undefined
  }

  #isSpentMarker(batch: RecordBatch): boolean {
    const marker = markerIn(batch)
    if (marker === null) return batch.count === 0
    if (marker.type === 'COMMIT') return !this.#committed.delete(marker.producerId)
    const seen = this.#inside.get(marker.producerId)
    this.#inside.delete(marker.producerId)
    if (seen?.hasBatches) return false
    if (seen) this.emptied.push(seen.transaction)
    return true
  }

  /** The transactions that have begun up to there. */
  #enter(offset: number): void {
    for (let each = this.#aborted[this.#next]; each !== undefined; each = this.#aborted[this.#next]) {
      if (each.firstOffset > offset) return
      this.#next++
      if (!this.#inside.has(each.producerId))
        this.#inside.set(each.producerId, { transaction: each, hasBatches: false })
    }
  }
}
