// The unit of the log: records side by side in columns, under the attributes that Kafka's record batch carries.

import { type Headers, NO_HEADERS, type Payload, type TimestampType } from './record.ts'
import { BATCH_OVERHEAD_BYTES, recordSize, recordSizeBound, recordSizeFloor } from './record-size.ts'

/** A batch takes no more records than this when small appends are joined. */
export const MAX_JOINED_RECORDS = 4096

const FIRST_COLUMN_SLOTS = 16
const COLUMN_GROWTH = 4

/** What Kafka's batch header says of all its records. Batches of one kind share one object, so that telling is cheap. */
export interface BatchAttributes {
  readonly producerId: number
  readonly producerEpoch: number
  readonly isTransactional: boolean
  readonly isControl: boolean
  readonly timestampType: TimestampType
}

const PLAIN: BatchAttributes = Object.freeze({
  producerId: -1,
  producerEpoch: -1,
  isTransactional: false,
  isControl: false,
  timestampType: 'CreateTime',
})
const STAMPED: BatchAttributes = Object.freeze({ ...PLAIN, timestampType: 'LogAppendTime' })

/** Columns come with the first record: most batches on their way have only few, and an array that is pushed to begins large. */
const NO_COLUMN: never[] = []

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
  baseSequence = -1
  attributes: BatchAttributes = PLAIN
  maxTimestamp = -1

  #keys: Payload[] = NO_COLUMN
  #values: Payload[] = NO_COLUMN
  #timestamps: number[] = NO_COLUMN
  /** Only where at least one record has headers. */
  #headers: (Headers | undefined)[] | null = null
  #isText = true
  #count = 0
  /** Slots of the columns, once they were grown for a join. */
  #capacity = 0
  #sizeBound = BATCH_OVERHEAD_BYTES
  #sizeFloor = BATCH_OVERHEAD_BYTES
  #measured: Measured = UNMEASURED

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

  /** Whether every value is a string, and every key one or null: then a reader need not look at each. */
  get isText(): boolean {
    return this.#isText
  }

  /** Never more than `sizeInBytes()`, and near to it for bytes and ASCII. */
  get sizeFloor(): number {
    return this.#sizeFloor
  }

  push(key: Payload, value: Payload, timestamp: number, headers?: Headers): void {
    if (this.#count === 0) {
      this.#keys = [key]
      this.#values = [value]
      this.#timestamps = [timestamp]
    } else {
      // By index: columns that were grown for a join end behind the last record.
      this.#keys[this.#count] = key
      this.#values[this.#count] = value
      this.#timestamps[this.#count] = timestamp
    }
    if (typeof value !== 'string' || (key !== null && typeof key !== 'string')) this.#isText = false
    if (headers !== undefined || this.#headers !== null) this.#pushHeaders(headers)
    if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp
    this.#sizeBound += recordSizeBound(key, value, headers)
    this.#sizeFloor += recordSizeFloor(key, value)
    this.#count++
  }

  key(index: number): Payload {
    return this.#keys[index] ?? null
  }

  value(index: number): Payload {
    return this.#values[index] ?? null
  }

  timestamp(index: number): number {
    return this.#timestamps[index] ?? -1
  }

  headers(index: number): Headers {
    return this.#headers?.[index] ?? NO_HEADERS
  }

  /** The size in Kafka's encoding. Counted once for each record, and only when somebody asks. */
  sizeInBytes(): number {
    let { bytes } = this.#measured
    for (let i = this.#measured.count; i < this.#count; i++) {
      const delta = this.timestamp(i) - this.timestamp(0)
      bytes += recordSize(i, delta, this.key(i), this.value(i), this.#headers?.[i])
    }
    this.#measured = { count: this.#count, bytes }
    return bytes
  }

  /** Whether `next` may become part of this batch: what they carry beside the records agrees. */
  canJoin(next: RecordBatch): boolean {
    return (
      this.#count + next.#count <= MAX_JOINED_RECORDS &&
      (this.attributes === next.attributes || sameAttributes(this.attributes, next.attributes)) &&
      !this.attributes.isControl &&
      (this.baseSequence < 0 ? next.baseSequence < 0 : next.baseSequence === this.baseSequence + this.#count)
    )
  }

  join(next: RecordBatch): void {
    const from = this.#count
    if (from + next.#count > this.#capacity) this.#growTo(from + next.#count)
    for (let i = 0; i < next.#count; i++) {
      this.#keys[from + i] = next.key(i)
      this.#values[from + i] = next.value(i)
      this.#timestamps[from + i] = next.timestamp(i)
    }
    if (next.#headers !== null || this.#headers !== null) this.#joinHeaders(next)
    this.#count += next.#count
    this.#isText &&= next.#isText
    if (next.maxTimestamp > this.maxTimestamp) this.maxTimestamp = next.maxTimestamp
    this.#sizeBound += next.#sizeBound - BATCH_OVERHEAD_BYTES
    this.#sizeFloor += next.#sizeFloor - BATCH_OVERHEAD_BYTES
  }

  /** What the batch holds now, for a reader: later joins do not show in it. */
  head(): RecordBatch {
    const head = new RecordBatch()
    head.baseOffset = this.baseOffset
    head.baseSequence = this.baseSequence
    head.attributes = this.attributes
    head.maxTimestamp = this.maxTimestamp
    head.#keys = this.#keys
    head.#values = this.#values
    head.#timestamps = this.#timestamps
    head.#headers = this.#headers
    head.#count = this.#count
    head.#isText = this.#isText
    head.#sizeBound = this.#sizeBound
    head.#sizeFloor = this.#sizeFloor
    head.#measured = this.#measured
    return head
  }

  /** The broker's time instead of the producer's (`message.timestamp.type=LogAppendTime`). */
  stampAppendTime(nowMs: number): void {
    this.#timestamps.fill(nowMs)
    this.attributes = this.attributes === PLAIN ? STAMPED : { ...this.attributes, timestampType: 'LogAppendTime' }
    this.maxTimestamp = nowMs
  }

  /** The index of the first record that is not older than `timestamp`, or -1. */
  indexOfTimestamp(timestamp: number): number {
    for (let i = 0; i < this.#count; i++) {
      if (this.timestamp(i) >= timestamp) return i
    }
    return -1
  }

  /** In few large steps: an array that is pushed to leaves twice its size behind on the way to 4096. */
  #growTo(count: number): void {
    let capacity = Math.max(this.#capacity, FIRST_COLUMN_SLOTS)
    while (capacity < count) capacity *= COLUMN_GROWTH
    this.#capacity = capacity
    if (this.#count === 0) {
      this.#keys = []
      this.#values = []
      this.#timestamps = []
    }
    this.#keys.length = capacity
    this.#values.length = capacity
    this.#timestamps.length = capacity
  }

  #joinHeaders(next: RecordBatch): void {
    this.#headers ??= new Array<Headers | undefined>(this.#count).fill(undefined)
    for (let i = 0; i < next.#count; i++) this.#headers.push(next.#headers?.[i])
  }

  #pushHeaders(headers: Headers | undefined): void {
    this.#headers ??= new Array<Headers | undefined>(this.#count).fill(undefined)
    this.#headers.push(headers)
  }
}

function sameAttributes(a: BatchAttributes, b: BatchAttributes): boolean {
  return (
    a.producerId === b.producerId &&
    a.producerEpoch === b.producerEpoch &&
    a.isTransactional === b.isTransactional &&
    a.isControl === b.isControl &&
    a.timestampType === b.timestampType
  )
}
