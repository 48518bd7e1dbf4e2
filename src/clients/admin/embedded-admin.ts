// The admin of an embedded broker: open or closed, and parts that do the work.

import { readConfig, rejectUnknown } from '../../config.ts'
import { KafkaError } from '../../errors.ts'
import { type ClientHost, Connection } from '../connection.ts'
import { CoordinatorRetry } from '../coordinator-retry.ts'
import { retryConfigs } from '../options.ts'
import type { TopicPartition } from '../topic.ts'
import type {
  AbortTransactionSpec,
  Admin,
  AdminOptions,
  FencedProducer,
  GroupDescription,
  GroupLag,
  GroupListing,
  GroupOffset,
  ListedOffset,
  ListTransactionsOptions,
  NewTopic,
  OffsetSpec,
  OffsetToAlter,
  PartitionOffsets,
  PartitionProducers,
  PlannedOffset,
  ResetOffsetsOptions,
  TopicDescription,
  TransactionDescription,
  TransactionListing,
} from './admin.ts'
import { GroupAdmin } from './group-admin.ts'
import { GroupOffsetsAdmin } from './group-offsets-admin.ts'
import { TopicAdmin } from './topic-admin.ts'
import { TransactionAdmin } from './transaction-admin.ts'

export class EmbeddedAdmin implements Admin {
  readonly #connection: Connection
  readonly #retries: CoordinatorRetry
  readonly #topicAdmin: TopicAdmin
  readonly #groupAdmin: GroupAdmin
  readonly #offsetsAdmin: GroupOffsetsAdmin
  readonly #transactionAdmin: TransactionAdmin
  #isClosed = false

  constructor(host: ClientHost, options: AdminOptions, clientId: string) {
    rejectUnknown(options, ['clientId'], 'admin')
    this.#connection = new Connection(host, clientId)
    this.#retries = new CoordinatorRetry(this.#connection, null, readConfig(retryConfigs, {}, 'admin'))
    this.#topicAdmin = new TopicAdmin(this.#connection)
    this.#groupAdmin = new GroupAdmin(this.#connection, this.#topicAdmin)
    this.#offsetsAdmin = new GroupOffsetsAdmin(this.#connection, this.#topicAdmin, this.#groupAdmin)
    this.#transactionAdmin = new TransactionAdmin(this.#connection)
  }

  async createTopics(topics: readonly NewTopic[], options?: { readonly validateOnly?: boolean }): Promise<void> {
    await this.#retries.askBroker('createTopics', () => this.#topicAdmin.createTopics(topics, options))
  }

  async deleteTopics(topics: readonly string[]): Promise<void> {
    await this.#retries.askBroker('deleteTopics', () => this.#topicAdmin.deleteTopics(topics))
  }

  async listTopics(options?: { readonly listInternal?: boolean }): Promise<string[]> {
    return await this.#retries.askBroker('listTopics', () => this.#topicAdmin.listTopics(options))
  }

  async describeTopics(topics: readonly string[]): Promise<TopicDescription[]> {
    return await this.#retries.askBroker('describeTopics', () => this.#topicAdmin.describeTopics(topics))
  }

  async createPartitions(
    counts: Readonly<Record<string, number>>,
    options?: { readonly validateOnly?: boolean },
  ): Promise<void> {
    await this.#retries.askBroker('createPartitions', () => this.#topicAdmin.createPartitions(counts, options))
  }

  async topicOffsets(topic: string): Promise<PartitionOffsets[]> {
    return await this.#retries.askBroker('topicOffsets', () => this.#topicAdmin.topicOffsets(topic))
  }

  async listOffsets(queries: readonly (TopicPartition & { readonly spec: OffsetSpec })[]): Promise<ListedOffset[]> {
    return await this.#retries.askBroker('listOffsets', () => this.#topicAdmin.listOffsets(queries))
  }

  async listGroups(options?: Parameters<Admin['listGroups']>[0]): Promise<GroupListing[]> {
    return await this.#retries.askBroker('listGroups', () => this.#groupAdmin.listGroups(options))
  }

  async describeGroups(groupIds: readonly string[]): Promise<GroupDescription[]> {
    return await this.#retries.askBroker('describeGroups', () => this.#groupAdmin.describeGroups(groupIds))
  }

  async deleteGroups(groupIds: readonly string[]): Promise<void> {
    for (const groupId of new Set(groupIds))
      await this.#retries.askBroker('deleteGroups', () => this.#groupAdmin.deleteGroup(groupId))
  }

  async removeMembersFromConsumerGroup(
    groupId: string,
    options?: Parameters<Admin['removeMembersFromConsumerGroup']>[1],
  ): Promise<void> {
    await this.#retries.askBroker('removeMembersFromConsumerGroup', () =>
      this.#groupAdmin.removeMembers(groupId, options),
    )
  }

  async listConsumerGroupOffsets(groupId: string, partitions?: readonly TopicPartition[]): Promise<GroupOffset[]> {
    return await this.#retries.askBroker('listConsumerGroupOffsets', () => this.#offsetsAdmin.list(groupId, partitions))
  }

  async lag(groupId: string): Promise<GroupLag> {
    return await this.#retries.askBroker('lag', () => this.#offsetsAdmin.lag(groupId))
  }

  async alterConsumerGroupOffsets(groupId: string, offsets: readonly OffsetToAlter[]): Promise<void> {
    await this.#retries.askBroker('alterConsumerGroupOffsets', () => this.#offsetsAdmin.alter(groupId, offsets))
  }

  async deleteConsumerGroupOffsets(groupId: string, partitions: readonly TopicPartition[]): Promise<void> {
    await this.#retries.askBroker('deleteConsumerGroupOffsets', () => this.#offsetsAdmin.delete(groupId, partitions))
  }

  async resetOffsets(groupId: string, options: ResetOffsetsOptions): Promise<PlannedOffset[]> {
    return await this.#retries.askBroker('resetOffsets', () => this.#offsetsAdmin.reset(groupId, options))
  }

  async listTransactions(options?: ListTransactionsOptions): Promise<TransactionListing[]> {
    return await this.#retries.askBroker('listTransactions', () => this.#transactionAdmin.list(options))
  }

  async describeTransactions(transactionalIds: readonly string[]): Promise<TransactionDescription[]> {
    return await this.#retries.askBroker('describeTransactions', () =>
      this.#transactionAdmin.describe(transactionalIds),
    )
  }

  async describeProducers(partitions: readonly TopicPartition[]): Promise<PartitionProducers[]> {
    return await this.#retries.askBroker('describeProducers', () =>
      this.#transactionAdmin.describeProducers(partitions),
    )
  }

  async abortTransaction(spec: AbortTransactionSpec): Promise<void> {
    await this.#retries.askBroker('abortTransaction', () => this.#transactionAdmin.abort(spec))
  }

  async fenceProducers(
    transactionalIds: readonly string[],
    options?: { readonly timeoutMs?: number },
  ): Promise<FencedProducer[]> {
    const fenced: FencedProducer[] = []
    for (const id of new Set(transactionalIds)) {
      fenced.push(await this.#retries.askBroker('fenceProducers', () => this.#transactionAdmin.fence(id, options)))
    }
    return fenced
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#retries.stop(closedError)
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
}

function closedError(): KafkaError {
  return new KafkaError('ILLEGAL_STATE', 'This admin is closed. Make another one with kafka.admin().')
}
