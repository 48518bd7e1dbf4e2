// How a group comes together, told as it happens: rows 1, 2 and 4 to 7 of what Kafka does.
import type { Assignor } from 'kafkalet'
import { crash } from 'kafkalet/testing'
import { describe, expect, test } from 'vitest'
import { Story } from '../support/story.ts'

/** Gives all partitions of t to the first member. */
function toTheFirst(name: string, more: Partial<Assignor> = {}): Assignor {
  return {
    name,
    assign: (members) => {
      const [first] = members.map(({ memberId }) => memberId).sort()
      return new Map([[first ?? '', { partitions: new Map([['t', [0, 1]]]) }]])
    },
    ...more,
  }
}

describe('row 1: the first join into an empty group', () => {
  test('waits for others; each that comes extends the wait', async () => {
    await using story = await Story.begin({ config: { groupInitialRebalanceDelayMs: 3_000 } })
    const [a, b, c] = ['A', 'B', 'C'].map((name) => story.consumer(name))
    if (!a || !b || !c) throw new Error('three members are three')
    story.tell('A polls')
    await story.polls([a], 2_000)
    story.tell('B polls too')
    await story.polls([a, b], 2_000)
    story.tell('C polls too')
    await story.polls([a, b, c], 8_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: A polls
      0 s: the group is PreparingRebalance, generation 0
      2 s: B polls too
      4 s: C polls too
      9 s: the group is CompletingRebalance, generation 1
      9 s: A is a member
      9 s: B is a member
      9 s: C is a member
      9 s: the group is Stable, generation 1
      9 s: B is assigned t-1
      9 s: C is assigned nothing
      9 s: A is assigned t-0"
    `)
  })

  test('never waits longer than the largest rebalance timeout', async () => {
    await using story = await Story.begin({ config: { groupInitialRebalanceDelayMs: 3_000 } })
    const [a, b, c] = ['A', 'B', 'C'].map((name) => story.consumer(name, { maxPollIntervalMs: 7_000 }))
    if (!a || !b || !c) throw new Error('three members are three')
    await story.polls([a], 2_000)
    await story.polls([a, b], 3_000)
    await story.polls([a, b, c], 4_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: the group is PreparingRebalance, generation 0
      7 s: the group is CompletingRebalance, generation 1
      7 s: A is a member
      7 s: B is a member
      7 s: C is a member
      7 s: the group is Stable, generation 1
      7 s: B is assigned t-1
      7 s: C is assigned nothing
      7 s: A is assigned t-0"
    `)
  })

  test('does not wait where there is no delay', async () => {
    await using story = await Story.begin()
    await story.polls([story.consumer('A')])
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: the group is PreparingRebalance, generation 0
      0 s: the group is CompletingRebalance, generation 1
      0 s: A is a member
      0 s: the group is Stable, generation 1
      0 s: A is assigned t-0 t-1"
    `)
  })
})

describe('row 2: a new member is given an id first', () => {
  test('and while it does not join with it, a rebalance waits for it, for one session', async () => {
    await using story = await Story.begin()
    const lost = toTheFirst('lost', { subscriptionUserData: failAtSecondCall() })
    const a = story.consumer('A', { partitionAssignmentStrategy: [toTheFirst('lost')] })
    const b = story.consumer('B', { partitionAssignmentStrategy: [lost], sessionTimeoutMs: 10_000 })
    await story.polls([a])
    story.tell('B is given an id, and fails before it joins with it')
    await story.polls([b])
    a.enforceRebalance()
    story.tell('A asks for a rebalance')
    await story.polls([a], 12_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: the group is PreparingRebalance, generation 0
      0 s: the group is CompletingRebalance, generation 1
      0 s: A is a member
      0 s: the group is Stable, generation 1
      0 s: A is assigned t-0 t-1
      1 s: B is given an id, and fails before it joins with it
      1 s: B polls: refused, CALLBACK_FAILED
      2 s: A asks for a rebalance
      2 s: A gives back t-0 t-1
      2 s: the group is PreparingRebalance, generation 1
      11 s: the group is CompletingRebalance, generation 2
      11 s: the group is Stable, generation 2
      11 s: A is assigned t-0 t-1"
    `)
  })
})

