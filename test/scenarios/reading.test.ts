// What a consumer reads, told as it happens: rows 23, 24 and 27 to 29 of what Kafka does.
import { describe, expect, test } from 'vitest'
import { placesOf, Story, t0, t1 } from '../support/story.ts'

describe('row 23: a position outside the log', () => {
  test('below the start or beyond the end is reset as autoOffsetReset says', async () => {
    await using story = await Story.begin({ ofGroups: false, topics: { t: 1 } })
    await story.send('t', 0, 'a', 'b', 'c')
    const early = story.consumer('early', { autoOffsetReset: 'earliest' })
    const late = story.consumer('late', { groupId: 'other', autoOffsetReset: 'latest' })
    await story.polls([early, late])
    story.tell('both seek to 9, where the log has 3 records')
    early.seek(t0, 9)
    late.seek(t0, 9)
    await story.polls([early, late])
    await story.send('t', 0, 'd')
    await story.polls([early, late])
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: early is assigned t-0
      0 s: late is assigned t-0
      0 s: early reads t-0: a@0 b@1 c@2
      1 s: both seek to 9, where the log has 3 records
      1 s: early reads t-0: a@0 b@1 c@2
      2 s: early reads t-0: d@3
      2 s: late reads t-0: d@3"
    `)
  })

  test('at the end of the log is none: the poll waits for what comes', async () => {
    await using story = await Story.begin({ ofGroups: false, topics: { t: 1 } })
    await story.send('t', 0, 'a', 'b', 'c')
    const a = story.reader('a', [t0])
    a.seek(t0, 3)
    await story.polls([a])
    await story.tries('its position', () => a.position(t0))
    await story.send('t', 0, 'd')
    await story.polls([a])
    expect(story.told()).toMatchInlineSnapshot(`
      "1 s: its position: 3
      1 s: a reads t-0: d@3"
    `)
  })

  test('is an error at every poll where there is no reset, until the caller seeks or the log has grown', async () => {
    await using story = await Story.begin({ ofGroups: false, topics: { t: 1 } })
    await story.send('t', 0, 'a', 'b', 'c')
    const a = story.reader('a', [t0], { autoOffsetReset: 'none' })
    a.seek(t0, 5)
    await story.polls([a], 2_000)
    story.tell('it seeks to 2')
    a.seek(t0, 2)
    await story.polls([a])
    story.tell('it seeks to 5')
    a.seek(t0, 5)
    await story.polls([a])
    await story.send('t', 0, 'd', 'e', 'f')
    story.tell('three records come')
    await story.polls([a])
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: a polls: refused, OFFSET_OUT_OF_RANGE
      1 s: a polls: refused, OFFSET_OUT_OF_RANGE
      2 s: it seeks to 2
      2 s: a reads t-0: c@2
      3 s: it seeks to 5
      3 s: a polls: refused, OFFSET_OUT_OF_RANGE
      4 s: three records come
      4 s: a reads t-0: f@5"
    `)
  })

  test('of one partition does not keep the others from being read, nor is it asked for while it is paused', async () => {
    await using story = await Story.begin({ ofGroups: false })
    await story.send('t', 1, 'x', 'y')
    const a = story.reader('a', [t0, t1], { autoOffsetReset: 'none', maxPollRecords: 1 })
    a.seek(t0, 5)
    a.seek(t1, 0)
    await story.polls([a], 4_000)
    story.tell('it pauses t-0')
    a.pause([t0])
    await story.polls([a], 2_000)
    await story.send('t', 1, 'z')
    await story.polls([a])
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: a reads t-1: x@0
      1 s: a polls: refused, OFFSET_OUT_OF_RANGE
      2 s: a reads t-1: y@1
      3 s: a polls: refused, OFFSET_OUT_OF_RANGE
      4 s: it pauses t-0
      6 s: a reads t-1: z@2"
    `)
  })

  test('counts only if it is still the position: who has sought meanwhile reads from there', async () => {
    await using story = await Story.begin({ ofGroups: false, topics: { t: 1 } })
    await story.send('t', 0, 'a', 'b', 'c')
    const a = story.reader('a', [t0])
    a.seek(t0, 9)
    const poll = a.poll({ timeoutMs: 1_000 })
    a.seek(t0, 2)
    await story.clock.advance(1_000)
    story.tell(`reads ${(await poll).map(({ offset }) => offset)}`)
    expect(story.told()).toMatchInlineSnapshot(`"1 s: reads 2"`)
  })
})

describe('row 23: a consumer that begins by a duration', () => {
  test('begins at the first record that is as young; where there is none it waits for one', async () => {
    await using story = await Story.begin({ ofGroups: false })
    await story.send('t', 0, 'old')
    await story.passes(7_200_000)
    await story.send('t', 0, 'young', 'younger')
    const a = story.consumer('a', { autoOffsetReset: 'by_duration:PT1H', defaultApiTimeoutMs: 2_000 })
    await story.polls([a], 2_000)
    await story.tries('its position in t-0', () => a.position(t0))
    await Promise.all([story.tries('its position in t-1', () => a.position(t1)), story.passes(2_000)])
    await story.send('t', 1, 'first')
    await story.polls([a], 2_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "7200 s: a is assigned t-0 t-1
      7200 s: a reads t-0: young@1 younger@2
      7202 s: its position in t-0: 3
      7204 s: its position in t-1: refused, REQUEST_TIMED_OUT
      7204 s: a reads t-1: first@0"
    `)
  })

  test('says so in ISO 8601, and not of the future', async () => {
    await using story = await Story.begin({ ofGroups: false })
    const begins = (how: string) =>
      story.tries(how, () => void story.consumer('a', { autoOffsetReset: how as 'by_duration:PT1H' }))
    for (const how of ['P1DT12H', 'PT0.5S', 'PT-1H', '1H', '']) await begins(`by_duration:${how}`)
    await begins('by_duration')
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: by_duration:P1DT12H
      0 s: by_duration:PT0.5S
      0 s: by_duration:PT-1H: refused, INVALID_ARGUMENT
      0 s: by_duration:1H: refused, INVALID_ARGUMENT
      0 s: by_duration:: refused, INVALID_ARGUMENT
      0 s: by_duration: refused, INVALID_ARGUMENT"
    `)
  })
})

describe('row 24: the sizes of a fetch', () => {
  test('never keep a record from being read: one batch comes, however large it is', async () => {
    await using story = await Story.begin({ ofGroups: false, topics: { t: 1 } })
    await story.send('t', 0, 'x'.repeat(40), 'y'.repeat(40))
    await story.send('t', 0, 'z'.repeat(40))
    const a = story.consumer('a', { fetchMaxBytes: 1, maxPartitionFetchBytes: 1, maxPollRecords: 10 })
    await story.polls([a], 2_000)
    expect(story.told().replaceAll(/([xyz])\1+/g, '$1…')).toMatchInlineSnapshot(`
      "0 s: a is assigned t-0
      0 s: a reads t-0: x…@0 y…@1
      1 s: a reads t-0: z…@2"
    `)
  })

  test('an offset inside a batch brings the whole batch, and what stands before it is left out', async () => {
    await using story = await Story.begin({ ofGroups: false, topics: { t: 1 } })
    await story.send('t', 0, 'a', 'b', 'c', 'd')
    const a = story.reader('a', [t0])
    a.seek(t0, 2)
    await story.polls([a])
    expect(story.told()).toMatchInlineSnapshot(`"0 s: a reads t-0: c@2 d@3"`)
  })
})

describe('row 27: a topic that is deleted while it is read', () => {
  test('leaves the assignment without an error; the offsets committed for it are gone', async () => {
    await using story = await Story.begin({ ofGroups: false, topics: { t: 1, u: 1 } })
    await story.send('t', 0, 'a', 'b')
    const a = story.consumer('a', { topics: ['t', 'u'] })
    await story.polls([a])
    await a.commit()
    await story.kafka.admin().deleteTopics(['t'])
    story.tell('t is deleted')
    await story.polls([a], 3_000)
    await story.tries('committed', () => story.kafka.admin().listConsumerGroupOffsets('g'))
    await story.tries('topics', () => story.kafka.admin().listTopics())
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: a is assigned t-0 u-0
      0 s: a reads t-0: a@0 b@1
      1 s: t is deleted
      1.1 s: a gives back t-0 u-0
      1.1 s: a is assigned u-0
      4 s: committed: [{"topic":"u","partition":0,"offset":0,"leaderEpoch":null,"metadata":"","endOffset":0,"lag":0}]
      4 s: topics: ["u"]"
    `)
  })

  test('before there is a position is no error either', async () => {
    await using story = await Story.begin({ ofGroups: false, topics: { t: 1, u: 1 } })
    await story.send('u', 0, 'x')
    const a = story.consumer('a', {
      topics: ['t', 'u'],
      onPartitionsAssigned: async (partitions) => {
        story.tell(`a is assigned ${partitions.map(({ topic }) => topic)}`)
        if (partitions.length < 2) return
        await story.kafka.admin().deleteTopics(['t'])
        story.tell('t is deleted')
      },
    })
    await story.polls([a], 3_000)
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: a is assigned t,u
      0 s: t is deleted
      0 s: a reads u-0: x@0
      1.1 s: a gives back t-0 u-0
      1.1 s: a is assigned u
      1.1 s: a reads u-0: x@0"
    `)
  })

  test('does not come back by itself where it is assigned by hand, and is read on once it is made again', async () => {
    await using story = await Story.begin({ ofGroups: false, topics: { t: 1, u: 1 } })
    await story.send('t', 0, 'a', 'b')
    const a = story.reader('a', [t0, { topic: 'u', partition: 0 }])
    await story.polls([a])
    await story.kafka.admin().deleteTopics(['t'])
    story.tell('t is deleted')
    await story.send('u', 0, 'x')
    await story.polls([a], 2_000)
    await story.tries('topics', () => story.kafka.admin().listTopics())
    story.tell('it seeks to the beginning of t')
    a.seek(t0, 'beginning')
    await story.polls([a])
    await story.kafka.admin().createTopics([{ topic: 't', partitions: 1 }])
    await story.send('t', 0, 'new')
    story.tell('t is made again, with a record')
    await story.polls([a])
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: a reads t-0: a@0 b@1
      1 s: t is deleted
      1 s: a reads u-0: x@0
      3 s: topics: ["u"]
      3 s: it seeks to the beginning of t
      4 s: t is made again, with a record
      4 s: a reads t-0: new@0"
    `)
  })
})

