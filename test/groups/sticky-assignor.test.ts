// The sticky assignor: Kafka's assignments, its bytes, and what holds for any group.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sticky } from '../../src/groups/assignors/sticky.ts'
import type { PartitionsByTopic } from '../../src/groups/subscription.ts'
import {
  assign,
  equalGroups,
  expectEveryPartitionOwnedOnce,
  member,
  namesOf,
  plain,
  type RowMember,
  sizes,
  subscribedGroups,
  testVectors,
  withPast,
} from '../support/assignors.ts'
import { fromHex, toHex } from '../support/vectors.ts'

function tell(partitions: PartitionsByTopic, generation = 1) {
  return { userData: sticky.subscriptionUserData?.([], { partitions, generation }) ?? null, generationId: generation }
}

function pastOf({ ownedPartitions, generation = -1 }: RowMember) {
  return ownedPartitions ? tell(new Map(Object.entries(ownedPartitions)), generation) : {}
}

describe('sticky', () => {
  testVectors(sticky, 'assignors-sticky', 117, pastOf)

  test('gives every partition of a topic to exactly one of those who want it, whatever they had', () => {
    fc.assert(
      fc.property(subscribedGroups, subscribedGroups, (group, later) => {
        const first = assign(sticky, group)
        expectEveryPartitionOwnedOnce(group, first)
        const next = withPast({ ...group, topics: later.topics }, first, tell)
        expectEveryPartitionOwnedOnce(next, assign(sticky, next))
      }),
    )
  })

  test('leaves nobody a partition that another who wants it lacks by two', () => {
    fc.assert(
      fc.property(subscribedGroups, ({ members, topics }) => {
        const shares = assign(sticky, { members, topics })
        const count = (id: string) => namesOf(shares.get(id)).length
        for (const [owner, share] of shares) {
          for (const topic of share.keys()) {
            const others = members.filter(({ subscription }) => subscription.topics.includes(topic))
            for (const { memberId } of others) expect(count(owner) - count(memberId)).toBeLessThanOrEqual(1)
          }
        }
      }),
    )
  })

  test('moves nothing while nothing changes', () => {
    fc.assert(
      fc.property(subscribedGroups, (group) => {
        const shares = assign(sticky, group)
        expect(plain(assign(sticky, withPast(group, shares, tell)))).toEqual(plain(shares))
      }),
    )
  })

  test('moves only what a new member gets, when all want the same topics', () => {
    fc.assert(
      fc.property(equalGroups, ({ members, topics }) => {
        const [joining, ...rest] = members
        if (joining === undefined) return
        const before = assign(sticky, { members: rest, topics })
        const after = assign(sticky, withPast({ members, topics }, before, tell))
        for (const { memberId } of rest) {
          expect(namesOf(before.get(memberId))).toEqual(expect.arrayContaining(namesOf(after.get(memberId))))
        }
        expectEven(sizes(after))
      }),
    )
  })

  test('moves only what a leaving member had, when all want the same topics', () => {
    fc.assert(
      fc.property(equalGroups, ({ members, topics }) => {
        const before = assign(sticky, { members, topics })
        const rest = members.slice(1)
        const after = assign(sticky, withPast({ members: rest, topics }, before, tell))
        for (const { memberId } of rest) {
          expect(namesOf(after.get(memberId))).toEqual(expect.arrayContaining(namesOf(before.get(memberId))))
        }
        expectEven(sizes(after))
      }),
    )
  })

  test('believes the newer generation, and nobody where two claim a partition in the same one', () => {
    const topics = new Map([['t', 2]])
    const claim = (id: string, partition: number, generation: number) =>
      member(id, ['t'], tell(new Map([['t', [partition]]]), generation))
    const newer = assign(sticky, { members: [claim('a', 0, 4), claim('b', 0, 5)], topics })
    expect(plain(newer)).toEqual({ a: { t: [1] }, b: { t: [0] } })
    const same = assign(sticky, { members: [claim('a', 1, 5), claim('b', 1, 5)], topics })
    expect(plain(same)).toEqual({ a: { t: [0] }, b: { t: [1] } })
  })

  test('forgets partitions that no longer exist', () => {
    const owns = (partitions: number[]) => tell(new Map([['t', partitions]]))
    const members = [member('a', ['t'], owns([0, 1])), member('b', ['t'], owns([2, 3]))]
    expect(plain(assign(sticky, { members, topics: new Map([['t', 2]]) }))).toEqual({ a: { t: [0] }, b: { t: [1] } })
  })

  test("ends where Kafka's own goes on for ever, moving the same partitions to and fro", () => {
    const every = (step: number, first: number, count: number) =>
      Array.from({ length: count }, (_, i) => first + i * step)
    const owns = (topic: string, partitions: number[]) => tell(new Map([[topic, partitions]]), 6)
    const members = [
      member('d', ['many'], owns('many', every(2, 0, 13))),
      member('e', ['shared', 'few'], owns('shared', [...every(3, 1, 7), 23])),
      member('f', ['shared', 'own'], owns('shared', every(3, 2, 7))),
      member('g', ['many'], owns('many', every(2, 1, 12))),
      member('h', ['shared', 'many']),
    ]
    const group = { members, topics: new Map(Object.entries({ shared: 24, own: 14, many: 25, few: 3 })) }
    const shares = assign(sticky, group)
    expectEveryPartitionOwnedOnce(group, shares)
    // f has nothing but what nobody else wants.
    expect(sizes(shares)).toEqual([13, 14, 14, 12, 13])
  })

  test("tells its partitions in the bytes of Kafka's user data", () => {
    const partitions = new Map([
      ['orders', [2, 0]],
      ['a', [1]],
    ])
    const bytes = sticky.subscriptionUserData?.(['orders', 'a'], { partitions, generation: 7 })
    expect(bytes && toHex(bytes)).toBe(
      [
        '00000002',
        '000161',
        '00000001',
        '00000001',
        '00066f7264657273',
        '00000002',
        '00000002',
        '00000000',
        '00000007',
      ].join(''),
    )
    expect(sticky.subscriptionUserData?.(['orders'], null)).toBeNull()
  })

  test('reads user data without a generation, as clients before Kafka 2.3 wrote it', () => {
    const claimsPartition1 = fromHex('00000001' + '000174' + '00000001' + '00000001')
    const members = [member('a', ['t'], { userData: claimsPartition1 }), member('b', ['t'])]
    expect(plain(assign(sticky, { members, topics: new Map([['t', 2]]) }))).toEqual({ a: { t: [1] }, b: { t: [0] } })
  })

  test('assigns as to newcomers when the user data cannot be read', () => {
    fc.assert(
      fc.property(subscribedGroups, fc.uint8Array({ maxLength: 3 }), (group, userData) => {
        const members = group.members.map((each) => ({ ...each, subscription: { ...each.subscription, userData } }))
        expect(plain(assign(sticky, { ...group, members }))).toEqual(plain(assign(sticky, group)))
      }),
    )
  })
})

function expectEven(counts: readonly number[]): void {
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
}
