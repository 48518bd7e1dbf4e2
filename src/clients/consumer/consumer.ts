// What a consumer is, for whoever uses one.

import type { Assignor } from '../../groups/assignors/assignor.ts'
import type { ClientOptions, ConsumerConfig } from '../options.ts'
import type { MaybePromise } from '../serde.ts'
import type { Offset, RecordOut, TopicMap, TopicName, TopicPartition } from '../topic.ts'

/** The assignors that Kafka brings along. */
export type AssignorName = 'range' | 'roundrobin' | 'sticky' | 'cooperative-sticky'

/**
 * What a member is told in a rebalance. An error thrown here does not stop the rebalance; the poll (or close) that
 * tells rejects with it: with a KafkaError as it is, with any other as the `cause` of CALLBACK_FAILED. The next poll
 * then ends the rebalance, and tells `onPartitionsAssigned` once more, of no partitions.
 */
export interface RebalanceCallbacks {
  /** Inside `poll`, after each rebalance: what was added, which may be nothing. */
  onPartitionsAssigned?(partitions: readonly TopicPartition[]): MaybePromise<void>
  /**
   * Inside `poll`, `unsubscribe` or `close`, before partitions are given back: the last moment to commit for them. With
   * eager assignors everything, before each rebalance; with cooperative ones what moves to another member.
   */
  onPartitionsRevoked?(partitions: readonly TopicPartition[]): MaybePromise<void>
  /** Instead of `onPartitionsRevoked` where the partitions are gone already: others own them. Default: that one. */
  onPartitionsLost?(partitions: readonly TopicPartition[]): MaybePromise<void>
}

export interface ConsumerOptions extends ClientOptions, ConsumerConfig, RebalanceCallbacks {
  /** Consumers of one group share the partitions; without a group, `assign` them. `group.id` */
  readonly groupId?: string
  /**
   * Makes this a static member: it may restart under this id, within its session timeout, without a rebalance. It does
   * not leave when it is closed. Each consumer of a group needs an id of its own. `group.instance.id`
   */
  readonly groupInstanceId?: string
  /**
   * How a group's leader divides the partitions: names, or assignors of your own, in the order of preference. The
   * members choose among those that all of them have. If all of a consumer's assignors support the cooperative protocol,
   * it keeps its partitions through a rebalance. To change from eager to cooperative, restart all consumers with
   * ['cooperative-sticky', 'range'], then all without 'range'. `partition.assignment.strategy`,
   * default ['range', 'cooperative-sticky'].
   */
  readonly partitionAssignmentStrategy?: readonly (AssignorName | Assignor)[]
}

export interface PollOptions {
  /** How long to wait for records, in ms. Default 1000. */
  readonly timeoutMs?: number
  /** Aborted, the poll rejects with the signal's reason; nothing is lost. */
  readonly signal?: AbortSignal
}

export interface HandlerContext {
  /** Aborted when the consumer is closed, or `run`'s own signal is. */
  readonly signal: AbortSignal
}

export interface RecordHandler<Out> {
  eachRecord(record: Out, context: HandlerContext): unknown
}

export interface BatchHandler<Out> {
  /** The records of one partition that one poll returned, in the order of their offsets. */
  eachBatch(batch: Out[], context: HandlerContext): unknown
}

export type Handlers<Out> = RecordHandler<Out> | BatchHandler<Out>

export interface RunOptions {
  readonly signal?: AbortSignal
  /** 1: one handler at a time. 'partition': one at a time for each partition. Default 1. */
  readonly concurrency?: 'partition' | 1
}

export interface GroupMetadata {
  readonly groupId: string
  /** Of the last assignment, as `memberId` is; -1 before the first one. */
  readonly generation: number
  readonly memberId: string
  readonly groupInstanceId: string | null
}

/**
 * Reads records, alone or as a member of a group.
 *
 * A member takes part in its group's life inside `poll` (and so inside `run` and `for await`, which stand on it): it
 * joins, gives partitions back and gets new ones there, and nowhere else.
 *
 * @see KafkaConsumer in Apache Kafka
 */
