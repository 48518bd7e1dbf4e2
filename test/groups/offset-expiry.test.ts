// When what a group committed is forgotten, and the group with it. Retention is one hour here, and looked at every ten
// minutes: what is due is gone ten minutes later at the latest.
import { coordinatorPartition, decodeOffsetsRecord, KafkaError, Kafkalet } from 'kafkalet'
import { ManualClock } from 'kafkalet/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { groupMetadataRecord } from '../../src/groups/group-records.ts'
import { RecordBatch } from '../../src/log/record-batch.ts'
import { play } from '../support/group-steps.ts'
import { GroupWorld } from '../support/group-world.ts'

const MINUTE_MS = 60_000
const orders = { topic: 'orders', partition: 0 } as const
const payments = { topic: 'payments', partition: 0 } as const

let clock: ManualClock
let kafka: Kafkalet

beforeEach(async () => {
  clock = new ManualClock()
  kafka = new Kafkalet({ clock, seed: 1, config: { offsetsRetentionMinutes: 60 } })
  await kafka.admin().createTopics([{ topic: 'orders' }, { topic: 'payments' }])
})

afterEach(() => kafka.close())

describe('the offsets of a group without members', () => {
  test('are kept for the retention from when it became empty, however old the commits are', async () => {
    const consumer = await member('orders')
    await consumer.commit([{ ...orders, offset: 5 }])
    await minutes(50)
    await consumer.close()
    await minutes(59)
    expect(await committed()).toEqual({ orders: 5 })
    await minutes(11)
    expect(await committed()).toEqual({})
  })

  test('are not kept for longer because of a newer commit of an admin', async () => {
    const consumer = await member('orders')
    await consumer.commit([{ ...orders, offset: 5 }])
    await consumer.close()
    await minutes(55)
    await kafka.admin().alterConsumerGroupOffsets('delays', [{ ...orders, offset: 6 }])
    await minutes(15)
    expect(await committed()).toEqual({})
  })

  test('are kept when a member comes back in time, and count anew from when it leaves', async () => {
    const first = await member('orders')
    await first.commit([{ ...orders, offset: 5 }])
    await first.close()
    await minutes(59)
    const second = await member('orders')
    await minutes(120)
    expect(await committed()).toEqual({ orders: 5 })
    await second.close()
    await minutes(59)
    expect(await committed()).toEqual({ orders: 5 })
    await minutes(11)
    expect(await committed()).toEqual({})
  })
})

describe('the offsets of a group that never had a member', () => {
  test('are kept for the retention from their own commit', async () => {
    const admin = kafka.admin()
    await admin.alterConsumerGroupOffsets('delays', [{ ...orders, offset: 5 }])
    await minutes(30)
    await admin.alterConsumerGroupOffsets('delays', [{ ...payments, offset: 7 }])
    await minutes(30)
    expect(await committed()).toEqual({ payments: 7 })
    await minutes(30)
    expect(await committed()).toEqual({})
    expect(await admin.listGroups()).toEqual([])
  })

  test('are kept for longer when they are committed again', async () => {
    const admin = kafka.admin()
    await admin.alterConsumerGroupOffsets('delays', [{ ...orders, offset: 5 }])
    await minutes(45)
    await admin.alterConsumerGroupOffsets('delays', [{ ...orders, offset: 6 }])
    await minutes(55)
    expect(await committed()).toEqual({ orders: 6 })
    await minutes(10)
    expect(await committed()).toEqual({})
  })
})

describe('the offsets of an active group', () => {
  test('are kept while their topic is subscribed to, and for the retention from their commit when it is not', async () => {
    const consumer = await member('orders', 'payments')
    await consumer.commit([
      { ...orders, offset: 5 },
      { ...payments, offset: 7 },
    ])
    await minutes(30)
    consumer.subscribe(['orders'])
    await poll(consumer)
    await minutes(29)
    expect(await committed()).toEqual({ orders: 5, payments: 7 })
    await minutes(11)
    expect(await committed()).toEqual({ orders: 5 })
    await minutes(300)
    expect(await committed()).toEqual({ orders: 5 })
    expect(await kafka.admin().listGroups()).toMatchObject([{ groupId: 'delays', state: 'Stable' }])
  })
})

describe('what is written when a group is forgotten', () => {
  test('is a tombstone for each offset and, behind them, one for the group', async () => {
    const consumer = await member('orders', 'payments')
    await consumer.commit([
      { ...orders, offset: 5 },
      { ...payments, offset: 7 },
    ])
    await consumer.close()
    await minutes(70)
    expect((await offsetsTopic()).slice(-3)).toEqual([
      { type: 'offset-commit', group: 'delays', ...orders, value: null },
      { type: 'offset-commit', group: 'delays', ...payments, value: null },
      { type: 'group-metadata', group: 'delays', value: null },
    ])
    expect(await kafka.admin().describeGroups(['delays'])).toMatchObject([{ state: 'Dead' }])
  })

  test('is a tombstone for the group at the next look, where it committed nothing', async () => {
    const consumer = await member('orders')
    await consumer.close()
    await minutes(9)
    expect(await kafka.admin().listGroups()).toMatchObject([{ groupId: 'delays', state: 'Empty' }])
    await minutes(1)
    expect(await kafka.admin().listGroups()).toEqual([])
    expect((await offsetsTopic()).at(-1)).toEqual({ type: 'group-metadata', group: 'delays', value: null })
  })

  test('lets a group of the same name begin from nothing', async () => {
    const first = await member('orders')
    await first.commit([{ ...orders, offset: 5 }])
    await first.close()
    await minutes(70)
    const second = await member('orders')
    expect(second.groupMetadata().generation).toBe(1)
    expect(await second.committed([orders])).toEqual([null])
  })
})

