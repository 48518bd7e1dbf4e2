// The producer of an embedded broker: serde → partitioner → batches → Produce.

import { KafkaError } from '../../errors.ts'
import type { Headers, Payload } from '../../log/record.ts'
import { RecordBatch } from '../../log/record-batch.ts'
import { type ClientHost, Connection } from '../connection.ts'
import { isThenable } from '../serde.ts'
import type { PartitionMetadata, RecordIn, RecordMetadata, TopicMap } from '../topic.ts'
import { type KnownTopic, TopicCatalog, unknownPartition } from '../topic-catalog.ts'
import { Accumulator } from './accumulator.ts'
import type { Permit } from './embedded-transaction.ts'
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
import { TopicPartitioner } from './partitioner.ts'
import type { Producer, ProducerOptions, SendOptions } from './producer.ts'
import { type ProducerSettings, readProducerOptions } from './producer-settings.ts'
import { Sender } from './sender.ts'
import { Sequences } from './sequences.ts'
import type { Transaction } from './transaction.ts'
import { producerClosed } from './transaction-manager.ts'
import { Transactions } from './transactions.ts'

export class EmbeddedProducer<M extends TopicMap> implements Producer<M> {
  readonly #connection: Connection
  readonly #catalog: TopicCatalog
  readonly #config: ProducerSettings
  readonly #sender: Sender
  /** Null without a transactional id. */
  readonly #transactions: Transactions<M> | null
  readonly #partitioners = new Map<string, TopicPartitioner>()
  #partitionedTopic = ''
  #partitioned: TopicPartitioner
  readonly #sorter = new PartitionSorter()
  readonly #accumulator: Accumulator
  /** The last send that had to wait for a serde or for metadata: later ones must not overtake it. */
  #slow: Promise<unknown> | null = null
  #isClosed = false
  /** Records are sent by the producer itself, and not in transactions. */
  #maySend: boolean

  constructor(host: ClientHost, options: ProducerOptions, clientId: string) {
    const config = readProducerOptions(options)
    this.#config = config
    this.#connection = new Connection(host, clientId)
    this.#catalog = new TopicCatalog(this.#connection, config.metadataMaxAgeMs, true)
    this.#transactions = this.#newTransactions(config)
    this.#maySend = this.#transactions === null
    const own = config.enableIdempotence ? new Sequences(this.#connection) : null
    const sender = new Sender(this.#connection, this.#catalog, config, this.#transactions?.sequences ?? own)
    this.#sender = sender
    const send = (topic: KnownTopic, partition: number, batch: RecordBatch) =>
      sender.send(topic, partition, batch, batch.count)
    this.#accumulator = new Accumulator(this.#connection.clock, config, send)
    this.#partitioned = this.#newPartitioner('')
  }

  send(record: RecordIn<M>, options?: SendOptions): Promise<RecordMetadata> {
    return this.#maySend ? this.#send(record, options?.signal, null) : Promise.reject(this.#refusal())
  }

  sendBatch(records: readonly RecordIn<M>[], options?: SendOptions): Promise<PartitionMetadata[]> {
    return this.#maySend ? this.#sendBatch(records, options?.signal, null) : Promise.reject(this.#refusal())
  }

  async initTransactions(): Promise<void> {
    await this.#transactional().init()
  }

  async beginTransaction(): Promise<Transaction<M>> {
    return await this.#transactional().begin()
  }

  async transaction<Result>(work: (transaction: Transaction<M>) => Result | Promise<Result>): Promise<Result> {
    const transaction = await this.#transactional().begin()
    return await transaction.run(work)
  }

  async flush(): Promise<void> {
    while (this.#slow) await this.#slow.catch(() => {})
    await this.#accumulator.flush()
    await this.#sender.flush()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#maySend = false
    this.#sender.hurry()
    await this.flush()
    await this.#transactions?.close()
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
    this.#maySend = false
    this.#accumulator.discard()
    this.#sender.discard()
    this.#transactions?.discard()
    this.#connection.close()
    this.#connection.host.closed(this)
  }

  #newTransactions(config: ProducerSettings): Transactions<M> | null {
    const { transactionalId } = config
    if (transactionalId === null) return null
    return new Transactions<M>(
      this.#connection,
      { ...config, transactionalId },
      {
        send: (record, signal, permit) => this.#send(record, signal, permit),
        sendBatch: (records, signal, permit) => this.#sendBatch(records, signal, permit),
        flush: () => this.flush(),
        drop: (error) => this.#accumulator.abort(error),
        arrived: () => this.#sender.flush(),
      },
    )
  }

  #transactional(): Transactions<M> {
    if (this.#isClosed) throw producerClosed()
    if (this.#transactions) return this.#transactions
    const why = 'This producer has no transactions. Give it a name for them: kafka.producer({ transactionalId }).'
    throw new KafkaError('ILLEGAL_STATE', why)
  }

  #refusal(): KafkaError {
    if (this.#isClosed) return producerClosed()
    const why =
      `This producer sends in transactions, as it has the transactionalId '${this.#config.transactionalId}'. Send with ` +
      'producer.transaction((transaction) => transaction.send(…)), or make a producer without the id.'
    return new KafkaError('ILLEGAL_STATE', why)
  }

  /** `permit` is that of a transaction. */
  #send(record: RecordIn<M>, signal: AbortSignal | undefined, permit: Permit | null): Promise<RecordMetadata> {
    try {
      signal?.throwIfAborted()
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
      return this.#queueSlow(ready, permit, (outgoing) => {
        signal?.throwIfAborted()
        return this.#dispatch(outgoing)
      })
    } catch (error) {
      permit?.failed(error)
      return Promise.reject(error)
    }
  }

  #sendBatch(
    records: readonly RecordIn<M>[],
    signal: AbortSignal | undefined,
    permit: Permit | null,
  ): Promise<PartitionMetadata[]> {
    try {
      signal?.throwIfAborted()
      const nowMs = this.#nowMs()
      const batches = new OutgoingBatches(this.#sorter, this.#config.maxRequestSize, nowMs, records.length)
      const late = this.#addAll(records, batches, nowMs)
      batches.makeRound()
      if (late.length === 0 && this.#accumulator.isEmpty) return this.#sendAll(batches)
      return this.#queueSlow(Promise.all(late), permit, (ready) => {
        signal?.throwIfAborted()
        for (const outgoing of ready) this.#add(batches, outgoing)
        batches.makeRound()
        // Sent before, and so in the log before.
        void this.#accumulator.flush()
        return this.#sendAll(batches)
      })
    } catch (error) {
      permit?.failed(error)
      return Promise.reject(error)
    }
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
  #queueSlow<In, Out>(
    prepared: Promise<In>,
    permit: Permit | null,
    dispatch: (ready: In) => Promise<Out>,
  ): Promise<Out> {
    const before = this.#slow
    // Whoever waits for `before` first would leave a rejection of `prepared` unhandled meanwhile.
    prepared.catch((error) => permit?.failed(error))
    // In a box: what waits because of lingerMs after this holds nobody up.
    const dispatched = (async () => {
      await before?.catch(() => {})
      const ready = await prepared
      permit?.check()
      return { answer: dispatch(ready) }
    })()
    this.#slow = dispatched
    const done = () => {
      if (this.#slow === dispatched) this.#slow = null
    }
    dispatched.then(done, done)
    return dispatched.then(({ answer }) => answer)
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
    const { partitioner, batchSize } = this.#config
    return new TopicPartitioner(name, partitioner, batchSize, this.#connection.host.random)
  }

  #nowMs(): number {
    return this.#connection.host.clock.now()
  }
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
