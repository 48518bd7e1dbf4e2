// A consumer's options, read: checked, with defaults.

import { readConfig, rejectUnknown } from '../../config.ts'
import { KafkaError } from '../../errors.ts'
import { type ConsumerConfig, consumerConfigs } from '../options.ts'
import { type AssignorSettings, readAssignors } from './assignor-settings.ts'
import type { ConsumerOptions, RebalanceCallbacks } from './consumer.ts'

const CALLBACKS = ['onPartitionsAssigned', 'onPartitionsRevoked', 'onPartitionsLost'] as const
const OPTIONS = [
  'groupId',
  'groupInstanceId',
  'clientId',
  'topics',
  'partitionAssignmentStrategy',
  ...CALLBACKS,
  ...Object.keys(consumerConfigs),
]

const LONGEST_INSTANCE_ID = 249

export interface ConsumerSettings extends Required<ConsumerConfig>, AssignorSettings {
  readonly groupId: string | null
  readonly groupInstanceId: string | null
  readonly callbacks: RebalanceCallbacks
}

export function readConsumerOptions(options: ConsumerOptions): ConsumerSettings {
  rejectUnknown(options, OPTIONS, 'consumer')
  const config = readConfig(consumerConfigs, onlyConfigs(options), 'consumer')
  const { groupId = null } = options
  if (groupId !== null && (typeof groupId !== 'string' || groupId === '')) {
    throw new KafkaError(
      'INVALID_GROUP_ID',
      'consumer: groupId must be a text that is not empty. Without a group, leave it out.',
    )
  }
  if (groupId === null && options.enableAutoCommit) {
    throw new KafkaError(
      'INVALID_ARGUMENT',
      'consumer: enableAutoCommit needs a groupId: offsets are committed for a group.',
    )
  }
  if (config.heartbeatIntervalMs >= config.sessionTimeoutMs) {
    const why = `consumer: heartbeatIntervalMs (${config.heartbeatIntervalMs}) must be less than sessionTimeoutMs (${config.sessionTimeoutMs}).`
    throw new KafkaError('INVALID_ARGUMENT', why)
  }
  return {
    ...config,
    // No pause at all would be a loop in which time never goes on.
    retryBackoffMs: Math.max(1, config.retryBackoffMs),
    retryBackoffMaxMs: Math.max(1, config.retryBackoffMaxMs),
    groupId,
    groupInstanceId: readInstanceId(options.groupInstanceId ?? null, groupId),
    enableAutoCommit: groupId !== null && config.enableAutoCommit,
    ...readAssignors(options.partitionAssignmentStrategy),
    callbacks: readCallbacks(options),
  }
}

function onlyConfigs(options: ConsumerOptions): ConsumerConfig {
  return Object.fromEntries(Object.entries(options).filter(([name]) => name in consumerConfigs))
}

/** As a topic is named. (Kafka: JoinGroupRequest.validateGroupInstanceId) */
function readInstanceId(instanceId: unknown, groupId: string | null): string | null {
  if (instanceId === null) return null
  if (groupId === null) {
    const why = 'consumer: groupInstanceId needs a groupId: it names a static member of a group.'
    throw new KafkaError('INVALID_ARGUMENT', why)
  }
  const isName = typeof instanceId === 'string' && /^[a-zA-Z0-9._-]+$/.test(instanceId)
  if (isName && instanceId.length <= LONGEST_INSTANCE_ID && instanceId !== '.' && instanceId !== '..') return instanceId
  const why =
    `consumer: groupInstanceId (group.instance.id) must be 1 to ${LONGEST_INSTANCE_ID} letters, digits, '.', '_' and '-', ` +
    `and not '.' or '..'; it is '${String(instanceId)}'.`
  throw new KafkaError('INVALID_ARGUMENT', why)
}

function readCallbacks(options: ConsumerOptions): RebalanceCallbacks {
  for (const name of CALLBACKS) {
    if (options[name] === undefined || typeof options[name] === 'function') continue
    throw new KafkaError('INVALID_ARGUMENT', `consumer: ${name} must be a function.`)
  }
  return options
}

export function checkTimeout(call: string, timeoutMs: number): void {
  if (typeof timeoutMs === 'number' && timeoutMs >= 0 && timeoutMs <= Number.MAX_SAFE_INTEGER) return
  throw new KafkaError(
    'INVALID_ARGUMENT',
    `${call}: timeoutMs must be a number of milliseconds of at least 0, not ${timeoutMs}.`,
  )
}

export function checkHandlers(handlers: unknown, concurrency: unknown): void {
  const given = (typeof handlers === 'object' && handlers !== null ? handlers : {}) as Record<string, unknown>
  const isOne = typeof given['eachRecord'] === 'function' || typeof given['eachBatch'] === 'function'
  if (!isOne || ('eachRecord' in given && 'eachBatch' in given)) {
    throw new KafkaError(
      'INVALID_ARGUMENT',
      'run takes one handler: { eachRecord(record) { … } } or { eachBatch(records) { … } }.',
    )
  }
  if (concurrency !== 1 && concurrency !== 'partition') {
    throw new KafkaError('INVALID_ARGUMENT', `run: concurrency must be 1 or 'partition', not ${String(concurrency)}.`)
  }
}
