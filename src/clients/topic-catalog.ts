// What one client knows of the topics: their serdes from the declaration, their ids and partitions from the broker.
// It is asked again when it is older than metadata.max.age.ms, or when an answer shows that it is wrong.

import type { MetadataTopic } from '../broker/api.ts'
import { ErrorCode, errorFrom, errorName, KafkaError } from '../errors.ts'
import { type Headers, NO_HEADERS } from '../log/record.ts'
import { didYouMean } from '../suggest.ts'
import type { Connection } from './connection.ts'
import { leaderPasses } from './leader-errors.ts'
import { bytes, isThenable, nullable, raw, type Serde, type SerdeContext } from './serde.ts'
import type { TopicDefinition, TopicPartition } from './topic.ts'

export interface KnownTopic {
  readonly name: string
  readonly id: string
  readonly partitionCount: number
  readonly key: Serde<unknown, unknown>
  readonly value: Serde<unknown, unknown>
  /** Both serdes give text back as it is. */
  readonly passesText: boolean
  /** What serdes are told of a record without headers. */
  readonly keyContext: SerdeContext
  readonly valueContext: SerdeContext
  readonly refreshedAtMs: number
}

export function contextOf(topic: KnownTopic, part: 'key' | 'value', headers: Headers | undefined): SerdeContext {
  if (headers !== undefined && headers !== NO_HEADERS) return { topic: topic.name, part, headers }
  return part === 'key' ? topic.keyContext : topic.valueContext
}

const internalTopics: Record<string, TopicDefinition<unknown, unknown, never, never>> = {
  __consumer_offsets: { key: bytes, value: nullable(bytes) },
}

export class TopicCatalog {
  readonly #connection: Connection
  readonly #maxAgeMs: number
  readonly #mayCreate: boolean
  readonly #known = new Map<string, KnownTopic>()
  /** Asked for at the moment: whoever else wants to know waits for the same answer. */
  readonly #resolving = new Map<string, Promise<KnownTopic>>()

  constructor(connection: Connection, maxAgeMs: number, mayCreate: boolean) {
    this.#connection = connection
    this.#maxAgeMs = maxAgeMs
    this.#mayCreate = mayCreate
  }

  /** What is known and fresh enough, without asking. */
  fresh(name: string, nowMs: number): KnownTopic | undefined {
    const topic = this.#known.get(name)
    return topic && nowMs - topic.refreshedAtMs < this.#maxAgeMs ? topic : undefined
  }

  /** What is known, however old. */
  known(name: string): KnownTopic | undefined {
    return this.#known.get(name)
  }

  forget(name: string): void {
    this.#known.delete(name)
  }

  /** The topic, asked for if need be; throws UNKNOWN_TOPIC_OR_PARTITION, with what may have been meant. */
  resolve(name: string): Promise<KnownTopic> {
    const asked = this.#resolving.get(name)
    if (asked) return asked
    const resolved = this.#resolve(name).finally(() => this.#resolving.delete(name))
    this.#resolving.set(name, resolved)
    return resolved
  }

  async #resolve(name: string): Promise<KnownTopic> {
    const fresh = this.fresh(name, this.#nowMs())
    if (fresh) return fresh
    const [answer] = await this.#ask([name], this.#mayCreate)
    if (answer === undefined || answer.errorCode !== ErrorCode.NONE) {
      throw errorFrom(answer?.errorCode ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, answer?.errorMessage)
    }
    return this.#keep(answer, name)
  }

