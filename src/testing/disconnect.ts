// Cuts a client off from its broker, and lets it back.

import { lineOf, openLineOf } from './client-line.ts'

/**
 * The network between a consumer, producer or admin and the broker is gone: what waits for an answer gets none, and no
 * request arrives. The client goes on trying, as Kafka's do, until its timeouts are over: `deliveryTimeoutMs` and
 * `maxBlockMs` of a producer, `defaultApiTimeoutMs` of a consumer. A member's session may expire meanwhile.
 *
 * @throws KafkaError INVALID_ARGUMENT for anything but a client of kafkalet, ILLEGAL_STATE for one that is closed
 */
export function disconnect(client: AsyncDisposable): void {
  openLineOf(client, 'disconnect').cut()
}

/**
 * The network is there again: the client's next request arrives.
 *
 * @throws KafkaError INVALID_ARGUMENT for anything but a client of kafkalet
 */
export function reconnect(client: AsyncDisposable): void {
  lineOf(client, 'reconnect').mend()
}
