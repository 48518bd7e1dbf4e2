// The recorded scenarios of Kafka's own consumer (test/vectors/consumer-scenarios.json) that tell what it sends and when
// it calls back, step by step. The others are found by their number in consumer.test.ts and rebalance.test.ts.
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ApiName } from '../../src/broker/api.ts'
import { ConsumerWorld } from '../support/consumer-world.ts'

let world: ConsumerWorld

beforeEach(() => {
  world = new ConsumerWorld({ t: 2 })
})

afterEach(() => world.end())

const t0 = { topic: 't', partition: 0 } as const
const t1 = { topic: 't', partition: 1 } as const
const A = (options = {}) => world.member('A', options)

/** What A has sent since this was last asked; what the recordings leave out is left out. */
function requests(): ApiName[] {
  return world.sent.splice(0).flatMap(({ api }) => (api === 'FindCoordinator' || api === 'Heartbeat' ? [] : [api]))
}

const JOINS: ApiName[] = ['JoinGroup', 'JoinGroup', 'SyncGroup', 'OffsetFetch']

test('CS-21: commits that are not awaited are carried out in order', async () => {
  world.append('t', 0, 'a', 'b')
  const a = A({ topics: undefined })
  a.assign([t0])
  expect(await a.poll()).toHaveLength(2)
  const done: number[] = []
  void a.commit([{ ...t0, offset: 1 }]).then(() => done.push(1))
  void a.commit([{ ...t0, offset: 2 }]).then(() => done.push(2))
  expect(await a.poll({ timeoutMs: 0 })).toEqual([])
  await world.clock.settle()
  expect(done).toEqual([1, 2])
  expect(await a.committed([t0])).toEqual([2])
})

test('CS-23: what subscribe, assign and poll refuse, and that an empty subscription ends one', async () => {
  const a = A({ topics: undefined })
  await expect(a.poll({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'ILLEGAL_STATE' })
  for (const topics of [[''], null]) {
    expect(() => a.subscribe(topics as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  }
  a.subscribe(['t'])
  expect(() => a.assign([t0])).toThrow(expect.objectContaining({ code: 'ILLEGAL_STATE' }))
  expect(() => a.subscribe(/^t/)).toThrow(expect.objectContaining({ code: 'ILLEGAL_STATE' }))
  a.subscribe([])
  a.assign([t0])
  expect(() => a.subscribe(['t'])).toThrow(expect.objectContaining({ code: 'ILLEGAL_STATE' }))
  await a.unsubscribe()
  a.subscribe(['t'])
  const alone = A({ groupId: undefined, topics: undefined })
  expect(() => alone.subscribe(['t'])).toThrow(expect.objectContaining({ code: 'INVALID_GROUP_ID' }))
  alone.assign([t0])
  await expect(alone.commit()).rejects.toMatchObject({ code: 'INVALID_GROUP_ID' })
  await expect(alone.committed([t0])).rejects.toMatchObject({ code: 'INVALID_GROUP_ID' })
})

test('CS-28: a dynamic member that closes is told that its partitions are revoked, then leaves', async () => {
  const a = A()
  await world.settle([a], 1_000)
  expect(world.news()).toEqual(['A +[0,1]'])
  expect(requests()).toEqual(JOINS)
  await a.close()
  expect(world.news()).toEqual(['A -[0,1]'])
  expect(requests()).toEqual(['LeaveGroup'])
  await expect(a.poll()).rejects.toMatchObject({ code: 'ILLEGAL_STATE' })
})

test('CS-33: a forced rebalance commits first, and goes on where it was', async () => {
  world.append('t', 0, 'a', 'b')
  world.append('t', 1, 'x')
  const a = A({ enableAutoCommit: true, autoCommitIntervalMs: 1_000_000 })
  expect(await world.settle([a], 1_000)).toHaveLength(3)
  world.news()
  requests()
  a.enforceRebalance()
  expect(await world.settle([a], 1_000)).toEqual([])
  expect(world.news()).toEqual(['A -[0,1]', 'A +[0,1]'])
  expect(requests()).toEqual(['OffsetCommit', 'JoinGroup', 'SyncGroup', 'OffsetFetch'])
  expect(await a.position(t0)).toBe(2)
  expect(a.groupMetadata().generation).toBe(2)
  expect(await a.committed([t0, t1])).toEqual([2, 1])
})

test('CS-36: the group metadata is that of the last assignment, also after unsubscribe', async () => {
  const a = A()
  const before = { groupId: 'g', generation: -1, memberId: '', groupInstanceId: null }
  expect(a.groupMetadata()).toEqual(before)
  await world.settle([a], 1_000)
  const joined = a.groupMetadata()
  expect(joined).toEqual({ ...before, generation: 1, memberId: expect.stringMatching(/^A-/) })
  requests()
  await a.unsubscribe()
  expect(requests()).toEqual(['LeaveGroup'])
  expect(world.news()).toEqual(['A +[0,1]', 'A -[0,1]'])
  expect(a.groupMetadata()).toEqual(joined)
  const alone = A({ groupId: undefined, topics: undefined })
  expect(() => alone.groupMetadata()).toThrow(expect.objectContaining({ code: 'INVALID_GROUP_ID' }))
  expect(() => alone.enforceRebalance()).toThrow(expect.objectContaining({ code: 'INVALID_GROUP_ID' }))
})
