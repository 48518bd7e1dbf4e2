import { type ConsumerOptions, Kafkalet, type TopicPartition } from 'kafkalet'
import { crash, ManualClock } from 'kafkalet/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let kafka: Kafkalet
let clock: ManualClock
let told: string[]

beforeEach(async () => {
  clock = new ManualClock()
  kafka = new Kafkalet({ clock, seed: 1, config: { numPartitions: 4 } })
  told = []
  await kafka.admin().createTopics([{ topic: 't' }])
})

afterEach(() => kafka.close())

const names = (partitions: readonly TopicPartition[]) => partitions.map(({ partition }) => partition).join(',')

/** A member that tells what its callbacks are told. */
function member(name: string, options: ConsumerOptions = {}) {
  return kafka.consumer({
    groupId: 'g',
    topics: ['t'],
    clientId: name,
    autoOffsetReset: 'earliest',
    enableAutoCommit: false,
    onPartitionsAssigned: (partitions) => void told.push(`${name} +[${names(partitions)}]`),
    onPartitionsRevoked: (partitions) => void told.push(`${name} -[${names(partitions)}]`),
    onPartitionsLost: (partitions) => void told.push(`${name} lost [${names(partitions)}]`),
    ...options,
  })
}

type Member = ReturnType<typeof member>

/** Polls of all members at once, for as long as the group may need to settle. */
async function settle(...members: Member[]) {
  const polls = Promise.all(members.map((each) => each.poll({ timeoutMs: 4_000 })))
  await clock.advance(4_000)
  return (await polls).flat()
}

const owned = (...members: Member[]) => members.map(({ assignment }) => names(assignment)).join(' | ')

describe('members come and go', () => {
  test('a lone member owns everything', async () => {
    const a = member('a')
    await settle(a)
    expect(owned(a)).toBe('0,1,2,3')
    expect(told).toEqual(['a +[0,1,2,3]'])
  })

  test('a second member gets half: all is revoked, then assigned, inside poll (CS-31)', async () => {
    const a = member('a')
    await settle(a)
    const b = member('b')
    await settle(a, b)
    expect(owned(a, b)).toBe('0,1 | 2,3')
    expect(told.filter((line) => line.startsWith('a'))).toEqual(['a +[0,1,2,3]', 'a -[0,1,2,3]', 'a +[0,1]'])
    expect(told.filter((line) => line.startsWith('b'))).toEqual(['b +[2,3]'])
  })

  test('a fifth member of four partitions is idle', async () => {
    const members = ['a', 'b', 'c', 'd', 'e'].map((name) => member(name))
    await settle(...members)
    await settle(...members)
    expect(
      owned(...members)
        .split(' | ')
        .sort(),
    ).toEqual(['', '0', '1', '2', '3'])
  })

  test('a member that closes hands its partitions over without waiting for its session', async () => {
    const [a, b] = [member('a'), member('b')]
    await settle(a, b)
    await settle(a, b)
    const beforeMs = clock.now()
    await b.close()
    await settle(a)
    expect(owned(a)).toBe('0,1,2,3')
    expect(clock.now() - beforeMs).toBeLessThan(45_000)
    expect(told.filter((line) => line.startsWith('b'))).toEqual(['b +[2,3]', 'b -[2,3]'])
  })

  test('a member that crashes loses its partitions when its session is over, and nothing is read twice or lost', async () => {
    const producer = kafka.producer()
    const [a, b] = [member('a'), member('b')]
    await settle(a, b)
    await settle(a, b)
    for (let i = 0; i < 8; i++) await producer.send({ topic: 't', partition: i % 4, value: `v${i}` })
    const before = (await settle(a, b)).map(({ value }) => value)
    await Promise.all([a.commit(), b.commit()])
    crash(b)
    for (let i = 8; i < 12; i++) await producer.send({ topic: 't', partition: i % 4, value: `v${i}` })
    const after = (await settle(a)).map(({ value }) => value)
    await a.commit()
    expect(owned(a)).toBe('0,1')
    for (let passedMs = 0; passedMs < 50_000; passedMs += 4_000)
      after.push(...(await settle(a)).map(({ value }) => value))
    expect(owned(a)).toBe('0,1,2,3')
    expect([...before, ...after].sort()).toEqual(Array.from({ length: 12 }, (_, i) => `v${i}`).sort())
    expect(told.filter((line) => line.startsWith('b'))).toEqual(['b +[2,3]'])
  })

  test('what was not committed before a crash comes again', async () => {
    await kafka.producer().send({ topic: 't', partition: 0, value: 'v' })
    const a = member('a')
    expect(await settle(a)).toHaveLength(1)
    crash(a)
    const b = member('b')
    const again = []
    for (let passedMs = 0; passedMs < 50_000; passedMs += 4_000) again.push(...(await settle(b)))
    expect(again.map(({ value }) => value)).toEqual(['v'])
  })

  test.each(['close', 'crash'] as const)(
    'a member that ends by %s while its first poll begins leaves no one behind',
    async (end) => {
      for (let turns = 0; turns < 25; turns++) {
        const groupId = `g${turns}`
        const a = member('a', { groupId })
        const polling = a.poll({ timeoutMs: 60_000 })
        for (let i = 0; i < turns; i++) await Promise.resolve()
        if (end === 'close') await a.close()
        else crash(a)
        expect(await polling).toEqual([])
        // Whoever had joined before a crash stays until the session is over.
        await clock.advance(end === 'close' ? 0 : 45_000)
        const [group] = await kafka.admin().describeGroups([groupId])
        expect(group?.members).toEqual([])
      }
    },
  )

  test('the same members of another group are not disturbed', async () => {
    const [a, other] = [member('a'), member('other', { groupId: 'h' })]
    await settle(a, other)
    await a.close()
    await settle(other)
    expect(owned(other)).toBe('0,1,2,3')
    expect(told.filter((line) => line.startsWith('other'))).toEqual(['other +[0,1,2,3]'])
  })
})

