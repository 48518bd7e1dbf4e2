// Lets a client stop the way a process dies.

import { EmbeddedConsumer } from '../clients/consumer/embedded-consumer.ts'
import { EmbeddedProducer } from '../clients/producer/embedded-producer.ts'
import { KafkaError } from '../errors.ts'

/**
 * Stops a consumer or producer silently. A consumer commits nothing and says no goodbye: its group notices when
 * `sessionTimeoutMs` is over. What a producer has not sent yet (`lingerMs`) is lost.
 *
 * @throws KafkaError INVALID_ARGUMENT for anything but a consumer or producer of kafkalet
 */
export function crash(client: AsyncDisposable): void {
  if (client instanceof EmbeddedConsumer || client instanceof EmbeddedProducer) client.crash()
  else throw new KafkaError('INVALID_ARGUMENT', 'crash takes a consumer or a producer that a Kafkalet made.')
}
