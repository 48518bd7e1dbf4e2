import { Kafkalet } from 'kafkalet'
import { ManualClock } from 'kafkalet/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let kafka: Kafkalet
let clock: ManualClock

beforeEach(() => {
  clock = new ManualClock()
  kafka = new Kafkalet({ clock, seed: 1, config: { numPartitions: 2 } })
})

afterEach(() => kafka.close())

const t0 = { topic: 't', partition: 0 }
const t1 = { topic: 't', partition: 1 }

async function append(partition: number, ...values: string[]) {
  const producer = kafka.producer()
  for (const value of values) await producer.send({ topic: 't', partition, value })
}

const reader = { groupId: 'g', autoOffsetReset: 'earliest', enableAutoCommit: false } as const

describe('where a consumer begins', () => {
  test('reads from the first record where nothing is committed and the reset is earliest (CS-01)', async () => {
    await append(0, 'a', 'b', 'c')
    const consumer = kafka.consumer(reader)
    consumer.assign([t0])
    expect(await consumer.position(t0)).toBe(0)
    expect((await consumer.poll()).map(({ offset, value }) => `${offset}:${value}`)).toEqual(['0:a', '1:b', '2:c'])
    expect(await consumer.position(t0)).toBe(3)
    expect(await consumer.committed([t0])).toEqual([null])
  })

  test('reads only what comes after it where the reset is latest', async () => {
    await append(0, 'a')
    const consumer = kafka.consumer({ groupId: 'g', topics: ['t'] })
    expect(await consumer.poll({ timeoutMs: 0 })).toEqual([])
    await clock.settle()
    expect(await consumer.poll({ timeoutMs: 0 })).toEqual([])
    await append(0, 'b')
    expect((await consumer.poll()).map(({ value }) => value)).toEqual(['b'])
  })

  test('says which partitions have no offset where the reset is none, until the application seeks (CS-03)', async () => {
    await append(0, 'a')
    const consumer = kafka.consumer({ ...reader, autoOffsetReset: 'none' })
    consumer.assign([t0, t1])
    await expect(consumer.poll()).rejects.toMatchObject({ code: 'NO_OFFSET_FOR_PARTITION' })
    await expect(consumer.poll()).rejects.toThrow('t-0, t-1')
    consumer.seek(t0, 0)
    consumer.seek(t1, 0)
    expect((await consumer.poll()).map(({ value }) => value)).toEqual(['a'])
  })

  test('goes on from the committed offset', async () => {
    await append(0, 'a', 'b', 'c')
    const first = kafka.consumer({ ...reader, topics: ['t'] })
    await first.poll()
    await first.commit([{ ...t0, offset: 2 }])
    await first.close()
    const second = kafka.consumer({ ...reader, topics: ['t'] })
    expect((await second.poll()).map(({ value }) => value)).toEqual(['c'])
  })

  test('fails at each poll for a position beyond the end where the reset is none (CS-08)', async () => {
    await append(0, 'a', 'b')
    const consumer = kafka.consumer({ ...reader, autoOffsetReset: 'none' })
    consumer.assign([t0])
    consumer.seek(t0, 10)
    await expect(consumer.poll()).rejects.toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
    await expect(consumer.poll()).rejects.toThrow('Offset 10 of t-0')
    expect(await consumer.position(t0)).toBe(10)
    consumer.seek(t0, 1)
    expect((await consumer.poll()).map(({ value }) => value)).toEqual(['b'])
  })

  test('resets a position beyond the end by the reset policy', async () => {
    await append(0, 'a', 'b')
    const consumer = kafka.consumer(reader)
    consumer.assign([t0])
    consumer.seek(t0, 10)
    expect((await consumer.poll()).map(({ value }) => value)).toEqual(['a', 'b'])
  })
})

