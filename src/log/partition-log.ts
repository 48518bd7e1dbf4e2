// One partition: batches in segments, appended at the end, read from any offset.

import { KafkaError } from '../errors.ts'
import type { TimestampType } from './record.ts'
import type { RecordBatch } from './record-batch.ts'
import { Segment } from './segment.ts'

/** The topic configs that an append obeys. */
export interface LogConfig {
  readonly maxMessageBytes: number
  readonly messageTimestampType: TimestampType
  readonly messageTimestampBeforeMaxMs: number
  readonly messageTimestampAfterMaxMs: number
  readonly segmentBytes: number
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
  readonly #config: LogConfig
  readonly #segments: Segment[] = []
  /** The last segment, which is appended to. */
  #active: Segment | undefined
  #startOffset = 0
  #endOffset = 0
  /** The latest reading of the clock: time does not go back, so what was not too late then is not too late now. */
  #latestMs = 0

  constructor(topic: string, partition: number, config: LogConfig) {
    this.topic = topic
    this.partition = partition
    this.#config = config
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
    return this.highWatermark
  }

  get segments(): readonly Segment[] {
    return this.#segments
  }

  /**
   * Appends the batch and returns the offset of its first record. The batch belongs to the log from now on.
   * A batch that is refused (the KafkaError says why) leaves the log as it was.
   */
  append(batch: RecordBatch, readClock: () => number): number {
    const config = this.#config
    if (batch.count === 0) {
      const why = `A batch for ${this.topic}-${this.partition} has no records. Send at least one.`
      throw new KafkaError('INVALID_RECORD', why)
    }
    if (batch.sizeBound > config.maxMessageBytes || batch.sizeBound > config.segmentBytes)
      this.#checkSize(batch, config)
    if (config.messageTimestampType === 'LogAppendTime') batch.stampAppendTime(readClock())
    else if (mayBeOutOfTime(batch, this.#latestMs, config)) this.#checkTimestamps(batch, readClock(), config)
    const baseOffset = this.#endOffset
    this.#segmentFor(batch, readClock, config).append(batch, config.maxMessageBytes, readClock)
    this.#endOffset += batch.count
    return baseOffset
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
    for (let s = this.#segmentIndex(offset); s < this.#segments.length; s++) {
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
        recordsLeft -= batch.nextOffset - Math.max(offset, batch.baseOffset)
      }
    }
    return read
  }

  /** The size of what lies from `offset` to the end, counted only until `enough`. */
  bytesFrom(offset: number, enough = Number.POSITIVE_INFINITY): number {
    let bytes = 0
    if (offset >= this.#endOffset) return bytes
    for (let s = this.#segmentIndex(offset); s < this.#segments.length; s++) {
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
        return { timestamp: batch.timestamp(index), offset: batch.baseOffset + index }
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

  #segmentFor(batch: RecordBatch, readClock: () => number, config: LogConfig): Segment {
    const active = this.#active
    if (active !== undefined && !active.mustRollFor(batch, readClock, config.segmentBytes, config.segmentMs)) {
      return active
    }
    const next = new Segment(this.#endOffset)
    this.#segments.push(next)
    this.#active = next
    return next
  }

  #segmentIndex(offset: number): number {
    let low = 0
    let high = this.#segments.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((this.#segments[middle]?.baseOffset ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return low
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

  #checkTimestamps(batch: RecordBatch, nowMs: number, config: LogConfig): void {
    this.#latestMs = Math.max(this.#latestMs, nowMs)
    const oldest = nowMs - config.messageTimestampBeforeMaxMs
    const newest = nowMs + config.messageTimestampAfterMaxMs
    for (let i = 0; i < batch.count; i++) {
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
