// The three callbacks: when they are told, of what, and what becomes of an error they throw.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ConsumerWorld, owned, type TestConsumer, takingTurns } from '../support/consumer-world.ts'

let world: ConsumerWorld

beforeEach(() => {
  world = new ConsumerWorld()
})

afterEach(() => world.end())

const member = (name: string, options = {}) => world.member(name, options)

/** What a poll rejects with; null where it does not. */
async function problemOf(consumer: TestConsumer, timeoutMs = 500): Promise<unknown> {
  const polling = consumer.poll({ timeoutMs }).then(
    () => null,
    (error: unknown) => error,
  )
  await world.clock.advance(timeoutMs)
  return polling
}

/** A callback that tells, then throws this once. */
function failing(line: string, error: unknown) {
  let isFirst = true
  return () => {
    world.told.push(line)
    if (!isFirst) return
    isFirst = false
    throw error
  }
}

describe('callbacks', () => {
  test('are told inside poll only, and a join waits for the one before it', async () => {
    const a = member('a', {
      onPartitionsRevoked: async () => {
        world.told.push('revoking')
        await new Promise<void>((resolve) => world.clock.setTimeout(resolve, 1_000))
        world.told.push('revoked')
      },
    })
    await world.settle([a], 1_000)
    world.sent.length = 0
    a.enforceRebalance()
    await world.clock.advance(60_000)
    expect(world.news()).toEqual(['a +[0,1,2,3]'])
    const polling = a.poll({ timeoutMs: 2_000 })
    await world.clock.advance(999)
    expect(world.news()).toEqual(['revoking'])
    expect(world.requests('JoinGroup')).toEqual([])
    await world.clock.advance(1)
    expect(world.news()).toEqual(['revoked', 'a +[0,1,2,3]'])
    await world.clock.advance(2_000)
    await polling
  })

  test('tell an eager member that has nothing that nothing is revoked, at each rebalance but the first', async () => {
    const members = ['a', 'b', 'c', 'd', 'e'].map((name) => member(name))
    await world.settle(members)
    const idle = members.find(({ assignment }) => assignment.length === 0)
    const name = idle?.groupMetadata().memberId.slice(0, 1)
    world.news()
    members[0]?.enforceRebalance()
    await world.settle(members)
    expect(world.news().filter((line) => line.startsWith(`${name}`))).toEqual([`${name} -[]`, `${name} +[]`])
  })

  test('may look at the consumer: what is revoked is still assigned, and what is assigned is', async () => {
    const seen: string[] = []
    const look = (what: string) => () => void seen.push(`${what}: ${owned(a)}`)
    const callbacks = { onPartitionsRevoked: look('revoked'), onPartitionsAssigned: look('assigned') }
    const a: TestConsumer = member('a', { ...callbacks, partitionAssignmentStrategy: [takingTurns] })
    await world.settle([a])
    const b = member('b', { partitionAssignmentStrategy: [takingTurns] })
    await world.settle([a, b])
    expect(seen.slice(0, 3)).toEqual(['assigned: 0,1,2,3', 'revoked: 0,1,2,3', 'assigned: 0,2'])
  })
})

