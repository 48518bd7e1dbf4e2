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
}

const INT32_MAX = 2 ** 31 - 1

export const brokerConfigs: ConfigTable<BrokerConfig> = {
  numPartitions: number('num.partitions', 1, { min: 1, max: INT32_MAX }),
  autoCreateTopicsEnable: boolean('auto.create.topics.enable', true),
  offsetsTopicNumPartitions: number('offsets.topic.num.partitions', 50, { min: 1, max: INT32_MAX }),
  offsetsRetentionMinutes: number('offsets.retention.minutes', 10_080, { min: 1, max: INT32_MAX, unit: 'minutes' }),
  offsetsRetentionCheckIntervalMs: number('offsets.retention.check.interval.ms', 600_000, { min: 1, unit: 'ms' }),
  offsetMetadataMaxBytes: number('offset.metadata.max.bytes', 4096, { max: INT32_MAX, unit: 'bytes' }),
  groupInitialRebalanceDelayMs: number('group.initial.rebalance.delay.ms', 0, { max: INT32_MAX, unit: 'ms' }),
  groupMinSessionTimeoutMs: number('group.min.session.timeout.ms', 6_000, { max: INT32_MAX, unit: 'ms' }),
  groupMaxSessionTimeoutMs: number('group.max.session.timeout.ms', 1_800_000, { max: INT32_MAX, unit: 'ms' }),
  groupMaxSize: number('group.max.size', INT32_MAX, { min: 1, max: INT32_MAX }),
  messageMaxBytes: number('message.max.bytes', 1_048_588, { max: INT32_MAX, unit: 'bytes' }),
  fetchMaxBytes: number('fetch.max.bytes', 57_671_680, { min: 1024, max: INT32_MAX, unit: 'bytes' }),
}

/** Configs of a topic. Each is Kafka's topic config of the same name, camelCased. */
export interface TopicConfig {
  /** What happens to old records. `cleanup.policy`, default 'delete'. Compaction is not supported yet. */
  readonly cleanupPolicy?: 'delete' | 'compact' | 'compact,delete'
  /** `retention.ms`. Nothing is deleted by age yet, so only -1 (keep everything) is accepted. */
  readonly retentionMs?: number
  /** `retention.bytes`. Nothing is deleted by size yet, so only -1 (keep everything) is accepted. */
  readonly retentionBytes?: number
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

function onlyDelete(value: unknown): string | null {
  return value === 'delete' ? null : `is '${value}', and compaction is not supported yet. Use 'delete'.`
}

const policies = ['delete', 'compact', 'compact,delete']

export const topicConfigs: ConfigTable<TopicConfig> = {
  cleanupPolicy: { ...choice('cleanup.policy', 'delete', policies), refuse: onlyDelete },
  retentionMs: { ...number('retention.ms', -1, { min: -1, unit: 'ms' }), refuse: onlyForever },
  retentionBytes: { ...number('retention.bytes', -1, { min: -1, unit: 'bytes' }), refuse: onlyForever },
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
  return readConfig<TopicConfig>(topicConfigs, given, `Topic '${topic}'`, 'INVALID_CONFIG')
}

function parse(definition: ConfigDefinition | undefined, text: string): unknown {
  if (definition?.type === 'number') return text.trim() === '' ? text : Number(text)
  if (definition?.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  return text
}
