// Records side by side: what a batch's records are kept in. Several batches that travel together share one.

import type { Headers, Payload } from './record.ts'

const FIRST_SLOTS = 16
const GROWTH = 4

export class RecordColumns {
  readonly keys: Payload[]
  readonly values: Payload[]
  readonly timestamps: number[]
  /** Only where at least one record has headers. */
  headers: (Headers | undefined)[] | null = null
  /** How many slots one batch may fill by itself; 0 where others may write too. */
  readonly ownSlots: number

  private constructor(keys: Payload[], values: Payload[], timestamps: number[], ownSlots: number) {
    this.keys = keys
    this.values = values
    this.timestamps = timestamps
    this.ownSlots = ownSlots
  }

  /** As literals: an array that begins empty takes seventeen slots for its first item. */
  static of(key: Payload, value: Payload, timestamp: number): RecordColumns {
    return new RecordColumns([key], [value], [timestamp], 0)
  }

  /** To be written to in any order. `nowMs` is about what the timestamps will be: it makes V8 keep them as doubles. */
  static withSlots(slots: number, nowMs: number): RecordColumns {
    const columns = RecordColumns.of(null, null, nowMs)
    columns.#reserve(slots)
    return columns
  }

  write(slot: number, key: Payload, value: Payload, timestamp: number, headers: Headers | undefined): void {
    this.keys[slot] = key
    this.values[slot] = value
    this.timestamps[slot] = timestamp
    if (headers !== undefined || this.headers !== null) this.writeHeaders(slot, headers)
  }

  writeHeaders(slot: number, headers: Headers | undefined): void {
    this.headers ??= []
    // Without holes in front: V8 would make a far slot of a short array an entry of a dictionary.
    while (this.headers.length < slot) this.headers.push(undefined)
    this.headers[slot] = headers
  }

  copy(from: RecordColumns, start: number, count: number, to: number): void {
    for (let i = 0; i < count; i++) {
      this.keys[to + i] = from.keys[start + i] as Payload
      this.values[to + i] = from.values[start + i] as Payload
      this.timestamps[to + i] = from.timestamps[start + i] as number
    }
    if (from.headers === null && this.headers === null) return
    for (let i = 0; i < count; i++) this.writeHeaders(to + i, from.headers?.[start + i])
  }

  /**
   * The records from `start` on in columns of their own, with room for `wanted`. In few large steps: an array that is
   * pushed to leaves twice its size behind on the way to 4096.
   */
  grown(start: number, count: number, wanted: number): RecordColumns {
    let slots = Math.max(this.ownSlots, FIRST_SLOTS)
    while (slots < wanted) slots *= GROWTH
    const end = start + count
    const own = new RecordColumns(
      this.keys.slice(start, end),
      this.values.slice(start, end),
      this.timestamps.slice(start, end),
      slots,
    )
    own.#reserve(slots)
    if (this.headers) own.headers = this.headers.slice(start, end)
    return own
  }

  #reserve(slots: number): void {
    this.keys.length = slots
    this.values.length = slots
    this.timestamps.length = slots
  }
}
