// What a producer is, for whoever uses one.

import type { ClientOptions, ProducerConfig } from '../options.ts'
import type { PartitionMetadata, RecordIn, RecordMetadata, TopicMap } from '../topic.ts'
import type { Partitioner } from './partitioner.ts'
import type { Transaction } from './transaction.ts'

export interface ProducerOptions extends ClientOptions, ProducerConfig {
  /** Which partition a record goes to. `partitioner.class`, default 'default'. */
  readonly partitioner?: Partitioner
  /**
   * Makes this a transactional producer: it sends in transactions only. Of all producers with this id only the newest can
   * write, so each process that may run at the same time needs an id of its own, and keeps it when it is started again.
   * `transactional.id`
   */
  readonly transactionalId?: string
}

export interface SendOptions {
  /** Aborted before the record is sent, it is not sent. */
  readonly signal?: AbortSignal
}

/**
 * Sends records. What it acknowledged is in the log, in the order in which it was sent; once, unless `enableIdempotence` is off.
 *
 * @see KafkaProducer in Apache Kafka
 */
export interface Producer<M extends TopicMap> extends AsyncDisposable {
  /**
   * Sends one record and tells where it went.
   *
   * @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION when the topic or partition does not exist and cannot be created
   * @throws KafkaError SERIALIZATION_FAILED when the serde or schema refuses key or value
   * @throws KafkaError MESSAGE_TOO_LARGE above `maxRequestSize` or the topic's `maxMessageBytes`
   * @throws KafkaError INVALID_ARGUMENT when the record is not one
   * @throws KafkaError REQUEST_TIMED_OUT when it was not acknowledged within `deliveryTimeoutMs`
   * @throws KafkaError ILLEGAL_STATE when the producer has a `transactionalId`: it sends in transactions
   */
  send(record: RecordIn<M>, options?: SendOptions): Promise<RecordMetadata>
  /**
   * Sends many records; one entry for each partition written, in the order in which they were first used. All records
   * are checked before the first is sent.
   *
   * @throws what `send` throws
   */
  sendBatch(records: readonly RecordIn<M>[], options?: SendOptions): Promise<PartitionMetadata[]>
  /**
   * Makes this producer the only one with its `transactionalId`: those before it are fenced, and what they left open is
   * aborted. Otherwise the first transaction does it; a program that begins does well to do it before it reads.
   *
   * @throws KafkaError ILLEGAL_STATE without a `transactionalId`
   * @throws KafkaError INVALID_TRANSACTION_TIMEOUT when `transactionTimeoutMs` is not what the broker allows
   * @throws KafkaError REQUEST_TIMED_OUT when the coordinator cannot answer within `maxBlockMs`
   */
  initTransactions(): Promise<void>
  /**
   * Begins a transaction, of which a producer has one at a time. It is `commit`ted or `abort`ed by hand; `transaction` does
   * that by itself.
   *
   * @throws KafkaError ILLEGAL_STATE without a `transactionalId`, or while another transaction is open
   * @throws KafkaError PRODUCER_FENCED when another producer has taken the `transactionalId`
   * @throws what `initTransactions` throws
   */
  beginTransaction(): Promise<Transaction<M>>
  /**
   * Commits when `work` resolves, aborts when it rejects, and then rejects with the same error. Where the commit fails, it
   * aborts and rejects with why.
   *
   * @example
   * await producer.transaction(async (transaction) => {
   *   await transaction.send({ topic: 'invoices', key: 'k', value: 'v' })
   *   await transaction.sendOffsets([{ topic: 'orders', partition: 0, offset: 1 }], consumer.groupMetadata())
   * })
   * @throws what `beginTransaction` and `Transaction.commit` throw
   */
  transaction<Result>(work: (transaction: Transaction<M>) => Result | Promise<Result>): Promise<Result>
  /** Sends at once what waits because of `lingerMs`, and resolves when all of it is in the log or was refused. */
  flush(): Promise<void>
  /** Flushes, aborts a transaction that is still open, then refuses further calls. */
  close(): Promise<void>
}
