// Sight: topics, groups, and the story of a rebalance.
import { int32, json, Kafkalet, string, topic } from 'kafkalet'
import { inspect, loseCoordinator, ManualClock, toMermaid, waitForAssignment, waitForLag } from 'kafkalet/testing'
import { describe, expect, test } from 'vitest'

const orders = topic({ key: string, value: json<{ n: number }>(), partitions: 2 })
const group = { groupId: 'billing', topics: ['orders'], autoOffsetReset: 'earliest' } as const

describe('a topic', () => {
  test('shows its records as its serdes read them, its segments and its offsets', async () => {
    const clock = new ManualClock()
    await using kafka = new Kafkalet({ clock, topics: { orders } })
    const producer = kafka.producer()
    const bytes = new Uint8Array([0xff, 0])
    await producer.send({ topic: 'orders', key: 'a', value: { n: 1 }, partition: 1, headers: { trace: 'x', bytes } })
    await producer.send({ topic: 'orders', value: { n: 2 }, partition: 1 })
    const { partitions, records } = await inspect(kafka).topic('orders')
    expect(records).toEqual([
      {
        topic: 'orders',
        partition: 1,
        offset: 0,
        timestamp: clock.now(),
        key: 'a',
        value: { n: 1 },
        headers: { trace: 'x', bytes },
      },
      { topic: 'orders', partition: 1, offset: 1, timestamp: clock.now(), key: null, value: { n: 2 }, headers: {} },
    ])
    expect(partitions).toEqual([
      { partition: 0, startOffset: 0, endOffset: 0, lastStableOffset: 0, segments: [] },
      {
        partition: 1,
        startOffset: 0,
        endOffset: 2,
        lastStableOffset: 2,
        segments: [{ baseOffset: 0, nextOffset: 2, sizeBytes: expect.any(Number) }],
      },
    ])
  })

  test('shows a record that its serde refuses, and why', async () => {
    await using kafka = new Kafkalet({ topics: { orders: topic({ key: int32, value: string }) } })
    const refusing = { ...string, deserialize: () => Promise.reject(new Error('not today')) }
    await using other = new Kafkalet({ topics: { orders: topic({ key: string, value: refusing }) } })
    await kafka.producer().send({ topic: 'orders', key: 5, value: 'v' })
    await other.producer().send({ topic: 'orders', key: 'k', value: 'v' })
    expect((await inspect(kafka).topic('orders')).records).toMatchObject([{ key: 5, value: 'v' }])
    expect((await inspect(other).topic('orders')).records).toMatchObject([{ key: 'k', value: 'v', error: 'not today' }])
  })

  test('__consumer_offsets shows what its records say', async () => {
    await using kafka = new Kafkalet()
    await kafka.admin().createTopics([{ topic: 'orders' }])
    await kafka.admin().alterConsumerGroupOffsets('billing', [{ topic: 'orders', partition: 0, offset: 5 }])
    const { records } = await inspect(kafka).topic('__consumer_offsets')
    expect(records).toMatchObject([{ value: { type: 'offset-commit', group: 'billing', value: { offset: 5 } } }])
  })

  test('that does not exist is named with what may have been meant', async () => {
    await using kafka = new Kafkalet({ topics: { orders } })
    await expect(inspect(kafka).topic('order')).rejects.toThrow("Topic 'order' does not exist. Did you mean 'orders'?")
  })
})

