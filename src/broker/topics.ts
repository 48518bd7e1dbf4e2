// The topics of a broker. Everything else refers to a topic by its id: a topic deleted and made again is another one.

import { KafkaError } from '../errors.ts'
import { type LogConfig, PartitionLog } from '../log/partition-log.ts'
import { didYouMean } from '../suggest.ts'
import { type BrokerConfig, decodeTopicConfig, type TopicConfig } from './configs.ts'

export const OFFSETS_TOPIC = '__consumer_offsets'
export const TRANSACTIONS_TOPIC = '__transaction_state'

/** The internal topics, and which config of the broker says how many partitions each has. */
const partitionsSetBy: ReadonlyMap<string, keyof BrokerConfig> = new Map([
  [OFFSETS_TOPIC, 'offsetsTopicNumPartitions'],
  [TRANSACTIONS_TOPIC, 'transactionStateLogNumPartitions'],
])

const LONGEST_NAME = 249
/** So that a slip of the finger is an error, and not a broker out of memory. */
const MOST_PARTITIONS = 100_000

export interface Topic {
  readonly id: string
  readonly name: string
  readonly isInternal: boolean
  readonly config: Required<TopicConfig> & LogConfig
  readonly partitions: PartitionLog[]
}

export interface NewTopic {
  readonly name: string
  readonly numPartitions: number
  readonly replicationFactor: number
  readonly configs: readonly { readonly name: string; readonly value: string | null }[]
  /** Made by the broker for itself. */
  readonly isInternal?: boolean
}

export class Topics {
  readonly #byName = new Map<string, Topic>()
  readonly #byId = new Map<string, Topic>()
  readonly #config: Required<BrokerConfig>
  readonly #newId: () => string
  readonly #nowMs: () => number

  constructor(config: Required<BrokerConfig>, newId: () => string, nowMs: () => number) {
    this.#config = config
    this.#newId = newId
    this.#nowMs = nowMs
  }

  get(name: string): Topic | undefined {
    return this.#byName.get(name)
  }

  byId(id: string): Topic | undefined {
    return this.#byId.get(id)
  }

  /** The topic that the log is of; undefined where that was deleted. */
  of(log: PartitionLog): Topic | undefined {
    const topic = this.#byName.get(log.topic)
    return topic?.partitions[log.partition] === log ? topic : undefined
  }

  all(): Iterable<Topic> {
    return this.#byName.values()
  }

  /** The topic as it would be created, or the KafkaError that says why not. Nothing is changed. */
  plan({ name, numPartitions, replicationFactor, configs, isInternal = false }: NewTopic): Topic {
    this.#checkName(name)
    const setBy = isInternal ? undefined : partitionsSetBy.get(name)
    if (setBy !== undefined) {
      const why = `Topic '${name}' is made by the broker itself. Set ${setBy} for the number of its partitions.`
      throw new KafkaError('INVALID_TOPIC_EXCEPTION', why)
    }
    const count = numPartitions === -1 ? this.#config.numPartitions : numPartitions
    checkPartitionCount(name, count)
    if (replicationFactor !== -1 && replicationFactor !== 1) {
      const why = `Topic '${name}': a replication factor of ${replicationFactor} is not possible with one broker. Use 1.`
      throw new KafkaError('INVALID_REPLICATION_FACTOR', why)
    }
    const config = decodeTopicConfig(configs, this.#config, name)
    const topic: Topic = { id: this.#newId(), name, isInternal, config, partitions: [] }
    this.grow(topic, count)
    return topic
  }

  add(topic: Topic): Topic {
    this.#byName.set(topic.name, topic)
    this.#byId.set(topic.id, topic)
    return topic
  }

  delete(topic: Topic): void {
    this.#byName.delete(topic.name)
    this.#byId.delete(topic.id)
  }

  /** Only upwards: records never move, so partitions cannot be taken away. */
  checkGrowth(topic: Topic, count: number): void {
    checkPartitionCount(topic.name, count)
    if (count <= topic.partitions.length) {
      const why = `Topic '${topic.name}' has ${topic.partitions.length} partitions; ${count} would not be more. Partitions can only be added.`
      throw new KafkaError('INVALID_PARTITIONS', why)
    }
  }

  grow(topic: Topic, count: number): void {
    const { producerIdExpirationMs, producerIdExpirationCheckIntervalMs } = this.#config
    const expiry = { producerIdExpirationMs, producerIdExpirationCheckIntervalMs, logCreatedMs: this.#nowMs() }
    for (let partition = topic.partitions.length; partition < count; partition++) {
      topic.partitions.push(new PartitionLog(topic.name, partition, topic.config, expiry))
    }
  }

  unknown(name: string): string {
    const why = this.#config.autoCreateTopicsEnable ? '' : ' (autoCreateTopicsEnable is false)'
    return `Topic '${name}' does not exist.${didYouMean(name, this.#byName.keys())}${why}`
  }

  unknownPartition(topic: Topic, partition: number): string {
    const count = topic.partitions.length
    return `Topic '${topic.name}' has no partition ${partition}: it has ${count}, from 0 to ${count - 1}.`
  }

  #checkName(name: string): void {
    const problem = problemWithName(name)
    if (problem) throw new KafkaError('INVALID_TOPIC_EXCEPTION', problem)
    if (this.#byName.has(name)) {
      throw new KafkaError('TOPIC_ALREADY_EXISTS', `Topic '${name}' exists already. Use it, or delete it first.`)
    }
    const folded = fold(name)
    for (const other of this.#byName.keys()) {
      if (fold(other) !== folded) continue
      const why = `Topic '${name}' collides with '${other}': their names differ only in '.' and '_'. Choose another name.`
      throw new KafkaError('INVALID_TOPIC_EXCEPTION', why)
    }
  }
}

/** Kafka's metric names cannot tell '.' from '_'. */
function fold(name: string): string {
  return name.replaceAll('.', '_')
}

/** Why Kafka does not accept the name, or null. */
export function problemWithName(name: string): string | null {
  if (name === '') return 'A topic name must not be empty.'
  if (name === '.' || name === '..') return `A topic cannot be called '${name}'. Choose another name.`
  if (name.length > LONGEST_NAME) {
    return `A topic name may have ${LONGEST_NAME} characters; '${name.slice(0, 20)}…' has ${name.length}. Choose a shorter one.`
  }
  if (!/^[a-zA-Z0-9._-]+$/.test(name)) {
    return `Topic name '${name}' has characters other than letters, digits, '.', '_' and '-'. Choose another name.`
  }
  return null
}

function checkPartitionCount(name: string, count: number): void {
  if (Number.isSafeInteger(count) && count >= 1 && count <= MOST_PARTITIONS) return
  const why = `Topic '${name}': the number of partitions must be a whole number from 1 to ${MOST_PARTITIONS}, not ${count}.`
  throw new KafkaError('INVALID_PARTITIONS', why)
}