  /**
   * Asks for these topics anew. What does not exist is forgotten, and missing from the result; an error that passes by
   * itself is thrown.
   */
  async refresh(names: readonly string[], mayCreate = false): Promise<Map<string, KnownTopic>> {
    const found = new Map<string, KnownTopic>()
    for (const answer of await this.#ask(names, mayCreate && this.#mayCreate)) {
      const { errorCode, errorMessage } = answer
      const name = answer.name ?? ''
      if (errorCode === ErrorCode.NONE) found.set(name, this.#keep(answer, name))
      else if (leaderPasses(errorName(errorCode))) throw errorFrom(errorCode, errorMessage)
      else this.#known.delete(name)
    }
    return found
  }

  /** What `refresh` finds, where the answer comes at once and says of each what was known; else null. */
  confirm(names: readonly string[]): Map<string, KnownTopic> | null {
    const topics = names.map((name) => ({ name, topicId: null }))
    const answer = this.#connection.request('Metadata', { topics, allowAutoTopicCreation: false })
    if (isThenable(answer)) {
      answer.then(undefined, () => {})
      return null
    }
    if (!answer.topics.every((topic) => this.#isAsKnown(topic))) return null
    return new Map(answer.topics.map((topic) => [topic.name ?? '', this.#keep(topic, topic.name ?? '')]))
  }

  #isAsKnown({ errorCode, name, topicId, partitions }: MetadataTopic): boolean {
    const known = this.#known.get(name ?? '')
    return errorCode === ErrorCode.NONE && known?.id === topicId && known.partitionCount === partitions.length
  }

  /** The names of all topics, internal ones left out. */
  async names(): Promise<string[]> {
    const { topics } = await this.#connection.request('Metadata', { topics: null, allowAutoTopicCreation: false })
    return topics.flatMap(({ name, isInternal }) => (name === null || isInternal ? [] : [name]))
  }

  async partition({ topic, partition }: TopicPartition): Promise<KnownTopic> {
    const found = await this.resolve(topic)
    if (!Number.isSafeInteger(partition) || partition < 0 || partition >= found.partitionCount) {
      throw unknownPartition(found, partition)
    }
    return found
  }

  async #ask(names: readonly string[], mayCreate: boolean): Promise<readonly MetadataTopic[]> {
    const toCreate = new Set(names.filter((name) => mayCreate && this.#isAllowed(name)))
    const toFind = names.filter((name) => !toCreate.has(name))
    return [...(await this.#askFor([...toCreate], true)), ...(await this.#askFor(toFind, false))]
  }

  async #askFor(names: readonly string[], allowAutoTopicCreation: boolean): Promise<readonly MetadataTopic[]> {
    if (names.length === 0) return []
    const topics = names.map((name) => ({ name, topicId: null }))
    const answer = await this.#connection.request('Metadata', { topics, allowAutoTopicCreation })
    return answer.topics.map((topic) =>
      topic.name === null ? topic : { ...topic, errorMessage: this.#explain(topic) },
    )
  }

  /** Where topics are declared, another name is a slip: it may exist, but it is not created. */
  #isAllowed(name: string): boolean {
    const { declared } = this.#connection.host
    return declared === null || Object.hasOwn(declared, name)
  }

  #explain({ name, errorCode, errorMessage }: MetadataTopic): string | null {
    const { declared } = this.#connection.host
    if (errorCode !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION || declared === null || name === null) return errorMessage
    const names = Object.keys(declared)
    const meant = didYouMean(name, names)
    return `Topic '${name}' is not declared and does not exist.${meant} Declare it in new Kafkalet({ topics }), or create it with the admin.`
  }

  #keep(answer: MetadataTopic, name: string): KnownTopic {
    const definition = this.#definition(name)
    const key = (definition?.key ?? raw) as Serde<unknown, unknown>
    const value = (definition?.value ?? raw) as Serde<unknown, unknown>
    const topic: KnownTopic = {
      name,
      id: answer.topicId,
      partitionCount: answer.partitions.length,
      key,
      value,
      passesText: key.passesText === true && value.passesText === true,
      keyContext: { topic: name, part: 'key', headers: NO_HEADERS },
      valueContext: { topic: name, part: 'value', headers: NO_HEADERS },
      refreshedAtMs: this.#nowMs(),
    }
    this.#known.set(name, topic)
    return topic
  }

  #definition(name: string): TopicDefinition<unknown, unknown, never, never> | undefined {
    const { declared } = this.#connection.host
    if (declared && Object.hasOwn(declared, name)) return declared[name]
    return Object.hasOwn(internalTopics, name) ? internalTopics[name] : undefined
  }

  #nowMs(): number {
    return this.#connection.host.clock.now()
  }
}

export function unknownPartition({ name, partitionCount }: KnownTopic, partition: number): KafkaError {
  const why = `Topic '${name}' has no partition ${partition}: it has ${partitionCount}, from 0 to ${partitionCount - 1}.`
  return new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', why)
}