describe('a group', () => {
  test('shows its members, what each owns, and how far it is', async () => {
    await using kafka = new Kafkalet({ clock: new ManualClock(), topics: { orders }, seed: 1 })
    const producer = kafka.producer()
    for (const n of [1, 2, 3]) await producer.send({ topic: 'orders', partition: 0, value: { n } })
    const consumer = kafka.consumer({ ...group, clientId: 'one', maxPollRecords: 2, enableAutoCommit: false })
    await consumer.poll()
    await consumer.commit()
    await consumer.poll()
    const view = inspect(kafka).group('billing')
    expect(view).toMatchObject({ state: 'Stable', generation: 1, protocol: 'range', lag: 1 })
    expect(view.members).toMatchObject([
      {
        clientId: 'one',
        isLeader: true,
        assignment: ['orders-0', 'orders-1'],
        reader: 'nobody',
        groupInstanceId: null,
      },
    ])
    expect(String(view)).toMatchInlineSnapshot(`
      "Group 'billing' is Stable in generation 1, with one (nobody polls it); lag 1.
        partition  owner  committed  position  end  lag
        orders-0   one    2          3         3    1
        orders-1   one    0          0         0    0"
    `)
  })

  test('without members shows what it committed', async () => {
    await using kafka = new Kafkalet({ topics: { orders } })
    await kafka.admin().alterConsumerGroupOffsets('billing', [{ topic: 'orders', partition: 1, offset: 0 }])
    const { members, partitions } = inspect(kafka).group('billing')
    expect(members).toEqual([])
    expect(partitions).toMatchObject([
      { topic: 'orders', partition: 1, owner: null, committed: 0, isSubscribed: false },
    ])
  })

  test('that does not exist is named with what may have been meant', async () => {
    await using kafka = new Kafkalet({ topics: { orders } })
    expect(() => inspect(kafka).group('billing')).toThrow("Group 'billing' does not exist. There is none.")
    const consumer = kafka.consumer(group)
    expect(() => inspect(kafka).group('billing')).toThrow('consumer-1 belongs to it and has not joined')
    await consumer.poll({ timeoutMs: 0 })
    await consumer.poll({ timeoutMs: 10 })
    expect(() => inspect(kafka).group('biling')).toThrow("Did you mean 'billing'? There are: billing.")
  })

  test('whose coordinator loads cannot be seen, and the error says what to do', async () => {
    const clock = new ManualClock()
    await using kafka = new Kafkalet({ clock, topics: { orders } })
    void kafka.consumer(group).run({ eachRecord() {} })
    await waitForAssignment(kafka, 'billing')
    loseCoordinator(kafka, 'billing', { loadMs: 500 })
    expect(() => inspect(kafka).group('billing')).toThrow(/still loads.*Let time pass/)
    expect((await waitForLag(kafka, 'billing')).members).toHaveLength(1)
  })

  test('can be looked at after the end, and no timer is left', async () => {
    const clock = new ManualClock()
    const kafka = new Kafkalet({ clock, topics: { orders } })
    await kafka.producer().send({ topic: 'orders', value: { n: 1 }, partition: 0 })
    await kafka.consumer(group).poll()
    await kafka.close()
    expect(inspect(kafka).group('billing')).toMatchObject({ state: 'Empty', lag: 0 })
    expect((await inspect(kafka).topic('orders')).records).toHaveLength(1)
    expect(clock.timerCount).toBe(0)
  })

  test('is not changed by looking', async () => {
    await using kafka = new Kafkalet({ topics: { orders } })
    expect(() => inspect(kafka).group('billing')).toThrow()
    expect(await kafka.admin().listTopics({ listInternal: true })).toEqual(['orders'])
  })
})

async function rebalance(): Promise<{ kafka: Kafkalet<{ orders: typeof orders }>; clock: ManualClock }> {
  const clock = new ManualClock()
  const kafka = new Kafkalet({ clock, topics: { orders }, seed: 1 })
  inspect(kafka).timeline()
  await kafka.producer().sendBatch([
    { topic: 'orders', partition: 0, value: { n: 1 } },
    { topic: 'orders', partition: 0, value: { n: 2 } },
  ])
  const first = kafka.consumer({ groupId: 'billing', topics: ['orders'], clientId: 'first' })
  void first.run({ eachRecord() {} })
  await clock.advance(500)
  const second = kafka.consumer({ ...group, clientId: 'second' })
  void second.run({ eachRecord() {} })
  await clock.advance(4_000)
  await second.close()
  return { kafka, clock }
}