describe('poll', () => {
  test('splits what was fetched over several polls, in offset order (CS-16)', async () => {
    await append(0, 'a', 'b', 'c', 'd', 'e')
    const consumer = kafka.consumer({ ...reader, maxPollRecords: 2 })
    consumer.assign([t0])
    expect((await consumer.poll()).map(({ value }) => value)).toEqual(['a', 'b'])
    expect(await consumer.position(t0)).toBe(2)
    expect((await consumer.poll()).map(({ value }) => value)).toEqual(['c', 'd'])
    expect((await consumer.poll()).map(({ value }) => value)).toEqual(['e'])
    expect(await consumer.poll({ timeoutMs: 0 })).toEqual([])
  })

  test('resolves with nothing when its time is over', async () => {
    const consumer = kafka.consumer({ ...reader, topics: ['t'] })
    const polled = consumer.poll({ timeoutMs: 700 })
    let isOver = false
    polled.then(() => {
      isOver = true
    })
    await clock.advance(699)
    expect(isOver).toBe(false)
    await clock.advance(1)
    expect(await polled).toEqual([])
  })

  test('wakes for a record that comes while it waits', async () => {
    const consumer = kafka.consumer({ ...reader, topics: ['t'] })
    const polled = consumer.poll({ timeoutMs: 60_000 })
    await clock.settle()
    await append(1, 'late')
    expect((await polled).map(({ value }) => value)).toEqual(['late'])
  })

  test('waits for fetchMinBytes, but not longer than fetchMaxWaitMs', async () => {
    const consumer = kafka.consumer({ ...reader, fetchMinBytes: 10_000, fetchMaxWaitMs: 200 })
    consumer.assign([t0])
    const polled = consumer.poll({ timeoutMs: 60_000 })
    await clock.settle()
    await append(0, 'small')
    let isThere = false
    polled.then(() => {
      isThere = true
    })
    await clock.advance(199)
    expect(isThere).toBe(false)
    await clock.advance(1)
    expect((await polled).map(({ value }) => value)).toEqual(['small'])
  })

  test('refuses a second poll while one waits', async () => {
    const consumer = kafka.consumer({ ...reader, topics: ['t'] })
    const first = consumer.poll()
    await expect(consumer.poll()).rejects.toMatchObject({ code: 'ILLEGAL_STATE' })
    await expect(consumer.poll()).rejects.toThrow('One reader at a time')
    await clock.advance(1_000)
    expect(await first).toEqual([])
  })

  test('rejects with the reason when its signal aborts, and loses nothing', async () => {
    const consumer = kafka.consumer({ ...reader, topics: ['t'] })
    const controller = new AbortController()
    const polled = consumer.poll({ signal: controller.signal, timeoutMs: 60_000 })
    await clock.settle()
    controller.abort(new Error('enough'))
    await expect(polled).rejects.toThrow('enough')
    await append(0, 'a')
    expect((await consumer.poll()).map(({ value }) => value)).toEqual(['a'])
  })

  test('without anything to read names what to do', async () => {
    await expect(kafka.consumer(reader).poll()).rejects.toThrow('Call subscribe')
  })
})

describe('seek, pause and position', () => {
  test('seek takes effect at the next poll, also for records already fetched', async () => {
    await append(0, 'a', 'b', 'c', 'd')
    const consumer = kafka.consumer({ ...reader, maxPollRecords: 1 })
    consumer.assign([t0])
    expect((await consumer.poll()).map(({ value }) => value)).toEqual(['a'])
    consumer.seek(t0, 3)
    expect((await consumer.poll()).map(({ value }) => value)).toEqual(['d'])
  })

  test('seek to the end is looked up when it is needed (CS-11)', async () => {
    await append(0, 'a', 'b')
    const consumer = kafka.consumer(reader)
    consumer.assign([t0])
    consumer.seek(t0, 'end')
    await append(0, 'c')
    expect(await consumer.position(t0)).toBe(3)
    await append(0, 'd')
    expect((await consumer.poll()).map(({ value }) => value)).toEqual(['d'])
    consumer.seek(t0, 'beginning')
    expect((await consumer.poll()).map(({ value }) => value)).toEqual(['a', 'b', 'c', 'd'])
  })

  test('a paused partition is not read and keeps its position', async () => {
    await append(0, 'a')
    await append(1, 'x')
    const consumer = kafka.consumer(reader)
    consumer.assign([t0, t1])
    consumer.pause([t0])
    consumer.pause([t0])
    expect(consumer.paused()).toEqual([t0])
    expect((await consumer.poll()).map(({ value }) => value)).toEqual(['x'])
    expect(await consumer.position(t0)).toBe(0)
    consumer.resume([t0])
    expect((await consumer.poll()).map(({ value }) => value)).toEqual(['a'])
  })

  test('assigning a kept partition again keeps its position and its pause (CS-13)', async () => {
    const consumer = kafka.consumer(reader)
    consumer.assign([t0])
    consumer.pause([t0])
    consumer.assign([t0, t1])
    expect(consumer.paused()).toEqual([t0])
  })

  test('refuses partitions that are not assigned (CS-06)', async () => {
    const consumer = kafka.consumer(reader)
    consumer.assign([t0])
    expect(() => consumer.seek(t1, 0)).toThrow('Partition t-1 is not assigned to this consumer (it has t-0)')
    expect(() => consumer.pause([t1])).toThrow('not assigned')
    expect(() => consumer.resume([t1])).toThrow('not assigned')
    await expect(consumer.position(t1)).rejects.toMatchObject({ code: 'ILLEGAL_STATE' })
    expect(() => consumer.seek(t0, -1)).toThrow('whole number of at least 0')
    expect(() => consumer.seek(t0, 1.5)).toThrow('whole number of at least 0')
  })

  test('tells lag and offsets for times (CS-26)', async () => {
    const producer = kafka.producer()
    const start = clock.now()
    for (const [i, value] of ['a', 'b', 'c'].entries()) {
      await producer.send({ topic: 't', partition: 0, value, timestamp: start + (i + 1) * 1000 })
    }
    const consumer = kafka.consumer(reader)
    consumer.assign([t0, t1])
    const times = [0, 1500, 3000, 3001].map((ms) => ({ ...t0, timestamp: start + ms }))
    expect(await consumer.offsetsForTimes(times)).toEqual([0, 1, 2, null])
    await expect(consumer.offsetsForTimes([{ ...t0, timestamp: -5 }])).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    expect(await consumer.lag(t0)).toBe(3)
    await consumer.poll()
    expect(await consumer.lag(t0)).toBe(0)
    consumer.seek(t0, 1)
    expect(await consumer.lag(t0)).toBe(2)
  })
})

