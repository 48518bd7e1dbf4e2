// The client's half of a rebalance, told as it happens: rows 17 to 19, 21 and 22 of what Kafka does.
import { loseCoordinator } from 'kafkalet/testing'
import { describe, expect, test } from 'vitest'
import { Story, t0 } from '../support/story.ts'

const soon = { heartbeatIntervalMs: 1_000 }

describe('row 17: an eager assignor', () => {
  test.each(['range', 'roundrobin', 'sticky'] as const)(
    '(%s) takes everything from everyone first, inside poll',
    async (strategy) => {
      await using story = await Story.begin()
      const options = { ...soon, partitionAssignmentStrategy: [strategy] }
      const [a, b] = [story.consumer('A', options), story.consumer('B', options)]
      await story.polls([a])
      story.told()
      story.tell('B comes')
      await story.polls([b])
      await story.passes(10_000)
      story.tell('A polls')
      await story.polls([a, b])
      expect(story.told().replaceAll(/t-[01]/g, 't-…')).toMatchInlineSnapshot(`
        "1 s: B comes
        1 s: the group is PreparingRebalance, generation 1
        12 s: A polls
        12 s: A gives back t-… t-…
        12 s: the group is CompletingRebalance, generation 2
        12 s: B is a member
        12 s: the group is Stable, generation 2
        12 s: B is assigned t-…
        12 s: A is assigned t-…"
      `)
    },
  )
})

describe('row 18: cooperative-sticky', () => {
  test('takes only what moves, and hands it over in a second rebalance; the rest is read without a break', async () => {
    await using story = await Story.begin({ topics: { t: 2 } })
    const options = { ...soon, partitionAssignmentStrategy: ['cooperative-sticky'] as const }
    const [a, b] = [story.consumer('A', options), story.consumer('B', options)]
    await story.polls([a])
    story.told()
    story.tell('B comes')
    await story.polls([b], 500)
    for (const value of ['a', 'b', 'c', 'd']) {
      await story.send('t', 0, value)
      await story.polls([a, b], 500)
    }
    story.tell('B is closed')
    await b.close()
    await story.polls([a], 2_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "1 s: B comes
      1 s: the group is PreparingRebalance, generation 1
      1.5 s: A reads t-0: a@0
      2 s: the group is CompletingRebalance, generation 2
      2 s: B is a member
      2 s: the group is Stable, generation 2
      2 s: A reads t-0: b@1
      2 s: B is assigned nothing
      2.5 s: A gives back t-1
      2.5 s: A is assigned nothing
      2.5 s: the group is PreparingRebalance, generation 2
      2.5 s: A reads t-0: c@2
      3 s: the group is CompletingRebalance, generation 3
      3 s: the group is Stable, generation 3
      3 s: B is assigned t-1
      3 s: A is assigned nothing
      3 s: A reads t-0: d@3
      3.5 s: B is closed
      3.5 s: B gives back t-1
      3.5 s: B is no member any more: left
      3.5 s: the group is PreparingRebalance, generation 3
      4 s: the group is CompletingRebalance, generation 4
      4 s: the group is Stable, generation 4
      4 s: A is assigned t-1"
    `)
  })
})

describe('row 19: a member that is thrown out', () => {
  test('has lost what it had, and commits nothing of it', async () => {
    await using story = await Story.begin()
    await story.send('t', 0, 'a')
    const a = story.consumer('A', { enableAutoCommit: true, sessionTimeoutMs: 6_000, heartbeatIntervalMs: 5_000 })
    await story.polls([a])
    story.told()
    story.tell('an admin removes A, which has read a and not committed it')
    await story.kafka.admin().removeMembersFromConsumerGroup('g')
    await story.passes(5_000)
    await story.polls([a])
    await story.tries('committed', () => a.committed([t0]))
    expect(story.told()).toMatchInlineSnapshot(`
      "1 s: an admin removes A, which has read a and not committed it
      1 s: A is no member any more: left
      1 s: the group is PreparingRebalance, generation 1
      1 s: the group is Empty, generation 2
      6 s: A has lost t-0 t-1
      6 s: the group is PreparingRebalance, generation 2
      6 s: the group is CompletingRebalance, generation 3
      6 s: A is a member
      6 s: the group is Stable, generation 3
      6 s: A is assigned t-0 t-1
      6 s: A reads t-0: a@0
      7 s: committed: [null]"
    `)
  })

  test('hears of it as revoked where it has no onPartitionsLost', async () => {
    await using story = await Story.begin({ ofGroups: false })
    const onPartitionsRevoked = () => story.tell('A is told onPartitionsRevoked')
    const told = { onPartitionsRevoked, onPartitionsAssigned: () => story.tell('A is told onPartitionsAssigned') }
    const a = story.kafka.consumer({ groupId: 'g', topics: ['t'], maxPollIntervalMs: 10_000, ...told })
    const poll = a.poll({ timeoutMs: 1_000 })
    await story.passes(12_000)
    await poll
    story.tell('A polls again')
    await Promise.all([a.poll({ timeoutMs: 1_000 }), story.passes(1_000)])
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: A is told onPartitionsAssigned
      12 s: A polls again
      12 s: A is told onPartitionsRevoked
      12 s: A is told onPartitionsAssigned"
    `)
  })

  test('is not one whose coordinator is lost: it asks the next one, and goes on', async () => {
    await using story = await Story.begin()
    const a = story.consumer('A', soon)
    await story.polls([a])
    story.told()
    loseCoordinator(story.kafka, 'g', { loadMs: 3_000 })
    story.tell('the coordinator is lost; the next one loads for 3 s')
    await Promise.all([story.tries('A commits', () => a.commit([{ ...t0, offset: 1 }])), story.polls([a], 5_000)])
    expect(story.told()).toMatchInlineSnapshot(`
      "1 s: the coordinator is lost; the next one loads for 3 s
      4.5 s: committed: t-0=1
      4.5 s: A commits"
    `)
  })
})

