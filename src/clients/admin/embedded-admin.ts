// The admin of an embedded broker.

import type { MetadataTopic } from '../../broker/api.ts'
import { encodeTopicConfig, type TopicConfig, topicConfigs } from '../../broker/configs.ts'
import { rejectUnknown } from '../../config.ts'
import { ErrorCode, errorFrom, KafkaError } from '../../errors.ts'
import { coordinatorPartition } from '../../groups/group-partition.ts'
import { CONSUMER_PROTOCOL_TYPE, decodeAssignment } from '../../groups/subscription.ts'
import { type ClientHost, Connection } from '../connection.ts'
import {
  checkOffset,
  commitOffsets,
  EARLIEST,
  fetchCommitted,
  LATEST,
  listOffsets,
  type OffsetToCommit,
} from '../offsets-client.ts'
import type { TopicPartition } from '../topic.ts'
import type {
  Admin,
  AdminOptions,
  GroupDescription,
  GroupListing,
  GroupOffset,
  GroupState,
  ListedOffset,
  NewTopic,
  OffsetSpec,
  PartitionOffsets,
  TopicDescription,
} from './admin.ts'

const TIMEOUT_MS = 30_000
const MAX_TIMESTAMP = -3
const OFFSETS_TOPIC = '__consumer_offsets'

interface Answer {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
}

export class EmbeddedAdmin implements Admin {
  readonly #connection: Connection
  #isClosed = false

  constructor(host: ClientHost, options: AdminOptions, clientId: string) {
    rejectUnknown(options, ['clientId'], 'admin')
    this.#connection = new Connection(host, clientId)
  }

  async createTopics(topics: readonly NewTopic[], { validateOnly = false } = {}): Promise<void> {
    this.#checkOpen()
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
    this.#checkOpen()
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
    this.#checkOpen()
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
    this.#checkOpen()
    const asked = queries.map(({ topic, partition, spec }) => ({ topic, partition, timestamp: toTimestamp(spec) }))
    const found = await listOffsets(this.#connection, asked)
    return asked.map(({ topic, partition }, i) => {
      const { offset = -1, timestamp = -1 } = found[i] ?? {}
      return { topic, partition, offset: offset < 0 ? null : offset, timestamp: timestamp < 0 ? null : timestamp }
    })
  }

  async listGroups({ states = [] }: { readonly states?: readonly GroupState[] } = {}): Promise<GroupListing[]> {
    this.#checkOpen()
    const { groups } = await this.#connection.request('ListGroups', { statesFilter: states, typesFilter: [] })
    return groups.map(({ groupId, groupState, protocolType }) => ({
      groupId,
      state: groupState as GroupState,
      protocolType,
      type: 'classic',
    }))
  }

  async describeGroups(groupIds: readonly string[]): Promise<GroupDescription[]> {
    this.#checkOpen()
    const { groups } = await this.#connection.request('DescribeGroups', { groups: groupIds })
    throwFirst(groups)
    const [offsetsTopic] = await this.describeTopics([OFFSETS_TOPIC])
    const count = offsetsTopic?.partitions.length
    return groups.map(({ groupId, groupState, protocolType, protocolData, members }) => ({
      groupId,
      state: groupState as GroupDescription['state'],
      protocolType,
      protocol: protocolData,
      coordinatorPartition: coordinatorPartition(groupId, count),
      members: members.map(({ memberId, clientId, clientHost, memberAssignment }) => ({
        memberId,
        clientId,
        host: clientHost,
        assignment: protocolType === CONSUMER_PROTOCOL_TYPE ? readAssignment(memberAssignment) : [],
      })),
    }))
  }

  async listConsumerGroupOffsets(groupId: string, partitions?: readonly TopicPartition[]): Promise<GroupOffset[]> {
    this.#checkOpen()
    const committed = await fetchCommitted(this.#connection, groupId, partitions ?? null)
    const ends = await listOffsets(this.#connection, at(committed, LATEST))
    return committed.map(({ topic, partition, offset, metadata }, i) => {
      const endOffset = ends[i]?.offset ?? offset
      return { topic, partition, offset, metadata, endOffset, lag: endOffset - offset }
    })
  }

  async alterConsumerGroupOffsets(groupId: string, offsets: readonly OffsetToCommit[]): Promise<void> {
    this.#checkOpen()
    for (const each of offsets) checkOffset(each.offset, each)
    await commitOffsets(this.#connection, { groupId, generation: -1, memberId: '' }, offsets)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#connection.close()
    this.#connection.host.closed(this)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #metadata(names: readonly string[] | null): Promise<readonly MetadataTopic[]> {
    this.#checkOpen()
    const topics = names === null ? null : names.map((name) => ({ name, topicId: null }))
    return (await this.#connection.request('Metadata', { topics, allowAutoTopicCreation: false })).topics
  }

  #checkOpen(): void {
    if (this.#isClosed)
      throw new KafkaError('ILLEGAL_STATE', 'This admin is closed. Make another one with kafka.admin().')
  }
}

function throwFirst(answers: readonly Answer[]): void {
  for (const { errorCode, errorMessage } of answers) {
    if (errorCode !== ErrorCode.NONE) throw errorFrom(errorCode, errorMessage)
  }
}

function at(partitions: readonly TopicPartition[], timestamp: number) {
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

function readAssignment(bytes: Uint8Array): TopicPartition[] {
  return [...decodeAssignment(bytes).partitions].flatMap(([topic, partitions]) =>
    partitions.map((partition) => ({ topic, partition })),
  )
}
