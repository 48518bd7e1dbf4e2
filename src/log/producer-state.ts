// What a partition remembers of those that write to it: of each producer id its epoch and its last five batches. By these a
// batch that is sent again is known, and a gap is noticed. (Kafka: ProducerStateManager, ProducerStateEntry, ProducerAppendInfo)
// Differs from Kafka: who has expired is looked for when somebody asks, and not by a timer; what is found is the same.

import { KafkaError } from '../errors.ts'
import { lastSequenceOf, nextSequenceOf, type RecordBatch } from './record-batch.ts'

/** When a producer is forgotten. */
export interface ProducerExpiry {
  /** Its newest record has to be as old. */
  readonly producerIdExpirationMs: number
  /** How often it is looked for, counted from when the log was made. */
  readonly producerIdExpirationCheckIntervalMs: number
  readonly logCreatedMs: number
}

/**
 * Who appends. A client's batches have sequences. The broker's own, such as offsets committed in a transaction and its
 * markers, have none.
 */
export type AppendOrigin = 'client' | 'coordinator'

/** A batch as its producer sent it: small ones lie joined in the log. */
export interface SentBatch {
  readonly baseSequence: number
  readonly count: number
  readonly baseOffset: number
  /** The largest of its records. */
  readonly timestamp: number
}

/** A producer as the log knows it. */
export interface ActiveProducer {
  readonly producerId: number
  readonly producerEpoch: number
  /** -1 where its epoch has begun with a marker, or its batches have no sequences. */
  readonly lastSequence: number
  readonly lastTimestamp: number
}

const BATCHES_TO_RETAIN = 5

export class ProducerState {
  /** For messages. */
  readonly #place: string
  readonly #expiry: ProducerExpiry
  readonly #entries = new Map<number, Entry>()
  /** The one that was asked for last. */
  #entry: Entry | undefined
  #sweptAtMs: number

  constructor(place: string, expiry: ProducerExpiry) {
    this.#place = place
    this.#expiry = expiry
    this.#sweptAtMs = expiry.logCreatedMs
  }

  /**
   * The batch is to be written from that offset on. Returns what it repeats, of what is remembered, and undefined where it
   * is new: then it counts as written. Throws the KafkaError of one that must not be.
   */
  admit(batch: RecordBatch, baseOffset: number, origin: AppendOrigin, readClock: () => number): SentBatch | undefined {
    const entry = this.#get(batch.attributes.producerId)
    if (entry?.follow(batch, baseOffset, this.#expiry.producerIdExpirationCheckIntervalMs)) return undefined
    return this.#admitOther(batch, baseOffset, origin, readClock())
  }

  /** Those that are not forgotten. */
  active(nowMs: number): ActiveProducer[] {
    this.#forgetExpired(nowMs)
    return Array.from(this.#entries.values(), ({ producerId, producerEpoch, lastTimestamp, last }) => {
      const lastSequence = last === undefined ? -1 : lastSequenceOf(last.baseSequence, last.count)
      return { producerId, producerEpoch, lastSequence, lastTimestamp }
    })
  }

  /** The offset of the last record of the producer, but for markers; -1 where none is known. */
  lastDataOffset(producerId: number, nowMs: number): number {
    const entry = this.#get(producerId)
    if (entry?.last === undefined || this.#isExpired(entry, nowMs)) return -1
    return entry.last.baseOffset + entry.last.count - 1
  }

  #get(producerId: number): Entry | undefined {
    const entry = this.#entry
    if (entry?.producerId === producerId) return entry
    this.#entry = this.#entries.get(producerId)
    return this.#entry
  }

  #admitOther(batch: RecordBatch, baseOffset: number, origin: AppendOrigin, nowMs: number): SentBatch | undefined {
    const { producerId, producerEpoch, isControl } = batch.attributes
    const isNumbered = origin === 'client' && !isControl
    let entry = this.#get(producerId)
    if (entry !== undefined && !this.#isExpired(entry, nowMs)) {
      const repeated = isNumbered ? entry.find(batch) : undefined
      if (repeated !== undefined) return repeated
      this.#refuse(batch, entry, isNumbered)
      entry.turnTo(producerEpoch)
    } else {
      this.#forgetExpired(nowMs)
      entry = new Entry(producerId, producerEpoch)
      this.#entries.set(producerId, entry)
      this.#entry = entry
    }
    if (!isControl) entry.add(batch, baseOffset)
    entry.lastTimestamp = batch.maxTimestamp
    entry.wroteAtMs = nowMs
    return undefined
  }

