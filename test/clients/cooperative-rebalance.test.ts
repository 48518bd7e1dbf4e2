// A cooperative rebalance: what does not move is kept, and read, all the way through.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { range } from '../../src/groups/assignors/range.ts'
import { decodeSubscription } from '../../src/groups/subscription.ts'
import { ConsumerWorld, owned, takingTurns } from '../support/consumer-world.ts'

let world: ConsumerWorld

beforeEach(() => {
  world = new ConsumerWorld()
})

afterEach(() => world.end())

const cooperative = { partitionAssignmentStrategy: [takingTurns] }
const anAdmin = { clientId: 'admin', clientHost: '', connection: {} }
const member = (name: string, options = {}) => world.member(name, { ...cooperative, ...options })

const joinsOf = (client: string) =>
  world.requests('JoinGroup', client).map(({ protocols }) => {
    const { generationId, ownedPartitions } = decodeSubscription(protocols[0]?.metadata ?? new Uint8Array())
    return `generation ${generationId} owns ${ownedPartitions.get('t') ?? 'nothing'}`
  })

describe('a member comes', () => {
  test('only what moves to it is revoked, then a second rebalance hands it over', async () => {
    const a = member('a')
    await world.settle([a])
    expect(world.news()).toEqual(['a +[0,1,2,3]'])
    const b = member('b')
    await world.settle([a, b])
    expect(owned(a, b)).toBe('0,2 | 1,3')
    const news = world.news()
    expect(news.filter((line) => line.startsWith('a'))).toEqual(['a -[1,3]', 'a +[]', 'a +[]'])
    expect(news.filter((line) => line.startsWith('b'))).toEqual(['b +[]', 'b +[1,3]'])
    expect(world.requests('JoinGroup', 'a')).toHaveLength(4)
    expect(joinsOf('a')).toEqual([
      'generation -1 owns nothing',
      'generation -1 owns nothing',
      'generation 1 owns 0,1,2,3',
      'generation 2 owns 0,2',
    ])
  })

  test('one whose assignment does not come claims what it has in the generation that it joined', async () => {
    const a = member('a')
    await world.settle([a])
    world.refuse('SyncGroup', 'REBALANCE_IN_PROGRESS')
    a.enforceRebalance()
    await world.settle([a])
    expect(joinsOf('a').slice(-2)).toEqual(['generation 1 owns 0,1,2,3', 'generation 2 owns 0,1,2,3'])
  })

  test('a join that waits for another member does not stop the reading', async () => {
    const [a, b] = [member('a'), member('b')]
    await world.settle([a, b])
    const c = member('c')
    const joining = c.poll({ timeoutMs: 1_000 })
    await world.clock.advance(1_000)
    await joining
    // a is told by its heartbeat and joins; b does not poll, so the join phase goes on.
    await world.clock.advance(3_000)
    const waiting = a.poll({ timeoutMs: 1_000 })
    await world.clock.advance(1_000)
    await waiting
    const joinsBefore = world.requests('SyncGroup', 'a').length
    world.append('t', 0, 'v')
    expect((await a.poll({ timeoutMs: 0 })).map(({ value }) => value)).toEqual(['v'])
    expect(world.requests('SyncGroup', 'a')).toHaveLength(joinsBefore)
    await expect(a.commit()).rejects.toMatchObject({ code: 'REBALANCE_IN_PROGRESS' })
  })

  test('position and pause of what is kept stay, uncommitted as they are', async () => {
    world.append('t', 0, 'v', 'w')
    const a = member('a', { maxPollRecords: 1 })
    await world.settle([a], 1_000)
    expect(await a.position({ topic: 't', partition: 0 })).toBe(1)
    a.pause([{ topic: 't', partition: 0 }])
    const b = member('b')
    expect(await world.settle([a, b])).toEqual([])
    expect(a.paused()).toEqual([{ topic: 't', partition: 0 }])
    expect(await a.position({ topic: 't', partition: 0 })).toBe(1)
    a.resume([{ topic: 't', partition: 0 }])
    expect((await world.settle([a, b])).map(({ value }) => value)).toEqual(['w'])
  })

  test('with auto commit, what was read of a partition is committed before it moves, and comes to no one twice', async () => {
    const auto = { enableAutoCommit: true, autoCommitIntervalMs: 1_000_000 }
    const a = member('a', auto)
    await world.settle([a])
    world.append('t', 1, 'before')
    await world.settle([a], 1_000)
    const b = member('b', auto)
    const read = []
    for (let i = 0; i < 10; i++) {
      world.append('t', 1, `during ${i}`)
      read.push(...(await world.settle([a, b], 1_000)))
    }
    expect(owned(a, b)).toBe('0,2 | 1,3')
    expect(read.map(({ value }) => value)).toEqual(Array.from({ length: 10 }, (_, i) => `during ${i}`))
  })

  test('its callbacks may commit what is about to move', async () => {
    world.append('t', 1, 'v')
    const a: ReturnType<typeof member> = member('a', { onPartitionsRevoked: () => a.commit() })
    await world.settle([a])
    const b = member('b')
    expect(await world.settle([a, b])).toEqual([])
    expect(await b.committed([{ topic: 't', partition: 1 }])).toEqual([1])
  })
})

