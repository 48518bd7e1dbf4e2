// What a partition remembers of those that write to it: of each producer id its epoch and its last five batches. By these a
// batch that is sent again is known, and a gap is noticed. (Kafka: ProducerStateManager, ProducerStateEntry, ProducerAppendInfo)
// Differs from Kafka: who has expired is looked for when somebody asks, and not by a timer; what is found is the same.

import { KafkaError } from '../errors.ts'
import { markerIn } from './control-record.ts'
import { LogTransactions } from './log-transactions.ts'
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

/** What was written of a batch that comes once more. */
export interface SentBatch {
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
  /** -1 before the first marker. */
  readonly coordinatorEpoch: number
  /** -1 where none is open. */
  readonly currentTransactionStartOffset: number
}

const BATCHES_TO_RETAIN = 5

export class ProducerState {
  readonly transactions = new LogTransactions()
  /** For messages. */
  readonly #place: string
  readonly #expiry: ProducerExpiry
  readonly #entries = new Map<number, Entry>()
  /** The one that was asked for last. */
  #entry: Entry | undefined
  /** So much younger than the last one may a batch be to be believed its time. */
  readonly #believedMs: number
  #sweptAtMs: number

  constructor(place: string, expiry: ProducerExpiry) {
    this.#place = place
    this.#expiry = expiry
    this.#believedMs = Math.min(expiry.producerIdExpirationCheckIntervalMs, expiry.producerIdExpirationMs)
    this.#sweptAtMs = expiry.logCreatedMs
  }

  /**
   * The batch is to be written from that offset on. Returns what it repeats, of what is remembered, and undefined where it
   * is new: then it counts as written. Throws the KafkaError of one that must not be.
   */
  admit(batch: RecordBatch, baseOffset: number, origin: AppendOrigin, readClock: () => number): SentBatch | undefined {
    const { producerId, isTransactional } = batch.attributes
    const entry = this.#get(producerId)
    // In the middle of a transaction, or of none.
    if (entry?.isInTransaction === isTransactional && entry.follow(batch, baseOffset, this.#believedMs))
      return undefined
    return this.#admitOther(batch, baseOffset, origin, readClock())
  }

  /** Those that are not forgotten. */
  active(nowMs: number): ActiveProducer[] {
    this.#forgetExpired(nowMs)
    return Array.from(this.#entries.values(), (entry) => ({
      producerId: entry.producerId,
      producerEpoch: entry.producerEpoch,
      lastSequence: entry.lastSequence,
      lastTimestamp: entry.lastTimestamp,
      coordinatorEpoch: entry.coordinatorEpoch,
      currentTransactionStartOffset: this.transactions.firstOffsetOf(entry.producerId),
    }))
  }

  /** Whether what its producer did last is known from this batch: its sequence, or where it has none its epoch. */
  isLast(batch: RecordBatch, nowMs: number): boolean {
    const { producerId, producerEpoch, isControl } = batch.attributes
    const entry = this.#get(producerId)
    if (entry === undefined || this.#isExpired(entry, nowMs)) return false
    if (entry.lastDataOffset === NONE) return isControl && producerEpoch === entry.producerEpoch
    return batch.lastOffset === entry.lastDataOffset
  }

  hasOpenTransaction(producerId: number, producerEpoch: number): boolean {
    const entry = this.#get(producerId)
    return entry?.isInTransaction === true && entry.producerEpoch === producerEpoch
  }

  #get(producerId: number): Entry | undefined {
    const entry = this.#entry
    if (entry?.producerId === producerId) return entry
    this.#entry = this.#entries.get(producerId)
    return this.#entry
  }

  #admitOther(batch: RecordBatch, baseOffset: number, origin: AppendOrigin, nowMs: number): SentBatch | undefined {
    const { producerId, producerEpoch, isControl, isTransactional } = batch.attributes
    const isNumbered = origin === 'client' && !isControl
    let entry = this.#get(producerId)
    if (entry !== undefined && !this.#isExpired(entry, nowMs)) {
      const repeated = isNumbered ? entry.find(batch) : undefined
      if (repeated !== undefined) return repeated
      this.#refuse(batch, entry, isNumbered)
    } else {
      this.#forgetExpired(nowMs)
      entry = new Entry(producerId, producerEpoch)
      this.#entries.set(producerId, entry)
      this.#entry = entry
    }
    entry.take(batch, baseOffset, nowMs, this.#believedMs)
    if (isControl) this.#mark(batch, entry, baseOffset)
    else if (isTransactional) {
      entry.isInTransaction = true
      this.transactions.wrote(producerId, baseOffset)
    }
    return undefined
  }

