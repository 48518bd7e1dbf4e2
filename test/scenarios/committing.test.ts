// How far a group has read, told as it happens: rows 9 to 13, 15 and 20 of what Kafka does.
import { crash } from 'kafkalet/testing'
import { describe, expect, test } from 'vitest'
import { placesOf, Story, t0, t1 } from '../support/story.ts'

const DAY_MS = 86_400_000

describe('row 9: a commit of one that is no member', () => {
  test('is taken while the group is unknown or empty, and refused while it has members', async () => {
    await using story = await Story.begin()
    const admin = story.kafka.admin()
    const outsider = story.reader('outsider', [t0], { groupId: 'g', enableAutoCommit: false })
    const state = async () => story.tell(`the group is ${(await admin.describeGroups(['g']))[0]?.state}`)
    await state()
    await story.tries('the outsider commits', () => outsider.commit([{ ...t0, offset: 1 }]))
    await state()
    await story.tries('the admin commits', () => admin.alterConsumerGroupOffsets('g', [{ ...t0, offset: 2 }]))
    const a = story.consumer('A')
    await story.polls([a])
    await story.tries('the outsider commits', () => outsider.commit([{ ...t0, offset: 3 }]))
    await story.tries('the admin commits', () => admin.alterConsumerGroupOffsets('g', [{ ...t0, offset: 3 }]))
    await a.close()
    await story.tries('the outsider commits', () => outsider.commit([{ ...t0, offset: 4 }]))
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: the group is Dead
      0 s: committed: t-0=1
      0 s: the outsider commits
      0 s: the group is Empty
      0 s: committed: t-0=2
      0 s: the admin commits
      0 s: the group is PreparingRebalance, generation 0
      0 s: the group is CompletingRebalance, generation 1
      0 s: A is a member
      0 s: the group is Stable, generation 1
      0 s: A is assigned t-0 t-1
      1 s: the outsider commits: refused, UNKNOWN_MEMBER_ID
      1 s: the admin commits: refused, UNKNOWN_MEMBER_ID
      1 s: A gives back t-0 t-1
      1 s: A is no member any more: left
      1 s: the group is PreparingRebalance, generation 1
      1 s: the group is Empty, generation 2
      1 s: committed: t-0=4
      1 s: the outsider commits"
    `)
  })
})

describe('row 10: a commit during a rebalance', () => {
  test('is taken while the members come together, and refused while they wait for what they will own', async () => {
    await using story = await Story.begin()
    const [a, b, c] = [story.consumer('A'), story.consumer('B'), story.consumer('C')]
    await story.polls([a, b], 5_000)
    story.told()
    await story.polls([c], 4_000)
    story.tell('C waits for A and B, which have not polled')
    await story.tries('A commits', () => a.commit([{ ...t0, offset: 1 }]))
    await story.polls([a, c])
    story.tell('A has given its partition back, and waits with C for B')
    await story.tries('A commits', () => a.commit([{ ...t0, offset: 2 }]))
    await story.tries('B commits', () => b.commit([{ ...t1, offset: 3 }]))
    await story.polls([a, b, c])
    await story.tries('A commits', () => a.commit([{ ...t0, offset: 2 }]))
    expect(story.told()).toMatchInlineSnapshot(`
      "5 s: the group is PreparingRebalance, generation 2
      9 s: C waits for A and B, which have not polled
      9 s: committed: t-0=1
      9 s: A commits
      9 s: A gives back t-0
      10 s: A has given its partition back, and waits with C for B
      10 s: A commits: refused, REBALANCE_IN_PROGRESS
      10 s: committed: t-1=3
      10 s: B commits
      10 s: B gives back t-1
      10 s: the group is CompletingRebalance, generation 3
      10 s: C is a member
      10 s: the group is Stable, generation 3
      10 s: C is assigned nothing
      10 s: A is assigned t-0
      10 s: B is assigned t-1
      11 s: committed: t-0=2
      11 s: A commits"
    `)
  })
})

describe('row 11: what a commit may contain', () => {
  test('is any offset, of partitions that exist, also of others than one owns', async () => {
    await using story = await Story.begin({ topics: { t: 2, other: 1 }, ofGroups: false })
    const a = story.consumer('A')
    await story.polls([a])
    const other = { topic: 'other', partition: 0 }
    await story.tries('beyond the end', () => a.commit([{ ...t0, offset: 1_000 }]))
    await story.tries('of another topic', () => a.commit([{ ...other, offset: 7 }]))
    await story.tries('of a partition that does not exist, beside one that does', () =>
      a.commit([
        { topic: 't', partition: 9, offset: 1 },
        { ...t1, offset: 2 },
      ]),
    )
    await story.tries('with 4096 characters', () => a.commit([{ ...t1, offset: 3, metadata: 'ä'.repeat(4_096) }]))
    await story.tries('with one more, beside one with none', () =>
      a.commit([
        { ...t1, offset: 4, metadata: 'ä'.repeat(4_097) },
        { ...t0, offset: 5 },
      ]),
    )
    await story.tries('committed', () => a.committed([t0, t1, other]))
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: A is assigned t-0 t-1
      1 s: beyond the end
      1 s: of another topic
      1 s: of a partition that does not exist, beside one that does: refused, UNKNOWN_TOPIC_OR_PARTITION
      1 s: with 4096 characters
      1 s: with one more, beside one with none: refused, OFFSET_METADATA_TOO_LARGE
      1 s: committed: [5,3,7]"
    `)
  })
})

