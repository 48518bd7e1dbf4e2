// Sends batches, and sends them again where that may help. A partition whose batch is tried again keeps its later ones
// behind it, so that their order stays. (Kafka: Sender, RecordAccumulator; one request of a partition in flight)

import type { ProducePartitionResponse, ProduceRequest, ProduceResponse } from '../../broker/api.ts'
import { ErrorCode, errorFrom, KafkaError } from '../../errors.ts'
import { RecordBatch } from '../../log/record-batch.ts'
import type { Connection } from '../connection.ts'
import { leaderPasses } from '../leader-errors.ts'
import { isThenable, type MaybePromise } from '../serde.ts'
import type { PartitionMetadata } from '../topic.ts'
import type { KnownTopic, TopicCatalog } from '../topic-catalog.ts'
import type { TopicBatches } from './outgoing-batches.ts'
import { Patience } from './patience.ts'
import type { NumberedBatch, Sequences } from './sequences.ts'

export interface SenderConfig {
  readonly acks: 0 | 1 | -1
  readonly transactionalId: string | null
  readonly retries: number
  readonly deliveryTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  readonly maxBlockMs: number
}

type Answer = ProducePartitionResponse

/** A batch that is not there at once. */
interface Delivery {
  readonly topic: KnownTopic
  readonly partition: number
  readonly batch: RecordBatch
  /** Once it was sent, the batch is the log's and may grow there; this many records are meant. */
  readonly count: number
}

export class Sender {
  readonly #connection: Connection
  readonly #catalog: TopicCatalog
  readonly #acks: number
  readonly #transactionalId: string | null
  readonly #config: SenderConfig
  readonly #requestTimeoutMs: number
  /** Null without idempotence. */
  readonly #sequences: Sequences | null
  readonly #patience: Patience
  /** Partition → its last batch that is not there yet. */
  readonly #lines = new Map<string, Promise<Answer>>()

  constructor(connection: Connection, catalog: TopicCatalog, config: SenderConfig, sequences: Sequences | null) {
    this.#connection = connection
    this.#catalog = catalog
    this.#acks = config.acks
    this.#transactionalId = config.transactionalId
    this.#config = config
    this.#requestTimeoutMs = config.requestTimeoutMs
    this.#sequences = sequences
    this.#patience = new Patience(connection.clock, config)
  }

