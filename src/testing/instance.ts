// The instance that a call of the testing kit is about.

import { KafkaError } from '../errors.ts'
import { type Insides, insidesOf } from '../kafkalet.ts'

/** For what can only be done while it is open. */
export function openInstance(call: string, kafka: unknown): Insides {
  const insides = instance(call, kafka)
  if (!insides.isClosed()) return insides
  const why = `${call}: this Kafkalet is closed, so nothing happens in it any more. Call it before close, or make another one.`
  throw new KafkaError('ILLEGAL_STATE', why)
}

export function instance(call: string, kafka: unknown): Insides {
  const found = typeof kafka === 'object' && kafka !== null ? insidesOf(kafka) : undefined
  if (found) return found
  throw new KafkaError('INVALID_ARGUMENT', `${call} takes the Kafkalet it is about first: what new Kafkalet() made.`)
}
