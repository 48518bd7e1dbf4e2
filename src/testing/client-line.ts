// The line between a client and its broker, for what a test does to it.

import { EmbeddedAdmin } from '../clients/admin/embedded-admin.ts'
import type { Connection } from '../clients/connection.ts'
import { EmbeddedConsumer } from '../clients/consumer/embedded-consumer.ts'
import { EmbeddedProducer } from '../clients/producer/embedded-producer.ts'
import { KafkaError } from '../errors.ts'

/** For what can only be done to a client that is open. */
export function openLineOf(client: AsyncDisposable, call: string): Connection {
  const line = lineOf(client, call)
  if (!line.isClosed) return line
  const why = `${call}: ${line.context.clientId} is closed, so nothing can happen to it any more. Make another one.`
  throw new KafkaError('ILLEGAL_STATE', why)
}

export function lineOf(client: AsyncDisposable, call: string): Connection {
  if (client instanceof EmbeddedConsumer) return client.connection
  if (client instanceof EmbeddedProducer) return client.connection
  if (client instanceof EmbeddedAdmin) return client.connection
  throw new KafkaError('INVALID_ARGUMENT', `${call} takes a consumer, a producer or an admin that a Kafkalet made.`)
}
