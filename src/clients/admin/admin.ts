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
  /** `group.instance.id` of a static member; null for a dynamic one. */
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly host: string
  /** Empty also where the group's protocol is not the consumers', so that it cannot be read. */
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
  /** The broker that coordinates the group. */
  readonly coordinator: { readonly nodeId: number; readonly host: string; readonly port: number }
  /** The partition of `__consumer_offsets` in which everything about the group stands. */
  readonly coordinatorPartition: number
}

export interface GroupOffset extends TopicPartition {
  /** The next offset to read. */
  readonly offset: Offset
  /** Of the last record that was read, where the commit named it; else null. */
  readonly leaderEpoch: number | null
  readonly metadata: string
  readonly endOffset: Offset
  /** `endOffset` - `offset`; below 0 for a commit beyond the end. */
  readonly lag: number
}

export interface OffsetToAlter extends TopicPartition {
  readonly offset: Offset
  /** Default: null, which is none. */
  readonly leaderEpoch?: number | null
  /** Up to `offset.metadata.max.bytes` characters. Default: ''. */
  readonly metadata?: string
}

export interface PartitionLag extends TopicPartition {
  /** What the group committed; null where it has not yet. */
  readonly offset: Offset | null
  readonly endOffset: Offset
  /** `endOffset` - `offset`; null without a commit. */
  readonly lag: number | null
  /** Who reads the partition; null where nobody does. */
  readonly memberId: string | null
}

export interface TopicLag {
  readonly topic: string
  /** The sum of its partitions' lag. */
  readonly lag: number
  readonly partitions: readonly PartitionLag[]
}

export interface GroupLag {
  readonly groupId: string
  /** The sum of its topics' lag. */
  readonly lag: number
  readonly topics: readonly TopicLag[]
}

/** A member as it is named to be removed: a static one by its instance, which outlives its member ids. */
export type MemberToRemove = { readonly memberId: string } | { readonly groupInstanceId: string }

/**
 * Where a group shall read on: what `kafka-consumer-groups --reset-offsets` offers.
 *
 * - 'earliest', 'latest': the partition's ends
 * - 'current': what is committed, or the end where nothing is
 * - `{ offset }`, `{ shiftBy }`: that offset, or so many records on (below 0: back) from what is committed; at most to
 *   the partition's ends
 * - `{ timestamp }`, `{ durationMs }`: the first record from that time on, in milliseconds since 1970 or before now; the
 *   end where there is none
 * - a list: each partition's own offset, at most to its ends
 */
export type OffsetReset =
  | 'earliest'
  | 'latest'
  | 'current'
  | { readonly offset: Offset }
  | { readonly shiftBy: number }
  | { readonly timestamp: number }
  | { readonly durationMs: number }
  | readonly (TopicPartition & { readonly offset: Offset })[]

export interface ResetOffsetsOptions {
  readonly to: OffsetReset
  /** All partitions of these. Default: every partition for which the group has committed. */
  readonly topics?: readonly string[]
  readonly partitions?: readonly TopicPartition[]
  /** Only tells what would be done. Default: false. */
  readonly dryRun?: boolean
}

export interface PlannedOffset extends TopicPartition {
  /** null where nothing was committed. */
  readonly oldOffset: Offset | null
  readonly newOffset: Offset
  readonly endOffset: Offset
  /** What is left to read from `newOffset` on. */
  readonly lag: number
}

/** `PrepareEpochFence` and `Dead` are known to Kafka, and never seen here. */
export type TransactionState =
  | 'Empty'
  | 'Ongoing'
  | 'PrepareCommit'
  | 'PrepareAbort'
  | 'CompleteCommit'
  | 'CompleteAbort'
  | 'PrepareEpochFence'
  | 'Dead'

export interface TransactionListing {
  readonly transactionalId: string
  readonly producerId: number
  readonly state: TransactionState
}

export interface TransactionDescription extends TransactionListing {
  readonly producerEpoch: number
  /** `transaction.timeout.ms` of its producer: what is open for longer is aborted. */
  readonly transactionTimeoutMs: number
  /** When the transaction began, or the last one where none is open, in milliseconds since 1970; null before the first. */
  readonly transactionStartTimeMs: number | null
  /** Where the transaction is open, `__consumer_offsets` included. */
  readonly topicPartitions: readonly TopicPartition[]
  /** The id of the broker that coordinates the transactional id. */
  readonly coordinatorId: number
}

export interface ListTransactionsOptions {
  /** Default: any. */
  readonly states?: readonly TransactionState[]
  /** Default: any. */
  readonly producerIds?: readonly number[]
  /** Only those that began longer ago, in ms. Default: any. */
  readonly durationMs?: number
  /** A regular expression that the whole id matches. Default: any. */
  readonly transactionalIdPattern?: string
}

/** Who has written to a partition with a producer id. */
export interface ProducerState {
  readonly producerId: number
  readonly producerEpoch: number
  /** null where its last batch, as one of the broker's own, has none. */
  readonly lastSequence: number | null
  /** Milliseconds since 1970. */
  readonly lastTimestamp: number
  /** Of the coordinator that ended its last transaction here; null before. */
  readonly coordinatorEpoch: number | null
  /** Where its open transaction begins; null without one. */
  readonly currentTransactionStartOffset: Offset | null
}

