// Where a group reads on after admin.resetOffsets, and how much it then has left.
import { type Admin, Kafkalet, type OffsetReset } from 'kafkalet'
import { ManualClock } from 'kafkalet/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readVectors } from '../support/vectors.ts'

const t = { topic: 't', partition: 0 } as const
const empty = { topic: 't', partition: 1 } as const
const other = { topic: 'u', partition: 0 } as const
const SECOND_MS = 1000

let clock: ManualClock
let kafka: Kafkalet
let admin: Admin
let startMs: number

/** Ten records in t-0, one a second; none in t-1; two in u-0. The group has read 4 of t-0 and all of u-0. */
beforeEach(async () => {
  clock = new ManualClock()
  kafka = new Kafkalet({ clock, seed: 1 })
  admin = kafka.admin()
  await admin.createTopics([{ topic: 't', partitions: 2 }, { topic: 'u' }])
  const producer = kafka.producer({ lingerMs: 0 })
  startMs = clock.now()
  for (let i = 0; i < 10; i++) {
    await producer.send({ ...t, value: `${i}`, timestamp: startMs + i * SECOND_MS })
  }
  for (let i = 0; i < 2; i++) await producer.send({ ...other, value: `${i}` })
  await clock.advance(10 * SECOND_MS)
  await admin.alterConsumerGroupOffsets('g', [
    { ...t, offset: 4 },
    { ...other, offset: 2 },
  ])
})

afterEach(() => kafka.close())

async function reset(to: OffsetReset, ...partitions: { topic: string; partition: number }[]): Promise<number[]> {
  const plan = await admin.resetOffsets('g', { to, partitions })
  const committed = await admin.listConsumerGroupOffsets('g', partitions)
  expect(committed.map(({ offset }) => offset)).toEqual(plan.map(({ newOffset }) => newOffset))
  return plan.map(({ newOffset }) => newOffset)
}

describe("offsets are reset as Kafka's tool does", () => {
  const checks: Readonly<Record<string, () => Promise<void>>> = {
    'RL-01': async () => {
      await admin.alterConsumerGroupOffsets('g', [{ ...other, offset: 5 }])
      const offsets = await admin.listConsumerGroupOffsets('g')
      expect(offsets.map(({ endOffset, offset, lag }) => lag - (endOffset - offset))).toEqual([0, 0])
      expect(offsets.map(({ lag }) => lag)).toEqual([6, -3])
    },
    'RL-06': async () => {
      expect(await reset('earliest', t, empty)).toEqual([0, 0])
      expect(await reset('latest', t, empty)).toEqual([10, 0])
    },
    'RL-08': async () => {
      expect(await reset({ shiftBy: 3 }, t)).toEqual([7])
      expect(await reset({ shiftBy: -2 }, t)).toEqual([5])
      expect(await reset({ shiftBy: -50 }, t)).toEqual([0])
      expect(await reset({ shiftBy: 50 }, t)).toEqual([10])
    },
    'RL-11': async () => {
      expect(await reset({ timestamp: startMs + 60 * SECOND_MS }, t, empty)).toEqual([10, 0])
      expect(await reset({ durationMs: 0 }, t, empty)).toEqual([10, 0])
    },
  }
  const { rows } = readVectors<{ rows: readonly { id: string; operation: string }[] }>('reset-lag')

  test.each(rows.map(({ id, operation }) => [`${id}: ${operation}`, id] as const))('%s', (_, id) => checks[id]?.())

  test('in all rows there are', () => {
    expect(rows.map(({ id }) => id)).toEqual(Object.keys(checks))
  })
})

test('a time is the first record from it on, a duration counts back from now', async () => {
  expect(await reset({ timestamp: startMs + 2500 }, t)).toEqual([3])
  expect(await reset({ timestamp: startMs + 3000 }, t)).toEqual([3])
  expect(await reset({ durationMs: 4000 }, t)).toEqual([6])
  expect(await reset({ durationMs: Number.MAX_SAFE_INTEGER }, t)).toEqual([0])
})

test('an offset is taken at most to the ends of the log', async () => {
  expect(await reset({ offset: 7 }, t, empty)).toEqual([7, 0])
  expect(await reset({ offset: 99 }, t)).toEqual([10])
})

test('current is what is committed, also beyond the end, and the end where nothing is', async () => {
  await admin.alterConsumerGroupOffsets('g', [{ ...t, offset: 40 }])
  expect(await reset('current', t, empty)).toEqual([40, 0])
})

