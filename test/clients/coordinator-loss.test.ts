// A group's coordinator that is lost, or cannot answer yet: its members find it again, ask again, and go on.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ErrorName } from '../../src/errors.ts'
import { ConsumerWorld, owned, takingTurns } from '../support/consumer-world.ts'

let world: ConsumerWorld

beforeEach(() => {
  world = new ConsumerWorld()
})

afterEach(() => world.end())

const t0 = { topic: 't', partition: 0 } as const
const passing: ErrorName[] = ['NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE', 'COORDINATOR_LOAD_IN_PROGRESS']
const member = (name: string, options = {}) => world.member(name, options)
const lose = () => world.broker.groups.lose('g')

describe.each(passing)('%s', (error) => {
  const isLost = error !== 'COORDINATOR_LOAD_IN_PROGRESS'

  test.each(['FindCoordinator', 'JoinGroup', 'SyncGroup'] as const)(
    'to %s: the member joins all the same',
    async (api) => {
      world.refuse(api, error, 2)
      const a = member('a')
      await world.settle([a], 2_000)
      expect(owned(a)).toBe('0,1,2,3')
      expect(world.news()).toEqual(['a +[0,1,2,3]'])
      if (api === 'JoinGroup') expect(world.requests('FindCoordinator')).toHaveLength(isLost ? 3 : 1)
    },
  )

  test('to a heartbeat: the next one comes soon, and the member stays', async () => {
    const a = member('a')
    await world.settle([a], 1_000)
    const before = world.requests('Heartbeat').length
    const lookups = world.requests('FindCoordinator').length
    world.refuse('Heartbeat', error)
    await world.clock.advance(3_000)
    await world.clock.advance(100)
    expect(world.requests('Heartbeat')).toHaveLength(before + 2)
    expect(world.requests('FindCoordinator')).toHaveLength(lookups + (isLost ? 1 : 0))
    await world.settle([a])
    expect(world.news()).toEqual(['a +[0,1,2,3]'])
  })

  test('to a commit: it is tried again with growing pauses until it is done', async () => {
    const a = member('a')
    await world.settle([a], 1_000)
    world.refuse('OffsetCommit', error, 3)
    const committing = a.commit([{ ...t0, offset: 0 }])
    await world.clock.advance(699)
    expect(world.requests('OffsetCommit')).toHaveLength(3)
    await world.clock.advance(1)
    await committing
    expect(world.requests('OffsetCommit')).toHaveLength(4)
    expect(await a.committed([t0])).toEqual([0])
  })

  test('to what is asked about offsets: it is asked again', async () => {
    world.refuse('OffsetFetch', error)
    const a = member('a', { topics: undefined })
    a.assign([t0])
    world.append('t', 0, 'v')
    const polling = a.poll({ timeoutMs: 1_000 })
    await world.clock.advance(100)
    expect((await polling).map(({ value }) => value)).toEqual(['v'])
    world.refuse('OffsetFetch', error)
    const asking = a.committed([t0])
    await world.clock.advance(100)
    expect(await asking).toEqual([null])
  })

  test('to LeaveGroup: it is asked again, so that nobody has to wait for the session', async () => {
    const a = member('a')
    await world.settle([a], 1_000)
    world.refuse('LeaveGroup', error)
    const closing = a.close()
    await world.clock.advance(100)
    await closing
    expect(world.requests('LeaveGroup')).toHaveLength(2)
  })

  test('to an auto commit: the poll goes on, and the commit is made up for after retryBackoffMs', async () => {
    const a = member('a', { enableAutoCommit: true })
    await world.settle([a], 1_000)
    world.append('t', 0, 'v')
    await world.settle([a], 1_000)
    world.refuse('OffsetCommit', error)
    await world.clock.advance(4_000)
    await a.poll({ timeoutMs: 0 })
    expect(await a.committed([t0])).toEqual([null])
    await world.clock.advance(100)
    await a.poll({ timeoutMs: 0 })
    expect(await a.committed([t0])).toEqual([1])
  })
})

test('a commit that the coordinator cannot take in defaultApiTimeoutMs says so, and may be tried again', async () => {
  const a = member('a', { defaultApiTimeoutMs: 5_000 })
  await world.settle([a], 1_000)
  world.refuse('OffsetCommit', 'COORDINATOR_NOT_AVAILABLE', 1_000)
  const committing = a.commit([{ ...t0, offset: 0 }])
  committing.catch(() => {})
  await world.clock.advance(5_000)
  await expect(committing).rejects.toMatchObject({
    code: 'REQUEST_TIMED_OUT',
    retriable: true,
    cause: { code: 'COORDINATOR_NOT_AVAILABLE' },
  })
  await expect(committing).rejects.toThrow("commit: the coordinator of group 'g' could not answer within 5000 ms")
})