  #mark(batch: RecordBatch, entry: Entry, offset: number): void {
    const marker = markerIn(batch)
    if (marker === null) return
    this.transactions.ended(marker.producerId, marker.type, offset)
    entry.isInTransaction = false
    entry.coordinatorEpoch = marker.coordinatorEpoch
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

  #isExpired({ lastTimestamp, wroteAtMs, isInTransaction }: Entry, nowMs: number): boolean {
    const { producerIdExpirationMs } = this.#expiry
    if (isInTransaction || nowMs - lastTimestamp < producerIdExpirationMs) return false
    const checkedAtMs = this.#lastCheckMs(nowMs)
    return checkedAtMs > wroteAtMs && checkedAtMs - lastTimestamp >= producerIdExpirationMs
  }

  /** When a timer would have looked for the expired last. */
  #lastCheckMs(nowMs: number): number {
    const { producerIdExpirationCheckIntervalMs, logCreatedMs } = this.#expiry
    return nowMs - ((nowMs - logCreatedMs) % producerIdExpirationCheckIntervalMs)
  }

  /** Throws where there is a reason to. */
  #refuse(batch: RecordBatch, entry: Entry, isNumbered: boolean): void {
    const { producerId, producerEpoch: epoch, isTransactional, isControl } = batch.attributes
    if (epoch < entry.producerEpoch) {
      const why =
        `A batch of producer ${producerId} for ${this.#place} has the epoch ${epoch}, and one of epoch ${entry.producerEpoch} ` +
        'was written already. Write with the newer one.'
      throw new KafkaError('INVALID_PRODUCER_EPOCH', why)
    }
    const marker = isControl ? markerIn(batch) : null
    if (marker !== null && marker.coordinatorEpoch < entry.coordinatorEpoch) {
      const why =
        `A marker for producer ${producerId} in ${this.#place} has the coordinator epoch ${marker.coordinatorEpoch}, and one ` +
        `of epoch ${entry.coordinatorEpoch} was written already. Write with the newer one.`
      throw new KafkaError('TRANSACTION_COORDINATOR_FENCED', why)
    }
    // Without an epoch there is no order either.
    if (isNumbered && entry.producerEpoch >= 0) this.#checkSequence(batch, entry)
    if (isTransactional || !entry.isInTransaction) return
    const why =
      `A batch of producer ${producerId} for ${this.#place} belongs to no transaction, and one of this producer is open ` +
      'there. End it first.'
    throw new KafkaError('INVALID_TXN_STATE', why)
  }

  #checkSequence({ attributes, baseSequence }: RecordBatch, { producerEpoch, nextSequence }: Entry): void {
    const { producerId, producerEpoch: epoch } = attributes
    const expected = epoch > producerEpoch ? 0 : nextSequence
    if (baseSequence === expected) return
    const why =
      `A batch of producer ${producerId}, epoch ${epoch}, for ${this.#place} begins with the sequence number ${baseSequence}, ` +
      `and the next one is ${expected}: what lies between is missing, or was written too long ago to be known. ` +
      'Send what is missing first, or begin a new epoch.'
    throw new KafkaError('OUT_OF_ORDER_SEQUENCE_NUMBER', why)
  }
}

/** Numbers beside each other, and no objects: with many partitions, what has to be looked up in memory is what an append costs. */
const WROTE_AT = 0
/** Behind it a ring of the last batches. */
const FIRST_SLOT = 1
const SLOT = 4
const COUNT = 1
const BASE_OFFSET = 2
const TIMESTAMP = 3
const FACTS = FIRST_SLOT + BATCHES_TO_RETAIN * SLOT

const NONE = -1
/** No batch begins with it, not even one without sequence numbers. */
const NO_NEXT = -2