describe('a member goes', () => {
  test('the others get what it had, and are told only that', async () => {
    const [a, b] = [member('a'), member('b')]
    await world.settle([a, b])
    world.news()
    await b.close()
    expect(world.news()).toEqual(['b -[1,3]'])
    await world.settle([a])
    expect(world.news()).toEqual(['a +[1,3]'])
    expect(owned(a)).toBe('0,1,2,3')
  })

  test('by itself, for it does not poll: everything is lost, and nothing is committed for it', async () => {
    const a = member('a', { maxPollIntervalMs: 10_000, enableAutoCommit: true })
    await world.settle([a])
    world.append('t', 0, 'v')
    await world.settle([a], 1_000)
    world.news()
    await world.clock.advance(10_000)
    await expect(a.commit()).rejects.toMatchObject({ code: 'UNKNOWN_MEMBER_ID' })
    world.sent.length = 0
    const polling = a.poll({ timeoutMs: 100 })
    await world.clock.advance(100)
    await polling
    expect(world.news()).toEqual(['a lost [0,1,2,3]', 'a +[0,1,2,3]'])
    expect(world.apis('a').slice(0, world.apis('a').indexOf('JoinGroup'))).not.toContain('OffsetCommit')
  })

  test('unknown to the group when it joins again: what it kept is lost before it is given anything', async () => {
    const a = member('a')
    await world.settle([a])
    world.news()
    const { memberId } = a.groupMetadata()
    const members = [{ memberId, groupInstanceId: null }]
    await world.broker.handle('LeaveGroup', { groupId: 'g', members }, anAdmin)
    a.enforceRebalance()
    await world.settle([a])
    expect(world.news()).toEqual(['a lost [0,1,2,3]', 'a +[0,1,2,3]'])
  })

  test('closing while it waits for the others: what it kept is lost', async () => {
    const [a, b] = [member('a'), member('b')]
    await world.settle([a, b])
    a.enforceRebalance()
    const polling = a.poll({ timeoutMs: 100 })
    await world.clock.advance(100)
    await polling
    world.news()
    await a.close()
    expect(world.news()).toEqual(['a lost [0,2]'])
    expect(world.requests('LeaveGroup', 'a')).toHaveLength(1)
  })
})

describe('another subscription', () => {
  test('keeps what is owned until the next poll, which revokes what is no longer wanted and joins', async () => {
    world.createTopic('u', 1)
    const a = member('a')
    await world.settle([a])
    a.subscribe(['u'])
    expect(owned(a)).toBe('0,1,2,3')
    await world.settle([a])
    expect(world.news()).toEqual(['a +[0,1,2,3]', 'a -[0,1,2,3]', 'a +[u-0]'])
    expect(owned(a)).toBe('u-0')
  })

  test('with a topic more keeps the others, and the same topics change nothing', async () => {
    world.createTopic('u', 1)
    const a = member('a')
    await world.settle([a])
    a.subscribe(['t', 'u'])
    await world.settle([a])
    expect(world.news()).toEqual(['a +[0,1,2,3]', 'a +[u-0]'])
    const joins = world.requests('JoinGroup').length
    a.subscribe(['u', 't'])
    await world.settle([a])
    expect(world.requests('JoinGroup')).toHaveLength(joins)
    expect(world.news()).toEqual([])
  })

  test('that changes while the member joins: nothing of other topics is taken', async () => {
    world.createTopic('u', 1)
    const [a, b] = [member('a'), member('b')]
    await world.settle([a, b])
    a.enforceRebalance()
    const polling = a.poll({ timeoutMs: 100 })
    await world.clock.advance(100)
    await polling
    world.news()
    a.subscribe(['u'])
    await world.settle([a, b])
    expect(owned(a, b)).toBe('u-0 | 0,1,2,3')
    expect(world.news().filter((line) => line.startsWith('a'))).toEqual(['a -[0,2]', 'a +[u-0]'])
  })
})