describe('a timeline', () => {
  test('tells a rebalance as one can read it', async () => {
    const { kafka } = await rebalance()
    expect(String(inspect(kafka).timeline())).toMatchInlineSnapshot(`
      "   0 ms  orders-0 gets records 0 to 1
         0 ms  first -> billing: JoinGroup
         0 ms  topic __consumer_offsets is created with 50 partitions
         0 ms  billing -> first: JoinGroup answered, MEMBER_ID_REQUIRED
         0 ms  first -> billing: JoinGroup
         0 ms  group billing is PreparingRebalance, generation 0
         0 ms  group billing is CompletingRebalance, generation 1
         0 ms  group billing has a new member, first
         0 ms  billing -> first: JoinGroup answered, generation 1, leads
         0 ms  first -> billing: SyncGroup
         0 ms  group billing is Stable, generation 1
         0 ms  billing -> first: SyncGroup answered, done
         0 ms  first takes orders-0, orders-1
         0 ms  first begins orders-0 at 2 (latest), and skips 2 records
         0 ms  first begins orders-1 at 0 (latest)
       500 ms  second -> billing: JoinGroup
       500 ms  billing -> second: JoinGroup answered, MEMBER_ID_REQUIRED
       500 ms  second -> billing: JoinGroup
       500 ms  group billing is PreparingRebalance, generation 1
      3000 ms  billing -> first: Heartbeat answered, REBALANCE_IN_PROGRESS
      3000 ms  group billing commits orders-0@2, orders-1@0
      3000 ms  first gives back orders-0, orders-1
      3000 ms  first -> billing: JoinGroup
      3000 ms  group billing is CompletingRebalance, generation 2
      3000 ms  group billing has a new member, second
      3000 ms  billing -> first: JoinGroup answered, generation 2, leads
      3000 ms  billing -> second: JoinGroup answered, generation 2
      3000 ms  second -> billing: SyncGroup
      3000 ms  first -> billing: SyncGroup
      3000 ms  group billing is Stable, generation 2
      3000 ms  billing -> first: SyncGroup answered, done
      3000 ms  billing -> second: SyncGroup answered, done
      3000 ms  second takes orders-1
      3000 ms  first takes orders-0
      4500 ms  second gives back orders-1
      4500 ms  second -> billing: LeaveGroup
      4500 ms  group billing loses second: left
      4500 ms  group billing is PreparingRebalance, generation 2
      4500 ms  billing -> second: LeaveGroup answered, done"
    `)
    await kafka.close()
  })

  test('becomes a sequence diagram', async () => {
    const { kafka } = await rebalance()
    expect(toMermaid(inspect(kafka).timeline(), { groupId: 'billing' })).toMatchInlineSnapshot(`
      "sequenceDiagram
        participant g1 as group billing
        participant c2 as first
        participant c3 as second
        Note over g1: 0 ms
        c2->>g1: JoinGroup
        g1-->>c2: JoinGroup, MEMBER_ID_REQUIRED
        c2->>g1: JoinGroup
        Note over g1: PreparingRebalance, generation 0
        Note over g1: CompletingRebalance, generation 1
        g1-->>c2: JoinGroup, generation 1, leads
        c2->>g1: SyncGroup
        Note over g1: Stable, generation 1
        g1-->>c2: SyncGroup, done
        Note over c2: takes orders-0, orders-1
        Note over g1: 500 ms
        c3->>g1: JoinGroup
        g1-->>c3: JoinGroup, MEMBER_ID_REQUIRED
        c3->>g1: JoinGroup
        Note over g1: PreparingRebalance, generation 1
        Note over g1: 3000 ms
        c2->>g1: Heartbeat
        g1-->>c2: Heartbeat, REBALANCE_IN_PROGRESS
        Note over c2: gives back orders-0, orders-1
        c2->>g1: JoinGroup
        Note over g1: CompletingRebalance, generation 2
        g1-->>c2: JoinGroup, generation 2, leads
        g1-->>c3: JoinGroup, generation 2
        c3->>g1: SyncGroup
        c2->>g1: SyncGroup
        Note over g1: Stable, generation 2
        g1-->>c2: SyncGroup, done
        g1-->>c3: SyncGroup, done
        Note over c3: takes orders-1
        Note over c2: takes orders-0
        Note over g1: 4500 ms
        Note over c3: gives back orders-1
        c3->>g1: LeaveGroup
        Note over g1: loses second, left
        Note over g1: PreparingRebalance, generation 2
        g1-->>c3: LeaveGroup, done"
    `)
    await kafka.close()
  })

  test('has what was told as data, too, and can be cleared', async () => {
    const clock = new ManualClock()
    await using kafka = new Kafkalet({ clock, topics: { orders } })
    const timeline = inspect(kafka).timeline()
    expect(String(timeline)).toMatch(/^Nothing has happened since inspect\(kafka\)\.timeline\(\) was first asked for/)
    await clock.advance(50)
    const producer = kafka.producer()
    for (const n of [1, 2]) await producer.send({ topic: 'orders', partition: 0, value: { n } })
    expect(timeline.entries).toMatchObject([{ event: 'recordsAppended', afterMs: 50, baseOffset: 0, count: 2 }])
    expect(inspect(kafka).timeline()).toBe(timeline)
    timeline.clear()
    await producer.send({ topic: 'orders', partition: 0, value: { n: 3 } })
    expect(String(timeline)).toBe('50 ms  orders-0 gets record 2')
  })

  test('of a member whose session expired tells what it lost', async () => {
    const clock = new ManualClock()
    await using kafka = new Kafkalet({ clock, topics: { orders } })
    const timeline = inspect(kafka).timeline()
    const consumer = kafka.consumer({ ...group, clientId: 'slow', maxPollIntervalMs: 60_000 })
    await consumer.poll({ timeoutMs: 0 })
    await clock.settle()
    await consumer.poll({ timeoutMs: 0 })
    await clock.advance(61_000)
    timeline.clear()
    await consumer.poll({ timeoutMs: 0 })
    expect(String(timeline)).toContain('slow has lost orders-0, orders-1')
  })

  test('draws only what it knows of', async () => {
    await using kafka = new Kafkalet()
    const timeline = inspect(kafka).timeline()
    expect(() => toMermaid(timeline, { groupId: 'billing' })).toThrow(
      "tells nothing of group 'billing', but of no group",
    )
    expect(() => toMermaid({} as never)).toThrow('toMermaid takes a timeline')
    expect(toMermaid(timeline)).toBe('sequenceDiagram')
  })

  test('takes nothing but a Kafkalet', () => {
    expect(() => inspect({})).toThrow('inspect takes the Kafkalet it is about first')
  })
})
