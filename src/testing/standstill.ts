// What stands still until the test lets it go on: requests that a fault holds, clients that are frozen or cut off.

import { EmbeddedAdmin } from '../clients/admin/embedded-admin.ts'
import { EmbeddedConsumer } from '../clients/consumer/embedded-consumer.ts'
import { EmbeddedProducer } from '../clients/producer/embedded-producer.ts'
import { endlessFaultsOf, heldRequestsOf } from './faults.ts'
import { instance } from './instance.ts'

/** Each in a sentence, with what lets it go on. */
export function standstillsOf(kafka: object): string[] {
  return [...heldRequestsOf(kafka), ...outagesOf(kafka)]
}

/** The same, and what is refused or lost again and again: what a wait in vain may have waited for. */
export function hindrancesOf(kafka: object): string[] {
  const isClosed = instance('settle', kafka).isClosed()
  const end = isClosed ? ['The Kafkalet is closed: nothing happens in it any more.'] : []
  return [...standstillsOf(kafka), ...endlessFaultsOf(kafka), ...end]
}

function outagesOf(kafka: object): string[] {
  const { clients } = instance('settle', kafka)
  return [...clients].flatMap((client) => {
    if (!isEmbedded(client)) return []
    const { isFrozen, isCut, context } = client.connection
    if (isFrozen) return [`${context.clientId} is frozen. thaw(client) lets it go on.`]
    return isCut ? [`${context.clientId} is disconnected. reconnect(client) lets it go on.`] : []
  })
}

function isEmbedded(
  client: object,
): client is EmbeddedConsumer<never, never> | EmbeddedProducer<never> | EmbeddedAdmin {
  return client instanceof EmbeddedConsumer || client instanceof EmbeddedProducer || client instanceof EmbeddedAdmin
}