describe('row 28: seek', () => {
  test('takes effect at the next poll, also for records already fetched', async () => {
    await using story = await Story.begin({ ofGroups: false, topics: { t: 1 } })
    await story.send('t', 0, 'a', 'b', 'c', 'd')
    const a = story.consumer('a', { maxPollRecords: 1 })
    await story.polls([a])
    story.tell('it seeks to 3; b to d were fetched with a')
    a.seek(t0, 3)
    await story.polls([a])
    story.tell('it seeks to the beginning')
    a.seek(t0, 'beginning')
    await story.polls([a])
    story.tell('it seeks to the end; that is looked up at the next poll')
    a.seek(t0, 'end')
    await story.send('t', 0, 'e')
    await story.polls([a])
    await story.tries('its position', () => a.position(t0))
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: a is assigned t-0
      0 s: a reads t-0: a@0
      1 s: it seeks to 3; b to d were fetched with a
      1 s: a reads t-0: d@3
      2 s: it seeks to the beginning
      2 s: a reads t-0: a@0
      3 s: it seeks to the end; that is looked up at the next poll
      4 s: its position: 5"
    `)
  })

  test('of a partition that is not assigned is refused', async () => {
    await using story = await Story.begin({ ofGroups: false })
    const a = story.reader('a', [t0])
    await story.tries('it seeks in t-1', () => a.seek(t1, 0))
    await story.tries('it seeks to -1', () => a.seek(t0, -1))
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: it seeks in t-1: refused, ILLEGAL_STATE
      0 s: it seeks to -1: refused, INVALID_ARGUMENT"
    `)
  })
})

