// The producer of an embedded broker: serde → partitioner → batches → Produce.

import { readConfig, rejectUnknown } from '../../config.ts'
import { KafkaError } from '../../errors.ts'
import type { Headers, Payload } from '../../log/record.ts'
import { RecordBatch } from '../../log/record-batch.ts'
import { type ClientHost, Connection } from '../connection.ts'
import { INT32_MAX, type ProducerConfig, producerConfigs } from '../options.ts'
import { isThenable } from '../serde.ts'
import type { PartitionMetadata, RecordIn, RecordMetadata, TopicMap } from '../topic.ts'
import { type KnownTopic, TopicCatalog, unknownPartition } from '../topic-catalog.ts'
import { Accumulator } from './accumulator.ts'
import {
  type AnyRecord,
  checkRecord,
  checkSize,
  isText,
  type Outgoing,
  serializeRecord,
  toMetadata,
} from './outgoing.ts'
import { OutgoingBatches } from './outgoing-batches.ts'
import { PartitionSorter } from './partition-sorter.ts'
import { type Partitioner, TopicPartitioner } from './partitioner.ts'
import type { Producer, ProducerOptions, SendOptions } from './producer.ts'
import { Sender } from './sender.ts'

const OPTIONS = ['clientId', 'acks', 'partitioner', ...Object.keys(producerConfigs)]
const ACKS = { 0: 0, 1: 1, all: -1 } as const

/** Options that Kafka has and that are not here yet. */
const notYet: Record<string, string> = {
  transactionalId: 'Transactions are not supported yet.',
  transactionTimeoutMs: 'Transactions are not supported yet.',
}

export class EmbeddedProducer<M extends TopicMap> implements Producer<M> {
  readonly #connection: Connection
  readonly #catalog: TopicCatalog
  readonly #config: ReturnType<typeof readProducerConfig>
  readonly #sender: Sender
  readonly #partitioner: Partitioner
  readonly #partitioners = new Map<string, TopicPartitioner>()
  #partitionedTopic = ''
  #partitioned: TopicPartitioner
  readonly #sorter = new PartitionSorter()
  readonly #accumulator: Accumulator
  /** The last send that had to wait for a serde or for metadata: later ones must not overtake it. */
  #slow: Promise<unknown> | null = null
  #isClosed = false

