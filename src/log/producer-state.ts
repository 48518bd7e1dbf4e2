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
  #sweptAtMs: number

  constructor(place: string, expiry: ProducerExpiry) {
    this.#place = place
    this.#expiry = expiry
    this.#sweptAtMs = expiry.logCreatedMs
  }

  /**
   * What the batch repeats, of what is remembered; undefined where it is new, and may be written. Throws the KafkaError
   * of one that must not be.
   */
  check(batch: RecordBatch, origin: AppendOrigin, nowMs: number): SentBatch | undefined {
    const { producerId, isControl } = batch.attributes
    const entry = this.#find(producerId, nowMs)
    if (entry === undefined) return undefined
    const isNumbered = origin === 'client' && !isControl
    const repeated = isNumbered ? entry.find(batch) : undefined
    if (repeated === undefined) this.#checkNew(batch, entry, isNumbered)
    return repeated
  }

  /** The batch, which was checked, was written from that offset on. */
  written(batch: RecordBatch, baseOffset: number, nowMs: number): void {
    const { producerId, producerEpoch, isControl } = batch.attributes
    let entry = this.#entries.get(producerId)
    if (entry === undefined) {
      this.#forgetExpired(nowMs)
      entry = new Entry(producerEpoch)
      this.#entries.set(producerId, entry)
    }
    entry.turnTo(producerEpoch)
    if (!isControl) entry.add(batch, baseOffset)
    entry.lastTimestamp = batch.maxTimestamp
    entry.wroteAtMs = nowMs
  }

  /** Those that are not forgotten. */
  active(nowMs: number): ActiveProducer[] {
    this.#forgetExpired(nowMs)
    return [...this.#entries].map(([producerId, { producerEpoch, lastTimestamp, last }]) => {
      const lastSequence = last === undefined ? -1 : lastSequenceOf(last.baseSequence, last.count)
      return { producerId, producerEpoch, lastSequence, lastTimestamp }
    })
  }

  /** The offset of the last record of the producer, but for markers; -1 where none is known. */
  lastDataOffset(producerId: number, nowMs: number): number {
    const last = this.#find(producerId, nowMs)?.last
    return last === undefined ? -1 : last.baseOffset + last.count - 1
  }

  #find(producerId: number, nowMs: number): Entry | undefined {
    const entry = this.#entries.get(producerId)
    if (entry === undefined || !this.#isExpired(entry, nowMs)) return entry
    this.#entries.delete(producerId)
    return undefined
  }

  #forgetExpired(nowMs: number): void {
    const checkedAtMs = this.#lastCheckMs(nowMs)
    if (checkedAtMs <= this.#sweptAtMs) return
    this.#sweptAtMs = checkedAtMs
    for (const [producerId, entry] of this.#entries) if (this.#isExpired(entry, nowMs)) this.#entries.delete(producerId)
  }

  /** When a timer would have looked for the expired last. */
  #lastCheckMs(nowMs: number): number {
    const { producerIdExpirationCheckIntervalMs, logCreatedMs } = this.#expiry
    return nowMs - ((nowMs - logCreatedMs) % producerIdExpirationCheckIntervalMs)
  }

  #isExpired({ lastTimestamp, wroteAtMs }: Entry, nowMs: number): boolean {
    const { producerIdExpirationMs } = this.#expiry
    if (nowMs - lastTimestamp < producerIdExpirationMs) return false
    const checkedAtMs = this.#lastCheckMs(nowMs)
    return checkedAtMs > wroteAtMs && checkedAtMs - lastTimestamp >= producerIdExpirationMs
  }

  #checkNew({ attributes, baseSequence }: RecordBatch, { producerEpoch, last }: Entry, isNumbered: boolean): void {
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
  producerEpoch: number
  lastTimestamp = -1
  wroteAtMs = 0
  /** A ring as soon as it is full: what an append costs is no new object. */
  readonly #batches: Retained[] = []
  #last = -1

  constructor(producerEpoch: number) {
    this.producerEpoch = producerEpoch
  }

  get last(): SentBatch | undefined {
    return this.#batches[this.#last]
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