describe('no timer is armed', () => {
  test('where there are no groups, or they are forgotten', async () => {
    expect(clock.timerCount).toBe(0)
    const consumer = await member('orders')
    await consumer.commit([{ ...orders, offset: 5 }])
    await consumer.close()
    expect(clock.timerCount).toBe(1)
    await minutes(70)
    expect(clock.timerCount).toBe(0)
  })

  test('for an active group that subscribes to all it committed, but that for the session', async () => {
    const world = new GroupWorld('grp', {
      'offsets.retention.minutes': '60',
      'group.max.session.timeout.ms': '99999999',
    })
    await play(world, 'SETUP A joined (session 90000000, rebalance 60000), generation 1')
    await play(
      world,
      "sync(A): SyncGroup memberId=id(A) generation=1 protocol=consumer/range assignments={id(A):'A-A'}",
    )
    await play(world, 'commit(A): OffsetCommit v9 memberId=id(A) generation=1 offsets={orders-0=5}')
    await play(world, 'advance clock 3600000 ms')
    expect(world.describeGroup()).toContain('state=Stable')
    expect(world.clock.timerCount).toBe(1)
  })
})

test('a coordinator that was loaded anew forgets a group when the old one would have', async () => {
  const world = new GroupWorld('grp', { 'offsets.retention.minutes': '60' })
  await play(
    world,
    'SETUP members [A] (dynamic, range[orders], session 10000, rebalance 60000) join, A (leader) syncs -> Stable',
  )
  await play(world, 'commit(A): OffsetCommit v9 memberId=id(A) generation=1 offsets={orders-0=5}')
  await play(world, 'leave(A): LeaveGroup members=[id(A)]')
  await play(world, 'advance clock 3300000 ms')
  await world.failOver()
  world.appended()
  await play(world, 'fetch(A): OffsetFetch all requireStable=false')
  expect(world.appended()).toEqual([])
  await play(world, 'advance clock 600000 ms')
  expect(world.appended()).toEqual(['OffsetCommit(grp,orders-0)=TOMBSTONE', 'GroupMetadata(grp)=TOMBSTONE'])
})

test('an empty group of which was not written when it became empty forgets each offset by its own commit', async () => {
  const world = new GroupWorld('grp', { 'offsets.retention.minutes': '60' })
  await play(world, "commit(admin): OffsetCommit v9 memberId='' generation=-1 offsets={orders-0=5}")
  const empty = { protocolType: 'consumer', generation: 3, protocol: null, leader: null, members: [] }
  const { key, value } = groupMetadataRecord('grp', { ...empty, currentStateTimestamp: -1 })
  const batch = new RecordBatch()
  batch.push(key, value, world.clock.now())
  world.broker.append(world.log, batch, 'coordinator')
  await play(world, 'advance clock 3000000 ms')
  await world.failOver()
  expect(world.describeGroup()).toContain('state=Empty generation=3')
  world.appended()
  await play(world, 'advance clock 600000 ms')
  expect(world.appended()).toEqual(['OffsetCommit(grp,orders-0)=TOMBSTONE', 'GroupMetadata(grp)=TOMBSTONE'])
})

test('what the log refuses to forget is forgotten at the next look', async () => {
  const world = new GroupWorld('grp', { 'offsets.retention.minutes': '60' })
  await play(world, "commit(admin): OffsetCommit v9 memberId='' generation=-1 offsets={orders-0=5}")
  world.appended()
  vi.spyOn(world.log, 'append').mockImplementationOnce(() => {
    throw new KafkaError('NOT_ENOUGH_REPLICAS')
  })
  await play(world, 'advance clock 3600000 ms')
  expect(world.appended()).toEqual([])
  expect(world.describeGroup()).toContain('state=Empty')
  await play(world, 'advance clock 600000 ms')
  expect(world.appended()).toEqual(['OffsetCommit(grp,orders-0)=TOMBSTONE', 'GroupMetadata(grp)=TOMBSTONE'])
  expect(world.describeGroup()).toBe('(group absent)')
})

type AnyConsumer = ReturnType<Kafkalet['consumer']>

/** A consumer that has joined the group `delays`. It stays in it without polling. */
async function member(...topics: string[]): Promise<AnyConsumer> {
  const consumer = kafka.consumer({
    groupId: 'delays',
    topics,
    enableAutoCommit: false,
    maxPollIntervalMs: 2 ** 31 - 1,
  })
  await poll(consumer)
  return consumer
}

/** Joins and rejoins happen inside a poll, which waits for records that do not come. */
async function poll(consumer: AnyConsumer): Promise<void> {
  const polled = consumer.poll({ timeoutMs: 1 })
  await clock.advance(1)
  expect(await polled).toEqual([])
}

async function minutes(count: number): Promise<void> {
  await clock.advance(count * MINUTE_MS)
}

/** Topic → the offset that `delays` committed for its only partition. */
async function committed(): Promise<Record<string, number>> {
  const offsets = await kafka.admin().listConsumerGroupOffsets('delays')
  return Object.fromEntries(offsets.map(({ topic, offset }) => [topic, offset]))
}

/** All that was written about `delays`. */
async function offsetsTopic() {
  const reader = kafka.consumer<'__consumer_offsets'>({ autoOffsetReset: 'earliest' })
  reader.assign([{ topic: '__consumer_offsets', partition: coordinatorPartition('delays') }])
  const records = await reader.poll()
  await reader.close()
  return records.map((record) => decodeOffsetsRecord(record))
}
