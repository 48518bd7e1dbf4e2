// The range assignor: Kafka's assignments, and what holds for any group.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { range } from '../../src/groups/assignors/range.ts'
import {
  assign,
  expectEveryPartitionOwnedOnce,
  expectOrderOfNoMatter,
  groups,
  testVectors,
} from '../support/assignors.ts'

describe('range', () => {
  testVectors(range, 'assignors-range', 68)

  test('gives every partition of a topic to exactly one of those who want it, and names every member', () => {
    fc.assert(
      fc.property(groups, (group) => {
        expectEveryPartitionOwnedOnce(group, assign(range, group))
      }),
    )
  })

  test('gives those who want a topic as many of its partitions, give or take one, and each a run of them', () => {
    fc.assert(
      fc.property(groups, (group) => {
        const shares = assign(range, group)
        for (const topic of group.topics.keys()) {
          const subscribers = group.members.filter(({ subscription }) => subscription.topics.includes(topic))
          const ofTopic = subscribers.map(({ memberId }) => shares.get(memberId)?.get(topic) ?? [])
          const counts = ofTopic.map((share) => share.length)
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
          for (const share of ofTopic) expect(share).toEqual(share.map((_, i) => (share[0] ?? 0) + i))
        }
      }),
    )
  })

  test('does not depend on the order in which members and topics are given', () => {
    fc.assert(
      fc.property(groups, (group) => {
        expectOrderOfNoMatter(range, group)
      }),
    )
  })
})