test('a commit that waits for the coordinator does not outlive its consumer', async () => {
  const a = member('a', { topics: undefined })
  a.assign([t0])
  world.refuse('OffsetCommit', 'NOT_COORDINATOR', 1_000)
  const committing = a.commit([{ ...t0, offset: 0 }])
  committing.catch(() => {})
  await world.clock.settle()
  await a.close()
  await expect(committing).rejects.toThrow('This consumer is closed')
  expect(world.clock.timerCount).toBe(0)
})

test('a commit that waits for the coordinator is not made for nobody when its member has left meanwhile', async () => {
  const a = member('a')
  await world.settle([a], 1_000)
  world.refuse('OffsetCommit', 'COORDINATOR_LOAD_IN_PROGRESS', 3)
  const committing = a.commit([{ ...t0, offset: 0 }])
  committing.catch(() => {})
  await world.clock.settle()
  await a.unsubscribe()
  await world.clock.advance(1_000)
  await expect(committing).rejects.toMatchObject({ code: 'UNKNOWN_MEMBER_ID' })
  expect(await a.committed([t0])).toEqual([null])
})

test('closing waits for the last commit until the coordinator can take it', async () => {
  world.append('t', 0, 'v')
  const a = member('a', { enableAutoCommit: true })
  await world.settle([a], 1_000)
  world.refuse('OffsetCommit', 'COORDINATOR_LOAD_IN_PROGRESS', 3)
  const closing = a.close()
  await world.clock.advance(300)
  await closing
  expect(await member('b', { topics: undefined }).committed([t0])).toEqual([1])
})

test('a member that was thrown out says no goodbye to a group that has forgotten it', async () => {
  const a = member('a')
  await world.settle([a], 1_000)
  world.refuse('Heartbeat', 'ILLEGAL_GENERATION')
  await world.clock.advance(3_000)
  await a.close()
  expect(world.news()).toEqual(['a +[0,1,2,3]', 'a lost [0,1,2,3]'])
  expect(world.requests('LeaveGroup')).toEqual([])
})

test('a commit before a rebalance is tried again until it is done, and only then partitions are given back', async () => {
  const a = member('a', { enableAutoCommit: true })
  await world.settle([a], 1_000)
  world.append('t', 0, 'v')
  await world.settle([a], 1_000)
  world.news()
  world.refuse('OffsetCommit', 'COORDINATOR_LOAD_IN_PROGRESS', 2)
  a.enforceRebalance()
  const polling = a.poll({ timeoutMs: 5_000 })
  await world.clock.advance(199)
  expect(world.news()).toEqual([])
  await world.clock.advance(1)
  expect(world.news()).toEqual(['a -[0,1,2,3]', 'a +[0,1,2,3]'])
  expect(await a.committed([t0])).toEqual([1])
  await world.clock.advance(4_800)
  await polling
})

describe('a coordinator that is lost', () => {
  test('while the group is stable is not even noticed', async () => {
    const [a, b] = [member('a'), member('b')]
    await world.settle([a, b])
    await a.commit([{ ...t0, offset: 0 }])
    world.news()
    lose()
    await world.settle([a, b], 60_000)
    expect(world.news()).toEqual([])
    expect(await a.committed([t0])).toEqual([0])
    await a.commit([{ ...t0, offset: 0 }])
  })

  test.each(['eager', 'cooperative'] as const)('while members join: they join again, %s', async (protocol) => {
    const strategy = protocol === 'eager' ? {} : { partitionAssignmentStrategy: [takingTurns] }
    const [a, b] = [member('a', strategy), member('b', strategy)]
    await world.settle([a, b], 20_000)
    world.news()
    a.enforceRebalance()
    const polling = a.poll({ timeoutMs: 100 })
    await world.clock.advance(100)
    await polling
    lose()
    await world.settle([a, b], 20_000)
    expect(a.assignment.length + b.assignment.length).toBe(4)
    expect(world.told.filter((line) => line.includes('lost'))).toEqual([])
  })

  test('between a join and its assignment: nobody gets anything of that generation', async () => {
    const a = member('a')
    let isLost = false
    const { handle } = world
    world.handle = (api, request, context) => {
      if (api === 'SyncGroup' && !isLost) {
        isLost = true
        lose()
      }
      return handle.call(world, api, request, context) as never
    }
    await world.settle([a], 10_000)
    expect(owned(a)).toBe('0,1,2,3')
    expect(world.news()).toEqual(['a +[0,1,2,3]'])
    const [refused, taken] = world.requests('SyncGroup')
    expect(refused?.memberId).not.toBe(taken?.memberId)
  })

  test('before a new member has joined with its id: it gets another one', async () => {
    const a = member('a')
    const polling = a.poll({ timeoutMs: 0 })
    await polling
    lose()
    await world.settle([a])
    expect(owned(a)).toBe('0,1,2,3')
  })
})