class Entry {
  readonly producerId: number
  producerEpoch: number
  /** One of this producer is open here. */
  isInTransaction = false
  /** That of the last marker. */
  coordinatorEpoch = NONE
  #nextSequence = NO_NEXT
  /** The slot of the last batch. */
  #last = FIRST_SLOT - SLOT
  /** Its last batch said about what the clock did, when that was last read. */
  #isBelieved = false
  /** The time of its marker, where that is the last of all. */
  #markedAtMs: number | null = null
  readonly #facts: number[] = new Array(FACTS).fill(NONE)

  constructor(producerId: number, producerEpoch: number) {
    this.producerId = producerId
    this.producerEpoch = producerEpoch
  }

  /** What its next batch begins with. */
  get nextSequence(): number {
    return Math.max(0, this.#nextSequence)
  }

  get lastSequence(): number {
    return this.#last < FIRST_SLOT ? NONE : lastSequenceOf(this.#at(this.#last), this.#at(this.#last + COUNT))
  }

  get lastDataOffset(): number {
    return this.#last < FIRST_SLOT ? NONE : this.#at(this.#last + BASE_OFFSET) + this.#at(this.#last + COUNT) - 1
  }

  get lastTimestamp(): number {
    return this.#markedAtMs ?? (this.#last < FIRST_SLOT ? NONE : this.#at(this.#last + TIMESTAMP))
  }

  /** As the clock was read last; behind that, only as the batches tell. */
  get wroteAtMs(): number {
    return this.#at(WROTE_AT)
  }

  /**
   * Takes a batch that follows the last one, as by far the most do. One that is a little younger, too, is believed its time:
   * to read the clock would cost as much as the whole append.
   */
  follow(batch: RecordBatch, baseOffset: number, believedMs: number): boolean {
    if (batch.baseSequence !== this.#nextSequence || batch.attributes.producerEpoch !== this.producerEpoch) return false
    if (!this.#isBelieved) return false
    const sinceMs = batch.maxTimestamp - this.#at(this.#last + TIMESTAMP)
    if (sinceMs < 0 || sinceMs >= believedMs) return false
    this.#add(batch, baseOffset)
    return true
  }

  /** Takes whatever was found to be right. */
  take(batch: RecordBatch, baseOffset: number, nowMs: number, believedMs: number): void {
    const { producerEpoch, isControl } = batch.attributes
    if (producerEpoch !== this.producerEpoch) this.#beginWith(producerEpoch)
    if (!isControl) this.#add(batch, baseOffset)
    this.#markedAtMs = isControl ? batch.maxTimestamp : null
    this.#isBelieved = !isControl && nowMs - batch.maxTimestamp < believedMs
    this.#facts[WROTE_AT] = nowMs
  }

  /** Of the same epoch, with exactly these sequences. */
  find({ attributes, baseSequence, count }: RecordBatch): SentBatch | undefined {
    if (attributes.producerEpoch !== this.producerEpoch) return undefined
    for (let slot = FIRST_SLOT; slot < FACTS; slot += SLOT) {
      if (this.#at(slot) !== baseSequence || this.#at(slot + COUNT) !== count) continue
      return { baseOffset: this.#at(slot + BASE_OFFSET), timestamp: this.#at(slot + TIMESTAMP) }
    }
    return undefined
  }

  /** A new epoch has nothing to repeat. */
  #beginWith(producerEpoch: number): void {
    this.producerEpoch = producerEpoch
    this.#nextSequence = NO_NEXT
    this.#last = FIRST_SLOT - SLOT
    this.#facts.fill(NONE, FIRST_SLOT)
  }

  #add({ baseSequence, count, maxTimestamp }: RecordBatch, baseOffset: number): void {
    const next = this.#last + SLOT
    const slot = next < FACTS ? next : FIRST_SLOT
    const facts = this.#facts
    facts[slot] = baseSequence
    facts[slot + COUNT] = count
    facts[slot + BASE_OFFSET] = baseOffset
    facts[slot + TIMESTAMP] = maxTimestamp
    this.#last = slot
    this.#nextSequence = baseSequence < 0 ? NO_NEXT : nextSequenceOf(baseSequence, count)
  }

  #at(place: number): number {
    return this.#facts[place] ?? NONE
  }
}
