// The unit of the log: records side by side in columns, under the attributes that Kafka's record batch carries.

import { type Headers, NO_HEADERS, type Payload, type TimestampType } from './record.ts'
import { RecordColumns } from './record-columns.ts'
import { BATCH_OVERHEAD_BYTES, recordSize, recordSizeBound, recordSizeFloor } from './record-size.ts'

/** A batch takes no more records than this when small appends are joined. */
export const MAX_JOINED_RECORDS = 4096

/** What Kafka's batch header says of all its records. Batches of one kind share one object, so that telling is cheap. */
export interface BatchAttributes {
  readonly producerId: number
  readonly producerEpoch: number
  readonly isTransactional: boolean
  readonly isControl: boolean
  readonly timestampType: TimestampType
}

/** Of one shape, so that looking at them stays cheap. */
function dataAttributes(
  producerId: number,
  producerEpoch: number,
  timestampType: TimestampType,
  isTransactional = false,
  isControl = false,
): BatchAttributes {
  return Object.freeze({ producerId, producerEpoch, isTransactional, isControl, timestampType })
}

const PLAIN = dataAttributes(-1, -1, 'CreateTime')
const STAMPED = dataAttributes(-1, -1, 'LogAppendTime')

/** For all batches of a producer while its epoch stays. */
export function attributesOf(
  producerId: number,
  producerEpoch: number,
  { isTransactional = false, isControl = false } = {},
): BatchAttributes {
  return dataAttributes(producerId, producerEpoch, 'CreateTime', isTransactional, isControl)
}

const NO_SEQUENCE = -1
const SEQUENCE_BITS = 0x7fffffff

/** Behind the largest sequence number follows 0. */
export function nextSequenceOf(baseSequence: number, count: number): number {
  return (baseSequence + count) & SEQUENCE_BITS
}

export function lastSequenceOf(baseSequence: number, count: number): number {
  return baseSequence < 0 ? NO_SEQUENCE : nextSequenceOf(baseSequence, count - 1)
}

/** What a cleaned batch has beside its records, so that a dense one carries nothing of it. */
interface Cleaned {
  /** The offset of each record, in order; null where none is missing. */
  readonly offsets: readonly number[] | null
  /** That of the batch as it was appended: what its producer sent last, and where its reader goes on. */
  readonly lastOffset: number
  /** From when on its tombstones may go. */
  readonly deleteHorizonMs: number | null
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
  baseSequence = NO_SEQUENCE
  attributes: BatchAttributes = PLAIN
  maxTimestamp = -1

  /** A batch of one record holds it itself: no columns for a single send. Its time is `maxTimestamp`. */
  #key: Payload = null
  #value: Payload = null
  #headers: Headers | undefined
  /** Made with the second record, unless they were given. */
  #columns: RecordColumns | null
  /** Where in the columns the batch begins: batches that travel together share theirs. */
  #start: number
  #isText = true
  #count = 0
  #sizeBound = BATCH_OVERHEAD_BYTES
  #sizeFloor = BATCH_OVERHEAD_BYTES
  #measured: Measured = UNMEASURED
  #cleaned: Cleaned | null = null

  /** Given columns have room for the batch's records from `start` on, and nobody else writes there. */
  constructor(columns: RecordColumns | null = null, start = 0) {
    this.#columns = columns
    this.#start = start
  }

  get count(): number {
    return this.#count
  }

  get lastOffset(): number {
    return this.#cleaned === null ? this.baseOffset + this.#count - 1 : this.#cleaned.lastOffset
  }

  get nextOffset(): number {
    return this.#cleaned === null ? this.baseOffset + this.#count : this.#cleaned.lastOffset + 1
  }