describe('subscriptions', () => {
  test('that change while a poll looks for their topics are followed', async () => {
    await kafka.admin().createTopics([{ topic: 'u', partitions: 1 }])
    const a = member('a')
    const polling = a.poll({ timeoutMs: 1_000 })
    a.subscribe(['u'])
    await clock.advance(1_000)
    await polling
    await settle(a)
    expect(a.assignment).toEqual([{ topic: 'u', partition: 0 }])
  })

  test('by a pattern come to a new topic with one rebalance, though each member looks for it at its own time', async () => {
    const pattern = { topics: /^t/, metadataMaxAgeMs: 30_000 } as never
    const a = member('a', pattern)
    await settle(a)
    const b = member('b', pattern)
    await settle(a, b)
    await settle(a, b)
    const { generation } = a.groupMetadata()
    await kafka.admin().createTopics([{ topic: 'two', partitions: 2 }])
    for (let i = 0; i < 15; i++) await settle(a, b)
    expect(a.assignment.length + b.assignment.length).toBe(6)
    expect(a.groupMetadata().generation).toBe(generation + 1)
  })

  test('that end inside a handler end the handing over', async () => {
    for (const value of ['v', 'w']) await kafka.producer().send({ topic: 't', partition: 0, value })
    const a: Member = member('a')
    const handled: unknown[] = []
    const running = a.run({
      async eachRecord({ value }) {
        handled.push(value)
        await a.unsubscribe()
      },
    })
    running.catch(() => {})
    await clock.advance(1_000)
    await expect(running).rejects.toThrow('nothing to read')
    expect(handled).toEqual(['v'])
  })

  test('of many members are served once each when one of them goes', async () => {
    const members = Array.from({ length: 12 }, (_, i) => member(`m${i}`))
    await settle(...members)
    const { generation } = members[0]?.groupMetadata() ?? { generation: 0 }
    told = []
    await members.pop()?.close()
    await settle(...members)
    expect(members.map((each) => each.groupMetadata().generation)).toEqual(members.map(() => generation + 1))
    expect(told.filter((line) => line.includes('+'))).toHaveLength(members.length)
  })
})

