// What an admin is, for whoever uses one.

import type { TopicConfig } from '../../broker/configs.ts'
import type { ClientOptions } from '../options.ts'
import type { Offset, TopicPartition } from '../topic.ts'

export type AdminOptions = ClientOptions

export interface NewTopic {
  readonly topic: string
  /** Default: the broker's `numPartitions`. */
  readonly partitions?: number
  readonly config?: TopicConfig
}

export interface TopicDescription {
  readonly topic: string
  readonly topicId: string
  readonly isInternal: boolean
  readonly partitions: readonly { readonly partition: number; readonly leader: number }[]
}

export interface PartitionOffsets extends TopicPartition {
  /** The first offset that can be read. */
  readonly startOffset: Offset
  /** The offset that the next record gets. */
  readonly endOffset: Offset
}

/** Which offset of a partition is asked for: one of its ends, the newest record's, or the first from a time on. */
export type OffsetSpec = 'earliest' | 'latest' | 'max-timestamp' | { readonly timestamp: number }

export interface ListedOffset extends TopicPartition {
  /** null where no record is as young as asked for. */
  readonly offset: Offset | null
  /** Of the record that was found; null for 'earliest' and 'latest'. */
  readonly timestamp: number | null
}

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'

export interface GroupListing {
  readonly groupId: string
  readonly state: GroupState
  /** 'consumer' for consumers; '' for a group that only stores offsets. */
  readonly protocolType: string
  readonly type: 'classic'
}

export interface GroupMember {
  readonly memberId: string
  readonly clientId: string
  readonly host: string
  readonly assignment: readonly TopicPartition[]
}

export interface GroupDescription {
  readonly groupId: string
  /** 'Dead' for a group that does not exist. */
  readonly state: GroupState | 'Dead'
  readonly protocolType: string
  /** The assignor, while the group is Stable; else ''. */
  readonly protocol: string
  readonly members: readonly GroupMember[]
  /** The partition of `__consumer_offsets` in which everything about the group stands. */
  readonly coordinatorPartition: number
}

export interface GroupOffset extends TopicPartition {
  /** The next offset to read. */
  readonly offset: Offset
  readonly metadata: string
  readonly endOffset: Offset
  /** `endOffset` - `offset`; below 0 for a commit beyond the end. */
  readonly lag: number
}

/**
 * Manages topics and groups. A call for several things does them one by one and rejects with the first that fails.
 *
 * @see Admin in Apache Kafka
 */
export interface Admin extends AsyncDisposable {
  /**
   * @throws KafkaError TOPIC_ALREADY_EXISTS, INVALID_TOPIC_EXCEPTION (its name), INVALID_PARTITIONS, INVALID_CONFIG
   */
  createTopics(topics: readonly NewTopic[], options?: { readonly validateOnly?: boolean }): Promise<void>
  /**
   * Deletes topics, with what groups committed for them.
   *
   * @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION
   */
  deleteTopics(topics: readonly string[]): Promise<void>
  /** The names, internal topics left out unless asked for. */
  listTopics(options?: { readonly listInternal?: boolean }): Promise<string[]>
  /** @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION */
  describeTopics(topics: readonly string[]): Promise<TopicDescription[]>
  /**
   * Topic → the number of partitions it shall have. Keys are divided over all of them from then on.
   *
   * @throws KafkaError INVALID_PARTITIONS when that is not more than it has
   */
  createPartitions(
    counts: Readonly<Record<string, number>>,
    options?: { readonly validateOnly?: boolean },
  ): Promise<void>
  /** Where the partitions of a topic begin and end. */
  topicOffsets(topic: string): Promise<PartitionOffsets[]>
  /** In the order of the queries. */
  listOffsets(queries: readonly (TopicPartition & { readonly spec: OffsetSpec })[]): Promise<ListedOffset[]>
  listGroups(options?: { readonly states?: readonly GroupState[] }): Promise<GroupListing[]>
  describeGroups(groupIds: readonly string[]): Promise<GroupDescription[]>
  /** What a group committed, with the lag; all of it unless partitions are named. */
  listConsumerGroupOffsets(groupId: string, partitions?: readonly TopicPartition[]): Promise<GroupOffset[]>
  /**
   * Commits for a group that has no members.
   *
   * @throws KafkaError UNKNOWN_MEMBER_ID while it has
   */
  alterConsumerGroupOffsets(
    groupId: string,
    offsets: readonly (TopicPartition & { readonly offset: Offset; readonly metadata?: string })[],
  ): Promise<void>
  close(): Promise<void>
}
