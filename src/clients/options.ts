// The clients' options: Kafka's names in camelCase, Kafka's defaults and ranges.

import { boolean, type ConfigTable, choice, number } from '../config.ts'
import type { OffsetResetStrategy } from './offset-reset-strategy.ts'
import { byDuration } from './offset-reset-strategy.ts'

export const INT32_MAX = 2 ** 31 - 1

/** What every client can be told. */
export interface ClientOptions {
  /** Shown in group descriptions and errors. `client.id`. */
  readonly clientId?: string
}

/** The producer's options that are plain numbers and choices. */
export interface ProducerConfig {
  /** How many replicas must have a record before it counts as sent; 0 does not wait for the offset. `acks`, default 'all'. */
  readonly acks?: 0 | 1 | 'all'
  /** How long a record may wait for others to the same partition, in ms. `linger.ms`, default 0 (Kafka: 5). */
  readonly lingerMs?: number
  /** A batch that waits is sent when it has this many bytes; a keyless record's partition changes after as many. `batch.size`, default 16 384. */
  readonly batchSize?: number
  /** Largest record and largest batch, in bytes. `max.request.size`, default 1 048 576. */
  readonly maxRequestSize?: number
  /** How old what is known of topics may become before it is asked again, in ms. `metadata.max.age.ms`, default 300 000. */
  readonly metadataMaxAgeMs?: number
  /**
   * Whether the log knows what it has written before, so that nothing is written twice, however often it is sent.
   * `enable.idempotence`, default true. Needs `acks` 'all' and `retries` above 0: with others it is off unless it is asked for.
   */
  readonly enableIdempotence?: boolean
  /** How often a batch is sent again after an error that can pass; without idempotence, what was written and not acknowledged is then written twice. `retries`, default 2 147 483 647. */
  readonly retries?: number
  /** How long a batch may take to be acknowledged, all tries together, in ms; at least `lingerMs` + `requestTimeoutMs`. `delivery.timeout.ms`, default 120 000. */
  readonly deliveryTimeoutMs?: number
  /** How long one try waits for its answer, in ms; then the connection is given up, and the batch sent again. `request.timeout.ms`, default 30 000. */
  readonly requestTimeoutMs?: number
  /** How long to wait before a batch is sent again, in ms; doubled each time. `retry.backoff.ms`, default 100. */
  readonly retryBackoffMs?: number
  /** … but not more than this, in ms. `retry.backoff.max.ms`, default 1000. */
  readonly retryBackoffMaxMs?: number
  /**
   * How long a send may wait for what must be known of its topic, and a transaction's calls for its coordinator, in ms.
   * `max.block.ms`, default 60 000.
   */
  readonly maxBlockMs?: number
  /**
   * How long a transaction may be open before its coordinator aborts it, in ms; at most the broker's
   * `transactionMaxTimeoutMs`. `transaction.timeout.ms`, default 60 000. Without a `transactionalId` it says nothing.
   */
  readonly transactionTimeoutMs?: number
}

export const producerConfigs: ConfigTable<Omit<ProducerConfig, 'acks'>> = {
  lingerMs: number('linger.ms', 0, { max: INT32_MAX, unit: 'ms' }),
  batchSize: number('batch.size', 16_384, { max: INT32_MAX, unit: 'bytes' }),
  maxRequestSize: number('max.request.size', 1_048_576, { max: INT32_MAX, unit: 'bytes' }),
  metadataMaxAgeMs: number('metadata.max.age.ms', 300_000, { unit: 'ms' }),
  enableIdempotence: boolean('enable.idempotence', true),
  retries: number('retries', INT32_MAX, { max: INT32_MAX }),
  deliveryTimeoutMs: number('delivery.timeout.ms', 120_000, { max: INT32_MAX, unit: 'ms' }),
  requestTimeoutMs: number('request.timeout.ms', 30_000, { max: INT32_MAX, unit: 'ms' }),
  retryBackoffMs: number('retry.backoff.ms', 100, { unit: 'ms' }),
  retryBackoffMaxMs: number('retry.backoff.max.ms', 1_000, { unit: 'ms' }),
  maxBlockMs: number('max.block.ms', 60_000, { unit: 'ms' }),
  transactionTimeoutMs: number('transaction.timeout.ms', 60_000, { max: INT32_MAX, unit: 'ms' }),
}

/** How often, and for how long, a client asks again. */
export interface RetryConfig {
  /** How long a call may ask a coordinator that cannot answer, in ms. `default.api.timeout.ms`, default 60 000. */
  readonly defaultApiTimeoutMs?: number
  /** How long to wait before the coordinator is asked again, in ms; doubled each time. `retry.backoff.ms`, default 100. */
  readonly retryBackoffMs?: number
  /** … but not more than this, in ms. `retry.backoff.max.ms`, default 1000. */
  readonly retryBackoffMaxMs?: number
}