describe('committing', () => {
  test('commits what polls have returned when the consumer is closed (CS-18)', async () => {
    await append(0, 'a', 'b', 'c')
    const first = kafka.consumer({ groupId: 'g', autoOffsetReset: 'earliest' })
    first.assign([t0])
    await first.poll()
    await first.close()
    const second = kafka.consumer(reader)
    second.assign([t0])
    expect(await second.committed([t0])).toEqual([3])
  })

  test('commits what earlier polls returned when the interval has passed', async () => {
    await append(0, 'a', 'b', 'c')
    const consumer = kafka.consumer({ groupId: 'g', autoOffsetReset: 'earliest', maxPollRecords: 1 })
    consumer.assign([t0])
    await consumer.poll()
    await consumer.poll()
    expect(await consumer.committed([t0])).toEqual([null])
    await clock.advance(5_000)
    await consumer.poll()
    expect(await consumer.committed([t0])).toEqual([2])
  })

  test('commits while a poll waits', async () => {
    await append(0, 'a')
    const consumer = kafka.consumer({ groupId: 'g', autoOffsetReset: 'earliest' })
    consumer.assign([t0])
    await consumer.poll()
    const waiting = consumer.poll({ timeoutMs: 20_000 })
    await clock.advance(5_000)
    expect(await consumer.committed([t0])).toEqual([1])
    await clock.advance(15_000)
    expect(await waiting).toEqual([])
  })

  test('commits partitions that are not assigned, with metadata (CS-38)', async () => {
    await append(1, 'x')
    const consumer = kafka.consumer(reader)
    consumer.assign([t0])
    await consumer.commit([{ ...t1, offset: 7, metadata: 'by hand' }])
    expect(await consumer.committed([t1])).toEqual([7])
    const [offset] = await kafka.admin().listConsumerGroupOffsets('g')
    expect(offset).toMatchObject({ ...t1, offset: 7, metadata: 'by hand', lag: -6 })
  })

  test('needs a group', async () => {
    const consumer = kafka.consumer()
    expect(() => consumer.subscribe(['t'])).toThrow('subscribe needs a group')
    consumer.assign([t0])
    await expect(consumer.commit()).rejects.toMatchObject({ code: 'INVALID_GROUP_ID' })
    await expect(consumer.committed([t0])).rejects.toMatchObject({ code: 'INVALID_GROUP_ID' })
    expect(() => consumer.groupMetadata()).toThrow('groupMetadata needs a group')
  })

  test('refuses a partition that does not exist, and an offset that is none', async () => {
    await append(0, 'a')
    const consumer = kafka.consumer(reader)
    consumer.assign([t0])
    const far = { topic: 't', partition: 9, offset: 0 }
    await expect(consumer.commit([far])).rejects.toThrow("Topic 't' has no partition 9: it has 2, from 0 to 1.")
    await expect(consumer.commit([{ ...t0, offset: -1 }])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(consumer.commit([{ ...t0, offset: 0.5 }])).rejects.toThrow('t-0')
    expect(await consumer.committed([t0])).toEqual([null])
  })
})

describe('subscribing', () => {
  test('subscribe and assign exclude each other (CS-23)', async () => {
    const consumer = kafka.consumer(reader)
    consumer.subscribe(['t'])
    expect(() => consumer.assign([t0])).toThrow('assign does not go together with subscribe')
    await consumer.unsubscribe()
    consumer.assign([t0])
    expect(() => consumer.subscribe(['t'])).toThrow('subscribe does not go together with assign')
    expect(() => kafka.consumer(reader).subscribe([''])).toThrow('not empty')
  })

  test('tells the group metadata before and after joining (CS-36)', async () => {
    const consumer = kafka.consumer({ ...reader, topics: ['t'] })
    expect(consumer.groupMetadata()).toEqual({ groupId: 'g', generation: -1, memberId: '', groupInstanceId: null })
    await append(0, 'a')
    await consumer.poll()
    expect(consumer.groupMetadata()).toMatchObject({ generation: 1, memberId: expect.stringContaining('consumer-1') })
  })

  test('reads the topics that match a pattern, and new ones after metadataMaxAgeMs', async () => {
    const admin = kafka.admin()
    await admin.createTopics([{ topic: 'flights-us' }, { topic: 'trains-us' }])
    const consumer = kafka.consumer({ ...reader, topics: /^flights-/, metadataMaxAgeMs: 10_000 })
    await kafka.producer().send({ topic: 'flights-us', partition: 0, value: 'us' })
    expect((await consumer.poll()).map(({ value }) => value)).toEqual(['us'])
    await admin.createTopics([{ topic: 'flights-kr' }])
    await kafka.producer().send({ topic: 'flights-kr', partition: 0, value: 'kr' })
    await clock.advance(10_000)
    expect((await consumer.poll({ timeoutMs: 60_000 })).map(({ value }) => value)).toContain('kr')
    expect(consumer.assignment.map(({ topic }) => topic)).toContain('flights-kr')
    expect(consumer.assignment.map(({ topic }) => topic)).not.toContain('trains-us')
  })

  test('notices added partitions after metadataMaxAgeMs', async () => {
    await append(0, 'a')
    const consumer = kafka.consumer({ ...reader, topics: ['t'], metadataMaxAgeMs: 10_000 })
    await consumer.poll()
    expect(consumer.assignment).toHaveLength(2)
    await kafka.admin().createPartitions({ t: 3 })
    await clock.advance(10_000)
    await append(2, 'new')
    expect((await consumer.poll({ timeoutMs: 60_000 })).map(({ value }) => value)).toContain('new')
    expect(consumer.assignment).toHaveLength(3)
  })
})

describe('a topic that is deleted while it is read', () => {
  test('leaves the assignment, is not brought back by its readers, and its offsets are forgotten', async () => {
    await append(0, 'a')
    const consumer = kafka.consumer({ groupId: 'g', autoOffsetReset: 'earliest', topics: ['t'] })
    await consumer.poll()
    await consumer.commit()
    const waiting = consumer.poll({ timeoutMs: 30_000 })
    await clock.settle()
    const admin = kafka.admin()
    await admin.deleteTopics(['t'])
    await clock.advance(30_000)
    expect(await waiting).toEqual([])
    expect(await admin.listTopics()).toEqual([])
    expect(await admin.listConsumerGroupOffsets('g')).toEqual([])
    expect(consumer.assignment).toEqual([])
  })

  test('and was to be read from its beginning is missed by nobody', async () => {
    const consumer = kafka.consumer({ groupId: 'g', autoOffsetReset: 'earliest', topics: ['t', 'u'] })
    await append(0, 'a')
    await kafka.producer().send({ topic: 'u', value: 'u' })
    await consumer.poll()
    await kafka.admin().deleteTopics(['t'])
    for (const partition of consumer.assignment) consumer.seek(partition, 'beginning')
    const again = consumer.poll({ timeoutMs: 1_000 })
    await clock.advance(1_000)
    expect((await again).map(({ value }) => value)).toEqual(['u'])
  })
})
