// When compacted logs are cleaned: by themselves, some time after there is enough to clean, or when they are told to.
import { Kafkalet, type TopicConfig } from 'kafkalet'
import { ManualClock } from 'kafkalet/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const compact: TopicConfig = { cleanupPolicy: 'compact', segmentMs: 1 }
const BACKOFF_MS = 15_000

let clock: ManualClock
let kafka: Kafkalet

beforeEach(() => {
  clock = new ManualClock()
  kafka = new Kafkalet({ clock, seed: 1 })
})

afterEach(() => kafka.close())

const create = (config: TopicConfig) => kafka.admin().createTopics([{ topic: 't', config }])

/** Each record in a segment of its own; the last one is the active one. */
async function write(...texts: string[]) {
  const producer = kafka.producer()
  for (const text of texts) {
    const [key = '', value = ''] = text.split('=')
    await clock.advance(2)
    await producer.send({ topic: 't', key, value: value === '' ? null : value })
  }
}

async function contents() {
  const consumer = kafka.consumer({ autoOffsetReset: 'earliest' })
  consumer.assign([{ topic: 't', partition: 0 }])
  const records = await consumer.poll({ timeoutMs: 0 })
  await consumer.close()
  return records.map(({ offset, key, value }) => `${offset}:${key}=${value ?? ''}`)
}

describe('by itself', () => {
  test('a log is cleaned when it has been dirty enough for log.cleaner.backoff.ms, and no timer is left', async () => {
    await create(compact)
    await write('a=1')
    expect(clock.timerCount).toBe(0)
    await write('a=2', 'a=3')
    expect(clock.timerCount).toBe(1)
    // The timer was armed when the first segment was closed, 2 ms before the last record.
    await clock.advance(BACKOFF_MS - 3)
    expect(await contents()).toEqual(['0:a=1', '1:a=2', '2:a=3'])
    await clock.advance(1)
    expect(await contents()).toEqual(['1:a=2', '2:a=3'])
    expect(clock.timerCount).toBe(0)
  })

  test('a log that is not dirty enough is left alone, until more is written', async () => {
    await create({ ...compact, minCleanableDirtyRatio: 0.6 })
    await write('a=1', 'b=1', 'c=1', 'a=2')
    await clock.advance(BACKOFF_MS)
    // Clean: a, b, c. Dirty: the second a, of no more than a quarter.
    await write('a=3')
    await clock.advance(BACKOFF_MS)
    expect(await contents()).toEqual(['0:a=1', '1:b=1', '2:c=1', '3:a=2', '4:a=3'])
    expect(clock.timerCount).toBe(0)
    await write('a=4', 'a=5', 'a=6', 'a=7')
    await clock.advance(BACKOFF_MS)
    expect(await contents()).toEqual(['1:b=1', '2:c=1', '7:a=6', '8:a=7'])
  })

  test('a log that is too young for min.compaction.lag.ms is cleaned when it is old enough', async () => {
    await create({ ...compact, minCompactionLagMs: 60_000, minCleanableDirtyRatio: 0.1 })
    await write('a=1', 'a=2', 'a=3')
    await clock.advance(59_997)
    expect([(await contents()).length, clock.timerCount]).toEqual([3, 1])
    // The oldest segment alone has nothing to lose, and is clean from then on.
    await clock.advance(3)
    expect([(await contents()).length, clock.timerCount]).toEqual([3, 1])
    await clock.advance(BACKOFF_MS)
    expect(await contents()).toEqual(['1:a=2', '2:a=3'])
    expect(clock.timerCount).toBe(0)
  })

  test('however little is dirty, it waits no longer than max.compaction.lag.ms', async () => {
    await create({ ...compact, minCleanableDirtyRatio: 1, maxCompactionLagMs: 3_600_000 })
    await write('a=1', 'a=2', 'b=1')
    // Since the first record 4 ms have passed.
    await clock.advance(3_600_000 - 4)
    expect(await contents()).toEqual(['0:a=1', '1:a=2', '2:b=1'])
    await clock.advance(1)
    expect(await contents()).toEqual(['1:a=2', '2:b=1'])
    expect(clock.timerCount).toBe(0)
  })

  test('nothing is cleaned where log.cleaner.enable is false, and no timer armed', async () => {
    await kafka.close()
    kafka = new Kafkalet({ clock, config: { logCleanerEnable: false } })
    await create(compact)
    await write('a=1', 'a=2', 'a=3')
    expect(clock.timerCount).toBe(0)
    await kafka.runCompaction()
    expect(await contents()).toEqual(['1:a=2', '2:a=3'])
  })

  test('log.cleaner.backoff.ms says how long it rests', async () => {
    await kafka.close()
    kafka = new Kafkalet({ clock, config: { logCleanerBackoffMs: 0 } })
    await create({ ...compact, minCleanableDirtyRatio: 0 })
    await write('a=1', 'a=2', 'a=3')
    await clock.advance(0)
    expect(await contents()).toEqual(['1:a=2', '2:a=3'])
  })

  test('a topic that was deleted, or an instance that was closed, is not waited for', async () => {
    await create({ ...compact, minCleanableDirtyRatio: 1, maxCompactionLagMs: 3_600_000 })
    await write('a=1', 'a=2', 'a=3')
    await kafka.admin().deleteTopics(['t'])
    await clock.advance(BACKOFF_MS)
    expect(clock.timerCount).toBe(0)
    await create(compact)
    await write('a=1', 'a=2', 'a=3')
    expect(clock.timerCount).toBe(1)
    await kafka.close()
    expect(clock.timerCount).toBe(0)
  })
})

describe('runCompaction', () => {
  test('cleans every compacted topic now, however little is dirty, and leaves the others alone', async () => {
    await create({ ...compact, minCleanableDirtyRatio: 1 })
    await kafka.admin().createTopics([{ topic: 'kept', config: { segmentMs: 1 } }])
    await write('a=1', 'a=2', 'b=1')
    const producer = kafka.producer()
    for (const value of ['1', '2', '3']) {
      await clock.advance(2)
      await producer.send({ topic: 'kept', key: 'k', value })
    }
    await kafka.runCompaction()
    expect(await contents()).toEqual(['1:a=2', '2:b=1'])
    const consumer = kafka.consumer({ autoOffsetReset: 'earliest' })
    consumer.assign([{ topic: 'kept', partition: 0 }])
    expect(await consumer.poll()).toHaveLength(3)
  })

  test('lets tombstones go when their time has come', async () => {
    await create({ ...compact, deleteRetentionMs: 1000 })
    await write('a=1', 'a=', 'b=1')
    await kafka.runCompaction()
    expect(await contents()).toEqual(['1:a=', '2:b=1'])
    await clock.advance(1000)
    await kafka.runCompaction()
    expect(await contents()).toEqual(['1:a=', '2:b=1'])
    await write('c=1')
    await kafka.runCompaction()
    expect(await contents()).toEqual(['2:b=1', '3:c=1'])
  })

  test('may be called by a listener in the middle of an append', async () => {
    await create(compact)
    const cleaned: Promise<void>[] = []
    kafka.events.on('recordsAppended', () => cleaned.push(kafka.runCompaction()))
    await write('a=1', 'a=2', 'a=3')
    await Promise.all(cleaned)
    expect([cleaned.length, await contents()]).toEqual([3, ['1:a=2', '2:a=3']])
  })

  test('of a closed instance is refused', async () => {
    await kafka.close()
    await expect(kafka.runCompaction()).rejects.toMatchObject({ code: 'ILLEGAL_STATE' })
  })
})
