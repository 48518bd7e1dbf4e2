// A consumer's options, read: checked, with defaults.

import { readConfig, rejectUnknown } from '../../config.ts'
import { KafkaError } from '../../errors.ts'
import type { Assignor } from '../../groups/assignors/assignor.ts'
import { builtInAssignors } from '../../groups/assignors/built-in.ts'
import { type ConsumerConfig, consumerConfigs } from '../options.ts'
import type { ConsumerOptions, RebalanceCallbacks } from './consumer.ts'

const CALLBACKS = ['onPartitionsAssigned', 'onPartitionsRevoked', 'onPartitionsLost'] as const
const OPTIONS = [
  'groupId',
  'clientId',
  'topics',
  'partitionAssignmentStrategy',
  ...CALLBACKS,
  ...Object.keys(consumerConfigs),
]

/** Those that the consumer cannot follow yet. */
const laterAssignors = ['roundrobin', 'sticky', 'cooperative-sticky']

export interface ConsumerSettings extends Required<ConsumerConfig> {
  readonly groupId: string | null
  readonly assignors: readonly Assignor[]
  readonly callbacks: RebalanceCallbacks
}

export function readConsumerOptions(options: ConsumerOptions): ConsumerSettings {
  if ('groupInstanceId' in options) {
    throw new KafkaError(
      'UNSUPPORTED_VERSION',
      'consumer: groupInstanceId: static membership is not supported yet. Leave the option out.',
    )
  }
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
    groupId,
    enableAutoCommit: groupId !== null && config.enableAutoCommit,
    assignors: readAssignors(options.partitionAssignmentStrategy ?? ['range']),
    callbacks: readCallbacks(options),
  }
}

function onlyConfigs(options: ConsumerOptions): ConsumerConfig {
  return Object.fromEntries(Object.entries(options).filter(([name]) => name in consumerConfigs))
}

function readAssignors(names: readonly string[]): Assignor[] {
  if (names.length === 0) {
    throw new KafkaError(
      'INVALID_ARGUMENT',
      "consumer: partitionAssignmentStrategy must name an assignor, such as 'range'.",
    )
  }
  return names.map((name) => {
    const assignor = builtInAssignors.get(name)
    if (assignor && !laterAssignors.includes(name)) return assignor
    if (laterAssignors.includes(name)) {
      throw new KafkaError('UNSUPPORTED_VERSION', `consumer: the assignor '${name}' is not supported yet. Use 'range'.`)
    }
    throw new KafkaError('INVALID_ARGUMENT', `consumer: there is no assignor '${name}'. Use 'range'.`)
  })
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

export function exclusive(call: string, other: string): KafkaError {
  return new KafkaError(
    'ILLEGAL_STATE',
    `${call} does not go together with ${other}. Call unsubscribe first, or use another consumer.`,
  )
}

export function thrownOut(groupId: string): KafkaError {
  const why =
    `This consumer is no member of group '${groupId}' any more: it was thrown out (a session timeout, or no poll within ` +
    'maxPollIntervalMs), and others own its partitions. Poll to join again; what was not committed comes again.'
  return new KafkaError('UNKNOWN_MEMBER_ID', why)
}

export function rebalancing(groupId: string): KafkaError {
  const why = `Group '${groupId}' is rebalancing, and this consumer waits for what it will own. Poll first, then commit what it owns then.`
  return new KafkaError('REBALANCE_IN_PROGRESS', why)
}

export function closedError(): KafkaError {
  return new KafkaError('ILLEGAL_STATE', 'This consumer is closed. Make another one with kafka.consumer().')
}
