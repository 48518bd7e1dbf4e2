// The round robin assignor: Kafka's assignments, and what holds for any group.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { roundRobin } from '../../src/groups/assignors/round-robin.ts'
import {
  assign,
  equalGroups,
  expectEveryPartitionOwnedOnce,
  expectOrderOfNoMatter,
  groups,
  member,
  plain,
  sizes,
  testVectors,
} from '../support/assignors.ts'

describe('roundrobin', () => {
  testVectors(roundRobin, 'assignors-round-robin', 67)

  test('gives every partition of a topic to exactly one of those who want it, and names every member', () => {
    fc.assert(
      fc.property(groups, (group) => {
        expectEveryPartitionOwnedOnce(group, assign(roundRobin, group))
      }),
    )
  })

  test('gives members who want the same topics as many partitions, give or take one', () => {
    fc.assert(
      fc.property(equalGroups, (group) => {
        const counts = sizes(assign(roundRobin, group))
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('does not depend on the order in which members and topics are given', () => {
    fc.assert(
      fc.property(groups, (group) => {
        expectOrderOfNoMatter(roundRobin, group)
      }),
    )
  })

  test('goes on in the circle with the next topic, static members first', () => {
    const members = [member('a', ['x', 'y']), member('b', ['y']), member('c', ['x', 'y'], {}, 'first')]
    const topics = new Map(Object.entries({ y: 4, x: 1 }))
    expect(plain(assign(roundRobin, { members, topics }))).toEqual({
      c: { x: [0], y: [2] },
      a: { y: [0, 3] },
      b: { y: [1] },
    })
  })
})