describe('the position', () => {
  test('of a partition that is given up while it is looked up is refused', async () => {
    await using story = await Story.begin({ ofGroups: false })
    const a = story.reader('a', [t0])
    const position = story.tries('its position', () => a.position(t0))
    a.assign([t1])
    await position
    await story.tries('its position in t-1', () => a.position(t1))
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: its position: refused, ILLEGAL_STATE
      0 s: its position in t-1: 0"
    `)
  })
})

describe('row 29: a paused partition', () => {
  test('keeps its position and its assignment', async () => {
    await using story = await Story.begin({ ofGroups: false })
    await story.send('t', 0, 'a')
    const a = story.consumer('a')
    await story.polls([a])
    a.pause([t0])
    await story.send('t', 0, 'b')
    await story.send('t', 1, 'x')
    story.tell('it pauses t-0; b and x come')
    await story.polls([a], 2_000)
    await story.tries('its position', () => a.position(t0))
    story.tell(`paused: ${a.paused().map(({ partition }) => partition)}, assigned: ${a.assignment.length}`)
    a.resume([t0])
    await story.polls([a])
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: a is assigned t-0 t-1
      0 s: a reads t-0: a@0
      1 s: it pauses t-0; b and x come
      1 s: a reads t-1: x@0
      3 s: its position: 1
      3 s: paused: 0, assigned: 2
      3 s: a reads t-0: b@1"
    `)
  })

  test('that an eager rebalance takes away and brings back is not paused; a cooperative one keeps it paused', async () => {
    await using story = await Story.begin({ ofGroups: false })
    const strategies = ['range', 'cooperative-sticky'] as const
    const members = strategies.map((name) =>
      story.consumer(name, { groupId: name, partitionAssignmentStrategy: [name] }),
    )
    await story.polls(members)
    for (const each of members) each.pause([t0])
    story.tell('each pauses t-0')
    for (const each of members) each.enforceRebalance()
    await story.polls(members, 2_000)
    for (const each of members) story.tell(`paused: ${placesOf(each.paused())}`)
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: range is assigned t-0 t-1
      0 s: cooperative-sticky is assigned t-0 t-1
      1 s: each pauses t-0
      1 s: range gives back t-0 t-1
      1 s: cooperative-sticky is assigned nothing
      1 s: range is assigned t-0 t-1
      3 s: paused: nothing
      3 s: paused: t-0"
    `)
  })
})
