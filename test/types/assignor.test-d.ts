// What an assignor of one's own must be, as far as types can say.
import { type Assignor, Kafkalet } from 'kafkalet'
import { expectTypeOf, test } from 'vitest'

const kafka = new Kafkalet()

const own: Assignor = {
  name: 'own',
  supportedProtocols: ['cooperative', 'eager'],
  assign: (members, partitionCounts) => {
    expectTypeOf(partitionCounts).toEqualTypeOf<ReadonlyMap<string, number>>()
    return new Map(
      members.map(({ memberId, subscription }) => [memberId, { partitions: subscription.ownedPartitions }]),
    )
  },
  subscriptionUserData: (topics, last) => (last ? new Uint8Array([topics.length, last.generation]) : null),
  onAssignment: ({ partitions, userData }, generation) => void [partitions, userData, generation],
}

test('a strategy takes names and own assignors', () => {
  kafka.consumer({
    groupId: 'g',
    groupInstanceId: 'i',
    partitionAssignmentStrategy: [own, 'range', 'cooperative-sticky'],
  })
  // @ts-expect-error there is no such assignor
  kafka.consumer({ groupId: 'g', partitionAssignmentStrategy: ['rnge'] })
  // @ts-expect-error an assignor has a name
  kafka.consumer({ groupId: 'g', partitionAssignmentStrategy: [{ assign: own.assign }] })
  // @ts-expect-error there are two protocols
  kafka.consumer({ groupId: 'g', partitionAssignmentStrategy: [{ ...own, supportedProtocols: ['lazy'] }] })
})