describe('an error', () => {
  const cause = new Error('no room')

  test('in onPartitionsAssigned reaches the caller of poll; what is assigned is, and the next poll ends the rebalance', async () => {
    world.append('t', 0, 'v')
    const a = member('a', { onPartitionsAssigned: failing('assigned', cause) })
    const problem = await problemOf(a)
    expect(problem).toMatchObject({ code: 'CALLBACK_FAILED', cause })
    expect(`${problem}`).toContain('onPartitionsAssigned threw an error: no room')
    expect(owned(a)).toBe('0,1,2,3')
    expect((await world.settle([a], 1_000)).map(({ value }) => value)).toEqual(['v'])
    expect(world.news()).toEqual(['assigned', 'assigned'])
    expect(world.requests('JoinGroup')).toHaveLength(2)
  })

  test('in onPartitionsRevoked reaches the caller of poll; the partitions are given back, and the next poll joins', async () => {
    const a = member('a', { onPartitionsRevoked: failing('revoked', cause) })
    await world.settle([a], 1_000)
    a.enforceRebalance()
    expect(await problemOf(a)).toMatchObject({ code: 'CALLBACK_FAILED', cause })
    expect(owned(a)).toBe('')
    await world.settle([a], 1_000)
    expect(world.news()).toEqual(['a +[0,1,2,3]', 'revoked', 'a +[0,1,2,3]'])
  })

  test('in onPartitionsLost reaches the caller of poll; the next poll joins', async () => {
    const a = member('a', { maxPollIntervalMs: 10_000, onPartitionsLost: failing('lost', cause) })
    await world.settle([a], 1_000)
    await world.clock.advance(10_000)
    expect(await problemOf(a)).toMatchObject({ code: 'CALLBACK_FAILED', cause })
    await world.settle([a], 1_000)
    expect(world.news()).toEqual(['a +[0,1,2,3]', 'lost', 'a +[0,1,2,3]'])
  })

  test('in a cooperative onPartitionsRevoked does not keep onPartitionsAssigned from being told', async () => {
    const strategy = { partitionAssignmentStrategy: [takingTurns] }
    const a = member('a', { ...strategy, onPartitionsRevoked: failing('a revoked', cause) })
    await world.settle([a])
    const b = member('b', strategy)
    const joining = b.poll({ timeoutMs: 5_000 })
    const polling = a.poll({ timeoutMs: 5_000 }).catch((error: unknown) => error)
    await world.clock.advance(5_000)
    await joining
    expect(await polling).toMatchObject({ code: 'CALLBACK_FAILED', cause })
    await world.settle([a, b])
    expect(owned(a, b)).toBe('0,2 | 1,3')
    const news = world.news().filter((line) => line.startsWith('a'))
    expect(news).toEqual(['a +[0,1,2,3]', 'a revoked', 'a +[]', 'a +[]', 'a +[]'])
  })

  test('of a commit in a callback comes as it is', async () => {
    const a: TestConsumer = member('a', {
      onPartitionsRevoked: () => a.commit([{ topic: 't', partition: 9, offset: 0 }]),
    })
    await world.settle([a], 1_000)
    a.enforceRebalance()
    expect(await problemOf(a)).toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
  })

  test.each(['close', 'unsubscribe'] as const)('on %s reaches its caller, and the member has left', async (end) => {
    const a = member('a', { onPartitionsRevoked: failing('revoked', cause) })
    await world.settle([a], 1_000)
    await expect(a[end]()).rejects.toMatchObject({ code: 'CALLBACK_FAILED', cause })
    expect(world.requests('LeaveGroup')).toHaveLength(1)
  })
})

test('closing while a callback runs waits for it, and gives back the rest', async () => {
  const strategy = { partitionAssignmentStrategy: [takingTurns] }
  let refuse: ((error: Error) => void) | null = null
  const a: TestConsumer = member('a', {
    ...strategy,
    onPartitionsRevoked({ length }: { length: number }) {
      world.told.push(`a -${length}`)
      if (refuse) return
      return new Promise<void>((_resolve, reject) => {
        refuse = reject
      })
    },
  })
  await world.settle([a])
  const b = member('b', strategy)
  const joining = b.poll({ timeoutMs: 10_000 })
  const polling = a.poll({ timeoutMs: 10_000 }).catch((error: unknown) => `${error}`)
  await world.clock.advance(4_000)
  expect(world.news()).toEqual(['a +[0,1,2,3]', 'a -2', 'b +[]'])
  const closing = a.close()
  await world.clock.settle()
  expect(world.news()).toEqual([])
  ;(refuse as ((error: Error) => void) | null)?.(new Error('late'))
  await closing
  expect(world.news()).toEqual(['a -2'])
  expect(await polling).toContain('late')
  await world.clock.advance(10_000)
  await joining
})

