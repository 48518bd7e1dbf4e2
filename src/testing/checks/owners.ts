// Who takes which partition in which generation, as the members themselves learn it.

import { EmbeddedConsumer } from '../../clients/consumer/embedded-consumer.ts'
import type { Insides } from '../../kafkalet.ts'
import { instance } from '../instance.ts'

/**
 * From here on a partition has one owner in each generation of a group: `problem` is told of every other one, in the
 * moment in which it takes the partition. A static member keeps what it owned when it comes back.
 *
 * @param problem such as `sim.problem`
 * @throws KafkaError INVALID_ARGUMENT for anything but a Kafkalet
 */
export function watchOwners(kafka: object, problem: (text: string) => void): void {
  const insides = instance('watchOwners', kafka)
  const { listeners } = insides.broker.events
  /** `group/life/generation/partition` → who owns it, and its client's name. */
  const owners = new Map<string, { readonly who: string; readonly clientId: string }>()
  /** A group that was forgotten and formed again counts its generations anew. */
  const lives = new Map<string, number>()
  listeners.on('groupStateChanged', ({ groupId, to, generation }) => {
    if (to === 'CompletingRebalance' && generation === 1) lives.set(groupId, (lives.get(groupId) ?? 0) + 1)
  })
  listeners.on('partitionsAssigned', ({ groupId, memberId, clientId, generation, partitions }) => {
    const who = instanceIdOf(insides, groupId, memberId) ?? memberId
    for (const { topic, partition } of partitions) {
      const place = `${groupId}/${lives.get(groupId) ?? 0}/${generation}/${topic}-${partition}`
      const other = owners.get(place)
      owners.set(place, { who, clientId })
      if (other === undefined || other.who === who) continue
      problem(
        `${topic}-${partition} has two owners in generation ${generation} of ${groupId}: ${other.clientId} and ${clientId}`,
      )
    }
  })
}

/** Of a static member: what stays through its restart. */
function instanceIdOf({ clients }: Insides, groupId: string, memberId: string): string | null {
  for (const client of clients) {
    if (!(client instanceof EmbeddedConsumer) || client.sight.groupId !== groupId) continue
    const metadata = client.groupMetadata()
    if (metadata.memberId === memberId) return metadata.groupInstanceId
  }
  return null
}
