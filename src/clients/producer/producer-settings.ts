// A producer's options, read: checked, with defaults.

import { readConfig, rejectUnknown } from '../../config.ts'
import { KafkaError } from '../../errors.ts'
import { INT32_MAX, type ProducerConfig, producerConfigs } from '../options.ts'
import type { Partitioner } from './partitioner.ts'
import type { ProducerOptions } from './producer.ts'

const OPTIONS = ['clientId', 'acks', 'partitioner', 'transactionalId', ...Object.keys(producerConfigs)]
const ACKS = { 0: 0, 1: 1, all: -1 } as const

export interface ProducerSettings extends Required<Omit<ProducerConfig, 'acks'>> {
  readonly acks: 0 | 1 | -1
  readonly partitioner: Partitioner
  /** Null for a producer without transactions. */
  readonly transactionalId: string | null
}

export function readProducerOptions(options: ProducerOptions): ProducerSettings {
  rejectUnknown(options, OPTIONS, 'producer')
  const { clientId: _, acks = 'all', partitioner = 'default', transactionalId = null, ...rest } = options
  if (!Object.hasOwn(ACKS, acks)) {
    throw new KafkaError('INVALID_ARGUMENT', `producer: acks must be 0, 1 or 'all', not ${String(acks)}.`)
  }
  if (typeof partitioner !== 'function' && partitioner !== 'default' && partitioner !== 'round-robin') {
    const why = `producer: partitioner must be 'default', 'round-robin' or a function, not ${String(partitioner)}.`
    throw new KafkaError('INVALID_ARGUMENT', why)
  }
  const config = readConfig(producerConfigs, rest, 'producer')
  const enableIdempotence = readIdempotence(options, config.enableIdempotence, config.retries)
  return {
    ...config,
    acks: ACKS[acks],
    partitioner,
    transactionalId: readTransactionalId(transactionalId, enableIdempotence),
    enableIdempotence,
    deliveryTimeoutMs: readDeliveryTimeout(options, config),
  }
}

/** What does not go with it turns it off, unless it was asked for. (Kafka: postProcessAndValidateIdempotenceConfigs) */
function readIdempotence(
  { enableIdempotence: given, acks = 'all' }: ProducerOptions,
  enableIdempotence: boolean,
  retries: number,
): boolean {
  if (!enableIdempotence || (retries > 0 && acks === 'all')) return enableIdempotence
  if (given === undefined) return false
  const why = retries === 0 ? 'retries is 0: use at least 1' : `acks is ${acks}: use 'all'`
  throw new KafkaError('INVALID_CONFIG', `producer: enableIdempotence is true and ${why}, or enableIdempotence false.`)
}

function readTransactionalId(transactionalId: unknown, enableIdempotence: boolean): string | null {
  if (transactionalId === null) return null
  if (typeof transactionalId !== 'string' || transactionalId === '') {
    const why =
      'producer: transactionalId (transactional.id) must be a text that is not empty. Leave it out for a producer without ' +
      'transactions.'
    throw new KafkaError('INVALID_CONFIG', why)
  }
  if (enableIdempotence) return transactionalId
  const why =
    `producer: transactionalId '${transactionalId}' needs an idempotent producer: leave enableIdempotence, acks and retries ` +
    "as they are, or set them to true, 'all' and at least 1."
  throw new KafkaError('INVALID_CONFIG', why)
}

/** It must leave time for one try. (Kafka: KafkaProducer.configureDeliveryTimeout) */
function readDeliveryTimeout(
  { deliveryTimeoutMs: given }: ProducerOptions,
  { deliveryTimeoutMs, lingerMs, requestTimeoutMs }: Required<Omit<ProducerConfig, 'acks'>>,
): number {
  const leastMs = Math.min(lingerMs + requestTimeoutMs, INT32_MAX)
  if (deliveryTimeoutMs >= leastMs) return deliveryTimeoutMs
  if (given === undefined) return leastMs
  const why = `producer: deliveryTimeoutMs (${given}) must be at least lingerMs + requestTimeoutMs (${leastMs}).`
  throw new KafkaError('INVALID_ARGUMENT', why)
}