  #delete(entry: Entry): void {
    this.#entries.delete(entry.producerId)
    this.#entry = undefined
  }

  #forgetExpired(nowMs: number): void {
    const checkedAtMs = this.#lastCheckMs(nowMs)
    if (checkedAtMs <= this.#sweptAtMs) return
    this.#sweptAtMs = checkedAtMs
    for (const entry of this.#entries.values()) if (this.#isExpired(entry, nowMs)) this.#delete(entry)
  }

  #isExpired({ lastTimestamp, wroteAtMs }: Entry, nowMs: number): boolean {
    const { producerIdExpirationMs } = this.#expiry
    if (nowMs - lastTimestamp < producerIdExpirationMs) return false
    const checkedAtMs = this.#lastCheckMs(nowMs)
    return checkedAtMs > wroteAtMs && checkedAtMs - lastTimestamp >= producerIdExpirationMs
  }

  /** When a timer would have looked for the expired last. */
  #lastCheckMs(nowMs: number): number {
    const { producerIdExpirationCheckIntervalMs, logCreatedMs } = this.#expiry
    return nowMs - ((nowMs - logCreatedMs) % producerIdExpirationCheckIntervalMs)
  }

  /** Throws where there is a reason to. */
  #refuse({ attributes, baseSequence }: RecordBatch, { producerEpoch, last }: Entry, isNumbered: boolean): void {
    const { producerId, producerEpoch: epoch } = attributes
    if (epoch < producerEpoch) {
      const why =
        `A batch of producer ${producerId} for ${this.#place} has the epoch ${epoch}, and one of epoch ${producerEpoch} ` +
        'was written already. Write with the newer one.'
      throw new KafkaError('INVALID_PRODUCER_EPOCH', why)
    }
    // Without an epoch there is no order either.
    if (!isNumbered || producerEpoch < 0) return
    const begins = epoch > producerEpoch || last === undefined || last.baseSequence < 0
    const expected = begins ? 0 : nextSequenceOf(last.baseSequence, last.count)
    if (baseSequence === expected) return
    const why =
      `A batch of producer ${producerId}, epoch ${epoch}, for ${this.#place} begins with the sequence number ${baseSequence}, ` +
      `and the next one is ${expected}: what lies between is missing, or was written too long ago to be known. ` +
      'Send what is missing first, or begin a new epoch.'
    throw new KafkaError('OUT_OF_ORDER_SEQUENCE_NUMBER', why)
  }
}

type Retained = { -readonly [Field in keyof SentBatch]: SentBatch[Field] }

class Entry {
  readonly producerId: number
  producerEpoch: number
  lastTimestamp = -1
  /** As the clock was read; behind that, only as the batches tell. */
  wroteAtMs = 0
  /** A ring as soon as it is full: what an append costs is no new object. */
  readonly #batches: Retained[] = []
  #last = -1

  constructor(producerId: number, producerEpoch: number) {
    this.producerId = producerId
    this.producerEpoch = producerEpoch
  }

  get last(): SentBatch | undefined {
    return this.#batches[this.#last]
  }

  /**
   * Takes a batch that follows the last one, as by far the most do. One that is a little younger, too, is believed its time:
   * to read the clock would cost as much as the whole append.
   */
  follow(batch: RecordBatch, baseOffset: number, mostMs: number): boolean {
    const last = this.#batches[this.#last]
    if (last === undefined || last.baseSequence < 0 || batch.attributes.producerEpoch !== this.producerEpoch)
      return false
    if (batch.baseSequence !== nextSequenceOf(last.baseSequence, last.count)) return false
    const sinceMs = batch.maxTimestamp - Math.max(this.lastTimestamp, this.wroteAtMs)
    if (sinceMs < 0 || sinceMs >= mostMs) return false
    this.lastTimestamp = batch.maxTimestamp
    this.add(batch, baseOffset)
    return true
  }

  /** Of the same epoch, with exactly these sequences. */
  find({ attributes, baseSequence, count }: RecordBatch): SentBatch | undefined {
    if (attributes.producerEpoch !== this.producerEpoch) return undefined
    return this.#batches.find((each) => each.baseSequence === baseSequence && each.count === count)
  }

  /** A new epoch has nothing to repeat. */
  turnTo(producerEpoch: number): void {
    if (producerEpoch === this.producerEpoch) return
    this.producerEpoch = producerEpoch
    this.#batches.length = 0
    this.#last = -1
  }

  add({ baseSequence, count, maxTimestamp: timestamp }: RecordBatch, baseOffset: number): void {
    this.#last = this.#last + 1 === BATCHES_TO_RETAIN ? 0 : this.#last + 1
    const oldest = this.#batches[this.#last]
    if (oldest === undefined) {
      this.#batches.push({ baseSequence, count, baseOffset, timestamp })
      return
    }
    oldest.baseSequence = baseSequence
    oldest.count = count
    oldest.baseOffset = baseOffset
    oldest.timestamp = timestamp
  }
}
