// What a transaction is, for whoever uses one.

import type { Offset, PartitionMetadata, RecordIn, RecordMetadata, TopicMap, TopicPartition } from '../topic.ts'
import type { SendOptions } from './producer.ts'

/** How far a group has read: `offset` is the next one to read. */
export interface TransactionOffset extends TopicPartition {
  readonly offset: Offset
  readonly metadata?: string
}

/** Whose offsets they are. What `consumer.groupMetadata()` says keeps a consumer out that the group has gone on without. */
export interface TransactionGroup {
  readonly groupId: string
  /** Default -1: of no member, and so nobody is kept out. */
  readonly generation?: number
  readonly memberId?: string
  readonly groupInstanceId?: string | null
}

/**
 * What belongs together: all of its records and offsets are seen by readers with `isolationLevel: 'read_committed'`, or none.
 *
 * After an error that a call rejects with, nothing more can be sent in it: `abort` it, and begin another one. Where the
 * error is PRODUCER_FENCED or says that the producer cannot go on, there is nothing left to abort.
 *
 * Left without `commit`, `await using` aborts it.
 *
 * @see KafkaProducer.beginTransaction and what follows it, in Apache Kafka
 */
export interface Transaction<M extends TopicMap> extends AsyncDisposable {
  /**
   * Sends one record as part of the transaction.
   *
   * @throws KafkaError ILLEGAL_STATE when the transaction is over
   * @throws KafkaError TRANSACTION_ABORTED when it is aborted before the record is sent
   * @throws KafkaError INVALID_PRODUCER_EPOCH when another producer has taken the `transactionalId`, or the transaction was
   *   open for longer than `transactionTimeoutMs`
   * @throws what `Producer.send` throws
   */
  send(record: RecordIn<M>, options?: SendOptions): Promise<RecordMetadata>
  /**
   * Sends many records as part of the transaction, as `Producer.sendBatch` does.
   *
   * @throws what `send` throws
   */
  sendBatch(records: readonly RecordIn<M>[], options?: SendOptions): Promise<PartitionMetadata[]>
  /**
   * Commits offsets of a group as part of the transaction: they count when it is committed, and are gone when it is not.
   * The consumer must not commit them itself: give it `enableAutoCommit: false`.
   *
   * @example
   * await transaction.sendOffsets([{ topic: 'orders', partition: 0, offset: record.offset + 1 }], consumer.groupMetadata())
   * @throws KafkaError UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION or FENCED_INSTANCE_ID when the group has gone on without this
   *   member: abort, and poll again
   * @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION for a partition that does not exist
   * @throws KafkaError PRODUCER_FENCED when another producer has taken the `transactionalId`, or the transaction was open for
   *   longer than `transactionTimeoutMs`
   * @throws KafkaError REQUEST_TIMED_OUT when the group's coordinator cannot answer within `maxBlockMs`
   */
  sendOffsets(offsets: readonly TransactionOffset[], group: TransactionGroup): Promise<void>
  /**
   * Waits until all that was sent is in the log, then makes it seen. After REQUEST_TIMED_OUT nobody knows whether it is
   * committed: call `commit` again, which waits for the same answer.
   *
   * @throws KafkaError the error of a record or offset that was refused: then it can only be aborted
   * @throws KafkaError PRODUCER_FENCED when another producer has taken the `transactionalId`
   * @throws KafkaError INVALID_TXN_STATE when the transaction was open for longer than `transactionTimeoutMs` and is aborted
   * @throws KafkaError REQUEST_TIMED_OUT when the coordinator cannot answer within `maxBlockMs`
   */
  commit(): Promise<void>
  /**
   * Drops what is not sent yet, and makes sure that nothing of the rest is ever seen by who reads committed records.
   *
   * @throws KafkaError ILLEGAL_STATE when the transaction is over
   * @throws KafkaError PRODUCER_FENCED when another producer has taken the `transactionalId`
   * @throws KafkaError REQUEST_TIMED_OUT when the coordinator cannot answer within `maxBlockMs`; `abort` may be called again
   */
  abort(): Promise<void>
}
