// Broker and topic configs: Kafka's names in camelCase, Kafka's defaults, units and valid ranges.

import { boolean, type ConfigDefinition, type ConfigTable, choice, number, readConfig } from '../config.ts'
import { KafkaError } from '../errors.ts'
import type { LogConfig } from '../log/partition-log.ts'
import { didYouMean } from '../suggest.ts'

/** Configs of the broker, for `new Kafkalet({ config })`. Each is Kafka's config of the same name, camelCased. */
export interface BrokerConfig {
  /** Partitions of a topic whose creator does not say. `num.partitions`, default 1. */
  readonly numPartitions?: number
  /** Whether naming an unknown topic creates it. `auto.create.topics.enable`, default true. */
  readonly autoCreateTopicsEnable?: boolean
  /** Partitions of `__consumer_offsets`. `offsets.topic.num.partitions`, default 50. */
  readonly offsetsTopicNumPartitions?: number
  /** A segment of `__consumer_offsets` is rolled before it gets larger, in bytes. `offsets.topic.segment.bytes`, default 104 857 600. */
  readonly offsetsTopicSegmentBytes?: number
  /** How long an unused committed offset is kept, in minutes. `offsets.retention.minutes`, default 10 080 (7 days). */
  readonly offsetsRetentionMinutes?: number
  /** How often expired offsets are looked for, in ms. `offsets.retention.check.interval.ms`, default 600 000. */
  readonly offsetsRetentionCheckIntervalMs?: number
  /** Longest metadata of a committed offset, in UTF-16 units. `offset.metadata.max.bytes`, default 4096. */
  readonly offsetMetadataMaxBytes?: number
  /** Wait for more members before an empty group's first rebalance, in ms. `group.initial.rebalance.delay.ms`, default 0 (Kafka: 3000). */
  readonly groupInitialRebalanceDelayMs?: number
  /** Shortest session timeout a member may ask for, in ms. `group.min.session.timeout.ms`, default 6000. */
  readonly groupMinSessionTimeoutMs?: number
  /** Longest session timeout a member may ask for, in ms. `group.max.session.timeout.ms`, default 1 800 000. */
  readonly groupMaxSessionTimeoutMs?: number
  /** Most members of one group. `group.max.size`, default 2 147 483 647. */
  readonly groupMaxSize?: number
  /** Largest record batch, in bytes, for topics that do not say. `message.max.bytes`, default 1 048 588. */
  readonly messageMaxBytes?: number
  /** Largest answer to a Fetch, in bytes. `fetch.max.bytes`, default 57 671 680. */
  readonly fetchMaxBytes?: number
  /** Whether compacted topics, `__consumer_offsets` among them, are cleaned by themselves. `log.cleaner.enable`, default true. */
  readonly logCleanerEnable?: boolean
  /** How long the cleaner rests before it looks for logs to clean, in ms. `log.cleaner.backoff.ms`, default 15 000. */
  readonly logCleanerBackoffMs?: number
  /** A partition forgets a producer whose last record there is as old, in ms. `producer.id.expiration.ms`, default 86 400 000 (a day). */
  readonly producerIdExpirationMs?: number
  /** How often such producers are looked for, in ms. `producer.id.expiration.check.interval.ms`, default 600 000. */
  readonly producerIdExpirationCheckIntervalMs?: number
  /** Partitions of `__transaction_state`. `transaction.state.log.num.partitions`, default 50. */
  readonly transactionStateLogNumPartitions?: number
  /** A segment of `__transaction_state` is rolled before it gets larger, in bytes. `transaction.state.log.segment.bytes`, default 104 857 600. */
  readonly transactionStateLogSegmentBytes?: number
  /** Longest `transactionTimeoutMs` a producer may ask for, in ms. `transaction.max.timeout.ms`, default 900 000 (15 minutes). */
  readonly transactionMaxTimeoutMs?: number
  /** How long a transactional id is known that nobody uses, in ms. `transactional.id.expiration.ms`, default 604 800 000 (7 days). */
  readonly transactionalIdExpirationMs?: number
  /** How often such ids are looked for, in ms. `transaction.remove.expired.transaction.cleanup.interval.ms`, default 3 600 000. */
  readonly transactionRemoveExpiredTransactionCleanupIntervalMs?: number
}

const INT32_MAX = 2 ** 31 - 1

