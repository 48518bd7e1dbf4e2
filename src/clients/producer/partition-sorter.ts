// Puts the records of one topic in the order of their partitions, each partition's in the order in which they came.

import type { Headers, Payload } from '../../log/record.ts'
import { RecordBatch } from '../../log/record-batch.ts'
import { RecordColumns } from '../../log/record-columns.ts'

/** A record whose key and value are payloads. Where it was sent as such, it is the sender's own object. */
export interface ReadyRecord {
  readonly key?: Payload | undefined
  readonly value: Payload
  readonly timestamp?: number | undefined
  readonly headers?: Headers | undefined
}

export interface PartitionBatch {
  readonly index: number
  readonly records: RecordBatch
}

export interface Sorted {
  readonly partitionData: readonly PartitionBatch[]
  /** How many records each of the batches has: once sent, a batch is the log's, and grows there. */
  readonly counts: readonly number[]
}

interface Stretch {
  readonly index: number
  records: RecordBatch
}

/** Until it is known where a stretch begins. */
const NO_BATCH = new RecordBatch()

export class PartitionSorter {
  /** Partition → 1 + the index of its stretch; 0 outside of `sort`. Kept, for there may be many partitions. */
  #stretchOf = new Int32Array(0)

  /**
   * For each partition one batch, in the order of first records; the batches share columns. One that is as large as
   * `fullBytes` takes no more: it is handed to `onFull`, and another one begins behind it.
   */
  sort(
    records: readonly ReadyRecord[],
    partitions: readonly number[],
    count: number,
    nowMs: number,
    fullBytes: number,
    onFull: (full: Sorted) => void,
  ): Sorted {
    const counts: number[] = []
    const stretches = this.#measure(partitions, count, nowMs, counts)
    try {
      for (let i = 0; i < count; i++) {
        const position = (this.#stretchOf[partitions[i] ?? 0] ?? 0) - 1
        const stretch = stretches[position] as Stretch
        if (stretch.records.sizeBound >= fullBytes) {
          const full = stretch.records
          onFull({ partitionData: [{ index: stretch.index, records: full }], counts: [full.count] })
          stretch.records = full.next()
          counts[position] = (counts[position] ?? 0) - full.count
        }
        const { key = null, value, timestamp = nowMs, headers } = records[i] as ReadyRecord
        stretch.records.push(key, value, timestamp, headers)
      }
    } finally {
      // Also where the sender's own object throws: the next batch begins with a clean table.
      for (const { index } of stretches) this.#stretchOf[index] = 0
    }
    return { partitionData: stretches, counts }
  }

  /** An empty batch for each partition, in front of as many slots of shared columns as it has records: `counts`. */
  #measure(partitions: readonly number[], count: number, nowMs: number, counts: number[]): Stretch[] {
    const stretches: Stretch[] = []
    for (let i = 0; i < count; i++) {
      const index = partitions[i] ?? 0
      if (index >= this.#stretchOf.length) this.#grow(index)
      const known = this.#stretchOf[index] ?? 0
      if (known === 0) {
        this.#stretchOf[index] = counts.push(1)
        stretches.push({ index, records: NO_BATCH })
      } else {
        counts[known - 1] = (counts[known - 1] ?? 0) + 1
      }
    }
    // A batch of one record needs no columns.
    const columns = stretches.length < count ? RecordColumns.withSlots(count, nowMs) : null
    let start = 0
    for (let position = 0; position < stretches.length; position++) {
      const stretch = stretches[position] as Stretch
      const count = counts[position] ?? 0
      stretch.records = count > 1 ? new RecordBatch(columns, start) : new RecordBatch()
      start += count
    }
    return stretches
  }

  #grow(partition: number): void {
    const grown = new Int32Array(Math.max(partition + 1, this.#stretchOf.length * 2))
    grown.set(this.#stretchOf)
    this.#stretchOf = grown
  }
}
