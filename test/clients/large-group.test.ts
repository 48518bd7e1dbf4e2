// A large group that loses one member: the others come into one new generation, and none is asked for anything twice.
import { afterEach, expect, test } from 'vitest'
import { ConsumerWorld, placesOf } from '../support/consumer-world.ts'

const MEMBERS = 200

let world: ConsumerWorld

afterEach(() => world.end())

test.each(['range', 'cooperative-sticky'] as const)(
  'of 200 that divide by %s one leaves, and each other one joins and syncs once',
  async (strategy) => {
    world = new ConsumerWorld({ t: MEMBERS }, { groupInitialRebalanceDelayMs: 3_000 })
    const options = { partitionAssignmentStrategy: [strategy], maxPollIntervalMs: 60_000, fetchMaxWaitMs: 60_000 }
    const members = Array.from({ length: MEMBERS }, (_, i) => world.member(`m${i}`, options))
    const polls = (timeoutMs: number, of = members) => Promise.all(of.map((each) => each.poll({ timeoutMs })))
    const joining = polls(10_000)
    await world.clock.advance(10_000)
    await joining
    expect(new Set(members.map((each) => each.groupMetadata().generation))).toEqual(new Set([1]))

    const [leaver, ...rest] = members
    world.sent.length = 0
    world.news()
    const polling = polls(10_000, rest)
    await leaver?.close()
    await world.clock.advance(10_000)
    await polling
    expect(new Set(rest.map((each) => each.groupMetadata().generation))).toEqual(new Set([2]))
    expect(new Set(rest.flatMap((each) => placesOf(each.assignment).split(',')))).toHaveProperty('size', MEMBERS)
    for (const api of ['JoinGroup', 'SyncGroup'] as const) {
      const askers = world.sent.filter((each) => each.api === api).map(({ client }) => client)
      expect(askers).toHaveLength(rest.length)
      expect(new Set(askers).size).toBe(rest.length)
    }
    const assigned = world.news().filter((line) => line.includes('+'))
    expect(assigned).toHaveLength(rest.length)
  },
)