  constructor(host: ClientHost, options: ProducerOptions, clientId: string) {
    this.#config = readProducerConfig(options)
    this.#partitioner = options.partitioner ?? 'default'
    this.#connection = new Connection(host, clientId)
    this.#catalog = new TopicCatalog(this.#connection, this.#config.metadataMaxAgeMs, true)
    const sender = new Sender(this.#connection, this.#catalog, ACKS[options.acks ?? 'all'], this.#config)
    this.#sender = sender
    const send = (topic: KnownTopic, partition: number, batch: RecordBatch) =>
      sender.send(topic, partition, batch, batch.count)
    this.#accumulator = new Accumulator(this.#connection.clock, this.#config, send)
    this.#partitioned = this.#newPartitioner('')
  }

  send(record: RecordIn<M>, options?: SendOptions): Promise<RecordMetadata> {
    try {
      options?.signal?.throwIfAborted()
      this.#checkOpen()
      const given: AnyRecord = record
      checkRecord(given)
      const nowMs = this.#nowMs()
      const topic = this.#readyTopic(given.topic, nowMs)
      if (topic && this.#config.lingerMs === 0 && isText(topic, given, this.#config.maxRequestSize)) {
        const { key = null, value, timestamp = nowMs } = given
        return this.#sendOne(topic, this.#choose(topic, key, value), key, value, timestamp)
      }
      const ready = this.#prepare(topic, given, nowMs)
      if (!isThenable(ready)) return this.#dispatch(ready)
      return this.#queueSlow(ready, (outgoing) => {
        options?.signal?.throwIfAborted()
        return this.#dispatch(outgoing)
      })
    } catch (error) {
      return Promise.reject(error)
    }
  }

  sendBatch(records: readonly RecordIn<M>[], { signal }: SendOptions = {}): Promise<PartitionMetadata[]> {
    try {
      signal?.throwIfAborted()
      this.#checkOpen()
      const nowMs = this.#nowMs()
      const batches = new OutgoingBatches(this.#sorter, this.#config.maxRequestSize, nowMs, records.length)
      const late = this.#addAll(records, batches, nowMs)
      batches.makeRound()
      if (late.length === 0 && this.#accumulator.isEmpty) return this.#sendAll(batches)
      return this.#queueSlow(Promise.all(late), async (ready) => {
        signal?.throwIfAborted()
        for (const outgoing of ready) this.#add(batches, outgoing)
        batches.makeRound()
        await this.#accumulator.flush()
        return this.#sendAll(batches)
      })
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async flush(): Promise<void> {
    while (this.#slow) await this.#slow.catch(() => {})
    await this.#accumulator.flush()
    await this.#sender.flush()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#sender.hurry()
    await this.flush()
    this.#connection.close()
    this.#connection.host.closed(this)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** What the outside can do to its line. */
  get connection(): Connection {
    return this.#connection
  }

  /** Stops silently: what waits is lost. */
  crash(): void {
    this.#isClosed = true
    this.#accumulator.discard()
    this.#sender.discard()
    this.#connection.close()
    this.#connection.host.closed(this)
  }

  /** Adds what is ready. From the first record on that has to wait, all wait: they keep their order. */
  #addAll(records: readonly AnyRecord[], batches: OutgoingBatches, nowMs: number): (Outgoing | Promise<Outgoing>)[] {
    const late: (Outgoing | Promise<Outgoing>)[] = []
    let topic: KnownTopic | undefined
    for (const record of records) {
      checkRecord(record)
      if (record.topic !== topic?.name) topic = this.#readyTopic(record.topic, nowMs)
      if (late.length === 0 && topic && isText(topic, record, this.#config.maxRequestSize)) {
        batches.add(topic, this.#choose(topic, record.key ?? null, record.value), record)
        continue
      }
      const ready = this.#prepare(topic, record, nowMs)
      if (late.length > 0 || isThenable(ready)) late.push(ready)
      else this.#add(batches, ready)
    }
    return late
  }

  #add(batches: OutgoingBatches, outgoing: Outgoing): void {
    const { topic, partition, key, value } = outgoing
    batches.add(topic, partition ?? this.#choose(topic, key, value), outgoing)
  }

  /** Undefined where it must be asked for, or where an earlier record waits. */
  #readyTopic(name: string, nowMs: number): KnownTopic | undefined {
    return this.#slow ? undefined : this.#catalog.fresh(name, nowMs)
  }

  #checkOpen(): void {
    if (!this.#isClosed) return
    throw new KafkaError('ILLEGAL_STATE', 'This producer is closed. Make another one with kafka.producer().')
  }

  #prepare(topic: KnownTopic | undefined, record: AnyRecord, nowMs: number): Outgoing | Promise<Outgoing> {
    if (topic) return this.#checked(serializeRecord(topic, record, nowMs))
    const prepared = this.#prepareSlowly(record, nowMs)
    // Another record of the batch may be refused before anybody waits for this one.
    prepared.catch(() => {})
    return prepared
  }

  async #prepareSlowly(record: AnyRecord, nowMs: number): Promise<Outgoing> {
    return this.#checked(await serializeRecord(await this.#sender.topic(record.topic), record, nowMs))
  }

  #checked(outgoing: Outgoing | Promise<Outgoing>): Outgoing | Promise<Outgoing> {
    if (isThenable(outgoing)) return outgoing.then((each) => this.#checked(each))
    const { topic, partition } = outgoing
    if (partition !== undefined && partition >= topic.partitionCount) throw unknownPartition(topic, partition)
    checkSize(outgoing, this.#config.maxRequestSize)
    return outgoing
  }

  /** Keeps the order of calls: each waits for the slow one before it. */
  #queueSlow<In, Out>(prepared: Promise<In>, dispatch: (ready: In) => Promise<Out>): Promise<Out> {
    const before = this.#slow
    // Whoever waits for `before` first would leave a rejection of `prepared` unhandled meanwhile.
    prepared.catch(() => {})
    const sent = (async () => {
      await before?.catch(() => {})
      return dispatch(await prepared)
    })()
    this.#slow = sent
    const done = () => {
      if (this.#slow === sent) this.#slow = null
    }
    sent.then(done, done)
    return sent
  }

  #dispatch(outgoing: Outgoing): Promise<RecordMetadata> {
    const { topic, key, value, timestamp, headers } = outgoing
    const partition = outgoing.partition ?? this.#choose(topic, key, value)
    if (this.#config.lingerMs > 0) return this.#accumulator.add(outgoing, partition)
    return this.#sendOne(topic, partition, key, value, timestamp, headers)
  }

  #sendOne(
    topic: KnownTopic,
    partition: number,
    key: Payload,
    value: Payload,
    timestamp: number,
    headers?: Headers,
  ): Promise<RecordMetadata> {
    const batch = new RecordBatch()
    batch.push(key, value, timestamp, headers)
    const answer = this.#sender.send(topic, partition, batch, 1)
    if (isThenable(answer)) return answer.then((each) => toMetadata(topic, partition, each, 0, timestamp))
    return Promise.resolve(toMetadata(topic, partition, answer, 0, timestamp))
  }

  /** One request for all partitions; what does not fit into it goes before it, in order. */
  async #sendAll(batches: OutgoingBatches): Promise<PartitionMetadata[]> {
    let written: PartitionMetadata[] | null = null
    // All are sent before the first is waited for: nothing sent later may come between.
    const answers = batches.rounds.map((round) => this.#sender.sendRound(round))
    // The first refusal is thrown; nobody waits for another one then.
    for (const answered of answers) if (isThenable(answered)) answered.catch(() => {})
    for (const answered of answers) {
      const parts: PartitionMetadata[] = isThenable(answered) ? await answered : answered
      if (written === null) written = parts
      else mergeInto(written, parts)
    }
    return written ?? []
  }

  #choose(topic: KnownTopic, key: Payload, value: Payload): number {
    if (topic.name !== this.#partitionedTopic) this.#turnTo(topic.name)
    return this.#partitioned.choose(key, value, topic.partitionCount)
  }

  /** Each topic has its own place to stick to; the one of the last record is at hand. */
  #turnTo(name: string): void {
    this.#partitionedTopic = name
    this.#partitioned = this.#partitioners.get(name) ?? this.#newPartitioner(name)
    this.#partitioners.set(name, this.#partitioned)
  }

  #newPartitioner(name: string): TopicPartitioner {
    return new TopicPartitioner(name, this.#partitioner, this.#config.batchSize, this.#connection.host.random)
  }

  #nowMs(): number {
    return this.#connection.host.clock.now()
  }
}

