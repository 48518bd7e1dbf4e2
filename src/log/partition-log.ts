// One partition: batches in segments, appended at the end, read from any offset.

import { KafkaError } from '../errors.ts'
import { type CompactionConfig, compacted, type DirtyRange, dirtyRange, isCompacted } from './compaction.ts'
import type { AbortedTransaction } from './log-transactions.ts'
import {
  type ActiveProducer,
  type AppendOrigin,
  type ProducerExpiry,
  ProducerState,
  type SentBatch,
} from './producer-state.ts'
import type { TimestampType } from './record.ts'
import type { RecordBatch } from './record-batch.ts'
import { Segment, segmentIndex } from './segment.ts'

/** The topic configs that a log obeys. */
export interface LogConfig extends CompactionConfig {
  readonly maxMessageBytes: number
  readonly messageTimestampType: TimestampType
  readonly messageTimestampBeforeMaxMs: number
  readonly messageTimestampAfterMaxMs: number
  readonly segmentMs: number
}

export interface ReadLimits {
  /** What is read stays below it, except that one batch is always read. */
  readonly maxBytes?: number
  /** Not even the first batch may pass this. */
  readonly hardMaxBytes?: number
  /** Reading stops with the batch that reaches this many records. */
  readonly maxRecords?: number
}

export interface TimestampAndOffset {
  readonly timestamp: number
  readonly offset: number
}

/** The producer did not say when. */
const NO_TIMESTAMP = -1

/** Decides without the clock where it can: by default nothing is too old, and only what is an hour ahead is too young. */
function mayBeOutOfTime(batch: RecordBatch, latestMs: number, config: LogConfig): boolean {
  return (
    batch.maxTimestamp > latestMs + config.messageTimestampAfterMaxMs ||
    config.messageTimestampBeforeMaxMs < Number.MAX_SAFE_INTEGER
  )
}

function isLarger(batch: RecordBatch, bytes = Number.POSITIVE_INFINITY): boolean {
  return batch.sizeBound > bytes && batch.sizeInBytes() > bytes
}

export class PartitionLog {
  readonly topic: string
  readonly partition: number
  readonly isCompacted: boolean
  readonly #config: LogConfig
  readonly #segmentMs: number
  readonly #expiry: ProducerExpiry
  /** Made for the first batch that has a producer id. */
  #producers: ProducerState | null = null
  readonly #segments: Segment[] = []
  /** The last segment, which is appended to. */
  #active: Segment | undefined
  #startOffset = 0
  #endOffset = 0
  #firstDirtyOffset = 0
  /** The latest reading of the clock: time does not go back, so what was not too late then is not too late now. */
  #latestMs = 0

  constructor(topic: string, partition: number, config: LogConfig, expiry: ProducerExpiry) {
    this.topic = topic
    this.partition = partition
    this.#config = config
    this.#expiry = expiry
    this.isCompacted = isCompacted(config)
    // What must be compacted in time must be closed in time.
    this.#segmentMs = this.isCompacted ? Math.min(config.segmentMs, config.maxCompactionLagMs) : config.segmentMs
  }

  /** The first offset that can be read. */
  get startOffset(): number {
    return this.#startOffset
  }

  /** The offset that the next record gets. */
  get endOffset(): number {
    return this.#endOffset
  }

  /** What consumers may read ends here. With one replica every append is replicated at once. */
  get highWatermark(): number {
    return this.#endOffset
  }

  /** Where a `read_committed` reader stops: with no open transaction, the high watermark. */
  get lastStableOffset(): number {
    return this.#producers?.transactions.firstOpenOffset ?? this.highWatermark
  }

  get segments(): readonly Segment[] {
    return this.#segments
  }

  /** Compaction has been through what lies before it. */
  get firstDirtyOffset(): number {
    return this.#firstDirtyOffset
  }

  /** Whether a segment is closed that compaction has not been through. */
  get hasDirtySegments(): boolean {
    return this.#firstDirtyOffset < (this.#active?.baseOffset ?? 0)
  }