export const brokerConfigs: ConfigTable<BrokerConfig> = {
  numPartitions: number('num.partitions', 1, { min: 1, max: INT32_MAX }),
  autoCreateTopicsEnable: boolean('auto.create.topics.enable', true),
  offsetsTopicNumPartitions: number('offsets.topic.num.partitions', 50, { min: 1, max: INT32_MAX }),
  offsetsTopicSegmentBytes: number('offsets.topic.segment.bytes', 104_857_600, {
    min: 1,
    max: INT32_MAX,
    unit: 'bytes',
  }),
  offsetsRetentionMinutes: number('offsets.retention.minutes', 10_080, { min: 1, max: INT32_MAX, unit: 'minutes' }),
  offsetsRetentionCheckIntervalMs: number('offsets.retention.check.interval.ms', 600_000, { min: 1, unit: 'ms' }),
  offsetMetadataMaxBytes: number('offset.metadata.max.bytes', 4096, { max: INT32_MAX, unit: 'bytes' }),
  groupInitialRebalanceDelayMs: number('group.initial.rebalance.delay.ms', 0, { max: INT32_MAX, unit: 'ms' }),
  groupMinSessionTimeoutMs: number('group.min.session.timeout.ms', 6_000, { max: INT32_MAX, unit: 'ms' }),
  groupMaxSessionTimeoutMs: number('group.max.session.timeout.ms', 1_800_000, { max: INT32_MAX, unit: 'ms' }),
  groupMaxSize: number('group.max.size', INT32_MAX, { min: 1, max: INT32_MAX }),
  messageMaxBytes: number('message.max.bytes', 1_048_588, { max: INT32_MAX, unit: 'bytes' }),
  fetchMaxBytes: number('fetch.max.bytes', 57_671_680, { min: 1024, max: INT32_MAX, unit: 'bytes' }),
  logCleanerEnable: boolean('log.cleaner.enable', true),
  logCleanerBackoffMs: number('log.cleaner.backoff.ms', 15_000, { unit: 'ms' }),
  producerIdExpirationMs: number('producer.id.expiration.ms', 86_400_000, { min: 1, max: INT32_MAX, unit: 'ms' }),
  producerIdExpirationCheckIntervalMs: number('producer.id.expiration.check.interval.ms', 600_000, {
    min: 1,
    max: INT32_MAX,
    unit: 'ms',
  }),
  transactionStateLogNumPartitions: number('transaction.state.log.num.partitions', 50, { min: 1, max: INT32_MAX }),
  transactionStateLogSegmentBytes: number('transaction.state.log.segment.bytes', 104_857_600, {
    min: 1,
    max: INT32_MAX,
    unit: 'bytes',
  }),
  transactionMaxTimeoutMs: number('transaction.max.timeout.ms', 900_000, { min: 1, max: INT32_MAX, unit: 'ms' }),
  transactionalIdExpirationMs: number('transactional.id.expiration.ms', 604_800_000, {
    min: 1,
    max: INT32_MAX,
    unit: 'ms',
  }),
  transactionRemoveExpiredTransactionCleanupIntervalMs: number(
    'transaction.remove.expired.transaction.cleanup.interval.ms',
    3_600_000,
    { min: 1, max: INT32_MAX, unit: 'ms' },
  ),
}

/** Configs of a topic. Each is Kafka's topic config of the same name, camelCased. */
export interface TopicConfig {
  /**
   * What happens to old records. `cleanup.policy`, default 'delete'. With 'compact' the newest record of each key is kept,
   * and a record must have a key. 'compact,delete' is not supported yet.
   */
  readonly cleanupPolicy?: 'delete' | 'compact' | 'compact,delete'
  /** `retention.ms`. Nothing is deleted by age yet, so only -1 (keep everything) is accepted. */
  readonly retentionMs?: number
  /** `retention.bytes`. Nothing is deleted by size yet, so only -1 (keep everything) is accepted. */
  readonly retentionBytes?: number
  /** How much of a compacted log must be dirty before it is cleaned, from 0 to 1. `min.cleanable.dirty.ratio`, default 0.5. */
  readonly minCleanableDirtyRatio?: number
  /** Younger records are not compacted, in ms. `min.compaction.lag.ms`, default 0. */
  readonly minCompactionLagMs?: number
  /** Older records are compacted however little is dirty, in ms. `max.compaction.lag.ms`, default without limit. */
  readonly maxCompactionLagMs?: number
  /** How long a tombstone stays after its first compaction, in ms. `delete.retention.ms`, default 86 400 000 (a day). */
  readonly deleteRetentionMs?: number
  /** A segment is rolled before it gets larger, in bytes. `segment.bytes`, default 1 073 741 824. */
  readonly segmentBytes?: number
  /** A segment is rolled when it gets older, in ms. `segment.ms`, default 604 800 000 (7 days). */
  readonly segmentMs?: number
  /** Largest record batch, in bytes. `max.message.bytes`, default the broker's `messageMaxBytes` (1 048 588). */
  readonly maxMessageBytes?: number
  /** Whose time a record carries. `message.timestamp.type`, default 'CreateTime'. */
  readonly messageTimestampType?: 'CreateTime' | 'LogAppendTime'
  /** How far in the past a timestamp may lie, in ms. `message.timestamp.before.max.ms`, default without limit. */
  readonly messageTimestampBeforeMaxMs?: number
  /** How far in the future a timestamp may lie, in ms. `message.timestamp.after.max.ms`, default 3 600 000. */
  readonly messageTimestampAfterMaxMs?: number
}

