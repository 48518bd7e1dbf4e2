// The unit of the log: records side by side in columns, under the attributes that Kafka's record batch carries.

import { type Headers, NO_HEADERS, type Payload, type TimestampType } from './record.ts'
import { BATCH_OVERHEAD_BYTES, recordSize, recordSizeBound } from './record-size.ts'

/** A batch takes no more records than this when small appends are joined. */
export const MAX_JOINED_RECORDS = 4096

interface Columns {
  readonly keys: Payload[]
  readonly values: Payload[]
  readonly timestamps: number[]
  /** Only where at least one record has headers. */
  headers: (Headers | undefined)[] | null
}

interface Measured {
  readonly count: number
  readonly bytes: number
}

const UNMEASURED: Measured = { count: 0, bytes: BATCH_OVERHEAD_BYTES }

/**
 * Records are only ever added behind the last one. So a reader keeps a `head` of the batch: the same columns,
 * and the count of that moment.
 */
export class RecordBatch {
  baseOffset = 0
  producerId = -1
  producerEpoch = -1
  baseSequence = -1
  isTransactional = false
  isControl = false
  timestampType: TimestampType = 'CreateTime'
  maxTimestamp = -1

  #columns: Columns
  #count = 0
  #sizeBound = BATCH_OVERHEAD_BYTES
  #measured: Measured = UNMEASURED

  constructor() {
    this.#columns = { keys: [], values: [], timestamps: [], headers: null }
  }

  get count(): number {
    return this.#count
  }

  get lastOffset(): number {
    return this.baseOffset + this.#count - 1
  }

  get nextOffset(): number {
    return this.baseOffset + this.#count
  }

  /** Never less than `sizeInBytes()`, and known without counting a byte. */
  get sizeBound(): number {
    return this.#sizeBound
  }

  push(key: Payload, value: Payload, timestamp: number, headers?: Headers): void {
    const columns = this.#columns
    columns.keys.push(key)
    columns.values.push(value)
    columns.timestamps.push(timestamp)
    if (headers !== undefined || columns.headers !== null) this.#pushHeaders(headers)
    if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp
    this.#sizeBound += recordSizeBound(key, value, headers)
    this.#count++
  }

  key(index: number): Payload {
    return this.#columns.keys[index] ?? null
  }

  value(index: number): Payload {
    return this.#columns.values[index] ?? null
  }

  timestamp(index: number): number {
    return this.#columns.timestamps[index] ?? -1
  }

  headers(index: number): Headers {
    return this.#columns.headers?.[index] ?? NO_HEADERS
  }

  /** The size in Kafka's encoding. Counted once for each record, and only when somebody asks. */
  sizeInBytes(): number {
    let { bytes } = this.#measured
    for (let i = this.#measured.count; i < this.#count; i++) {
      const delta = this.timestamp(i) - this.timestamp(0)
      bytes += recordSize(i, delta, this.key(i), this.value(i), this.#columns.headers?.[i])
    }
    this.#measured = { count: this.#count, bytes }
    return bytes
  }

  /** Whether `next` may become part of this batch: what they carry beside the records agrees. */
  canJoin(next: RecordBatch): boolean {
    return (
      this.#count + next.#count <= MAX_JOINED_RECORDS &&
      this.producerId === next.producerId &&
      this.producerEpoch === next.producerEpoch &&
      this.isTransactional === next.isTransactional &&
      this.timestampType === next.timestampType &&
      !this.isControl &&
      !next.isControl &&
      (this.baseSequence < 0 ? next.baseSequence < 0 : next.baseSequence === this.baseSequence + this.#count)
    )
  }

  join(next: RecordBatch): void {
    const columns = this.#columns
    const { keys, values, timestamps, headers } = next.#columns
    for (let i = 0; i < next.#count; i++) {
      columns.keys.push(keys[i] ?? null)
      columns.values.push(values[i] ?? null)
      columns.timestamps.push(timestamps[i] ?? -1)
      if (headers !== null || columns.headers !== null) this.#pushHeaders(headers?.[i])
      this.#count++
    }
    if (next.maxTimestamp > this.maxTimestamp) this.maxTimestamp = next.maxTimestamp
    this.#sizeBound += next.#sizeBound - BATCH_OVERHEAD_BYTES
  }

  /** What the batch holds now, for a reader: later joins do not show in it. */
  head(): RecordBatch {
    const head = new RecordBatch()
    head.baseOffset = this.baseOffset
    head.producerId = this.producerId
    head.producerEpoch = this.producerEpoch
    head.baseSequence = this.baseSequence
    head.isTransactional = this.isTransactional
    head.isControl = this.isControl
    head.timestampType = this.timestampType
    head.maxTimestamp = this.maxTimestamp
    head.#columns = this.#columns
    head.#count = this.#count
    head.#sizeBound = this.#sizeBound
    head.#measured = this.#measured
    return head
  }

  /** The broker's time instead of the producer's (`message.timestamp.type=LogAppendTime`). */
  stampAppendTime(nowMs: number): void {
    this.#columns.timestamps.fill(nowMs)
    this.timestampType = 'LogAppendTime'
    this.maxTimestamp = nowMs
  }

  /** The index of the first record that is not older than `timestamp`, or -1. */
  indexOfTimestamp(timestamp: number): number {
    for (let i = 0; i < this.#count; i++) {
      if (this.timestamp(i) >= timestamp) return i
    }
    return -1
  }

  #pushHeaders(headers: Headers | undefined): void {
    const columns = this.#columns
    columns.headers ??= new Array<Headers | undefined>(this.#count).fill(undefined)
    columns.headers.push(headers)
  }
}
