// An admin's half that concerns topics, and the offsets their partitions have.

import type { MetadataTopic } from '../../broker/api.ts'
import { encodeTopicConfig, type TopicConfig, topicConfigs } from '../../broker/configs.ts'
import { rejectUnknown } from '../../config.ts'
import { KafkaError } from '../../errors.ts'
import type { Connection } from '../connection.ts'
import { EARLIEST, LATEST, listOffsets } from '../offsets-client.ts'
import type { TopicPartition } from '../topic.ts'
import type { ListedOffset, NewTopic, OffsetSpec, PartitionOffsets, TopicDescription } from './admin.ts'
import { throwFirst } from './answers.ts'

const TIMEOUT_MS = 30_000
const MAX_TIMESTAMP = -3

export class TopicAdmin {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async createTopics(topics: readonly NewTopic[], { validateOnly = false } = {}): Promise<void> {
    for (const { topic, config = {}, ...rest } of topics) {
      rejectUnknown(rest, ['partitions'], `createTopics: topic '${topic}'`)
      rejectUnknown(config, Object.keys(topicConfigs), `createTopics: the config of topic '${topic}'`, 'INVALID_CONFIG')
    }
    const answer = await this.#connection.request('CreateTopics', {
      topics: topics.map(({ topic, partitions = -1, config = {} as TopicConfig }) => ({
        name: topic,
        numPartitions: partitions,
        replicationFactor: -1,
        configs: encodeTopicConfig(config),
      })),
      timeoutMs: TIMEOUT_MS,
      validateOnly,
    })
    throwFirst(answer.topics)
  }

  async deleteTopics(topics: readonly string[]): Promise<void> {
    const names = topics.map((name) => ({ name, topicId: null }))
    throwFirst((await this.#connection.request('DeleteTopics', { topics: names, timeoutMs: TIMEOUT_MS })).responses)
  }

  async listTopics({ listInternal = false } = {}): Promise<string[]> {
    const topics = await this.#metadata(null)
    return topics.flatMap(({ name, isInternal }) => (name !== null && (listInternal || !isInternal) ? [name] : []))
  }

  async describeTopics(topics: readonly string[]): Promise<TopicDescription[]> {
    const found = await this.#metadata(topics)
    throwFirst(found)
    return found.map(({ name, topicId, isInternal, partitions }) => ({
      topic: name ?? '',
      topicId,
      isInternal,
      partitions: partitions.map(({ partitionIndex, leaderId }) => ({ partition: partitionIndex, leader: leaderId })),
    }))
  }

  async createPartitions(counts: Readonly<Record<string, number>>, { validateOnly = false } = {}): Promise<void> {
    const topics = Object.entries(counts).map(([name, count]) => ({ name, count }))
    const request = { topics, timeoutMs: TIMEOUT_MS, validateOnly }
    throwFirst((await this.#connection.request('CreatePartitions', request)).results)
  }

  async topicOffsets(topic: string): Promise<PartitionOffsets[]> {
    const [description] = await this.describeTopics([topic])
    const partitions = (description?.partitions ?? []).map(({ partition }) => ({ topic, partition }))
    const starts = await listOffsets(this.#connection, at(partitions, EARLIEST))
    const ends = await listOffsets(this.#connection, at(partitions, LATEST))
    return partitions.map((each, i) => ({
      ...each,
      startOffset: starts[i]?.offset ?? 0,
      endOffset: ends[i]?.offset ?? 0,
    }))
  }

  async listOffsets(queries: readonly (TopicPartition & { readonly spec: OffsetSpec })[]): Promise<ListedOffset[]> {
    const asked = queries.map(({ topic, partition, spec }) => ({ topic, partition, timestamp: toTimestamp(spec) }))
    const found = await listOffsets(this.#connection, asked)
    return asked.map(({ topic, partition }, i) => {
      const { offset = -1, timestamp = -1 } = found[i] ?? {}
      return { topic, partition, offset: offset < 0 ? null : offset, timestamp: timestamp < 0 ? null : timestamp }
    })
  }

  async #metadata(names: readonly string[] | null): Promise<readonly MetadataTopic[]> {
    const topics = names === null ? null : names.map((name) => ({ name, topicId: null }))
    return (await this.#connection.request('Metadata', { topics, allowAutoTopicCreation: false })).topics
  }
}

export function at(partitions: readonly TopicPartition[], timestamp: number) {
  return partitions.map(({ topic, partition }) => ({ topic, partition, timestamp }))
}

function toTimestamp(spec: OffsetSpec): number {
  if (spec === 'earliest') return EARLIEST
  if (spec === 'latest') return LATEST
  if (spec === 'max-timestamp') return MAX_TIMESTAMP
  if (Number.isSafeInteger(spec?.timestamp) && spec.timestamp >= 0) return spec.timestamp
  const why =
    "listOffsets: spec must be 'earliest', 'latest', 'max-timestamp' or { timestamp } in whole milliseconds since 1970."
  throw new KafkaError('INVALID_ARGUMENT', why)
}