  /** The hot path: one request, and its answer at once. */
  send(topic: KnownTopic, partition: number, batch: RecordBatch, count: number): MaybePromise<Answer> {
    if (!this.#isClear()) return this.#deliver({ topic, partition, batch, count }, null)
    this.#sequences?.number(topic.name, partition, batch, count)
    const response = this.#request([{ name: topic.name, partitionData: [{ index: partition, records: batch }] }])
    if (isThenable(response)) return this.#deliver({ topic, partition, batch, count }, answerIn(response, 0, 0))
    const answer = pick(response, 0, 0)
    if (answer.errorCode === ErrorCode.NONE && this.#acks !== 0) return answer
    return this.#accept({ topic, partition, batch, count }, answer)
  }

  /** What each partition took, in the order of the batches; throws the first refusal. */
  sendRound(round: readonly TopicBatches[]): MaybePromise<PartitionMetadata[]> {
    if (!this.#isClear()) return this.#deliverRound(round, () => null)
    if (this.#sequences !== null) numberAll(round, this.#sequences)
    const response = this.#request(round.map(({ topic, partitionData }) => ({ name: topic.name, partitionData })))
    if (isThenable(response)) return this.#deliverRound(round, (t, p) => answerIn(response, t, p))
    const written: PartitionMetadata[] = []
    for (let t = 0; t < round.length; t++) {
      const { topic, counts } = round[t] as TopicBatches
      const answers = response.responses[t]?.partitionResponses ?? []
      for (let p = 0; p < answers.length; p++) {
        const { index, errorCode, baseOffset } = answers[p] as Answer
        if (errorCode !== ErrorCode.NONE) return this.#deliverRound(round, (at, part) => pick(response, at, part))
        written.push(toPart(topic, index, this.#acks === 0 ? -1 : baseOffset, counts[p] ?? 0))
      }
    }
    return written
  }

  /** The topic, asked for until `max.block.ms` is over. */
  async topic(name: string): Promise<KnownTopic> {
    const { maxBlockMs } = this.#config
    const deadlineMs = this.#connection.clock.now() + maxBlockMs
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#inTime(this.#catalog.resolve(name), deadlineMs)
      } catch (error) {
        if (!(error instanceof KafkaError && leaderPasses(error.code))) throw error
        if (!(await this.#patience.backOff(attempt, deadlineMs))) throw noMetadata(name, maxBlockMs, error)
      }
    }
  }

  /** Resolves when nothing is on its way any more. */
  async flush(): Promise<void> {
    while (this.#lines.size > 0) await Promise.allSettled([...this.#lines.values()])
  }

  /** What waits to be tried again is tried at once. */
  hurry(): void {
    this.#patience.hurry()
  }

  /** What is not there yet is given up, and nobody is told. */
  discard(): void {
    this.#patience.discard()
  }

  /** Nothing is on its way that a batch would have to wait for. */
  #isClear(): boolean {
    const sequences = this.#sequences
    return this.#lines.size === 0 && (sequences === null || sequences.isReady || sequences.prepareNow())
  }

  #request(topicData: ProduceRequest['topicData']): MaybePromise<ProduceResponse> {
    return this.#connection.request('Produce', {
      transactionalId: this.#transactionalId,
      acks: this.#acks,
      timeoutMs: this.#requestTimeoutMs,
      topicData,
    })
  }

  /** The answer for one partition that is an error, or one that nobody waits for. */
  #accept(delivery: Delivery, answer: Answer): MaybePromise<Answer> {
    if (answer.errorCode === ErrorCode.NONE) return { ...answer, baseOffset: -1 }
    return this.#deliver(delivery, answer)
  }

  async #deliverRound(
    round: readonly TopicBatches[],
    first: (topic: number, partition: number) => MaybePromise<Answer> | null,
  ): Promise<PartitionMetadata[]> {
    const parts = round.flatMap(({ topic, partitionData, counts }, t) =>
      partitionData.map(async ({ index, records }, p) => {
        const count = counts[p] ?? 0
        const delivery = { topic, partition: index, batch: records, count }
        const { baseOffset } = await this.#deliver(delivery, first(t, p))
        return toPart(topic, index, baseOffset, count)
      }),
    )
    return (await Promise.allSettled(parts)).map((part) => {
      if (part.status === 'rejected') throw part.reason
      return part.value
    })
  }

  /** Behind what its partition still waits for. `first` answers the try that was made already. */
  #deliver(delivery: Delivery, first: MaybePromise<Answer> | null): Promise<Answer> {
    const place = `${delivery.topic.name}-${delivery.partition}`
    const deadlineMs = this.#connection.clock.now() + this.#config.deliveryTimeoutMs
    const before = this.#lines.get(place)
    // What was tried already has its numbers.
    const numbered = first === null ? null : this.#begin(delivery)
    const tryIt = () => this.#try(delivery, first, numbered, deadlineMs)
    const delivered = before ? before.then(tryIt, tryIt) : tryIt()
    this.#lines.set(place, delivered)
    const forget = () => {
      if (this.#lines.get(place) === delivered) this.#lines.delete(place)
    }
    delivered.then(forget, forget)
    return delivered
  }

  async #try(
    delivery: Delivery,
    first: MaybePromise<Answer> | null,
    numbered: NumberedBatch | null,
    deadlineMs: number,
  ): Promise<Answer> {
    let under = first
    let known = numbered
    for (let attempt = 0; ; attempt++) {
      if (under === null) {
        // Asked again behind every wait: a new epoch may be wanted, or the transaction aborted meanwhile.
        while (this.#sequences?.prepareNow(known !== null) === false) {
          const problem = await this.#identify(this.#sequences, delivery, known, deadlineMs)
          if (problem !== null) throw this.#giveUp(known, problem, true)
        }
        under = this.#send(delivery, known, attempt)
        known ??= this.#begin(delivery)
      }
      const answer = await this.#answer(under, deadlineMs)
      under = null
      if (this.#patience.isOver) return new Promise(() => {})
      if (isSuccess(answer)) return this.#succeed(known, answer)
      const error = errorIn(answer)
      if (this.#acks === 0 && error.retriable) return neverAnswered(delivery.partition)
      const triesLeft = this.#config.retries - attempt
      if (triesLeft <= 0 || !this.#mayRetry(known, answer)) throw this.#giveUp(known, error, triesLeft > 0)
      if (await this.#isGone(delivery, error)) throw this.#giveUp(known, error, true)
      if (await this.#patience.backOff(attempt, deadlineMs)) continue
      throw this.#giveUp(known, expired(delivery, this.#config, error), true)
    }
  }

  /** Waits until the producer has an id, as long as the batch may take; the error for which it has none. */
  async #identify(
    sequences: Sequences,
    delivery: Delivery,
    known: NumberedBatch | null,
    deadlineMs: number,
  ): Promise<KafkaError | null> {
    for (let attempt = 0; !sequences.prepareNow(known !== null); attempt++) {
      try {
        await this.#inTime(sequences.prepare(), deadlineMs)
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        if (this.#patience.isOver) return new Promise(() => {})
        if (!error.retriable) return error
        if (!(await this.#patience.backOff(attempt, deadlineMs))) return expired(delivery, this.#config, error)
      }
    }
    return null
  }

  #send(
    { topic, partition, batch, count }: Delivery,
    known: NumberedBatch | null,
    attempt: number,
  ): MaybePromise<Answer> {
    // What may be in the log already is not sent a second time as the same object.
    const records = attempt === 0 ? batch : copyOf(batch, count, known)
    if (known === null) this.#sequences?.number(topic.name, partition, records, count)
    const response = this.#request([{ name: topic.name, partitionData: [{ index: partition, records }] }])
    return isThenable(response) ? answerIn(response, 0, 0) : pick(response, 0, 0)
  }

  #begin({ topic, partition, batch, count }: Delivery): NumberedBatch | null {
    return this.#sequences?.begin(topic.name, partition, batch, count) ?? null
  }

  #mayRetry(known: NumberedBatch | null, answer: Answer | KafkaError): boolean {
    const error = errorIn(answer)
    if (known === null || this.#sequences === null) return error.retriable
    return this.#sequences.mayRetry(known, error, answer instanceof KafkaError ? -1 : answer.logStartOffset)
  }

  #succeed(known: NumberedBatch | null, answer: Answer): Answer {
    if (known !== null) this.#sequences?.end(known)
    return this.#acks === 0 ? { ...answer, baseOffset: -1 } : answer
  }

  #giveUp(known: NumberedBatch | null, error: KafkaError, restarts: boolean): KafkaError {
    if (known !== null) this.#sequences?.failed(known, error, restarts)
    return error
  }

  /** The answer, or the error for which there is none. */
  async #answer(under: MaybePromise<Answer>, deadlineMs: number): Promise<Answer | KafkaError> {
    try {
      const answer = isThenable(under) ? await this.#inTime(under, deadlineMs) : under
      // What comes while the client is frozen is learnt when it is back.
      if (this.#connection.isFrozen) await this.#connection.thawed()
      return answer
    } catch (error) {
      if (error instanceof KafkaError) return error
      throw error
    }
  }

  /** Without an answer in time, the connection is given up, with all that waits on it. */
  async #inTime<Result>(answer: Promise<Result>, deadlineMs: number): Promise<Result> {
    const { clock, host } = this.#connection
    const timeoutMs = Math.min(this.#config.requestTimeoutMs, Math.max(0, deadlineMs - clock.now()))
    const callOff = this.#patience.limit(timeoutMs, () => host.seam.disconnect(this.#connection))
    try {
      return await answer
    } finally {
      callOff()
    }
  }

  /** Asks for the topic anew where the error says that what is known of it is old: whether the partition is gone indeed. */
  async #isGone({ topic, partition }: Delivery, error: KafkaError): Promise<boolean> {
    const isUnknown = error.code === 'UNKNOWN_TOPIC_OR_PARTITION'
    if (!isUnknown && !leaderPasses(error.code)) return false
    this.#catalog.forget(topic.name)
    const found = await this.#catalog.refresh([topic.name], true).catch(() => null)
    const { partitionCount = 0 } = found?.get(topic.name) ?? {}
    return isUnknown && found !== null && partition >= partitionCount
  }
}

function pick({ responses }: ProduceResponse, topic: number, partition: number): Answer {
  const answer = responses[topic]?.partitionResponses[partition]
  if (answer === undefined) throw new Error('Produce answered nothing for the partition it was asked for')
  return answer
}

async function answerIn(response: Promise<ProduceResponse>, topic: number, partition: number): Promise<Answer> {
  return pick(await response, topic, partition)
}

/** A batch that the log has had, and knows too little of to say where: it is there. (Kafka: Sender.completeBatch) */
function isSuccess(answer: Answer | KafkaError): answer is Answer {
  if (answer instanceof KafkaError) return false
  return answer.errorCode === ErrorCode.NONE || answer.errorCode === ErrorCode.DUPLICATE_SEQUENCE_NUMBER
}

function errorIn(answer: Answer | KafkaError): KafkaError {
  return answer instanceof KafkaError ? answer : errorFrom(answer.errorCode, answer.errorMessage)
}

/** By index: with many partitions it is the hot path. */
function numberAll(round: readonly TopicBatches[], sequences: Sequences): void {
  for (let t = 0; t < round.length; t++) {
    const { topic, partitionData, counts } = round[t] as TopicBatches
    for (let p = 0; p < partitionData.length; p++) {
      const { index, records } = partitionData[p] as TopicBatches['partitionData'][number]
      sequences.number(topic.name, index, records, counts[p] ?? 0)
    }
  }
}

function toPart({ name }: KnownTopic, partition: number, baseOffset: number, count: number): PartitionMetadata {
  return { topic: name, partition, baseOffset, count }
}

function copyOf(batch: RecordBatch, count: number, known: NumberedBatch | null): RecordBatch {
  const copy = new RecordBatch()
  if (known !== null) {
    copy.attributes = known.attributes
    copy.baseSequence = known.baseSequence
  }
  for (let i = 0; i < count; i++) copy.push(batch.key(i), batch.value(i), batch.timestamp(i), batch.headers(i))
  return copy
}

/** With acks 0 nobody learns what became of it. */
function neverAnswered(index: number): Answer {
  const nothing = { errorCode: ErrorCode.NONE, errorMessage: null }
  return { index, ...nothing, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1 }
}

function expired({ topic, partition, count }: Delivery, config: SenderConfig, cause: KafkaError): KafkaError {
  const why =
    `${count} record(s) for ${topic.name}-${partition} were not acknowledged within ${config.deliveryTimeoutMs} ms ` +
    `(deliveryTimeoutMs); the last error was ${cause.code}. They may be in the log all the same.`
  return new KafkaError('REQUEST_TIMED_OUT', why, { cause })
}

function noMetadata(name: string, maxBlockMs: number, cause: KafkaError): KafkaError {
  const why = `Nothing could be learnt of topic '${name}' within ${maxBlockMs} ms (maxBlockMs); the last error was ${cause.code}.`
  return new KafkaError('REQUEST_TIMED_OUT', why, { cause })
}