describe('commits around a rebalance', () => {
  test('auto commit commits before partitions are given back (CS-33)', async () => {
    await kafka.producer().send({ topic: 't', partition: 0, value: 'v' })
    const a = member('a', { enableAutoCommit: true, autoCommitIntervalMs: 1_000_000 })
    await settle(a)
    expect(await a.committed([{ topic: 't', partition: 0 }])).toEqual([null])
    const b = member('b')
    await settle(a, b)
    expect(await a.committed([{ topic: 't', partition: 0 }])).toEqual([1])
  })

  test('a callback may commit what it is about to lose', async () => {
    await kafka.producer().send({ topic: 't', partition: 3, value: 'v' })
    const a: Member = member('a', { onPartitionsRevoked: () => a.commit() })
    await settle(a)
    const b = member('b')
    expect(await settle(a, b)).toEqual([])
    expect(await b.committed([{ topic: 't', partition: 3 }])).toEqual([1])
  })

  test('a commit of a member that was thrown out says so', async () => {
    const a = member('a', { maxPollIntervalMs: 10_000 })
    await kafka.producer().send({ topic: 't', partition: 0, value: 'v' })
    await settle(a)
    await clock.advance(10_000)
    await expect(a.commit()).rejects.toMatchObject({ code: 'UNKNOWN_MEMBER_ID' })
    await expect(a.commit()).rejects.toThrow('Poll to join again')
  })

  test('a commit while the consumer waits for its next assignment says to poll first', async () => {
    const a = member('a')
    await settle(a)
    const b = member('b')
    const joining = b.poll({ timeoutMs: 1_000 })
    await clock.advance(1_000)
    await joining
    await expect(b.commit([{ topic: 't', partition: 0, offset: 0 }])).rejects.toMatchObject({
      code: 'REBALANCE_IN_PROGRESS',
    })
  })
})

describe('being thrown out', () => {
  test('a slow consumer leaves after maxPollIntervalMs, its partitions are lost, and its next poll joins again', async () => {
    const a = member('a', { maxPollIntervalMs: 10_000 })
    await settle(a)
    const left: string[] = []
    kafka.events.on('memberLeft', ({ clientId, reason }) => left.push(`${clientId} ${reason}`))
    await clock.advance(10_000)
    expect(left).toEqual(['a left'])
    await settle(a)
    expect(told).toEqual(['a +[0,1,2,3]', 'a lost [0,1,2,3]', 'a +[0,1,2,3]'])
  })

  test('where there is no onPartitionsLost, onPartitionsRevoked is told', async () => {
    const a = kafka.consumer({
      groupId: 'g',
      topics: ['t'],
      maxPollIntervalMs: 10_000,
      onPartitionsRevoked: (partitions) => void told.push(`-[${names(partitions)}]`),
    })
    await settle(a)
    await clock.advance(10_000)
    await settle(a)
    expect(told).toEqual(['-[0,1,2,3]'])
  })

  test('heartbeats keep a member that does not poll for longer than its session', async () => {
    const a = member('a', { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 2_000 })
    await settle(a)
    await clock.advance(60_000)
    const [group] = await kafka.admin().describeGroups(['g'])
    expect(group).toMatchObject({ state: 'Stable', members: [{ clientId: 'a' }] })
  })
})

describe('errors in callbacks', () => {
  test('reach the caller of poll, and the group goes on', async () => {
    let mayFail = true
    const a = member('a', {
      onPartitionsAssigned() {
        if (mayFail) throw new Error('no room')
      },
    })
    const polled = a.poll({ timeoutMs: 4_000 })
    polled.catch(() => {})
    await clock.advance(4_000)
    await expect(polled).rejects.toThrow('no room')
    mayFail = false
    expect(owned(a)).toBe('0,1,2,3')
    await kafka.producer().send({ topic: 't', partition: 0, value: 'v' })
    expect(await settle(a)).toHaveLength(1)
  })
})

describe('what a group refuses', () => {
  test('a session timeout outside what the broker allows', async () => {
    const a = member('a', { sessionTimeoutMs: 100, heartbeatIntervalMs: 10 })
    await expect(a.poll()).rejects.toMatchObject({ code: 'INVALID_SESSION_TIMEOUT' })
    await expect(a.poll()).rejects.toThrow('A sessionTimeoutMs of 100 is outside 6000 to 1800000')
  })

  test('more members than group.max.size', async () => {
    const small = new Kafkalet({ clock, config: { groupMaxSize: 1 } })
    const consume = () => small.consumer({ groupId: 'g', topics: ['t'] })
    const first = consume().poll({ timeoutMs: 10 })
    await clock.advance(10)
    await first
    await expect(consume().poll()).rejects.toMatchObject({ code: 'GROUP_MAX_SIZE_REACHED' })
    await small.close()
  })

  test('a topic that nobody may create, by name', async () => {
    const strict = new Kafkalet({ clock, config: { autoCreateTopicsEnable: false } })
    await strict.admin().createTopics([{ topic: 'orders' }])
    const consumer = strict.consumer({ groupId: 'g', topics: ['ordres'] })
    await expect(consumer.poll()).rejects.toThrow(
      "Topic 'ordres' does not exist. Did you mean 'orders'? (autoCreateTopicsEnable is false)",
    )
    await strict.close()
  })
})