function readProducerConfig(options: ProducerOptions) {
  for (const [name, why] of Object.entries(notYet)) {
    if (name in options) throw new KafkaError('UNSUPPORTED_VERSION', `producer: ${name}: ${why} Leave the option out.`)
  }
  rejectUnknown(options, OPTIONS, 'producer')
  const { clientId: _, acks = 'all', partitioner = 'default', ...rest } = options
  if (!Object.hasOwn(ACKS, acks)) {
    throw new KafkaError('INVALID_ARGUMENT', `producer: acks must be 0, 1 or 'all', not ${String(acks)}.`)
  }
  if (typeof partitioner !== 'function' && partitioner !== 'default' && partitioner !== 'round-robin') {
    const why = `producer: partitioner must be 'default', 'round-robin' or a function, not ${String(partitioner)}.`
    throw new KafkaError('INVALID_ARGUMENT', why)
  }
  const config = readConfig(producerConfigs, rest, 'producer')
  const enableIdempotence = readIdempotence(options, config.enableIdempotence, config.retries)
  return { ...config, enableIdempotence, deliveryTimeoutMs: readDeliveryTimeout(options, config) }
}

/** What does not go with it turns it off, unless it was asked for. (Kafka: postProcessAndValidateIdempotenceConfigs) */
function readIdempotence(
  { enableIdempotence: given, acks = 'all' }: ProducerOptions,
  enableIdempotence: boolean,
  retries: number,
): boolean {
  if (!enableIdempotence || (retries > 0 && acks === 'all')) return enableIdempotence
  if (given === undefined) return false
  const why = retries === 0 ? 'retries is 0: use at least 1' : `acks is ${acks}: use 'all'`
  throw new KafkaError('INVALID_CONFIG', `producer: enableIdempotence is true and ${why}, or enableIdempotence false.`)
}

/** It must leave time for one try. (Kafka: KafkaProducer.configureDeliveryTimeout) */
function readDeliveryTimeout(
  { deliveryTimeoutMs: given }: ProducerOptions,
  { deliveryTimeoutMs, lingerMs, requestTimeoutMs }: Required<Omit<ProducerConfig, 'acks'>>,
): number {
  const leastMs = Math.min(lingerMs + requestTimeoutMs, INT32_MAX)
  if (deliveryTimeoutMs >= leastMs) return deliveryTimeoutMs
  if (given === undefined) return leastMs
  const why = `producer: deliveryTimeoutMs (${given}) must be at least lingerMs + requestTimeoutMs (${leastMs}).`
  throw new KafkaError('INVALID_ARGUMENT', why)
}

/** Further batches of a partition follow the first, so its entry only counts more. */
function mergeInto(written: PartitionMetadata[], more: readonly PartitionMetadata[]): void {
  for (const part of more) {
    const known = written.findIndex(({ topic, partition }) => topic === part.topic && partition === part.partition)
    const before = written[known]
    if (before) written[known] = { ...before, count: before.count + part.count }
    else written.push(part)
  }
}
