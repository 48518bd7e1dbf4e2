// Lets a client stand still for a while, as a process does in a long pause of its garbage collector.

import { lineOf, openLineOf } from './client-line.ts'

/**
 * Stops a consumer, producer or admin where it is: no request goes out, no heartbeat, none of its timers fires, a poll
 * does not end. Its application's own code runs on, as it is this test's. To the broker the client has gone silent: a
 * member is thrown out when its `sessionTimeoutMs` is over.
 *
 * @throws KafkaError INVALID_ARGUMENT for anything but a client of kafkalet, ILLEGAL_STATE for one that is closed
 */
export function freeze(client: AsyncDisposable): void {
  openLineOf(client, 'freeze').freeze()
}

/**
 * Lets a frozen client go on: what it was asked meanwhile goes out, in order, then its timers that became due fire. It
 * takes itself for what it was, and learns from the answers what has become of it.
 *
 * @throws KafkaError INVALID_ARGUMENT for anything but a client of kafkalet
 */
export function thaw(client: AsyncDisposable): void {
  lineOf(client, 'thaw').thaw()
}
