// The round robin assignor: topic by topic, partition by partition, the next member in the circle that wants the topic.
// (Kafka: RoundRobinAssignor.)

import type { Assignor } from './assignor.ts'
import { compareMembers } from './assignor.ts'

export const roundRobin: Assignor = {
  name: 'roundrobin',

  assign(members, partitionCounts) {
    const circle = [...members].sort(compareMembers)
    const shares = circle.map(() => new Map<string, number[]>())
    let next = 0
    for (const [topic, subscribers] of positionsByTopic(circle.map(({ subscription }) => subscription.topics))) {
      const partitionCount = partitionCounts.get(topic) ?? 0
      let turn = firstAtLeast(subscribers, next)
      for (let partition = 0; partition < partitionCount; partition++, turn++) {
        const position = subscribers[turn % subscribers.length] ?? 0
        add(shares[position], topic, partition)
        next = position + 1
      }
    }
    return new Map(circle.map(({ memberId }, i) => [memberId, { partitions: shares[i] ?? new Map() }]))
  },
}

/** Topic → who subscribes to it, as ascending positions in the circle; topics in the order of their names. */
function positionsByTopic(subscriptions: readonly (readonly string[])[]): [string, number[]][] {
  const positions = new Map<string, number[]>()
  for (const [position, topics] of subscriptions.entries()) {
    for (const topic of new Set(topics)) {
      const known = positions.get(topic)
      if (known) known.push(position)
      else positions.set(topic, [position])
    }
  }
  return [...positions].sort(([a], [b]) => (a < b ? -1 : 1))
}

/** The index of the first that is at least `least`; beyond the last one, the circle begins again. */
function firstAtLeast(ascending: readonly number[], least: number): number {
  const index = ascending.findIndex((position) => position >= least)
  return index < 0 ? 0 : index
}

function add(share: Map<string, number[]> | undefined, topic: string, partition: number): void {
  const known = share?.get(topic)
  if (known) known.push(partition)
  else share?.set(topic, [partition])
}