describe('auto commit', () => {
  const auto = { enableAutoCommit: true, autoCommitIntervalMs: 5_000 }
  const t0 = { topic: 't', partition: 0 } as const

  test('commits on close what the last poll returned, before partitions are given back', async () => {
    world.append('t', 0, 'v')
    const a: TestConsumer = member('a', {
      ...auto,
      onPartitionsRevoked: async () => void world.told.push(`revoked at ${await a.committed([t0])}`),
    })
    await world.settle([a], 1_000)
    await a.close()
    expect(world.news()).toEqual(['a +[0,1,2,3]', 'revoked at 1'])
    expect(world.apis('a').slice(-3)).toEqual(['OffsetCommit', 'OffsetFetch', 'LeaveGroup'])
  })

  test('and a commit in the callback of unsubscribe is still one of the member', async () => {
    const a: TestConsumer = member('a', {
      onPartitionsRevoked: () => a.commit([{ topic: 't', partition: 0, offset: 0 }]),
    })
    await world.settle([a])
    await a.unsubscribe()
    const [commit] = world.requests('OffsetCommit')
    expect(commit).toMatchObject({ generationIdOrMemberEpoch: 1, memberId: expect.stringMatching(/^a-/) })
    expect(await a.committed([{ topic: 't', partition: 0 }])).toEqual([0])
  })

  test('does not commit on unsubscribe', async () => {
    world.append('t', 0, 'v')
    const a = member('a', auto)
    await world.settle([a], 1_000)
    await a.unsubscribe()
    expect(world.requests('OffsetCommit')).toEqual([])
    expect(world.news()).toEqual(['a +[0,1,2,3]', 'a -[0,1,2,3]'])
  })

  test('commits what an earlier poll returned, not what this one returns', async () => {
    const a = member('a', { ...auto, maxPollRecords: 1 })
    await world.settle([a], 1_000)
    world.append('t', 0, 'v', 'w')
    await a.poll({ timeoutMs: 0 })
    await world.clock.advance(4_000)
    expect((await a.poll({ timeoutMs: 0 })).map(({ value }) => value)).toEqual(['w'])
    expect(world.requests('OffsetCommit').map(({ topics }) => topics[0]?.partitions[0]?.committedOffset)).toEqual([1])
  })

  test('commits nothing where nothing was read since the group’s last commit', async () => {
    world.append('t', 0, 'v')
    const a = member('a', auto)
    await world.settle([a], 1_000)
    await a.close()
    const b = member('b', auto)
    await world.settle([b], 12_000)
    await b.close()
    expect(world.requests('OffsetCommit', 'a')).toHaveLength(1)
    // What had no committed offset has one now, at its first record.
    const places = world.requests('OffsetCommit', 'b').flatMap(({ topics }) => topics[0]?.partitions ?? [])
    expect(places.map(({ partitionIndex }) => partitionIndex)).not.toContain(0)
  })

  test('counts its interval from the assignment', async () => {
    const a = member('a', auto)
    await world.clock.advance(4_000)
    world.append('t', 0, 'v')
    await world.settle([a], 1_000)
    await world.clock.advance(3_900)
    await a.poll({ timeoutMs: 0 })
    expect(world.requests('OffsetCommit')).toEqual([])
    await world.clock.advance(100)
    await a.poll({ timeoutMs: 0 })
    expect(world.requests('OffsetCommit')).toHaveLength(1)
  })

  test('commits again what another has set back meanwhile, once it is read again', async () => {
    world.append('t', 0, 'v')
    const a = member('a', auto)
    await world.settle([a], 6_000)
    await a.commit([{ ...t0, offset: 0 }])
    a.enforceRebalance()
    await world.settle([a], 6_000)
    expect(await a.committed([t0])).toEqual([1])
  })
})
