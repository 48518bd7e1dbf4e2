// Members with a `groupInstanceId`, told as it happens: row 8 of what Kafka does.
import { crash } from 'kafkalet/testing'
import { describe, expect, test } from 'vitest'
import { Story } from '../support/story.ts'

const soon = { heartbeatIntervalMs: 1_000, sessionTimeoutMs: 30_000 }

describe('row 8: a static member that restarts while the group is stable', () => {
  test('gets what it had under a new id, without a rebalance: nobody else notices', async () => {
    await using story = await Story.begin()
    const a = story.consumer('A', { ...soon, groupInstanceId: 'i1' })
    const b = story.consumer('B', { ...soon, groupInstanceId: 'i2' })
    await story.polls([a, b], 4_000)
    story.told()
    await b.close()
    story.tell('B is closed')
    await story.polls([a], 5_000)
    story.tell('B#2 starts as the same instance')
    await story.polls([a, story.consumer('B#2', { ...soon, groupInstanceId: 'i2' })], 4_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "4 s: B gives back t-1
      4 s: B is closed
      9 s: B#2 starts as the same instance
      9 s: B is no member any more: replaced
      9 s: B is a member
      9 s: B#2 is assigned t-1"
    `)
  })

  test('also with another subscription, for what counts is the chosen protocol; its next rebalance minds it', async () => {
    await using story = await Story.begin({ topics: { t: 2, u: 1 } })
    const a = story.consumer('A', { ...soon, groupInstanceId: 'i1' })
    const b = story.consumer('B', { ...soon, groupInstanceId: 'i2' })
    await story.polls([a, b], 4_000)
    story.told()
    await b.close()
    story.tell('B is closed, and B#2 starts with u beside t')
    const restarted = story.consumer('B#2', { ...soon, groupInstanceId: 'i2', topics: ['t', 'u'] })
    await story.polls([a, restarted], 4_000)
    story.tell('A asks for a rebalance')
    a.enforceRebalance()
    await story.polls([a, restarted], 4_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "4 s: B gives back t-1
      4 s: B is closed, and B#2 starts with u beside t
      4 s: B is no member any more: replaced
      4 s: B is a member
      4 s: B#2 is assigned t-1
      8 s: A asks for a rebalance
      8 s: A gives back t-0
      8 s: the group is PreparingRebalance, generation 2
      9 s: B#2 gives back t-1
      9 s: the group is CompletingRebalance, generation 3
      9 s: the group is Stable, generation 3
      9 s: B#2 is assigned t-1 u-0
      9 s: A is assigned t-0"
    `)
  })

  test('fences its former self, if that is still alive', async () => {
    await using story = await Story.begin()
    const first = story.consumer('first', { ...soon, groupInstanceId: 'i1' })
    await story.polls([first])
    story.told()
    const twin = story.consumer('twin', { ...soon, groupInstanceId: 'i1' })
    await story.polls([twin])
    await story.tries('the first one commits', () => first.commit([{ topic: 't', partition: 0, offset: 0 }]))
    await story.polls([first, twin], 2_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "1 s: first is no member any more: replaced
      1 s: first is a member
      1 s: twin is assigned t-0 t-1
      2 s: the first one commits: refused, FENCED_INSTANCE_ID
      2 s: first has lost t-0 t-1
      2 s: first polls: refused, FENCED_INSTANCE_ID
      3 s: first polls: refused, FENCED_INSTANCE_ID"
    `)
  })
})

describe('row 8: a static member that is closed', () => {
  test('is not missed for its session; then the others take over', async () => {
    await using story = await Story.begin()
    const a = story.consumer('A', { ...soon, groupInstanceId: 'i1' })
    const b = story.consumer('B', { ...soon, groupInstanceId: 'i2' })
    await story.polls([a, b], 4_000)
    story.told()
    await b.close()
    story.tell('B is closed')
    await story.polls([a], 35_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "4 s: B gives back t-1
      4 s: B is closed
      34 s: B is no member any more: session expired
      34 s: the group is PreparingRebalance, generation 2
      34 s: A gives back t-0
      34 s: the group is CompletingRebalance, generation 3
      34 s: the group is Stable, generation 3
      34 s: A is assigned t-0 t-1"
    `)
  })

  test('is removed at once by an admin that names its instance', async () => {
    await using story = await Story.begin()
    const a = story.consumer('A', { ...soon, groupInstanceId: 'i1' })
    const b = story.consumer('B', { ...soon, groupInstanceId: 'i2' })
    await story.polls([a, b], 4_000)
    story.told()
    crash(b)
    await story.kafka.admin().removeMembersFromConsumerGroup('g', { members: [{ groupInstanceId: 'i2' }] })
    story.tell('B is dead, and removed')
    await story.polls([a], 3_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "4 s: B is no member any more: left
      4 s: the group is PreparingRebalance, generation 2
      4 s: B is dead, and removed
      5 s: A gives back t-0
      5 s: the group is CompletingRebalance, generation 3
      5 s: the group is Stable, generation 3
      5 s: A is assigned t-0 t-1"
    `)
  })
})
