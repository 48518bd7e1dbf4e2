// A segment is Kafka's: the log is rolled into segments by size and time, and only whole segments are dropped.

import type { RecordBatch } from './record-batch.ts'

export class Segment {
  readonly baseOffset: number
  readonly batches: RecordBatch[] = []
  /** Only where the first batch has no time. */
  #createdMs = 0
  /** The largest of the first batch. */
  #firstTimestamp = -1
  #sizeBound = 0
  /** The last batch: the one that small appends are joined to. */
  #tail: RecordBatch | undefined
  #closedBytes = { batches: 0, bytes: 0 }
  #maxTimestamp = -1

  constructor(baseOffset: number) {
    this.baseOffset = baseOffset
  }

  get nextOffset(): number {
    return this.#tail?.nextOffset ?? this.baseOffset
  }

  get maxTimestamp(): number {
    return this.#maxTimestamp
  }

  /** The largest time in what was appended first. */
  get firstTimestamp(): number {
    return this.#firstTimestamp
  }

  append(batch: RecordBatch, mostJoinedBytes: number, readClock: () => number): void {
    const tail = this.#tail
    if (tail === undefined) {
      this.#firstTimestamp = batch.maxTimestamp
      if (batch.maxTimestamp < 0) this.#createdMs = readClock()
    }
    if (batch.maxTimestamp > this.#maxTimestamp) this.#maxTimestamp = batch.maxTimestamp
    this.#sizeBound += batch.sizeBound
    if (tail?.canJoin(batch) && tail.sizeFloor + batch.sizeFloor <= mostJoinedBytes) {
      tail.join(batch)
    } else {
      batch.baseOffset = this.nextOffset
      this.batches.push(batch)
      this.#tail = batch
    }
  }

  /** Takes a batch at the offsets that it has: what a cleaning has left. Nothing is appended behind it. */
  adopt(batch: RecordBatch): void {
    if (this.#tail === undefined) this.#firstTimestamp = batch.maxTimestamp
    // What stays without records is found by nobody who looks for a time.
    if (batch.count > 0) this.#maxTimestamp = Math.max(this.#maxTimestamp, batch.maxTimestamp)
    this.#sizeBound += batch.sizeBound
    this.batches.push(batch)
    this.#tail = batch
  }

  /**
   * Kafka's rule: the batch would pass `segment.bytes`, or is `segment.ms` younger than the segment's first batch. The
   * clock decides where that has no time.
   */
  mustRollFor(batch: RecordBatch, readClock: () => number, segmentBytes: number, segmentMs: number): boolean {
    if (this.#tail === undefined) return false
    const ageMs = this.#firstTimestamp >= 0 ? batch.maxTimestamp - this.#firstTimestamp : readClock() - this.#createdMs
    if (ageMs > segmentMs) return true
    if (this.#sizeBound + batch.sizeBound <= segmentBytes) return false
    return this.sizeInBytes() + batch.sizeInBytes() > segmentBytes
  }

  sizeInBytes(): number {
    const closed = this.#closedBytes
    for (; closed.batches < this.batches.length - 1; closed.batches++) {
      closed.bytes += this.batches[closed.batches]?.sizeInBytes() ?? 0
    }
    return closed.bytes + (this.#tail?.sizeInBytes() ?? 0)
  }

  /** The index of the batch that holds `offset`, or of the first one behind it. */
  indexOf(offset: number): number {
    let low = 0
    let high = this.batches.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.batches[middle]?.nextOffset ?? 0) <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** The index of the segment that `offset` lies in: the last one that does not begin behind it. */
export function segmentIndex(segments: readonly Segment[], offset: number): number {
  let low = 0
  let high = segments.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if ((segments[middle]?.baseOffset ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return Math.max(low, 0)
}