describe('row 12: nothing is committed', () => {
  test('where nothing was, and for a group that nobody knows: that is no error', async () => {
    await using story = await Story.begin()
    const admin = story.kafka.admin()
    const a = story.consumer('A', { topics: [] })
    await story.tries('committed', () => a.committed([t0, t1]))
    await admin.alterConsumerGroupOffsets('g', [{ ...t1, offset: 0 }])
    await story.tries('committed', () => a.committed([t0, t1]))
    await story.tries('of an unknown group', () => admin.listConsumerGroupOffsets('nobody'))
    await story.tries('of a topic that does not exist', () => a.committed([{ topic: 'ordres', partition: 0 }]))
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: committed: [null,null]
      0 s: committed: t-1=0
      0 s: committed: [null,0]
      0 s: of an unknown group: []
      0 s: of a topic that does not exist: [null]"
    `)
  })
})

describe('row 13: committed offsets expire', () => {
  test('seven days after the group became empty, and the group with them; by their own commits where it never had members', async () => {
    await using story = await Story.begin({ ofGroups: false })
    const admin = story.kafka.admin()
    const left = async () => {
      for (const groupId of ['g', 'simple']) {
        const offsets = await admin.listConsumerGroupOffsets(groupId)
        story.tell(`${groupId} has committed ${placesOf(offsets)}`)
      }
      const groups = await admin.listGroups()
      story.tell(
        `groups: ${
          groups
            .map(({ groupId }) => groupId)
            .sort()
            .join(', ') || 'none'
        }`,
      )
    }
    const patience = { fetchMaxWaitMs: DAY_MS, maxPollIntervalMs: DAY_MS }
    const a = story.consumer('A', { ...patience, sessionTimeoutMs: 1_800_000, heartbeatIntervalMs: 1_200_000 })
    await story.polls([a])
    await a.commit([{ ...t0, offset: 1 }])
    await admin.alterConsumerGroupOffsets('simple', [{ ...t0, offset: 1 }])
    story.tell('both commit; A stays for six days')
    await story.polls([a], 6 * DAY_MS, DAY_MS / 2)
    await a.close()
    await admin.alterConsumerGroupOffsets('simple', [{ ...t1, offset: 2 }])
    story.tell('A leaves; the simple group commits t-1')
    await left()
    await story.passes(1.1 * DAY_MS)
    story.tell('seven days after the first commits')
    await left()
    await story.passes(5.8 * DAY_MS)
    story.tell('shortly before')
    await left()
    await story.passes(0.2 * DAY_MS)
    story.tell('seven days after A left')
    await left()
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: A is assigned t-0 t-1
      1 s: both commit; A stays for six days
      518401 s: A gives back t-0 t-1
      518401 s: A leaves; the simple group commits t-1
      518401 s: g has committed t-0
      518401 s: simple has committed t-0 t-1
      518401 s: groups: g, simple
      613441 s: seven days after the first commits
      613441 s: g has committed t-0
      613441 s: simple has committed t-1
      613441 s: groups: g, simple
      1114561 s: shortly before
      1114561 s: g has committed t-0
      1114561 s: simple has committed t-1
      1114561 s: groups: g, simple
      1131841 s: seven days after A left
      1131841 s: g has committed nothing
      1131841 s: simple has committed nothing
      1131841 s: groups: none"
    `)
  })

  test('of an active group only where it no longer subscribes to the topic', async () => {
    await using story = await Story.begin({
      topics: { t: 1, u: 1 },
      config: { offsetsRetentionMinutes: 60 },
      ofGroups: false,
    })
    const a = story.consumer('A', { topics: ['t', 'u'] })
    await story.polls([a])
    await a.commit()
    story.tell('A reads t and u, and commits both')
    await story.polls([a], 7_200_000, 60_000)
    await story.tries('two hours later', () => a.committed([t0, { topic: 'u', partition: 0 }]))
    a.subscribe(['u'])
    await story.polls([a], 1_200_000, 60_000)
    await story.tries('it subscribes to u only', () => a.committed([t0, { topic: 'u', partition: 0 }]))
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: A is assigned t-0 u-0
      1 s: A reads t and u, and commits both
      7201 s: two hours later: [0,0]
      7201 s: A gives back t-0 u-0
      7201 s: A is assigned u-0
      8401 s: it subscribes to u only: [null,0]"
    `)
  })
})

describe('row 15: no poll within maxPollIntervalMs', () => {
  test('makes the member leave by itself; its commit says so, and its next poll joins again', async () => {
    await using story = await Story.begin()
    await story.send('t', 0, 'a')
    const a = story.consumer('A', { maxPollIntervalMs: 10_000 })
    await story.polls([a])
    story.told()
    story.tell('A works on its record for 12 s')
    await story.passes(12_000)
    await story.tries('A commits', () => a.commit())
    await story.polls([a])
    expect(story.told()).toMatchInlineSnapshot(`
      "1 s: A works on its record for 12 s
      10 s: A is no member any more: left
      10 s: the group is PreparingRebalance, generation 1
      10 s: the group is Empty, generation 2
      13 s: A commits: refused, UNKNOWN_MEMBER_ID
      13 s: A has lost t-0 t-1
      13 s: the group is PreparingRebalance, generation 2
      13 s: the group is CompletingRebalance, generation 3
      13 s: A is a member
      13 s: the group is Stable, generation 3
      13 s: A is assigned t-0 t-1
      13 s: A reads t-0: a@0"
    `)
  })
})

describe('row 20: auto commit', () => {
  const auto = { enableAutoCommit: true, autoCommitIntervalMs: 5_000, maxPollRecords: 1 }

  test('commits in poll, when the interval has passed, what earlier polls returned', async () => {
    await using story = await Story.begin({ topics: { t: 1 } })
    await story.send('t', 0, 'a', 'b', 'c', 'd', 'e', 'f', 'g')
    const a = story.consumer('A', auto)
    await story.polls([a], 6_000)
    story.tell('A does not poll for a minute: nothing is committed meanwhile')
    await story.passes(60_000)
    await story.polls([a])
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: the group is PreparingRebalance, generation 0
      0 s: the group is CompletingRebalance, generation 1
      0 s: A is a member
      0 s: the group is Stable, generation 1
      0 s: A is assigned t-0
      0 s: A reads t-0: a@0
      1 s: A reads t-0: b@1
      2 s: A reads t-0: c@2
      3 s: A reads t-0: d@3
      4 s: A reads t-0: e@4
      5 s: committed: t-0=5
      5 s: A reads t-0: f@5
      6 s: A does not poll for a minute: nothing is committed meanwhile
      66 s: committed: t-0=6
      66 s: A reads t-0: g@6"
    `)
  })

  test('commits before partitions are given back, and on close', async () => {
    await using story = await Story.begin({ topics: { t: 2 } })
    await story.send('t', 0, 'a')
    await story.send('t', 1, 'x')
    const a = story.consumer('A', { ...auto, autoCommitIntervalMs: 1_000_000, heartbeatIntervalMs: 1_000 })
    const b = story.consumer('B', { ...auto, autoCommitIntervalMs: 1_000_000, heartbeatIntervalMs: 1_000 })
    await story.polls([a], 2_000)
    story.tell('B comes')
    await story.polls([a, b], 3_000)
    await story.send('t', 0, 'b')
    await story.polls([a, b])
    await a.close()
    story.tell('A is closed')
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: the group is PreparingRebalance, generation 0
      0 s: the group is CompletingRebalance, generation 1
      0 s: A is a member
      0 s: the group is Stable, generation 1
      0 s: A is assigned t-0 t-1
      0 s: A reads t-0: a@0
      1 s: A reads t-1: x@0
      2 s: B comes
      2 s: the group is PreparingRebalance, generation 1
      3 s: committed: t-0=1 t-1=1
      3 s: A gives back t-0 t-1
      3 s: the group is CompletingRebalance, generation 2
      3 s: B is a member
      3 s: the group is Stable, generation 2
      3 s: B is assigned t-1
      3 s: A is assigned t-0
      5 s: A reads t-0: b@1
      6 s: committed: t-0=2
      6 s: A gives back t-0
      6 s: A is no member any more: left
      6 s: the group is PreparingRebalance, generation 2
      6 s: A is closed"
    `)
  })

  test('commits nothing of a crash: what was read since the last commit comes again', async () => {
    await using story = await Story.begin({ topics: { t: 1 }, ofGroups: false })
    await story.send('t', 0, 'a', 'b', 'c')
    const a = story.consumer('A', { ...auto, autoCommitIntervalMs: 1_500, sessionTimeoutMs: 10_000 })
    await story.polls([a], 3_000)
    crash(a)
    story.tell('A is dead')
    await story.polls([story.consumer('B')], 12_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: A is assigned t-0
      0 s: A reads t-0: a@0
      1 s: A reads t-0: b@1
      2 s: A reads t-0: c@2
      3 s: A is dead
      13 s: B is assigned t-0
      13 s: B reads t-0: c@2"
    `)
  })

  test('that is refused, at an interval of 0, does not keep the poll from waiting', async () => {
    await using story = await Story.begin({ ofGroups: false, topics: { t: 1 } })
    await story.send('t', 0, 'a')
    const member = story.consumer('A')
    const outsider = story.reader('outsider', [t0], { ...auto, groupId: 'g', autoCommitIntervalMs: 0 })
    await story.polls([member, outsider], 20, 10)
    await story.tries('committed', () => member.committed([t0]))
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: outsider reads t-0: a@0
      0 s: A is assigned t-0
      0 s: A reads t-0: a@0
      0.02 s: committed: [null]"
    `)
  })

  test('of partitions assigned by hand commits what is due before others are assigned instead', async () => {
    await using story = await Story.begin()
    await story.send('t', 0, 'a')
    await story.send('t', 1, 'x')
    const a = story.reader('A', [t0], { ...auto, groupId: 'g' })
    await story.polls([a])
    await story.passes(5_000)
    story.tell('A is assigned t-1 instead')
    a.assign([t1])
    await story.polls([a])
    story.tell('A is assigned t-0 instead, before anything is due')
    a.assign([t0])
    await story.polls([a])
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: A reads t-0: a@0
      6 s: A is assigned t-1 instead
      6 s: committed: t-0=1
      6 s: A reads t-1: x@0
      7 s: A is assigned t-0 instead, before anything is due"
    `)
  })
})
