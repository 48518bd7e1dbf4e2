// Quiet, with any clock.

import { instance } from './instance.ts'
import { quiet } from './quiet.ts'

/**
 * Everything that can happen without time passing has happened: what was sent is stored, whoever waited for it has it,
 * handlers that wait for nothing from outside have run. It takes the place of every sleep. It works with any clock, fake timers
 * included. What waits for time still waits: let it pass with `clock.advance`.
 *
 * @throws KafkaError INVALID_ARGUMENT for anything but a Kafkalet; ILLEGAL_STATE where it never gets quiet
 * @example
 * await producer.send({ topic: 'orders', value: 'one' })
 * await settle(kafka)
 * expect(handled).toEqual(['one'])
 */
export async function settle(kafka: object): Promise<void> {
  instance('settle', kafka)
  await quiet()
}