  /** When the tombstones of a batch that was cleaned once may go; null before that, and where there are none. */
  get deleteHorizonMs(): number | null {
    return this.#cleaned === null ? null : this.#cleaned.deleteHorizonMs
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
    const count = this.#count
    if (this.#columns === null && count > 0) this.#columns = this.#asColumns()
    if (this.#columns === null) {
      this.#key = key
      this.#value = value
      this.#headers = headers
    } else {
      this.#columns.write(this.#start + count, key, value, timestamp, headers)
    }
    if (typeof value !== 'string' || (key !== null && typeof key !== 'string')) this.#isText = false
    if (count === 0 || timestamp > this.maxTimestamp) this.maxTimestamp = timestamp
    this.#sizeBound += recordSizeBound(key, value, headers)
    this.#sizeFloor += recordSizeFloor(key, value)
    this.#count = count + 1
  }

  offset(index: number): number {
    return this.#cleaned === null
      ? this.baseOffset + index
      : (this.#cleaned.offsets?.[index] ?? this.baseOffset + index)
  }

  /** The index of the first record at `offset` or behind it; the count where there is none. */
  indexOf(offset: number): number {
    const offsets = this.#cleaned?.offsets ?? null
    if (offsets !== null) return firstAtLeast(offsets, offset)
    return Math.min(Math.max(offset - this.baseOffset, 0), this.#count)
  }

  key(index: number): Payload {
    return this.#columns === null ? this.#key : (this.#columns.keys[this.#start + index] ?? null)
  }

  value(index: number): Payload {
    return this.#columns === null ? this.#value : (this.#columns.values[this.#start + index] ?? null)
  }

  timestamp(index: number): number {
    return this.#columns === null ? this.maxTimestamp : (this.#columns.timestamps[this.#start + index] ?? -1)
  }

  headers(index: number): Headers {
    return this.#headersAt(index) ?? NO_HEADERS
  }

  /** The size in Kafka's encoding. Counted once for each record, and only when somebody asks. */
  sizeInBytes(): number {
    let { bytes } = this.#measured
    // Kafka keeps the delete horizon where the first record's time was.
    const baseTimestamp = this.deleteHorizonMs ?? this.timestamp(0)
    for (let i = this.#measured.count; i < this.#count; i++) {
      const delta = this.timestamp(i) - baseTimestamp
      bytes += recordSize(this.offset(i) - this.baseOffset, delta, this.key(i), this.value(i), this.#headersAt(i))
    }
    this.#measured = { count: this.#count, bytes }
    return bytes
  }

  /** Whether `next` may become part of this batch: what they carry beside the records agrees. */
  canJoin(next: RecordBatch): boolean {
    return (
      this.#cleaned === null &&
      this.#count + next.#count <= MAX_JOINED_RECORDS &&
      (this.attributes === next.attributes || sameAttributes(this.attributes, next.attributes)) &&
      !this.attributes.isControl &&
      (this.baseSequence < 0 ? next.baseSequence < 0 : next.baseSequence === this.baseSequence + this.#count)
    )
  }

  join(next: RecordBatch): void {
    const columns = this.#ownColumns(this.#count + next.#count)
    if (next.#columns === null) {
      columns.write(this.#count, next.#key, next.#value, next.maxTimestamp, next.#headers)
    } else {
      columns.copy(next.#columns, next.#start, next.#count, this.#count)
    }
    this.#columns = columns
    this.#count += next.#count
    this.#isText &&= next.#isText
    if (next.maxTimestamp > this.maxTimestamp) this.maxTimestamp = next.maxTimestamp
    this.#sizeBound += next.#sizeBound - BATCH_OVERHEAD_BYTES
    this.#sizeFloor += next.#sizeFloor - BATCH_OVERHEAD_BYTES
  }

  /** A batch in the same columns that begins where this one ends. */
  next(): RecordBatch {
    return new RecordBatch(this.#columns, this.#start + this.#count)
  }

  /** What the batch holds now, for a reader: later joins do not show in it. */
  head(): RecordBatch {
    const head = new RecordBatch(this.#columns, this.#start)
    head.baseOffset = this.baseOffset
    head.baseSequence = this.baseSequence
    head.attributes = this.attributes
    head.maxTimestamp = this.maxTimestamp
    head.#key = this.#key
    head.#value = this.#value
    head.#headers = this.#headers
    head.#count = this.#count
    head.#isText = this.#isText
    head.#sizeBound = this.#sizeBound
    head.#sizeFloor = this.#sizeFloor
    head.#measured = this.#measured
    head.#cleaned = this.#cleaned
    return head
  }

  /** The batch with these of its records only, each at the offset it had. */
  retaining(indexes: readonly number[], deleteHorizonMs: number | null): RecordBatch {
    const { lastOffset } = this
    const first = indexes[0]
    const isOne = indexes.length <= 1 || first === undefined
    const kept = new RecordBatch(isOne ? null : RecordColumns.withSlots(indexes.length, this.timestamp(first)))
    kept.baseOffset = this.baseOffset
    kept.baseSequence = this.baseSequence
    kept.attributes = this.attributes
    kept.maxTimestamp = this.maxTimestamp
    for (const i of indexes) kept.push(this.key(i), this.value(i), this.timestamp(i), this.#headersAt(i))
    kept.#cleaned = { offsets: indexes.map((i) => this.offset(i)), lastOffset, deleteHorizonMs }
    return kept
  }

  /** The same batch; its tombstones may go from then on. */
  withDeleteHorizon(deleteHorizonMs: number): RecordBatch {
    const batch = this.head()
    batch.#measured = UNMEASURED
    batch.#cleaned = { offsets: this.#cleaned?.offsets ?? null, lastOffset: this.lastOffset, deleteHorizonMs }
    return batch
  }

  /** The broker's time instead of the producer's (`message.timestamp.type=LogAppendTime`). */
  stampAppendTime(nowMs: number): void {
    this.#columns?.timestamps.fill(nowMs, this.#start, this.#start + this.#count)
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

  #headersAt(index: number): Headers | undefined {
    return this.#columns === null ? this.#headers : this.#columns.headers?.[this.#start + index]
  }

  #asColumns(): RecordColumns {
    const columns = RecordColumns.of(this.#key, this.#value, this.maxTimestamp)
    if (this.#headers !== undefined) columns.writeHeaders(0, this.#headers)
    return columns
  }

  /** Columns that nobody else writes into, with room for so many records from their first slot on. */
  #ownColumns(count: number): RecordColumns {
    const columns = this.#columns ?? this.#asColumns()
    if (this.#start === 0 && count <= columns.ownSlots) return columns
    const own = columns.grown(this.#start, this.#count, count)
    this.#start = 0
    return own
  }
}

/** The index of the first of the ascending numbers that is not less; their count where all are. */
function firstAtLeast(numbers: readonly number[], least: number): number {
  let low = 0
  let high = numbers.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((numbers[middle] ?? 0) < least) low = middle + 1
    else high = middle
  }
  return low
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
