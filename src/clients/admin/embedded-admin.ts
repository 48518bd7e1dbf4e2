// The admin of an embedded broker: open or closed, and two halves that do the work.

import { readConfig, rejectUnknown } from '../../config.ts'
import { KafkaError } from '../../errors.ts'
import { type ClientHost, Connection } from '../connection.ts'
import { CoordinatorRetry } from '../coordinator-retry.ts'
import { retryConfigs } from '../options.ts'
import type { TopicPartition } from '../topic.ts'
import type {
  Admin,
  AdminOptions,
  GroupDescription,
  GroupLag,
  GroupListing,
  GroupOffset,
  ListedOffset,
  NewTopic,
  OffsetSpec,
  OffsetToAlter,
  PartitionOffsets,
  PlannedOffset,
  ResetOffsetsOptions,
  TopicDescription,
} from './admin.ts'
import { GroupAdmin } from './group-admin.ts'
import { GroupOffsetsAdmin } from './group-offsets-admin.ts'
import { TopicAdmin } from './topic-admin.ts'

export class EmbeddedAdmin implements Admin {
  readonly #connection: Connection
  readonly #coordinators: CoordinatorRetry
  readonly #topicAdmin: TopicAdmin
  readonly #groupAdmin: GroupAdmin
  readonly #offsetsAdmin: GroupOffsetsAdmin
  #isClosed = false

  constructor(host: ClientHost, options: AdminOptions, clientId: string) {
    rejectUnknown(options, ['clientId'], 'admin')
    this.#connection = new Connection(host, clientId)
    this.#coordinators = new CoordinatorRetry(this.#connection, null, readConfig(retryConfigs, {}, 'admin'))
    this.#topicAdmin = new TopicAdmin(this.#connection)
    this.#groupAdmin = new GroupAdmin(this.#connection, this.#topicAdmin)
    this.#offsetsAdmin = new GroupOffsetsAdmin(this.#connection, this.#topicAdmin, this.#groupAdmin)
  }

  async createTopics(topics: readonly NewTopic[], options?: { readonly validateOnly?: boolean }): Promise<void> {
    await this.#topics.createTopics(topics, options)
  }

  async deleteTopics(topics: readonly string[]): Promise<void> {
    await this.#topics.deleteTopics(topics)
  }

  async listTopics(options?: { readonly listInternal?: boolean }): Promise<string[]> {
    return await this.#topics.listTopics(options)
  }

  async describeTopics(topics: readonly string[]): Promise<TopicDescription[]> {
    return await this.#topics.describeTopics(topics)
  }

  async createPartitions(
    counts: Readonly<Record<string, number>>,
    options?: { readonly validateOnly?: boolean },
  ): Promise<void> {
    await this.#topics.createPartitions(counts, options)
  }

  async topicOffsets(topic: string): Promise<PartitionOffsets[]> {
    return await this.#topics.topicOffsets(topic)
  }

  async listOffsets(queries: readonly (TopicPartition & { readonly spec: OffsetSpec })[]): Promise<ListedOffset[]> {
    return await this.#topics.listOffsets(queries)
  }

  async listGroups(options?: Parameters<Admin['listGroups']>[0]): Promise<GroupListing[]> {
    return await this.#coordinators.askBroker('listGroups', () => this.#groupAdmin.listGroups(options))
  }

  async describeGroups(groupIds: readonly string[]): Promise<GroupDescription[]> {
    return await this.#coordinators.askBroker('describeGroups', () => this.#groupAdmin.describeGroups(groupIds))
  }

  async deleteGroups(groupIds: readonly string[]): Promise<void> {
    for (const groupId of new Set(groupIds))
      await this.#coordinators.askBroker('deleteGroups', () => this.#groupAdmin.deleteGroup(groupId))
  }

  async removeMembersFromConsumerGroup(
    groupId: string,
    options?: Parameters<Admin['removeMembersFromConsumerGroup']>[1],
  ): Promise<void> {
    await this.#coordinators.askBroker('removeMembersFromConsumerGroup', () =>
      this.#groupAdmin.removeMembers(groupId, options),
    )
  }

  async listConsumerGroupOffsets(groupId: string, partitions?: readonly TopicPartition[]): Promise<GroupOffset[]> {
    return await this.#coordinators.askBroker('listConsumerGroupOffsets', () =>
      this.#offsetsAdmin.list(groupId, partitions),
    )
  }

  async lag(groupId: string): Promise<GroupLag> {
    return await this.#coordinators.askBroker('lag', () => this.#offsetsAdmin.lag(groupId))
  }

  async alterConsumerGroupOffsets(groupId: string, offsets: readonly OffsetToAlter[]): Promise<void> {
    await this.#coordinators.askBroker('alterConsumerGroupOffsets', () => this.#offsetsAdmin.alter(groupId, offsets))
  }

  async deleteConsumerGroupOffsets(groupId: string, partitions: readonly TopicPartition[]): Promise<void> {
    await this.#coordinators.askBroker('deleteConsumerGroupOffsets', () =>
      this.#offsetsAdmin.delete(groupId, partitions),
    )
  }

  async resetOffsets(groupId: string, options: ResetOffsetsOptions): Promise<PlannedOffset[]> {
    return await this.#coordinators.askBroker('resetOffsets', () => this.#offsetsAdmin.reset(groupId, options))
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#coordinators.stop(closedError())
    this.#connection.close()
    this.#connection.host.closed(this)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  get #topics(): TopicAdmin {
    this.#checkOpen()
    return this.#topicAdmin
  }

  #checkOpen(): void {
    if (this.#isClosed) throw closedError()
  }
}

function closedError(): KafkaError {
  return new KafkaError('ILLEGAL_STATE', 'This admin is closed. Make another one with kafka.admin().')
}
