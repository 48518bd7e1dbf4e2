// What makes a batch known to the log: the producer's id and epoch, and where the batch stands in the sequence of its
// partition. By it a batch that is sent again is written once. (Kafka: the idempotent half of TransactionManager, TxnPartitionMap)
// A transactional producer is told its id and epoch, and what its sequences make of an error is its transaction's to say.
// Differs from Kafka: a partition has one batch on its way at a time.

import type { InitProducerIdResponse } from '../../broker/api.ts'
import { ErrorCode, errorFrom, KafkaError } from '../../errors.ts'
import { attributesOf, type BatchAttributes, nextSequenceOf, type RecordBatch } from '../../log/record-batch.ts'
import type { Connection } from '../connection.ts'
import { INT32_MAX } from '../options.ts'
import { isThenable } from '../serde.ts'

const LARGEST_EPOCH = 2 ** 15 - 1

/** After these no batch of this producer can be written any more. */
const fatal: ReadonlySet<string> = new Set([
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'PRODUCER_FENCED',
  'UNSUPPORTED_VERSION',
])

/** A partition with a batch that was not there at once. */
export interface PartitionSequence {
  readonly topic: string
  readonly partition: number
  /** Up to here nobody knows what became of the last batch: it was given up. -1 where all is known. */
  unknownUpTo: number
  inFlight: NumberedBatch | null
}

/** A batch on its way. Sent again, it is the same to the log; it has other numbers only where the log refused these. */
export interface NumberedBatch {
  readonly sequence: PartitionSequence
  readonly count: number
  attributes: BatchAttributes
  baseSequence: number
}

export class Sequences {
  readonly #connection: Connection
  /** Told of every batch that was given up; null where there are no transactions. */
  readonly #onFailed: ((error: KafkaError) => void) | null
  /** The producer's id and epoch. Null until it has one. */
  #identity: BatchAttributes | null = null
  /** The same; null as long as no batch must be numbered. */
  #current: BatchAttributes | null = null
  #asking: Promise<void> | null = null
  /** Why nothing can be sent any more. */
  #error: KafkaError | null = null
  /** Why nothing new can be sent as long as no transaction is open. */
  #refusal: KafkaError | null = null
  /** Partitions whose sequences begin again, with the next epoch. */
  readonly #toRestart = new Set<PartitionSequence>()
  /**
   * Topic → by partition, what its next batch begins with. By name, as in Kafka, and not by id: a request names its topic, so
   * what is made anew under a name is written to before this side knows of it.
   */
  readonly #topics = new Map<string, Int32Array>()
  /** Of the topic that was written to last. */
  #topic = ''
  #next: Int32Array = new Int32Array(0)
  readonly #partitions = new Map<string, PartitionSequence>()

  constructor(connection: Connection, onFailed: ((error: KafkaError) => void) | null = null) {
    this.#connection = connection
    this.#onFailed = onFailed
  }

  /** Whether batches can be numbered. */
  get isReady(): boolean {
    return this.#current !== null
  }

  /** A transaction begins: its batches have this id and epoch, and every partition's begin at 0. */
  open(identity: BatchAttributes): void {
    this.#topics.clear()
    this.#topic = ''
    this.#next = new Int32Array(0)
    this.#partitions.clear()
    this.#refusal = null
    this.#begin(identity)
  }

  /** Nothing new is numbered until the next `open`; what has its numbers goes on, unless it is the end of all. */
  shut(refusal: KafkaError, isEnd: boolean): void {
    this.#refusal = refusal
    if (isEnd) this.#fail(refusal)
    else this.#current = null
  }

  /** Whether the transaction has batches that may be in a log. */
  get hasNumbered(): boolean {
    return this.#topics.size > 0
  }