export interface PartitionProducers extends TopicPartition {
  readonly activeProducers: readonly ProducerState[]
}

/** A transaction in one partition, as describeProducers tells of it. */
export interface AbortTransactionSpec extends TopicPartition {
  readonly producerId: number
  readonly producerEpoch: number
  /** Default: what describeProducers tells, or 0 where it tells none. */
  readonly coordinatorEpoch?: number
}

/** What a transactional id has now, so that whoever had it before is fenced. */
export interface FencedProducer {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

/**
 * Manages topics, groups and transactions. A call for several things does them one by one and rejects with the first that fails.
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
  /** All groups, or those in some states or of some types (there is only 'classic' yet). */
  listGroups(options?: {
    readonly states?: readonly GroupState[]
    readonly types?: readonly GroupListing['type'][]
  }): Promise<GroupListing[]>
  describeGroups(groupIds: readonly string[]): Promise<GroupDescription[]>
  /**
   * Deletes groups that have no members, with what they committed.
   *
   * @throws KafkaError GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP
   */
  deleteGroups(groupIds: readonly string[]): Promise<void>
  /**
   * Removes members, or all where none are named. Consumers that are still there join again with their next poll.
   *
   * @throws KafkaError UNKNOWN_MEMBER_ID for a member that the group does not have, GROUP_ID_NOT_FOUND
   */
  removeMembersFromConsumerGroup(
    groupId: string,
    options?: { readonly members?: readonly MemberToRemove[] },
  ): Promise<void>
  /** What a group committed, with the lag; all of it unless partitions are named. */
  listConsumerGroupOffsets(groupId: string, partitions?: readonly TopicPartition[]): Promise<GroupOffset[]>
  /** How much a group has left to read of what it committed for or is assigned: by partition, by topic, and in all. */
  lag(groupId: string): Promise<GroupLag>
  /**
   * Commits for a group that has no members.
   *
   * @throws KafkaError UNKNOWN_MEMBER_ID while it has, UNKNOWN_TOPIC_OR_PARTITION, OFFSET_METADATA_TOO_LARGE
   */
  alterConsumerGroupOffsets(groupId: string, offsets: readonly OffsetToAlter[]): Promise<void>
  /**
   * Forgets what a group committed for these partitions; the others that are named are forgotten also where it rejects.
   *
   * @throws KafkaError GROUP_SUBSCRIBED_TO_TOPIC where members read the topic, GROUP_ID_NOT_FOUND,
   *   NON_EMPTY_GROUP for a group of another kind than consumers, UNKNOWN_TOPIC_OR_PARTITION
   */
  deleteConsumerGroupOffsets(groupId: string, partitions: readonly TopicPartition[]): Promise<void>
  /**
   * Lets a group without members read on from elsewhere. Resolves with what was (or with `dryRun` would be) committed.
   *
   * @throws KafkaError NON_EMPTY_GROUP while the group has members, UNKNOWN_TOPIC_OR_PARTITION, INVALID_ARGUMENT for a
   *   target that is not valid, or a shift where nothing is committed
   */
  resetOffsets(groupId: string, options: ResetOffsetsOptions): Promise<PlannedOffset[]>
  /** All transactional ids, or those in some states, of some producers, open for long, or with a name of a kind. */
  listTransactions(options?: ListTransactionsOptions): Promise<TransactionListing[]>
  /** @throws KafkaError TRANSACTIONAL_ID_NOT_FOUND */
  describeTransactions(transactionalIds: readonly string[]): Promise<TransactionDescription[]>
  /**
   * Who writes to partitions with a producer id, idempotent and transactional producers alike. `__consumer_offsets` has those
   * that send offsets in transactions.
   *
   * @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION
   */
  describeProducers(partitions: readonly TopicPartition[]): Promise<PartitionProducers[]>
  /**
   * Writes the abort marker of a transaction into one partition, past its coordinator: for one that hangs, as that has
   * forgotten it. Of a transaction that its coordinator knows, the rest goes on; to end that as a whole there is fenceProducers.
   *
   * @throws KafkaError INVALID_PRODUCER_EPOCH where a newer epoch has written there, TRANSACTION_COORDINATOR_FENCED where a
   *   newer coordinator has, UNKNOWN_TOPIC_OR_PARTITION
   */
  abortTransaction(spec: AbortTransactionSpec): Promise<void>
  /**
   * Gives transactional ids a new epoch: their open transactions are aborted, and the producers that have them are fenced.
   * Resolves when the markers stand. An id that nobody knows is made known.
   *
   * @param options.timeoutMs the `transaction.timeout.ms` that the id has from now on, as Kafka has it. Default: 30 000
   * @throws KafkaError INVALID_TRANSACTION_TIMEOUT for one above the broker's `transactionMaxTimeoutMs`
   */
  fenceProducers(
    transactionalIds: readonly string[],
    options?: { readonly timeoutMs?: number },
  ): Promise<FencedProducer[]>
  close(): Promise<void>
}