describe('row 19: a coordinator that is lost', () => {
  test('is asked again as often as time allows where retryBackoffMs is 0', async () => {
    await using story = await Story.begin({ ofGroups: false })
    const a = story.consumer('A', { ...soon, retryBackoffMs: 0, retryBackoffMaxMs: 0 })
    await story.polls([a])
    loseCoordinator(story.kafka, 'g', { loadMs: 300 })
    story.tell('the coordinator is lost; the next one loads for 0.3 s')
    await Promise.all([story.tries('A commits', () => a.commit([{ ...t0, offset: 1 }])), story.passes(400)])
    await story.tries('committed', () => a.committed([t0]))
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: A is assigned t-0 t-1
      1 s: the coordinator is lost; the next one loads for 0.3 s
      1.3 s: A commits
      1.4 s: committed: [1]"
    `)
  })
})

describe('row 21: topics that change', () => {
  test('are noticed by the next look at them, after metadataMaxAgeMs: more partitions', async () => {
    await using story = await Story.begin({ topics: { t: 1 } })
    const a = story.consumer('A', { metadataMaxAgeMs: 10_000 })
    await story.polls([a], 5_000)
    story.told()
    await story.kafka.admin().createPartitions({ t: 2 })
    await story.send('t', 1, 'x')
    story.tell('t has another partition, with a record')
    await story.polls([a], 10_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "5 s: t has another partition, with a record
      10 s: A gives back t-0
      10 s: the group is PreparingRebalance, generation 1
      10 s: the group is CompletingRebalance, generation 2
      10 s: the group is Stable, generation 2
      10 s: A is assigned t-0 t-1
      10 s: A reads t-1: x@0"
    `)
  })

  test('and a new topic that matches the pattern', async () => {
    await using story = await Story.begin({ topics: { 'flights-1': 1, gates: 1 } })
    const a = story.consumer('A', { metadataMaxAgeMs: 10_000, topics: /^flights-/ })
    await story.polls([a], 5_000)
    story.told()
    await story.kafka.admin().createTopics([
      { topic: 'flights-2', partitions: 1 },
      { topic: 'gates-2', partitions: 1 },
    ])
    story.tell('flights-2 and gates-2 are made')
    await story.polls([a], 10_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "5 s: flights-2 and gates-2 are made
      10 s: A gives back flights-1-0
      10 s: the group is PreparingRebalance, generation 1
      10 s: the group is CompletingRebalance, generation 2
      10 s: the group is Stable, generation 2
      10 s: A is assigned flights-1-0 flights-2-0"
    `)
  })
})

describe('row 22: a second poll while one is under way', () => {
  test('is refused; a signal or close ends the first one', async () => {
    await using story = await Story.begin({ ofGroups: false })
    const a = story.consumer('A')
    await story.polls([a])
    const abort = new AbortController()
    const first = story.tries('the first poll', () => a.poll({ timeoutMs: 60_000, signal: abort.signal }).catch(String))
    await story.tries('the second poll', () => a.poll())
    abort.abort('enough')
    await first
    const third = story.tries('the third poll', () => a.poll({ timeoutMs: 60_000 }))
    await story.passes(1_000)
    await a.close()
    await third
    await story.tries('a poll after close', () => a.poll())
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: A is assigned t-0 t-1
      1 s: the second poll: refused, ILLEGAL_STATE
      1 s: the first poll: "enough"
      2 s: A gives back t-0 t-1
      2 s: the third poll: []
      2 s: a poll after close: refused, ILLEGAL_STATE"
    `)
  })
})

describe('the callbacks of a rebalance', () => {
  test('a cooperative rebalance that brings nothing new tells of no partitions', async () => {
    await using story = await Story.begin({ ofGroups: false })
    const a = story.consumer('A', { partitionAssignmentStrategy: ['cooperative-sticky'] })
    await story.polls([a])
    a.enforceRebalance()
    story.tell('A asks for a rebalance')
    await story.polls([a])
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: A is assigned t-0 t-1
      1 s: A asks for a rebalance
      1 s: A is assigned nothing"
    `)
  })

  test('an eager rebalance without a commit reads again', async () => {
    await using story = await Story.begin({ ofGroups: false, topics: { t: 1 } })
    await story.send('t', 0, 'a')
    const a = story.consumer('A')
    await story.polls([a])
    a.enforceRebalance()
    story.tell('A asks for a rebalance, and has not committed')
    await story.polls([a])
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: A is assigned t-0
      0 s: A reads t-0: a@0
      1 s: A asks for a rebalance, and has not committed
      1 s: A gives back t-0
      1 s: A is assigned t-0
      1 s: A reads t-0: a@0"
    `)
  })
})