  /** Makes it ready where that takes no waiting. A batch `isNumbered` where it was tried before. */
  prepareNow(isNumbered = false): boolean {
    if (this.isReady) return true
    if (this.#error !== null) return false
    if (this.#onFailed !== null) return isNumbered
    if (this.#identity?.producerEpoch === LARGEST_EPOCH) this.#identity = null
    if (this.#identity === null && this.#asking === null) this.#ask()
    if (this.#current === null && this.#identity !== null) this.#begin(nextEpochOf(this.#identity))
    return this.#current !== null
  }

  /** Waits for the producer's id; throws why there is none. The next call asks again, where that may help. */
  async prepare(): Promise<void> {
    if (!this.prepareNow()) await this.#asking
    if (this.#refusal !== null) throw this.#refusal
    if (this.#error !== null) throw unusable(this.#error)
  }

  /** Gives the batch the next numbers of its partition, of which nothing is on its way. */
  number(topic: string, partition: number, batch: RecordBatch, count: number): void {
    const attributes = this.#current
    if (attributes === null) throw new Error('a batch is numbered before there is a producer id')
    if (topic !== this.#topic || partition >= this.#next.length) this.#turnTo(topic, partition)
    const baseSequence = this.#next[partition] ?? 0
    batch.attributes = attributes
    batch.baseSequence = baseSequence
    this.#next[partition] = nextSequenceOf(baseSequence, count)
  }

  /** The batch, which was numbered just now, is not there at once. */
  begin(topic: string, partition: number, { baseSequence }: RecordBatch, count: number): NumberedBatch {
    const attributes = this.#current
    if (attributes === null) throw new Error('a batch is on its way without numbers')
    const place = `${topic}-${partition}`
    const sequence = this.#partitions.get(place) ?? { topic, partition, unknownUpTo: -1, inFlight: null }
    this.#partitions.set(place, sequence)
    const batch = { sequence, count, attributes, baseSequence }
    sequence.inFlight = batch
    return batch
  }

  /** Nothing of the partition is on its way any more. */
  end({ sequence, attributes }: NumberedBatch): void {
    sequence.inFlight = null
    if (attributes !== this.#identity) this.#setNext(sequence, 0)
  }

  /** Whether the batch may be sent again after this answer. (Kafka: TransactionManager.canRetry) */
  mayRetry({ sequence, baseSequence }: NumberedBatch, error: KafkaError, logStartOffset: number): boolean {
    if (this.#onFailed !== null) return error.retriable || (error.code === 'UNKNOWN_PRODUCER_ID' && logStartOffset < 0)
    if (error.code === 'UNKNOWN_PRODUCER_ID') {
      if (logStartOffset >= 0) this.#restartLater(sequence)
      return true
    }
    if (error.code !== 'OUT_OF_ORDER_SEQUENCE_NUMBER') return error.retriable
    // There is a gap in the log indeed, unless what was given up before may still come.
    if (baseSequence !== sequence.unknownUpTo) this.#restartLater(sequence)
    return true
  }

  /**
   * The batch will not be sent again. `restarts` is false where Kafka lets the sequence run on, whatever has become of the
   * batch. (Kafka: TransactionManager.handleFailedBatch, maybeResolveSequences)
   */
  failed(batch: NumberedBatch, error: KafkaError, restarts: boolean): void {
    const { sequence } = batch
    this.end(batch)
    if (this.#onFailed !== null) this.#onFailed(error)
    else if (fatal.has(error.code)) this.#fail(error)
    else if (error.code === 'UNKNOWN_PRODUCER_ID') this.#setNext(sequence, 0)
    else if (restarts || error.code === 'OUT_OF_ORDER_SEQUENCE_NUMBER') this.#restartLater(sequence)
    else sequence.unknownUpTo = this.#nextOf(sequence)
  }

  #ask(): void {
    const answer = this.#connection.request('InitProducerId', {
      transactionalId: null,
      transactionTimeoutMs: INT32_MAX,
      producerId: -1,
      producerEpoch: -1,
      enable2Pc: false,
      keepPreparedTxn: false,
    })
    if (!isThenable(answer) && answer.errorCode === ErrorCode.NONE) {
      this.#take(answer)
      return
    }
    const asking = (async () => this.#take(await answer))()
    const done = () => {
      this.#asking = null
    }
    asking.then(done, done)
    this.#asking = asking
  }

  #take({ errorCode, errorMessage, producerId, producerEpoch }: InitProducerIdResponse): void {
    if (errorCode !== ErrorCode.NONE) {
      const error = errorFrom(errorCode, errorMessage)
      // Whoever gets the right meanwhile may go on.
      if (!error.retriable && !error.code.endsWith('AUTHORIZATION_FAILED')) this.#fail(error)
      throw error
    }
    this.#begin(attributesOf(producerId, producerEpoch))
  }

  /** From here on with this id and epoch, and from 0: at once what is to restart, behind what is on its way the others. */
  #begin(identity: BatchAttributes): void {
    this.#identity = identity
    this.#current = identity
    for (const sequence of this.#toRestart) restart(sequence, identity)
    for (const next of this.#topics.values()) next.fill(0)
    for (const sequence of this.#partitions.values()) {
      const { inFlight } = sequence
      if (inFlight === null) sequence.unknownUpTo = -1
      else this.#setNext(sequence, nextSequenceOf(inFlight.baseSequence, inFlight.count))
    }
    this.#toRestart.clear()
  }

  /** Several may ask for it before the next batch is sent: for all it is one new epoch. */
  #restartLater(sequence: PartitionSequence): void {
    this.#toRestart.add(sequence)
    this.#current = null
  }

  #fail(error: KafkaError): void {
    this.#error ??= error
    this.#current = null
  }

  #turnTo(topic: string, partition: number): void {
    let next = this.#topics.get(topic) ?? new Int32Array(0)
    if (partition >= next.length) {
      const grown = new Int32Array(Math.max(partition + 1, next.length * 2))
      grown.set(next)
      next = grown
    }
    this.#topics.set(topic, next)
    this.#topic = topic
    this.#next = next
  }

  #nextOf({ topic, partition }: PartitionSequence): number {
    return this.#topics.get(topic)?.[partition] ?? 0
  }

  #setNext({ topic, partition }: PartitionSequence, sequence: number): void {
    const next = this.#topics.get(topic)
    if (next !== undefined) next[partition] = sequence
  }
}

function nextEpochOf({ producerId, producerEpoch }: BatchAttributes): BatchAttributes {
  return attributesOf(producerId, producerEpoch + 1)
}

/** From 0, beginning with the batch that is on its way. */
function restart(sequence: PartitionSequence, attributes: BatchAttributes): void {
  sequence.unknownUpTo = -1
  if (sequence.inFlight === null) return
  sequence.inFlight.attributes = attributes
  sequence.inFlight.baseSequence = 0
}

function unusable(cause: KafkaError): KafkaError {
  const why = `This producer cannot send any more, since ${cause.code}: ${cause.message} Make another one with kafka.producer().`
  return new KafkaError(cause.code as 'UNSUPPORTED_VERSION', why, { cause })
}
