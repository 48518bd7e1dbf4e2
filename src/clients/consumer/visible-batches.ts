// What an application sees of a fetch: no markers, and with `read_committed` nothing of transactions that were aborted. What
// it does not see still takes offsets: an empty batch stands in its place. (Kafka: CompletedFetch.nextFetchedRecord)

import type { FetchPartitionResponse } from '../../broker/api.ts'
import { markerIn } from '../../log/control-record.ts'
import type { RecordBatch } from '../../log/record-batch.ts'

export function visibleBatches({ records, abortedTransactions }: FetchPartitionResponse): readonly RecordBatch[] {
  const hasAborted = abortedTransactions !== null && abortedTransactions.length > 0
  if (!hasAborted && !records.some(({ attributes }) => attributes.isControl)) return records
  const hidden = new AbortedRecords(abortedTransactions ?? [])
  return records.map((batch) => (hidden.has(batch) || batch.attributes.isControl ? batch.retaining([], null) : batch))
}

/** Goes through batches in the order of their offsets. */
class AbortedRecords {
  /** In the order in which they begin. */
  readonly #coming: { readonly producerId: number; readonly firstOffset: number }[]
  /** The producers between whose first aborted record and marker the reader is. */
  readonly #open = new Set<number>()

  constructor(aborted: readonly { readonly producerId: number; readonly firstOffset: number }[]) {
    this.#coming = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  has(batch: RecordBatch): boolean {
    const { producerId, isTransactional, isControl } = batch.attributes
    for (let next = this.#coming[0]; next && next.firstOffset <= batch.lastOffset; next = this.#coming[0]) {
      this.#open.add(next.producerId)
      this.#coming.shift()
    }
    if (isControl) {
      if (markerIn(batch)?.type === 'ABORT') this.#open.delete(producerId)
      return false
    }
    return isTransactional && this.#open.has(producerId)
  }
}
