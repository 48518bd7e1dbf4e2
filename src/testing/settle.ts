// Quiet, with any clock.

import { instance } from './instance.ts'
import { quiet } from './quiet.ts'
import { standstillsOf } from './standstill.ts'

/**
 * Everything that can happen without time passing has happened: what was sent is stored, whoever waited for it has it,
 * handlers that wait for nothing from outside have run. It takes the place of every sleep. It works with any clock, fake timers
 * included. What waits for time still waits: let it pass with `clock.advance`.
 *
 * Resolves with what stands still until the test itself lets it go on, a sentence each: requests that a fault holds, clients
 * that are frozen or disconnected. Nothing else is awaited for ever.
 *
 * @throws KafkaError INVALID_ARGUMENT for anything but a Kafkalet; ILLEGAL_STATE where it never gets quiet
 * @example
 * const sending = producer.send({ topic: 'orders', value: 'one' })
 * expect(await settle(kafka)).toEqual([])
 * expect(handled).toEqual(['one'])
 */
export async function settle(kafka: object): Promise<readonly string[]> {
  instance('settle', kafka)
  await quiet()
  return standstillsOf(kafka)
}