function onlyForever(value: unknown): string | null {
  return value === -1 ? null : `is ${value}, and retention is not supported yet. Use -1: everything is kept.`
}

function onlyOnePolicy(value: unknown): string | null {
  const why = `is '${value}', and retention is not supported yet, so both at once are not. Use 'compact' or 'delete'.`
  return value === 'compact,delete' ? why : null
}

const policies = ['delete', 'compact', 'compact,delete']

export const topicConfigs: ConfigTable<TopicConfig> = {
  cleanupPolicy: { ...choice('cleanup.policy', 'delete', policies), refuse: onlyOnePolicy },
  retentionMs: { ...number('retention.ms', -1, { min: -1, unit: 'ms' }), refuse: onlyForever },
  retentionBytes: { ...number('retention.bytes', -1, { min: -1, unit: 'bytes' }), refuse: onlyForever },
  minCleanableDirtyRatio: number('min.cleanable.dirty.ratio', 0.5, { max: 1, fractional: true }),
  minCompactionLagMs: number('min.compaction.lag.ms', 0, { unit: 'ms' }),
  maxCompactionLagMs: number('max.compaction.lag.ms', Number.MAX_SAFE_INTEGER, { min: 1, unit: 'ms' }),
  deleteRetentionMs: number('delete.retention.ms', 86_400_000, { unit: 'ms' }),
  segmentBytes: number('segment.bytes', 1_073_741_824, { min: 14, max: INT32_MAX, unit: 'bytes' }),
  segmentMs: number('segment.ms', 604_800_000, { min: 1, unit: 'ms' }),
  maxMessageBytes: number('max.message.bytes', 1_048_588, { max: INT32_MAX, unit: 'bytes' }),
  messageTimestampType: choice('message.timestamp.type', 'CreateTime', ['CreateTime', 'LogAppendTime']),
  messageTimestampBeforeMaxMs: number('message.timestamp.before.max.ms', Number.MAX_SAFE_INTEGER, { unit: 'ms' }),
  messageTimestampAfterMaxMs: number('message.timestamp.after.max.ms', 3_600_000, { unit: 'ms' }),
}

/** The configs of a topic as a CreateTopics request carries them: Kafka's names, values as text. */
export function encodeTopicConfig(config: TopicConfig): { name: string; value: string | null }[] {
  const given = config as Record<string, unknown>
  const table = topicConfigs as Record<string, ConfigDefinition>
  return Object.keys(given)
    .filter((name) => given[name] !== undefined)
    .map((name) => ({ name: table[name]?.kafkaName ?? name, value: String(given[name]) }))
}

export function decodeTopicConfig(
  configs: readonly { readonly name: string; readonly value: string | null }[],
  defaults: { readonly messageMaxBytes: number },
  topic: string,
): Required<TopicConfig> & LogConfig {
  const names = new Map(Object.entries<ConfigDefinition>(topicConfigs).map(([name, each]) => [each.kafkaName, name]))
  const given: Record<string, unknown> = { maxMessageBytes: defaults.messageMaxBytes }
  for (const { name, value } of configs) {
    const ours = names.get(name)
    if (ours === undefined) {
      const known = [...names.keys(), ...names.values()]
      throw new KafkaError(
        'INVALID_CONFIG',
        `Topic '${topic}': there is no config '${name}'.${didYouMean(name, known)}`,
      )
    }
    if (value !== null) given[ours] = parse((topicConfigs as Record<string, ConfigDefinition>)[ours], value)
  }
  const config = readConfig<TopicConfig>(topicConfigs, given, `Topic '${topic}'`, 'INVALID_CONFIG')
  if (config.minCompactionLagMs > config.maxCompactionLagMs) {
    const { minCompactionLagMs: min, maxCompactionLagMs: max } = config
    const why = `minCompactionLagMs (min.compaction.lag.ms) of ${min} is above maxCompactionLagMs (max.compaction.lag.ms) of ${max}.`
    throw new KafkaError('INVALID_CONFIG', `Topic '${topic}': ${why} Raise the one or lower the other.`)
  }
  return config
}

function parse(definition: ConfigDefinition | undefined, text: string): unknown {
  if (definition?.type === 'number') return text.trim() === '' ? text : Number(text)
  if (definition?.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  return text
}