function failAtSecondCall(): () => null {
  let calls = 0
  return () => {
    if (++calls === 2) throw new Error('out of order')
    return null
  }
}

describe('row 4: a member that rejoins while the group is stable', () => {
  test('begins a rebalance as its leader, and as a follower whose subscription says anything new', async () => {
    await using story = await Story.begin()
    const leader = story.consumer('leader', { heartbeatIntervalMs: 1_000 })
    await story.polls([leader])
    const follower = story.consumer('follower', { heartbeatIntervalMs: 1_000 })
    await story.polls([leader, follower], 5_000)
    story.told()
    story.tell('the leader asks for a rebalance')
    leader.enforceRebalance()
    await story.polls([leader, follower], 3_000)
    story.tell('the follower asks for one; that it was in a generation is new')
    follower.enforceRebalance()
    await story.polls([leader, follower], 3_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "6 s: the leader asks for a rebalance
      6 s: leader gives back t-1
      6 s: the group is PreparingRebalance, generation 2
      7 s: follower gives back t-0
      7 s: the group is CompletingRebalance, generation 3
      7 s: the group is Stable, generation 3
      7 s: follower is assigned t-0
      7 s: leader is assigned t-1
      9 s: the follower asks for one; that it was in a generation is new
      9 s: follower gives back t-0
      9 s: the group is PreparingRebalance, generation 3
      10 s: leader gives back t-1
      10 s: the group is CompletingRebalance, generation 4
      10 s: the group is Stable, generation 4
      10 s: follower is assigned t-0
      10 s: leader is assigned t-1"
    `)
  })
})

describe('row 5: the protocol', () => {
  test('is the one with most votes among those that all members have', async () => {
    await using story = await Story.begin()
    const strategies = [
      ['range', 'roundrobin'],
      ['sticky', 'roundrobin', 'range'],
      ['roundrobin', 'range'],
    ] as const
    const members = strategies.map((partitionAssignmentStrategy, i) =>
      story.consumer(`m${i}`, { partitionAssignmentStrategy, heartbeatIntervalMs: 1_000 }),
    )
    for (let n = 1; n <= members.length; n++) {
      await story.polls(members.slice(0, n), 4_000)
      const [group] = await story.kafka.admin().describeGroups(['g'])
      story.tell(`${n} members, protocol ${group?.protocol}`)
    }
    expect(
      story
        .told()
        .split('\n')
        .filter((line) => line.includes('protocol'))
        .join('\n'),
    ).toMatchInlineSnapshot(`
      "4 s: 1 members, protocol range
      8 s: 2 members, protocol range
      12 s: 3 members, protocol roundrobin"
    `)
  })

  // The rows are what ClassicGroup.selectProtocol chose.
  test.each([
    ['range', 'roundrobin', 'range'],
    ['range', 'sticky', 'sticky'],
    ['range', 'cooperative-sticky', 'range'],
    ['roundrobin', 'sticky', 'sticky'],
    ['roundrobin', 'cooperative-sticky', 'roundrobin'],
    ['sticky', 'cooperative-sticky', 'sticky'],
  ] as const)('of %s and %s with as many votes is %s, whichever was voted for first', async (one, other, chosen) => {
    const orders = [
      [one, other],
      [other, one],
    ] as const
    for (const [first, second] of orders) {
      await using story = await Story.begin()
      const members = [
        story.consumer('A', { partitionAssignmentStrategy: [first, second] }),
        story.consumer('B', { partitionAssignmentStrategy: [second, first] }),
      ]
      await story.polls(members, 5_000)
      expect(await story.kafka.admin().describeGroups(['g'])).toMatchObject([{ protocol: chosen }])
    }
  })

  test('must be one that all have: else the newcomer is refused, and the others are not disturbed', async () => {
    await using story = await Story.begin()
    const a = story.consumer('A', { partitionAssignmentStrategy: ['range'] })
    const b = story.consumer('B', { partitionAssignmentStrategy: ['roundrobin'] })
    await story.polls([a])
    story.told()
    await story.polls([a, b], 2_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "1 s: B polls: refused, INCONSISTENT_GROUP_PROTOCOL
      2 s: B polls: refused, INCONSISTENT_GROUP_PROTOCOL"
    `)
  })
})

