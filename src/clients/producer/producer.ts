// What a producer is, for whoever uses one.

import type { ClientOptions, ProducerConfig } from '../options.ts'
import type { PartitionMetadata, RecordIn, RecordMetadata, TopicMap } from '../topic.ts'
import type { Partitioner } from './partitioner.ts'

export interface ProducerOptions extends ClientOptions, ProducerConfig {
  /** Which partition a record goes to. `partitioner.class`, default 'default'. */
  readonly partitioner?: Partitioner
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
   */
  send(record: RecordIn<M>, options?: SendOptions): Promise<RecordMetadata>
  /**
   * Sends many records; one entry for each partition written, in the order in which they were first used. All records
   * are checked before the first is sent.
   *
   * @throws what `send` throws
   */
  sendBatch(records: readonly RecordIn<M>[], options?: SendOptions): Promise<PartitionMetadata[]>
  /** Sends at once what waits because of `lingerMs`, and resolves when all of it is in the log or was refused. */
  flush(): Promise<void>
  /** Flushes, then refuses further calls. */
  close(): Promise<void>
}
