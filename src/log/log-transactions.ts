// The transactions in one partition: those that are open hold its last stable offset, those that were aborted are told to
// its readers. (Kafka: ProducerStateManager's ongoing transactions, TransactionIndex)

import type { MarkerType } from './control-record.ts'

/** From the first record of the transaction to its marker. */
export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
  readonly lastOffset: number
}

interface AbortedWithStableOffset extends AbortedTransaction {
  /** When its marker was written. None that was aborted later begins before it. */
  readonly lastStableOffset: number
}

export class LogTransactions {
  /** Producer id → where its transaction begins, in that order. */
  readonly #open = new Map<number, number>()
  /** In the order of their markers. */
  #aborted: AbortedWithStableOffset[] = []

  /** Where the producer's open transaction begins; -1 without one. */
  firstOffsetOf(producerId: number): number {
    return this.#open.get(producerId) ?? -1
  }

  /** Where the first open transaction begins; null where none is open. */
  get firstOpenOffset(): number | null {
    for (const offset of this.#open.values()) return offset
    return null
  }

  wrote(producerId: number, baseOffset: number): void {
    if (!this.#open.has(producerId)) this.#open.set(producerId, baseOffset)
  }

  /** The marker stands at that offset. Without a transaction it ends nothing. */
  ended(producerId: number, type: MarkerType, markerOffset: number): void {
    const firstOffset = this.#open.get(producerId)
    if (firstOffset === undefined) return
    this.#open.delete(producerId)
    if (type === 'COMMIT') return
    const lastStableOffset = this.firstOpenOffset ?? markerOffset + 1
    this.#aborted.push({ producerId, firstOffset, lastOffset: markerOffset, lastStableOffset })
  }

  /** Those with anything from `offset` up to, and without, `end`. */
  abortedBetween(offset: number, end: number): AbortedTransaction[] {
    const found: AbortedTransaction[] = []
    for (const each of this.#aborted) {
      if (each.lastOffset >= offset && each.firstOffset < end) found.push(each)
      if (each.lastStableOffset >= end) break
    }
    return found
  }

  forget(transactions: readonly AbortedTransaction[]): void {
    if (transactions.length === 0) return
    const gone = new Set(transactions)
    this.#aborted = this.#aborted.filter((each) => !gone.has(each))
  }

  /** What ended before the log's new start is of no use to a reader. */
  forgetBefore(startOffset: number): void {
    this.#aborted = this.#aborted.filter(({ lastOffset }) => lastOffset >= startOffset)
  }
}