describe('row 6: sync', () => {
  test('gives nothing to whom the leader left out', async () => {
    await using story = await Story.begin()
    const strategy = { partitionAssignmentStrategy: [toTheFirst('all')], heartbeatIntervalMs: 1_000 }
    const [a, b] = [story.consumer('A', strategy), story.consumer('B', strategy)]
    await story.polls([a])
    story.told()
    await story.polls([a, b], 3_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "1 s: the group is PreparingRebalance, generation 1
      2 s: A gives back t-0 t-1
      2 s: the group is CompletingRebalance, generation 2
      2 s: B is a member
      2 s: the group is Stable, generation 2
      2 s: B is assigned nothing
      2 s: A is assigned t-0 t-1"
    `)
  })

  test('removes who does not ask for its assignment within the rebalance timeout', async () => {
    await using story = await Story.begin()
    const options = { heartbeatIntervalMs: 1_000, sessionTimeoutMs: 60_000, maxPollIntervalMs: 20_000 }
    const [a, b] = [story.consumer('A', options), story.consumer('B', options)]
    await story.polls([a])
    story.told()
    story.kafka.events.on('groupStateChanged', ({ to, generation }) => {
      if (to !== 'CompletingRebalance' || generation !== 2) return
      crash(b)
      story.tell('B dies before it asks')
    })
    await story.polls([a, b])
    await story.polls([a], 25_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "1 s: the group is PreparingRebalance, generation 1
      2 s: A gives back t-0 t-1
      2 s: the group is CompletingRebalance, generation 2
      2 s: B dies before it asks
      2 s: B is a member
      2 s: the group is Stable, generation 2
      2 s: A is assigned t-0
      22 s: B is no member any more: did not sync
      22 s: the group is PreparingRebalance, generation 2
      22 s: A gives back t-0
      22 s: the group is CompletingRebalance, generation 3
      22 s: the group is Stable, generation 3
      22 s: A is assigned t-0 t-1"
    `)
  })
})

describe('row 7: heartbeats', () => {
  test('keep a member that does not poll in a rebalance, for longer than its session', async () => {
    await using story = await Story.begin()
    const a = story.consumer('A', { sessionTimeoutMs: 10_000 })
    const b = story.consumer('B', { sessionTimeoutMs: 10_000 })
    await story.polls([a])
    story.told()
    story.tell('B joins, and A does not poll for 40 s')
    await story.polls([b], 40_000)
    story.tell('A polls')
    await story.polls([a, b], 2_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "1 s: B joins, and A does not poll for 40 s
      1 s: the group is PreparingRebalance, generation 1
      41 s: A polls
      41 s: A gives back t-0 t-1
      41 s: the group is CompletingRebalance, generation 2
      41 s: B is a member
      41 s: the group is Stable, generation 2
      41 s: B is assigned t-1
      41 s: A is assigned t-0"
    `)
  })

  test('of a member that an admin removed tell it so: what it had is lost, and it comes back as a new one', async () => {
    await using story = await Story.begin()
    const a = story.consumer('A')
    await story.polls([a])
    story.told()
    await story.kafka.admin().removeMembersFromConsumerGroup('g')
    await story.polls([a], 4_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "1 s: A is no member any more: left
      1 s: the group is PreparingRebalance, generation 1
      1 s: the group is Empty, generation 2
      3 s: A has lost t-0 t-1
      3 s: the group is PreparingRebalance, generation 2
      3 s: the group is CompletingRebalance, generation 3
      3 s: A is a member
      3 s: the group is Stable, generation 3
      3 s: A is assigned t-0 t-1"
    `)
  })
})