  /**
   * Appends the batch and returns the offset of its first record; or, where its producer has sent it before, what was
   * written then. The batch belongs to the log from now on. A batch that is refused (the KafkaError says why) leaves the
   * log as it was.
   */
  append(batch: RecordBatch, readClock: () => number, origin: AppendOrigin): number | SentBatch {
    const config = this.#config
    if (batch.count === 0) throw this.#invalid('has no records. Send at least one.')
    if (batch.sizeBound > config.maxMessageBytes || batch.sizeBound > config.segmentBytes)
      this.#checkSize(batch, config)
    if (origin === 'client') this.#checkHeader(batch)
    if (config.messageTimestampType === 'LogAppendTime') batch.stampAppendTime(readClock())
    else if (mayBeOutOfTime(batch, this.#latestMs, config)) this.#checkTimestamps(batch, readClock(), config)
    if (this.isCompacted) this.#checkKeys(batch)
    if (batch.attributes.producerId < 0) return this.#write(batch, readClock, config)

    this.#producers ??= new ProducerState(`${this.topic}-${this.partition}`, this.#expiry)
    const repeated = this.#producers.admit(batch, this.#endOffset, origin, readClock)
    return repeated ?? this.#write(batch, readClock, config)
  }

  /** Who writes here with a producer id, and is not forgotten. */
  activeProducers(nowMs: number): readonly ActiveProducer[] {
    return this.#producers?.active(nowMs) ?? []
  }

  /** Whether this producer, in this epoch, is in the middle of a transaction here. */
  hasOpenTransaction(producerId: number, producerEpoch: number): boolean {
    return this.#producers?.hasOpenTransaction(producerId, producerEpoch) ?? false
  }

  /** Those transactions that a reader of these offsets must leave out. */
  abortedBetween(offset: number, end: number): readonly AbortedTransaction[] {
    return this.#producers?.transactions.abortedBetween(offset, end) ?? []
  }

  isLastOfProducer(batch: RecordBatch, nowMs: number): boolean {
    return this.#producers?.isLast(batch, nowMs) ?? false
  }

  /** The batches from the one that holds `offset` on; the first may begin before it. Throws OFFSET_OUT_OF_RANGE. */
  read(offset: number, limits: ReadLimits = {}): RecordBatch[] {
    if (offset < this.#startOffset || offset > this.#endOffset) {
      throw new KafkaError(
        'OFFSET_OUT_OF_RANGE',
        `Offset ${offset} of ${this.topic}-${this.partition} does not exist: the log goes from ${this.#startOffset} to ` +
          `${this.#endOffset}. Seek to an offset inside it, or set autoOffsetReset.`,
      )
    }
    const read: RecordBatch[] = []
    let bytesLeft = limits.maxBytes ?? Number.POSITIVE_INFINITY
    let recordsLeft = limits.maxRecords ?? Number.POSITIVE_INFINITY
    for (let s = segmentIndex(this.#segments, offset); s < this.#segments.length; s++) {
      const segment = this.#segments[s]
      if (segment === undefined) break
      for (let b = segment.indexOf(offset); b < segment.batches.length; b++) {
        const batch = segment.batches[b]
        if (batch === undefined || recordsLeft <= 0) return read
        // The bound is enough here: a reader who gets less than would fit asks again, and no string is counted.
        if (read.length > 0 && batch.sizeBound > bytesLeft) return read
        if (read.length === 0 && isLarger(batch, limits.hardMaxBytes)) return read
        read.push(batch.head())
        bytesLeft -= batch.sizeBound
        recordsLeft -= batch.count - batch.indexOf(offset)
      }
    }
    return read
  }

  /** The size of what lies from `offset` to the end, counted only until `enough`. */
  bytesFrom(offset: number, enough = Number.POSITIVE_INFINITY): number {
    let bytes = 0
    if (offset >= this.#endOffset) return bytes
    for (let s = segmentIndex(this.#segments, offset); s < this.#segments.length; s++) {
      const segment = this.#segments[s]
      if (segment === undefined) break
      for (let b = segment.indexOf(offset); b < segment.batches.length; b++) {
        bytes += segment.batches[b]?.sizeInBytes() ?? 0
        if (bytes >= enough) return bytes
      }
    }
    return bytes
  }

  /** The first record, in offset order, that is not older than `timestamp`. */
  offsetForTimestamp(timestamp: number): TimestampAndOffset | null {
    for (const segment of this.#segments) {
      if (segment.maxTimestamp < timestamp) continue
      for (const batch of segment.batches) {
        if (batch.maxTimestamp < timestamp) continue
        const index = batch.indexOfTimestamp(timestamp)
        // None, though its header says so: a batch that cleaning has emptied.
        if (index >= 0) return { timestamp: batch.timestamp(index), offset: batch.offset(index) }
      }
    }
    return null
  }

  /** The record with the largest timestamp; of several, the first. */
  offsetOfMaxTimestamp(): TimestampAndOffset | null {
    let max = -1
    for (const segment of this.#segments) max = Math.max(max, segment.maxTimestamp)
    return max < 0 ? null : this.offsetForTimestamp(max)
  }

  /** Begins a new segment: the one before is closed from now on, and may be cleaned. */
  roll(): Segment {
    const active = this.#active
    if (active?.baseOffset === this.#endOffset) return active
    const next = new Segment(this.#endOffset)
    this.#segments.push(next)
    this.#active = next
    return next
  }

  /** What a cleaning at this time would go through. */
  dirtyRange(nowMs: number): DirtyRange {
    return dirtyRange(this, this.#config, nowMs)
  }

  /** Cleans the range: of each key, what is older than its newest record there goes. Offsets and ends stay. */
  compact(range: DirtyRange, nowMs: number): void {
    const { segments, emptied } = compacted(this, range, this.#config, nowMs)
    const closed = this.#segments.filter(({ baseOffset }) => baseOffset < range.firstUncleanableOffset).length
    this.#segments.splice(0, closed, ...segments)
    this.#producers?.transactions.forget(emptied)
    this.#firstDirtyOffset = range.firstUncleanableOffset
  }

  #write(batch: RecordBatch, readClock: () => number, config: LogConfig): number {
    const baseOffset = this.#endOffset
    this.#segmentFor(batch, readClock, config).append(batch, config.maxMessageBytes, readClock)
    this.#endOffset += batch.count
    return baseOffset
  }

  #segmentFor(batch: RecordBatch, readClock: () => number, config: LogConfig): Segment {
    const active = this.#active
    if (active?.mustRollFor(batch, readClock, config.segmentBytes, this.#segmentMs) === false) return active
    return this.roll()
  }

  #checkSize(batch: RecordBatch, config: LogConfig): void {
    const bytes = batch.sizeInBytes()
    if (bytes > config.maxMessageBytes) {
      throw new KafkaError(
        'MESSAGE_TOO_LARGE',
        `A batch of ${bytes} bytes for ${this.topic}-${this.partition} is above the topic's max.message.bytes of ` +
          `${config.maxMessageBytes}. Send less in one record, or raise the topic's maxMessageBytes.`,
      )
    }
    if (bytes > config.segmentBytes) {
      throw new KafkaError(
        'RECORD_LIST_TOO_LARGE',
        `A batch of ${bytes} bytes for ${this.topic}-${this.partition} does not fit into a segment of ` +
          `${config.segmentBytes} bytes. Raise the topic's segmentBytes.`,
      )
    }
  }

  #checkHeader({ attributes, baseSequence }: RecordBatch): void {
    const { producerId, isControl } = attributes
    if (isControl) throw this.#invalid('is a control batch, which only the broker writes. Send records.')
    if (producerId < 0 || baseSequence >= 0) return
    throw this.#invalid(`has the producer id ${producerId}, and no sequence number. Give it one, or leave the id out.`)
  }

  #invalid(why: string): KafkaError {
    return new KafkaError('INVALID_RECORD', `A batch for ${this.topic}-${this.partition} ${why}`)
  }

  #checkKeys(batch: RecordBatch): void {
    for (let i = 0; i < batch.count; i++) {
      if (batch.key(i) !== null) continue
      throw new KafkaError(
        'INVALID_RECORD',
        `Record ${i} of a batch for ${this.topic}-${this.partition} has no key, and the topic is compacted: it keeps the ` +
          "newest record of each key. Give the record a key, or set the topic's cleanupPolicy to 'delete'.",
      )
    }
  }

  #checkTimestamps(batch: RecordBatch, nowMs: number, config: LogConfig): void {
    this.#latestMs = Math.max(this.#latestMs, nowMs)
    const oldest = nowMs - config.messageTimestampBeforeMaxMs
    const newest = nowMs + config.messageTimestampAfterMaxMs
    for (let i = 0; i < batch.count; i++) {
      if (this.isCompacted && batch.key(i) === null) continue
      const timestamp = batch.timestamp(i)
      if (timestamp === NO_TIMESTAMP || (timestamp >= oldest && timestamp <= newest)) continue
      throw new KafkaError(
        'INVALID_TIMESTAMP',
        `Timestamp ${timestamp} of a record for ${this.topic}-${this.partition} lies outside ${oldest} to ${newest}, ` +
          `which is what the topic accepts at ${nowMs}. Correct the timestamp, or set the topic's ` +
          'messageTimestampBeforeMaxMs and messageTimestampAfterMaxMs.',
      )
    }
  }
}
