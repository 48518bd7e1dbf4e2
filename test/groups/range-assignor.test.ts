// The range assignor: Kafka's assignments, and what holds for any group.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AssignorMember } from '../../src/groups/assignors/assignor.ts'
import { range } from '../../src/groups/assignors/range.ts'
import { readVectors } from '../support/vectors.ts'

interface Row {
  readonly id: string
  readonly desc: string
  /** Topic → its partitions; 0 where it does not exist. */
  readonly topics: Readonly<Record<string, number>>
  readonly members: readonly { readonly id: string; readonly instanceId?: string; readonly topics: readonly string[] }[]
  readonly assignment: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>
}

const { scenarios } = readVectors<{ scenarios: readonly Row[] }>('assignors-range')

function assign(members: readonly AssignorMember[], topics: ReadonlyMap<string, number>) {
  return new Map([...range.assign(members, topics)].map(([memberId, { partitions }]) => [memberId, partitions]))
}

describe('range', () => {
  test.each(scenarios.map((row) => [`${row.id}: ${row.desc}`, row] as const))("assigns as Kafka's: %s", (_, row) => {
    const members = row.members.map(({ id, instanceId = null, topics }) => member(id, topics, instanceId))
    const topics = new Map(Object.entries(row.topics).filter(([, partitions]) => partitions > 0))
    expect(plain(assign(members, topics))).toEqual(row.assignment)
  })

  test('is tried with every recorded row', () => {
    expect(scenarios).toHaveLength(68)
  })

  test('gives every partition of a topic to exactly one of those who want it', () => {
    fc.assert(
      fc.property(groups, ({ members, topics }) => {
        const owners = ownersByPartition(members, topics)
        for (const [topic, partitions] of topics) {
          const wanted = members.some(({ subscription }) => subscription.topics.includes(topic))
          for (let partition = 0; partition < partitions; partition++) {
            expect(owners.get(`${topic}-${partition}`) ?? []).toHaveLength(wanted ? 1 : 0)
          }
          expect(owners.has(`${topic}-${partitions}`)).toBe(false)
        }
      }),
    )
  })

  test('gives a member partitions of its own topics only, none twice, and names every member', () => {
    fc.assert(
      fc.property(groups, ({ members, topics }) => {
        const assignment = assign(members, topics)
        expect([...assignment.keys()].sort()).toEqual(members.map(({ memberId }) => memberId).sort())
        for (const { memberId, subscription } of members) {
          for (const [topic, partitions] of assignment.get(memberId) ?? []) {
            expect(subscription.topics).toContain(topic)
            expect(new Set(partitions).size).toBe(partitions.length)
          }
        }
      }),
    )
  })

  test('gives those who want a topic as many of its partitions, give or take one, and each a run of them', () => {
    fc.assert(
      fc.property(groups, ({ members, topics }) => {
        const assignment = assign(members, topics)
        for (const topic of topics.keys()) {
          const subscribers = members.filter(({ subscription }) => subscription.topics.includes(topic))
          const shares = subscribers.map(({ memberId }) => assignment.get(memberId)?.get(topic) ?? [])
          const counts = shares.map((share) => share.length)
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
          for (const share of shares) expect(share).toEqual(share.map((_, i) => (share[0] ?? 0) + i))
        }
      }),
    )
  })

  test('does not depend on the order in which members and topics are given', () => {
    fc.assert(
      fc.property(groups, ({ members, topics }) => {
        const reversed = members.map((each) => member(each.memberId, [...each.subscription.topics].reverse())).reverse()
        expect(plain(assign(reversed, new Map([...topics].reverse())))).toEqual(plain(assign(members, topics)))
      }),
    )
  })
})

function member(memberId: string, topics: readonly string[], groupInstanceId: string | null = null): AssignorMember {
  const subscription = { topics, userData: null, ownedPartitions: new Map(), generationId: -1, rackId: null }
  return { memberId, groupInstanceId, subscription }
}

function plain(assignment: ReturnType<typeof assign>): Row['assignment'] {
  return Object.fromEntries([...assignment].map(([id, partitions]) => [id, Object.fromEntries(partitions)]))
}

function ownersByPartition(
  members: readonly AssignorMember[],
  topics: ReadonlyMap<string, number>,
): Map<string, string[]> {
  const owners = new Map<string, string[]>()
  for (const [memberId, byTopic] of assign(members, topics)) {
    for (const [topic, partitions] of byTopic) {
      for (const partition of partitions) {
        const key = `${topic}-${partition}`
        owners.set(key, [...(owners.get(key) ?? []), memberId])
      }
    }
  }
  return owners
}

const topicNames = ['orders', 'payments', 'users', 'a', 'Z', 'topic2', 'topic10']

/** Members may want topics that do not exist. */
const groups = fc.record({
  members: fc
    .uniqueArray(fc.tuple(fc.string({ minLength: 1, maxLength: 6 }), fc.subarray(topicNames)), {
      selector: ([memberId]) => memberId,
      maxLength: 8,
    })
    .map((members) => members.map(([memberId, topics]) => member(memberId, topics))),
  topics: fc
    .subarray(topicNames.slice(1))
    .chain((names) => fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), fc.integer({ min: 1, max: 12 })))))
    .map((entries) => new Map(entries)),
})
