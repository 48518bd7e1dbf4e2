// Groups for the assignors' tests, and what was assigned as plain data.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Assignor, AssignorMember } from '../../src/groups/assignors/assignor.ts'
import type { PartitionsByTopic, Subscription } from '../../src/groups/subscription.ts'
import { readVectors } from './vectors.ts'

type Topics = ReadonlyMap<string, number>
export type Shares = ReadonlyMap<string, PartitionsByTopic>

export interface Group {
  readonly members: readonly AssignorMember[]
  readonly topics: Topics
}

interface Row {
  readonly id: string
  readonly desc: string
  /** Topic → its partitions; 0 where it does not exist. */
  readonly topics: Readonly<Record<string, number>>
  readonly members: readonly RowMember[]
  readonly assignment: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>
}

export interface RowMember {
  readonly id: string
  readonly instanceId?: string
  readonly topics: readonly string[]
  readonly ownedPartitions?: Readonly<Record<string, readonly number[]>>
  readonly generation?: number
}

/** A test for each recorded row. Those that are not portable are answered alike too: our order of members is Java's. */
export function testVectors(
  assignor: Assignor,
  file: string,
  count: number,
  past: (member: RowMember) => Partial<Subscription> = () => ({}),
): void {
  const { scenarios } = readVectors<{ scenarios: readonly Row[] }>(file)

  test.each(scenarios.map((row) => [`${row.id}: ${row.desc}`, row] as const))("assigns as Kafka's: %s", (_, row) => {
    const members = row.members.map((each) => ({
      ...member(each.id, each.topics, past(each)),
      groupInstanceId: each.instanceId ?? null,
    }))
    expect(plain(assign(assignor, { members, topics: new Map(Object.entries(row.topics)) }))).toEqual(row.assignment)
  })

  test('is tried with every recorded row', () => {
    expect(scenarios).toHaveLength(count)
  })
}

export function assign(assignor: Assignor, { members, topics }: Group): Shares {
  return new Map([...assignor.assign(members, topics)].map(([memberId, { partitions }]) => [memberId, partitions]))
}

export function member(
  memberId: string,
  topics: readonly string[],
  past: Partial<Subscription> = {},
  groupInstanceId: string | null = null,
): AssignorMember {
  const nothing = { userData: null, ownedPartitions: new Map(), generationId: -1, rackId: null }
  return { memberId, groupInstanceId, subscription: { topics, ...nothing, ...past } }
}

export function plain(shares: Shares): Row['assignment'] {
  return Object.fromEntries([...shares].map(([id, partitions]) => [id, Object.fromEntries(partitions)]))
}

/** 'topic-partition' → the members that were given it. */
export function ownersByPartition(shares: Shares): Map<string, string[]> {
  const owners = new Map<string, string[]>()
  for (const [memberId, share] of shares) {
    for (const partition of namesOf(share)) owners.set(partition, [...(owners.get(partition) ?? []), memberId])
  }
  return owners
}

export function namesOf(share: PartitionsByTopic | undefined): string[] {
  return [...(share ?? [])].flatMap(([topic, partitions]) => partitions.map((partition) => `${topic}-${partition}`))
}

export function sizes(shares: Shares): number[] {
  return [...shares.values()].map((share) => namesOf(share).length)
}

/** Every partition of a topic that someone wants has one owner, who wants it; every member is named. */
export function expectEveryPartitionOwnedOnce({ members, topics }: Group, shares: Shares): void {
  const owners = ownersByPartition(shares)
  const wanted = [...topics].filter(([topic]) =>
    members.some(({ subscription }) => subscription.topics.includes(topic)),
  )
  const partitions = wanted.flatMap(([topic, count]) => Array.from({ length: count }, (_, i) => `${topic}-${i}`))
  expect([...owners.keys()].sort()).toEqual(partitions.sort())
  for (const each of owners.values()) expect(each).toHaveLength(1)
  expect([...shares.keys()].sort()).toEqual(members.map(({ memberId }) => memberId).sort())
  for (const { memberId, subscription } of members) {
    for (const topic of shares.get(memberId)?.keys() ?? []) expect(subscription.topics).toContain(topic)
  }
}

export function expectOrderOfNoMatter(assignor: Assignor, { members, topics }: Group): void {
  const reversed = members.map((each) => ({
    ...each,
    subscription: { ...each.subscription, topics: [...each.subscription.topics].reverse() },
  }))
  const shares = assign(assignor, { members: reversed.reverse(), topics: new Map([...topics].reverse()) })
  expect(plain(shares)).toEqual(plain(assign(assignor, { members, topics })))
}

const topicNames = ['orders', 'payments', 'users', 'a', 'Z', 'topic2', 'topic10']

const topicsOf = (names: readonly string[]) =>
  fc
    .subarray([...names])
    .chain((chosen) => fc.tuple(...chosen.map((name) => fc.tuple(fc.constant(name), fc.integer({ min: 1, max: 12 })))))
    .map((entries): Topics => new Map(entries))

const memberIds = (minLength: number) =>
  fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), { minLength, maxLength: 8 })

/** Members may want topics that do not exist. */
const groupsWanting = (minLength: number): fc.Arbitrary<Group> =>
  fc.record({
    members: memberIds(0).chain((ids) =>
      fc.tuple(...ids.map((id) => fc.subarray(topicNames, { minLength }).map((topics) => member(id, topics)))),
    ),
    topics: topicsOf(topicNames.slice(1)),
  })

export const groups = groupsWanting(0)

/** Members that all want something: of one that wants nothing, Kafka's sticky assignors may think that it wants all. */
export const subscribedGroups = groupsWanting(1)

/** Of at least two members, who all want the same topics. */
export const equalGroups: fc.Arbitrary<Group> = fc
  .record({
    ids: memberIds(2),
    wanted: fc.subarray(topicNames, { minLength: 1 }),
    topics: topicsOf(topicNames.slice(1)),
  })
  .map(({ ids, wanted, topics }) => ({ members: ids.map((id) => member(id, wanted)), topics }))

/** The same group; every member tells what it has now. */
export function withPast(
  { members, topics }: Group,
  shares: Shares,
  past: (share: PartitionsByTopic) => Partial<Subscription>,
): Group {
  const later = members.map((each) => {
    const share = shares.get(each.memberId)
    return share ? { ...each, subscription: { ...each.subscription, ...past(share) } } : each
  })
  return { members: later, topics }
}
