// The cooperative sticky assignor: Kafka's assignments, its bytes, and what holds for any group.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cooperativeSticky } from '../../src/groups/assignors/cooperative-sticky.ts'
import { sticky } from '../../src/groups/assignors/sticky.ts'
import type { PartitionsByTopic } from '../../src/groups/subscription.ts'
import {
  assign,
  equalGroups,
  expectEveryPartitionOwnedOnce,
  type Group,
  member,
  namesOf,
  ownersByPartition,
  plain,
  type RowMember,
  subscribedGroups,
  testVectors,
  withPast,
} from '../support/assignors.ts'
import { fromHex, toHex } from '../support/vectors.ts'

function owns(ownedPartitions: PartitionsByTopic, generationId = 1) {
  return { ownedPartitions, generationId }
}

function pastOf({ ownedPartitions, generation = -1 }: RowMember) {
  return ownedPartitions ? owns(new Map(Object.entries(ownedPartitions)), generation) : {}
}

/** The same members and topics, after claims that may be stale, double or invented. */
const groupsWithClaims = fc
  .tuple(subscribedGroups, fc.infiniteStream(fc.tuple(fc.nat({ max: 11 }), fc.integer({ min: -1, max: 3 }))))
  .map(([{ members, topics }, claims]): Group => {
    const claiming = members.map((each) => {
      const owned = [...topics].map(([topic, count]) => [topic, [claims.next().value[0] % count]] as const)
      const past = owns(new Map(owned), claims.next().value[1])
      return { ...each, subscription: { ...each.subscription, ...past } }
    })
    return { members: claiming, topics }
  })

describe('cooperative-sticky', () => {
  testVectors(cooperativeSticky, 'assignors-cooperative-sticky', 143, pastOf)

  test('gives a partition that someone claims to nobody who does not', () => {
    fc.assert(
      fc.property(groupsWithClaims, (group) => {
        const claims = new Map(
          group.members.map(({ memberId, subscription }) => [memberId, subscription.ownedPartitions]),
        )
        const claimants = ownersByPartition(claims)
        for (const [partition, owners] of ownersByPartition(assign(cooperativeSticky, group))) {
          expect(owners).toHaveLength(1)
          if (claimants.has(partition)) expect(claimants.get(partition)).toEqual(expect.arrayContaining(owners))
        }
      }),
    )
  })

  test('gives newcomers every partition at once, as sticky does', () => {
    fc.assert(
      fc.property(subscribedGroups, (group) => {
        const shares = assign(cooperativeSticky, group)
        expectEveryPartitionOwnedOnce(group, shares)
        expect(plain(shares)).toEqual(plain(assign(sticky, group)))
      }),
    )
  })

  test('hands over in the rebalance that follows what it withheld for a new member', () => {
    fc.assert(
      fc.property(equalGroups, ({ members, topics }) => {
        const before = assign(cooperativeSticky, { members: members.slice(1), topics })
        const first = assign(cooperativeSticky, withPast({ members, topics }, before, owns))
        const second = withPast({ members, topics }, first, (share) => owns(share, 2))
        const shares = assign(cooperativeSticky, second)
        expectEveryPartitionOwnedOnce(second, shares)
        for (const { memberId } of members) {
          expect(namesOf(shares.get(memberId))).toEqual(expect.arrayContaining(namesOf(first.get(memberId))))
        }
      }),
    )
  })

  test('tells its generation in the user data, -1 before the first', () => {
    const tell = (last: { generation: number; partitions: PartitionsByTopic } | null) =>
      toHex(cooperativeSticky.subscriptionUserData?.([], last) ?? new Uint8Array())
    expect(tell({ generation: 258, partitions: new Map([['t', [1]]]) })).toBe('00000102')
    expect(tell(null)).toBe('ffffffff')
  })

  test('reads the generation from the user data where the subscription has none', () => {
    const claim = (id: string, userData: Uint8Array) =>
      member(id, ['t', id], { ...owns(new Map([['t', [0]]]), -1), userData })
    const topics = new Map([['t', 1]])
    const newer = (id: string) => claim(id, fromHex('00000005'))
    const older = (id: string) => claim(id, fromHex('ffffffff'))
    expect(plain(assign(cooperativeSticky, { members: [older('a'), newer('b')], topics }))['b']).toEqual({ t: [0] })
    // Damaged user data is no generation.
    const damaged = claim('a', fromHex('0005'))
    expect(plain(assign(cooperativeSticky, { members: [damaged, newer('b')], topics }))['b']).toEqual({ t: [0] })
  })

  test('reads it from the subscription first', () => {
    const claim = (id: string, generationId: number, userData: string) =>
      member(id, ['t'], { ...owns(new Map([['t', [0]]]), generationId), userData: fromHex(userData) })
    const members = [claim('a', 6, '00000001'), claim('b', 5, '00000009')]
    expect(plain(assign(cooperativeSticky, { members, topics: new Map([['t', 1]]) }))).toEqual({ a: { t: [0] }, b: {} })
  })

  test('assigns to each what sticky does, or less', () => {
    fc.assert(
      fc.property(groupsWithClaims, (group) => {
        const members = group.members.map((each) => {
          const { ownedPartitions: partitions, generationId: generation } = each.subscription
          const userData = sticky.subscriptionUserData?.([], { partitions, generation }) ?? null
          return { ...each, subscription: { ...each.subscription, userData } }
        })
        const whole = assign(sticky, { ...group, members })
        for (const [id, share] of assign(cooperativeSticky, group)) {
          expect(namesOf(whole.get(id))).toEqual(expect.arrayContaining(namesOf(share)))
        }
      }),
    )
  })
})
