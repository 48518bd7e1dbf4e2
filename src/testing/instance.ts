// The instance that a call of the testing kit is about.

import { KafkaError } from '../errors.ts'
import { type Insides, insidesOf } from '../kafkalet.ts'

export function instance(call: string, kafka: unknown): Insides {
  const found = typeof kafka === 'object' && kafka !== null ? insidesOf(kafka) : undefined
  if (found) return found
  throw new KafkaError('INVALID_ARGUMENT', `${call} takes the Kafkalet it is about first: what new Kafkalet() made.`)
}