export const retryConfigs: ConfigTable<RetryConfig> = {
  defaultApiTimeoutMs: number('default.api.timeout.ms', 60_000, { max: INT32_MAX, unit: 'ms' }),
  retryBackoffMs: number('retry.backoff.ms', 100, { unit: 'ms' }),
  retryBackoffMaxMs: number('retry.backoff.max.ms', 1_000, { unit: 'ms' }),
}

/** The consumer's options that are plain numbers and choices. */
export interface ConsumerConfig extends RetryConfig {
  /**
   * Where to begin without a committed offset: at the first record, behind the last one, at the first record of the last
   * hour ('by_duration:PT1H'), or nowhere (an error). `auto.offset.reset`, default 'latest'.
   */
  readonly autoOffsetReset?: OffsetResetStrategy
  /** Commits what earlier polls returned. `enable.auto.commit`, default true in a group. */
  readonly enableAutoCommit?: boolean
  /** How often, in ms. `auto.commit.interval.ms`, default 5000. */
  readonly autoCommitIntervalMs?: number
  /** Without a heartbeat for this long, the member is taken for dead, in ms. `session.timeout.ms`, default 45 000. */
  readonly sessionTimeoutMs?: number
  /** How often a member says it is alive, and learns of a rebalance, in ms. `heartbeat.interval.ms`, default 3000. */
  readonly heartbeatIntervalMs?: number
  /** Without a poll for this long, the member leaves its group, in ms. `max.poll.interval.ms`, default 300 000. */
  readonly maxPollIntervalMs?: number
  /** Most records of one poll. `max.poll.records`, default 500. */
  readonly maxPollRecords?: number
  /** A fetch waits until there are as many bytes. `fetch.min.bytes`, default 1. */
  readonly fetchMinBytes?: number
  /** … but not longer than this, in ms. `fetch.max.wait.ms`, default 500. */
  readonly fetchMaxWaitMs?: number
  /** Most bytes of one fetch. `fetch.max.bytes`, default 52 428 800. */
  readonly fetchMaxBytes?: number
  /** Most bytes of one partition in one fetch. `max.partition.fetch.bytes`, default 1 048 576. */
  readonly maxPartitionFetchBytes?: number
  /** Whether records of open and aborted transactions are read. `isolation.level`, default 'read_uncommitted'. */
  readonly isolationLevel?: 'read_uncommitted' | 'read_committed'
  /** How old what is known of topics may become before it is asked again, in ms. `metadata.max.age.ms`, default 300 000. */
  readonly metadataMaxAgeMs?: number
  /** Whether subscribing to an unknown topic may create it. `allow.auto.create.topics`, default true. */
  readonly allowAutoCreateTopics?: boolean
}

export const consumerConfigs: ConfigTable<ConsumerConfig> = {
  autoOffsetReset: choice('auto.offset.reset', 'latest', ['earliest', 'latest', 'none'], byDuration),
  enableAutoCommit: boolean('enable.auto.commit', true),
  autoCommitIntervalMs: number('auto.commit.interval.ms', 5_000, { max: INT32_MAX, unit: 'ms' }),
  sessionTimeoutMs: number('session.timeout.ms', 45_000, { min: 1, max: INT32_MAX, unit: 'ms' }),
  heartbeatIntervalMs: number('heartbeat.interval.ms', 3_000, { min: 1, max: INT32_MAX, unit: 'ms' }),
  maxPollIntervalMs: number('max.poll.interval.ms', 300_000, { min: 1, max: INT32_MAX, unit: 'ms' }),
  maxPollRecords: number('max.poll.records', 500, { min: 1, max: INT32_MAX }),
  fetchMinBytes: number('fetch.min.bytes', 1, { max: INT32_MAX, unit: 'bytes' }),
  fetchMaxWaitMs: number('fetch.max.wait.ms', 500, { max: INT32_MAX, unit: 'ms' }),
  fetchMaxBytes: number('fetch.max.bytes', 52_428_800, { max: INT32_MAX, unit: 'bytes' }),
  maxPartitionFetchBytes: number('max.partition.fetch.bytes', 1_048_576, { max: INT32_MAX, unit: 'bytes' }),
  isolationLevel: choice('isolation.level', 'read_uncommitted', ['read_uncommitted', 'read_committed']),
  metadataMaxAgeMs: number('metadata.max.age.ms', 300_000, { unit: 'ms' }),
  allowAutoCreateTopics: boolean('allow.auto.create.topics', true),
  ...retryConfigs,
}