test('a list has an offset for each partition, and touches no other', async () => {
  const plan = await admin.resetOffsets('g', {
    to: [
      { ...t, offset: 1 },
      { ...empty, offset: 9 },
    ],
  })
  expect(plan).toEqual([
    { ...t, oldOffset: 4, newOffset: 1, endOffset: 10, lag: 9 },
    { ...empty, oldOffset: null, newOffset: 0, endOffset: 0, lag: 0 },
  ])
  const [first, second, third] = await admin.listConsumerGroupOffsets('g')
  expect([first?.offset, second?.offset, third?.offset]).toEqual([1, 0, 2])
})

test('all that is committed is reset where nothing is named; of a topic that is named, every partition', async () => {
  const everything = await admin.resetOffsets('g', { to: 'earliest', dryRun: true })
  expect(everything.map(({ topic, partition }) => `${topic}-${partition}`)).toEqual(['t-0', 'u-0'])
  const whole = await admin.resetOffsets('g', { to: 'earliest', topics: ['t'], partitions: [other, t], dryRun: true })
  expect(whole.map(({ topic, partition }) => `${topic}-${partition}`)).toEqual(['t-0', 't-1', 'u-0'])
})

test('a dry run tells the plan and changes nothing', async () => {
  const plan = await admin.resetOffsets('g', { to: 'earliest', dryRun: true })
  expect(plan[0]).toEqual({ ...t, oldOffset: 4, newOffset: 0, endOffset: 10, lag: 10 })
  expect(await admin.listConsumerGroupOffsets('g', [t])).toMatchObject([{ offset: 4 }])
})

test('a group that did not exist begins where it is set', async () => {
  expect(await admin.resetOffsets('new', { to: 'earliest' })).toEqual([])
  expect(await admin.resetOffsets('new', { to: { offset: 3 }, partitions: [t] })).toMatchObject([{ oldOffset: null }])
  const consumer = kafka.consumer({ groupId: 'new', topics: ['t'] })
  expect((await consumer.poll()).map(({ value }) => value)).toEqual(['3', '4', '5', '6', '7', '8', '9'])
})

test('a group with members is refused, with its state, its members and the remedy', async () => {
  const consumer = kafka.consumer({ groupId: 'g', topics: ['t'], clientId: 'reader' })
  await consumer.poll()
  const resetting = admin.resetOffsets('g', { to: 'earliest' })
  await expect(resetting).rejects.toMatchObject({ code: 'NON_EMPTY_GROUP' })
  await expect(resetting).rejects.toThrow(
    /Group 'g' is Stable and has 1 members \(reader-.*\).*Close its consumers first/,
  )
  await consumer.close()
  expect(await reset('earliest', t)).toEqual([0])
})

test('there is no shifting what is not committed', async () => {
  const shifting = admin.resetOffsets('g', { to: { shiftBy: 1 }, partitions: [empty] })
  await expect(shifting).rejects.toThrow("Group 'g' has committed nothing for t-1")
})

test('a partition that does not exist is named', async () => {
  const resetting = admin.resetOffsets('g', { to: 'latest', partitions: [{ topic: 't', partition: 9 }] })
  await expect(resetting).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
  await expect(admin.resetOffsets('g', { to: 'latest', topics: ['tt'] })).rejects.toThrow("Did you mean 't'?")
})

test('a target that is none is refused', async () => {
  const targets: readonly unknown[] = [
    'first',
    {},
    null,
    { offset: -1 },
    { offset: 1.5 },
    { timestamp: Number.NaN },
    { durationMs: -1 },
    { shiftBy: '1' },
    { offset: 1, shiftBy: 1 },
    { toString: 1 },
    [{ ...t, offset: -1 }],
    [
      { ...t, offset: 1 },
      { ...t, offset: 2 },
    ],
  ]
  for (const to of targets) {
    const resetting = admin.resetOffsets('g', { to: to as never })
    await expect(resetting, JSON.stringify(to)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  }
  const mistyped = admin.resetOffsets('g', { to: 'earliest', dryrun: true } as never)
  await expect(mistyped).rejects.toThrow("Did you mean 'dryRun'?")
  const both = admin.resetOffsets('g', { to: [{ ...t, offset: 1 }], topics: ['t'] })
  await expect(both).rejects.toThrow('names its own partitions')
  expect(await admin.listConsumerGroupOffsets('g', [t])).toMatchObject([{ offset: 4 }])
})
