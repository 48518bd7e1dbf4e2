// The range assignor: topic by topic, the members that want it get consecutive partitions, the first ones one more
// where it does not divide. (Kafka: RangeAssignor, without racks.)

import { type Assignor, type AssignorMember, compareMembers } from './assignor.ts'

export const range: Assignor = {
  name: 'range',

  assign(members, partitionCounts) {
    const assignment = new Map(members.map((member) => [member.memberId, new Map<string, readonly number[]>()]))
    for (const [topic, subscribers] of subscribersByTopic(members)) {
      const partitionCount = partitionCounts.get(topic) ?? 0
      const share = Math.floor(partitionCount / subscribers.length)
      const withOneMore = partitionCount % subscribers.length
      let next = 0
      for (const [position, subscriber] of subscribers.entries()) {
        const count = share + (position < withOneMore ? 1 : 0)
        if (count === 0) break
        const first = next
        assignment.get(subscriber.memberId)?.set(
          topic,
          Array.from({ length: count }, (_, i) => first + i),
        )
        next += count
      }
    }
    return new Map([...assignment].map(([memberId, partitions]) => [memberId, { partitions }]))
  },
}

function subscribersByTopic(members: readonly AssignorMember[]): Map<string, AssignorMember[]> {
  const subscribers = new Map<string, AssignorMember[]>()
  for (const member of [...members].sort(compareMembers)) {
    for (const topic of new Set(member.subscription.topics)) {
      const known = subscribers.get(topic)
      if (known) known.push(member)
      else subscribers.set(topic, [member])
    }
  }
  return subscribers
}
