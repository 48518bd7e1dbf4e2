// One instance: a broker with its clock, its chance and its clients. Nothing is shared between two instances.

import { Broker } from './broker/broker.ts'
import { type BrokerConfig, brokerConfigs, encodeTopicConfig, topicConfigs } from './broker/configs.ts'
import type { Events } from './broker/events.ts'
import type { Admin, AdminOptions } from './clients/admin/admin.ts'
import { EmbeddedAdmin } from './clients/admin/embedded-admin.ts'
import type { ClientHost, Connection } from './clients/connection.ts'
import type { Consumer, ConsumerOptions } from './clients/consumer/consumer.ts'
import { EmbeddedConsumer } from './clients/consumer/embedded-consumer.ts'
import { EmbeddedProducer } from './clients/producer/embedded-producer.ts'
import type { Producer, ProducerOptions } from './clients/producer/producer.ts'
import type { AnyTopics, NamesRead, TopicMap, TopicName } from './clients/topic.ts'
import { type Clock, systemClock } from './clock.ts'
import { readConfig, rejectUnknown } from './config.ts'
import { KafkaError } from './errors.ts'
import { randomSeed, seededRandom } from './random.ts'

export interface KafkaletOptions<M extends TopicMap = AnyTopics> {
  /** Declared topics exist from the start. Without it any topic name is allowed, with strings or bytes. */
  readonly topics?: M
  /** Broker configs by Kafka's names, camelCased. */
  readonly config?: BrokerConfig
  /** Where time comes from. Default: the host's. */
  readonly clock?: Clock
  /** Makes ids, and the partitions of keyless records, repeatable. Default: by chance. */
  readonly seed?: number
}

/** Looks at what becomes of an instance. */
export interface Onlooker {
  /** A consumer or producer was made, by a call of `maker`. */
  made?(client: object, what: string, maker: unknown): void
  /** The clients are about to be closed. */
  closing?(openClients: ReadonlySet<object>): void
  /** All is closed. What this throws, `close` rejects with. */
  closed?(): void
}

/** What an instance is made of: for what a test does to it and sees of it, and no client can. */
export interface Insides {
  readonly broker: Broker
  readonly host: ClientHost
  readonly seed: number
  /** Those that are open. */
  readonly clients: ReadonlySet<object>
  readonly isClosed: () => boolean
  readonly onlookers: Onlooker[]
}

/** Undefined for anything but a Kafkalet. Set by the class, whose private field it reads. */
export let insidesOf: (kafka: object) => Insides | undefined

const views = new WeakMap<object, object>()

/** From here on what is asked about `view` is answered about the instance that it shows. */
export function standFor(view: object, kafka: object): void {
  views.set(view, kafka)
}

interface Client {
  readonly connection: Connection
  close(): Promise<void>
}

/**
 * A Kafka inside this process. It is there as soon as it is made, and gone when it is closed.
 *
 * @example
 * await using kafka = new Kafkalet()
 * await kafka.producer().send({ topic: 'greetings', key: 'en', value: 'hello' })
 */
export class Kafkalet<M extends TopicMap = AnyTopics> implements AsyncDisposable {
  /** What makes this instance repeatable: `new Kafkalet({ seed })` with the same calls does the same. */
  readonly seed: number
  readonly #broker: Broker
  readonly #host: ClientHost
  readonly #clients = new Set<Client>()
  readonly #onlookers: Onlooker[] = []
  /** A field and no entry of a WeakMap: what such an entry holds outlives many a collection of young garbage. */
  readonly #insides: Insides
  #clientCount = 0
  #isClosed = false