export interface Consumer<M extends TopicMap, T extends TopicName<M> = TopicName<M>>
  extends AsyncDisposable,
    AsyncIterable<RecordOut<M, T>> {
  /**
   * Reads these topics as a member of the group, from the next poll on. Replaces an earlier subscription; what is owned
   * stays until that poll's rebalance.
   *
   * @throws KafkaError INVALID_GROUP_ID without a `groupId`; ILLEGAL_STATE after `assign`, or where names follow a pattern or
   *   a pattern names (`unsubscribe` between them)
   */
  subscribe(topics: readonly T[] | RegExp): void
  /**
   * Reads exactly these partitions, without the group's coordination. Replaces an earlier assignment; where auto commit is
   * due, what was read of that is committed.
   *
   * @throws KafkaError ILLEGAL_STATE after `subscribe`
   */
  assign(partitions: readonly TopicPartition<T>[]): void
  /** Leaves the group, or gives up the assigned partitions. Nothing is committed, unless a callback does. */
  unsubscribe(): Promise<void>
  readonly assignment: readonly TopicPartition<T>[]
  /**
   * The primitive: joins, rebalances, fetches. Resolves with at most `maxPollRecords` records as soon as there are any,
   * or with none after `timeoutMs`; with none before that where the position has moved past what is not for the
   * application, such as the end of a transaction.
   *
   * @throws KafkaError ILLEGAL_STATE while another poll is under way, after `close`, or without a subscription
   * @throws KafkaError NO_OFFSET_FOR_PARTITION or OFFSET_OUT_OF_RANGE when `autoOffsetReset` is 'none'
   * @throws KafkaError SERIALIZATION_FAILED for a record its serde cannot read; `seek` behind it to go on
   * @throws KafkaError FENCED_INSTANCE_ID when another consumer has joined with the same `groupInstanceId`
   * @throws KafkaError CALLBACK_FAILED when a rebalance callback or an assignor of your own threw an error (its `cause`);
   *   ILLEGAL_STATE on the group's leader when such an assignor made an assignment that cannot be
   */
  poll(options?: PollOptions): Promise<RecordOut<M, T>[]>
  /** A record becomes committable only when the next one is asked for: at least once, by construction. */
  [Symbol.asyncIterator](): AsyncIterator<RecordOut<M, T>>
  /**
   * Polls and hands over what comes, until `signal` aborts or the consumer is closed. A handler that throws ends it
   * with that error; its record is not committed and comes again.
   */
  run(handlers: Handlers<RecordOut<M, T>>, options?: RunOptions): Promise<void>
  /**
   * Commits the given offsets (each is the next to read), or the position of every assigned partition.
   *
   * @throws KafkaError UNKNOWN_MEMBER_ID or ILLEGAL_GENERATION when the group has gone on without this member
   * @throws KafkaError REBALANCE_IN_PROGRESS while the consumer waits for what it will own; poll first
   * @throws KafkaError FENCED_INSTANCE_ID when another consumer has joined with the same `groupInstanceId`
   * @throws KafkaError REQUEST_TIMED_OUT when the group's coordinator cannot answer within `defaultApiTimeoutMs`
   * @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION for a partition that does not exist
   */
  commit(
    offsets?: readonly (TopicPartition<T> & { readonly offset: Offset; readonly metadata?: string })[],
  ): Promise<void>
  /** What the group committed; null where nothing is. */
  committed(partitions: readonly TopicPartition<T>[]): Promise<(Offset | null)[]>
  /** The offset of the next record that a poll would return. */
  position(partition: TopicPartition<T>): Promise<Offset>
  /** From the next poll on, also for records already fetched. 'beginning' and 'end' are looked up then. */
  seek(partition: TopicPartition<T>, to: Offset | 'beginning' | 'end'): void
  pause(partitions: readonly TopicPartition<T>[]): void
  resume(partitions: readonly TopicPartition<T>[]): void
  paused(): readonly TopicPartition<T>[]
  /** For each the offset of the first record that is not older; null where there is none. */
  offsetsForTimes(times: readonly (TopicPartition<T> & { readonly timestamp: number })[]): Promise<(Offset | null)[]>
  /** How many records are left to read behind the position. */
  lag(partition: TopicPartition<T>): Promise<number>
  groupMetadata(): GroupMetadata
  /**
   * Makes the next poll join the group again. The others follow: what a member says of itself names the generation it was
   * in, and so is new each time.
   *
   * @param reason Kafka's broker writes it to its log; here it is for whoever reads the call
   * @throws KafkaError INVALID_GROUP_ID without a `groupId`
   */
  enforceRebalance(reason?: string): void
  /**
   * Commits (with auto commit), gives the partitions back, leaves the group. It does not wait for a handler that is
   * running: its record is not committed. To let it finish, abort `run`'s signal and await `run` first.
   */
  close(options?: { readonly timeoutMs?: number }): Promise<void>
}
