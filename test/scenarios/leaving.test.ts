// How a group loses members, told as it happens: rows 3, 14 and 16 of what Kafka does.
import { crash } from 'kafkalet/testing'
import { describe, expect, test } from 'vitest'
import { Story } from '../support/story.ts'

describe('row 3: who does not rejoin in time', () => {
  test('is removed, where it is dynamic', async () => {
    await using story = await Story.begin()
    const patience = { sessionTimeoutMs: 60_000, maxPollIntervalMs: 10_000 }
    const a = story.consumer('A', patience)
    const b = story.consumer('B', patience)
    await story.polls([a, b], 5_000)
    story.told()
    crash(b)
    a.enforceRebalance()
    story.tell('B is dead, A asks for a rebalance')
    await story.polls([a], 12_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "5 s: B is dead, A asks for a rebalance
      5 s: A gives back t-0
      5 s: the group is PreparingRebalance, generation 2
      15 s: B is no member any more: did not rejoin
      15 s: the group is CompletingRebalance, generation 3
      15 s: the group is Stable, generation 3
      15 s: A is assigned t-0 t-1"
    `)
  })

  test('is taken along, where it is static, until it does not sync either', async () => {
    await using story = await Story.begin()
    const patience = { sessionTimeoutMs: 60_000, maxPollIntervalMs: 10_000 }
    const a = story.consumer('A', { ...patience, groupInstanceId: 'i1' })
    const b = story.consumer('B', { ...patience, groupInstanceId: 'i2' })
    await story.polls([a, b], 5_000)
    story.told()
    crash(b)
    a.enforceRebalance()
    story.tell('B is dead, A asks for a rebalance')
    await story.polls([a], 25_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "5 s: B is dead, A asks for a rebalance
      5 s: A gives back t-0
      5 s: the group is PreparingRebalance, generation 2
      15 s: the group is CompletingRebalance, generation 3
      15 s: the group is Stable, generation 3
      15 s: A is assigned t-0
      25 s: B is no member any more: did not sync
      25 s: the group is PreparingRebalance, generation 3
      27 s: A gives back t-0
      27 s: the group is CompletingRebalance, generation 4
      27 s: the group is Stable, generation 4
      27 s: A is assigned t-0 t-1"
    `)
  })

  test('nobody at all: the wait begins again, and the generation stays', async () => {
    await using story = await Story.begin()
    const patience = { sessionTimeoutMs: 60_000, maxPollIntervalMs: 10_000 }
    const members = ['i1', 'i2', 'i3'].map((id) => story.consumer(id, { ...patience, groupInstanceId: id }))
    await story.polls(members, 5_000)
    story.told()
    for (const each of members) crash(each)
    await story.kafka.admin().removeMembersFromConsumerGroup('g', { members: [{ groupInstanceId: 'i3' }] })
    story.tell('all are dead, and i3 is removed')
    await story.passes(45_000)
    const [group] = await story.kafka.admin().describeGroups(['g'])
    story.tell(`${group?.state} with ${group?.members.map(({ clientId }) => clientId)}`)
    await story.passes(60_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "5 s: i3 is no member any more: left
      5 s: the group is PreparingRebalance, generation 2
      5 s: all are dead, and i3 is removed
      50 s: PreparingRebalance with i1,i2
      63 s: i2 is no member any more: session expired
      63 s: i1 is no member any more: session expired
      63 s: the group is Empty, generation 3"
    `)
  })
})

describe('row 14: a session that times out', () => {
  test('costs the member its place, and the others take over', async () => {
    await using story = await Story.begin()
    const members = ['A', 'B'].map((name) => story.consumer(name, { sessionTimeoutMs: 10_000 }))
    const [a, b] = members
    if (!a || !b) throw new Error('two members are two')
    await story.polls(members, 5_000)
    story.told()
    crash(b)
    story.tell('B is dead')
    await story.polls([a], 15_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "5 s: B is dead
      13 s: B is no member any more: session expired
      13 s: the group is PreparingRebalance, generation 2
      15 s: A gives back t-0
      15 s: the group is CompletingRebalance, generation 3
      15 s: the group is Stable, generation 3
      15 s: A is assigned t-0 t-1"
    `)
  })
})

describe('row 16: a member that closes', () => {
  test('leaves at once: the others need not wait for its session', async () => {
    await using story = await Story.begin()
    const [a, b] = [story.consumer('A'), story.consumer('B')]
    await story.polls([a, b], 5_000)
    story.told()
    await b.close()
    story.tell('B is closed')
    await story.polls([a], 4_000)
    story.tell('A is closed')
    await a.close()
    expect(story.told()).toMatchInlineSnapshot(`
      "5 s: B gives back t-1
      5 s: B is no member any more: left
      5 s: the group is PreparingRebalance, generation 2
      5 s: B is closed
      6 s: A gives back t-0
      6 s: the group is CompletingRebalance, generation 3
      6 s: the group is Stable, generation 3
      6 s: A is assigned t-0 t-1
      9 s: A is closed
      9 s: A gives back t-0 t-1
      9 s: A is no member any more: left
      9 s: the group is PreparingRebalance, generation 3
      9 s: the group is Empty, generation 4"
    `)
  })
})