describe('topics', () => {
  test('that grow are noticed after metadataMaxAgeMs, and only the new partitions are told', async () => {
    const a = member('a', { metadataMaxAgeMs: 10_000 })
    await world.settle([a])
    world.news()
    await world.broker.handle(
      'CreatePartitions',
      { topics: [{ name: 't', count: 6 }], timeoutMs: 0, validateOnly: false },
      anAdmin,
    )
    await world.settle([a], 12_000)
    expect(world.news()).toEqual(['a +[4,5]'])
  })

  test('that newly match a pattern come to those who have theirs already', async () => {
    const options = { topics: /^t/, metadataMaxAgeMs: 10_000 }
    const [a, b] = [member('a', options), member('b', options)]
    await world.settle([a, b])
    world.news()
    world.createTopic('two', 2)
    await world.settle([a, b], 20_000)
    expect(owned(a, b)).toBe('0,2,two-0 | 1,3,two-1')
    const news = world.news().filter((line) => !line.endsWith('+[]'))
    expect(news.sort()).toEqual(['a +[two-0]', 'b +[two-1]'])
  })

  test('that are deleted leave the assignment, and the others stay', async () => {
    world.createTopic('two', 2)
    const a = member('a', { topics: /^t/, metadataMaxAgeMs: 10_000 })
    await world.settle([a])
    world.news()
    await world.broker.handle('DeleteTopics', { topics: [{ name: 'two', topicId: null }], timeoutMs: 0 }, anAdmin)
    await world.settle([a], 12_000)
    expect(owned(a)).toBe('0,1,2,3')
    expect(world.news()[0]).toBe('a -[two-0,two-1]')
  })
})

describe('the protocol in force', () => {
  test('is what all assignors support, and eager gives back everything', async () => {
    const a = member('a', { partitionAssignmentStrategy: [takingTurns, 'range'] })
    await world.settle([a])
    a.enforceRebalance()
    await world.settle([a])
    expect(world.news()).toEqual(['a +[0,1,2,3]', 'a -[0,1,2,3]', 'a +[0,1,2,3]'])
  })

  test('is eager by default, for range comes before cooperative-sticky', async () => {
    const a = world.member('a')
    await world.settle([a])
    a.enforceRebalance()
    await world.settle([a])
    expect(world.news()).toEqual(['a +[0,1,2,3]', 'a -[0,1,2,3]', 'a +[0,1,2,3]'])
    expect(
      world
        .requests('JoinGroup')
        .at(-1)
        ?.protocols.map(({ name }) => name),
    ).toEqual(['range', 'cooperative-sticky'])
  })

  test('is refused where there is none in common', () => {
    const onlyCooperative = { ...takingTurns, supportedProtocols: ['cooperative'] as const }
    expect(() => member('a', { partitionAssignmentStrategy: [onlyCooperative, 'range'] })).toThrow(
      "'taking-turns' (cooperative) and 'range' (eager) have no rebalance protocol in common",
    )
  })

  test('changes from eager to cooperative by two rolling restarts', async () => {
    const strategies = [['range'], ['cooperative-sticky', range], ['cooperative-sticky']]
    const members = [
      member('a', { partitionAssignmentStrategy: ['range'] }),
      member('b', { partitionAssignmentStrategy: ['range'] }),
    ]
    await world.settle(members)
    for (const partitionAssignmentStrategy of strategies.slice(1)) {
      for (const [i, name] of ['a', 'b'].entries()) {
        await members[i]?.close()
        members[i] = member(name, { partitionAssignmentStrategy })
        await world.settle(members, 20_000)
        expect(members.map(({ assignment }) => assignment.length)).toEqual([2, 2])
      }
    }
    world.news()
    await world.settle(members)
    const c = member('c', { partitionAssignmentStrategy: ['cooperative-sticky'] })
    await world.settle([...members, c], 20_000)
    // Nobody gave everything back.
    expect(world.news().filter((line) => line.includes('-['))).toEqual(
      expect.arrayContaining([expect.stringMatching(/-\[\d\]$/)]),
    )
  })
})