  static {
    insidesOf = (kafka) => {
      if (#insides in kafka) return kafka.#insides
      const shown = views.get(kafka)
      return shown && insidesOf(shown)
    }
  }

  /**
   * @throws KafkaError INVALID_ARGUMENT, INVALID_CONFIG, INVALID_PARTITIONS or INVALID_TOPIC_EXCEPTION for options that
   *   are not valid
   */
  constructor(options: KafkaletOptions<M> = {}) {
    rejectUnknown(options, ['topics', 'config', 'clock', 'seed'], 'new Kafkalet')
    const { topics, config = {}, clock = systemClock, seed = randomSeed() } = options
    if (!Number.isSafeInteger(seed)) {
      throw new KafkaError('INVALID_ARGUMENT', `new Kafkalet: seed must be a whole number, not ${String(seed)}.`)
    }
    this.seed = seed
    const random = seededRandom(seed)
    this.#broker = new Broker({ clock, random, config: readConfig(brokerConfigs, config, 'new Kafkalet: config') })
    this.#host = {
      seam: this.#broker,
      clock,
      random,
      events: this.#broker.events,
      declared: topics ?? null,
      closed: (client) => this.#clients.delete(client as Client),
    }
    this.#insides = {
      broker: this.#broker,
      host: this.#host,
      seed,
      clients: this.#clients,
      isClosed: () => this.#isClosed,
      onlookers: this.#onlookers,
    }
    for (const [name, definition] of Object.entries(topics ?? {})) {
      const { key: _k, value: _v, partitions = -1, config: topicConfig = {}, ...rest } = definition
      rejectUnknown(rest, ['key', 'value', 'partitions', 'config'], `Topic '${name}'`)
      rejectUnknown(topicConfig, Object.keys(topicConfigs), `The config of topic '${name}'`, 'INVALID_CONFIG')
      const configs = encodeTopicConfig(topicConfig)
      this.#broker.createTopic({ name, numPartitions: partitions, replicationFactor: -1, configs })
    }
  }

  /** A producer of this instance. */
  producer(options: ProducerOptions = {}): Producer<M> {
    const clientId = this.#clientId('producer', options)
    const producer = this.#keep(new EmbeddedProducer<M>(this.#openHost(), options, clientId))
    for (const each of this.#onlookers) each.made?.(producer, `producer '${clientId}'`, this.producer)
    return producer
  }

  /** A consumer of this instance, subscribed at once where `topics` are given. */
  consumer<T extends TopicName<M> = TopicName<M>>(
    options: ConsumerOptions & { readonly topics?: readonly T[] | RegExp } = {},
  ): Consumer<M, NamesRead<M, T>> {
    const clientId = this.#clientId('consumer', options)
    const consumer = this.#keep(new EmbeddedConsumer<M, NamesRead<M, T>>(this.#openHost(), options, clientId))
    for (const each of this.#onlookers) each.made?.(consumer, `consumer '${clientId}'`, this.consumer)
    return consumer
  }

  /** An admin of this instance. */
  admin(options: AdminOptions = {}): Admin {
    return this.#keep(new EmbeddedAdmin(this.#openHost(), options, this.#clientId('admin', options)))
  }

  /** What the broker does, as it does it. */
  get events(): Events {
    return this.#broker.events.listeners
  }

  /**
   * Compacts every topic with `cleanupPolicy: 'compact'` and `__consumer_offsets`, now: of each key only the newest
   * record stays, at its offset. Like Kafka's cleaner it leaves the active segment alone (`segmentBytes` and `segmentMs` say when
   * the next one begins), what is younger than `minCompactionLagMs`, and logs with nothing new to clean; unlike it, it does not
   * wait for `minCleanableDirtyRatio`. A tombstone stays for `deleteRetentionMs` after its first compaction.
   *
   * The broker does this by itself too, `logCleanerBackoffMs` after enough has been written.
   *
   * @throws KafkaError ILLEGAL_STATE when the instance is closed
   */
  async runCompaction(): Promise<void> {
    this.#openHost()
    await this.#broker.runCompaction()
  }

  /** Closes every client that is still open, then the broker. Nothing is left running. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const each of this.#onlookers) each.closing?.(this.#clients)
    for (const { connection } of this.#clients) connection.restore()
    const results = await Promise.allSettled([...this.#clients].map((client) => client.close()))
    this.#broker.close()
    for (const result of results) if (result.status === 'rejected') throw result.reason
    for (const each of this.#onlookers) each.closed?.()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #openHost(): ClientHost {
    if (!this.#isClosed) return this.#host
    throw new KafkaError('ILLEGAL_STATE', 'This Kafkalet is closed. Make another one with new Kafkalet().')
  }

  #clientId(kind: string, { clientId }: { readonly clientId?: string }): string {
    this.#clientCount++
    return clientId ?? `${kind}-${this.#clientCount}`
  }

  #keep<Kept extends Client>(client: Kept): Kept {
    this.#clients.add(client)
    return client
  }
}
