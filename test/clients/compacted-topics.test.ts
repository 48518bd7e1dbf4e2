// A producer and consumers of a compacted topic: keys are a must, and offsets have gaps.
import { Kafkalet, type Serde, string } from 'kafkalet'
import { ManualClock } from 'kafkalet/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'

let clock: ManualClock
let kafka: Kafkalet

beforeEach(async () => {
  clock = new ManualClock()
  kafka = new Kafkalet({ clock, seed: 1 })
  await kafka.admin().createTopics([{ topic: 't', config: { cleanupPolicy: 'compact', segmentMs: 1 } }])
})

afterEach(() => kafka.close())

const t0 = { topic: 't', partition: 0 }

/** Closed segments, cleaned; the last record stands in the active one. */
async function write(...segments: (readonly string[])[]) {
  const producer = kafka.producer()
  for (const texts of segments) {
    await clock.advance(2)
    const parts = texts.map((text) => text.split('='))
    await producer.sendBatch(parts.map(([key = '', value = '']) => ({ topic: 't', key, value })))
  }
  await kafka.runCompaction()
}

function consumerOf(options = {}) {
  const consumer = kafka.consumer({ autoOffsetReset: 'earliest', ...options })
  consumer.assign([t0])
  return consumer
}

const told = (records: readonly { offset: number; key: unknown; value: unknown }[]) =>
  records.map(({ offset, key, value }) => `${offset}:${key}=${value}`)

test('a record without a key is refused with its whole batch, and the message says what to do', async () => {
  const producer = kafka.producer()
  const refused = producer.sendBatch([
    { topic: 't', key: 'a', value: '1' },
    { topic: 't', value: '2' },
  ])
  await expect(refused).rejects.toMatchObject({ code: 'INVALID_RECORD', errorCode: 87, retriable: false })
  await expect(producer.send({ topic: 't', value: '1' })).rejects.toThrow(/has no key.*Give the record a key/)
  await producer.send({ topic: 't', key: '', value: 'an empty key is one' })
  expect((await consumerOf().poll()).map(({ offset }) => offset)).toEqual([0])
})

test('a consumer reads across the gaps, and stands behind the last record (LC-10)', async () => {
  await write(['k=0', 'k=1', 'k=2', 'k=3', 'k=4', 'z=9'], ['y=1'])
  const consumer = consumerOf()
  expect(await consumer.position(t0)).toBe(0)
  expect(told(await consumer.poll())).toEqual(['4:k=4', '5:z=9', '6:y=1'])
  expect(await consumer.position(t0)).toBe(7)
})

test('a consumer that seeks into a gap goes on with the next record (LC-10)', async () => {
  await write(['k=0', 'k=1', 'k=2', 'k=3', 'k=4', 'z=9'], ['y=1'])
  const consumer = consumerOf()
  consumer.seek(t0, 2)
  expect(await consumer.position(t0)).toBe(2)
  expect(told(await consumer.poll())).toEqual(['4:k=4', '5:z=9', '6:y=1'])
  consumer.seek(t0, 5)
  expect(told(await consumer.poll())).toEqual(['5:z=9', '6:y=1'])
})

test('maxPollRecords counts records, and the position stands behind the last one taken', async () => {
  await write(['a=1', 'k=0', 'k=1', 'k=2', 'b=1', 'k=3', 'k=4'], ['c=1'])
  const consumer = consumerOf({ maxPollRecords: 2 })
  expect(told(await consumer.poll())).toEqual(['0:a=1', '4:b=1'])
  expect(await consumer.position(t0)).toBe(5)
  expect(told(await consumer.poll())).toEqual(['6:k=4', '7:c=1'])
  expect(await consumer.position(t0)).toBe(8)
  expect(await consumer.poll({ timeoutMs: 0 })).toEqual([])
})

test('a poll that finds nothing but a gap moves on, as it does in Kafka', async () => {
  await write(['a=1', 'k=0'], ['k=1'], ['c=1'])
  // A fetch of one byte brings one batch at a time.
  const consumer = consumerOf({ maxPollRecords: 1, maxPartitionFetchBytes: 1 })
  expect(told(await consumer.poll())).toEqual(['0:a=1'])
  expect(await consumer.position(t0)).toBe(1)
  expect(told(await consumer.poll())).toEqual([])
  expect(await consumer.position(t0)).toBe(2)
  expect(told(await consumer.poll())).toEqual(['2:k=1'])
})

test('for await and run read across the gaps, and what is committed stands behind what was handled', async () => {
  await write(['a=1', 'k=0', 'k=1'], ['k=2', 'b=1', 'k=3'], ['c=1'])
  const expected = ['0:a=1', '4:b=1', '5:k=3', '6:c=1']
  for (const maxPollRecords of [1, 2, 500]) {
    const read: string[] = []
    const positions: number[] = []
    const iterated = consumerOf({ maxPollRecords })
    for await (const record of iterated) {
      read.push(...told([record]))
      positions.push(await iterated.position(t0))
      if (record.offset === 6) break
    }
    expect(read).toEqual(expected)
    for (const [i, position] of positions.entries()) {
      expect(position).toBeLessThanOrEqual(Number(expected[i]?.split(':')[0]))
      expect(position).toBeGreaterThan(i === 0 ? -1 : Number(expected[i - 1]?.split(':')[0]))
    }
    for (const each of ['eachRecord', 'eachBatch'] as const) {
      const handled: string[] = []
      const consumer = consumerOf({ maxPollRecords })
      const end = new AbortController()
      const handle = (records: Parameters<typeof told>[0]) => {
        handled.push(...told(records))
        if (records.at(-1)?.offset === 6) end.abort()
      }
      await consumer.run(
        each === 'eachRecord'
          ? { eachRecord: (record) => handle([record]) }
          : { eachBatch: (records) => handle(records) },
        { signal: end.signal },
      )
      expect([each, handled, await consumer.position(t0)]).toEqual([each, expected, 7])
    }
  }
})

test('a handler that throws gets its record again, and the ones before it not', async () => {
  await write(['k=0', 'a=1', 'k=1', 'k=2'], ['c=1'])
  const consumer = consumerOf()
  const failing = consumer.run({
    eachRecord: ({ key }) => {
      if (key === 'k') throw new Error('no')
    },
  })
  await expect(failing).rejects.toThrow('no')
  expect(await consumer.position(t0)).toBe(2)
  expect(told(await consumer.poll())).toEqual(['3:k=2', '4:c=1'])
})

test('a record that its serde cannot read stops the reader in front of it, however wide the gap before it', async () => {
  await kafka.close()
  const picky: Serde<string> = {
    name: 'picky',
    serialize: (text) => text,
    deserialize(text) {
      if (text === 'bad') throw new Error('I will not')
      return String(text)
    },
  }
  const config = { cleanupPolicy: 'compact', segmentMs: 1 } as const
  kafka = new Kafkalet({ clock, topics: { t: { key: string, value: picky, config } } }) as unknown as Kafkalet
  await write(['k=0', 'a=1', 'k=1', 'k=bad'], ['c=1'])
  const consumer = consumerOf()
  expect(told(await consumer.poll())).toEqual(['1:a=1'])
  expect(await consumer.position(t0)).toBe(2)
  await expect(consumer.poll()).rejects.toThrow(/t-0@3 was refused by its serde 'picky'.*, 4\)/)
  expect(await consumer.position(t0)).toBe(2)
})

test('what a reader fetched before a cleaning it still gets, and goes on behind it', async () => {
  await clock.advance(2)
  const producer = kafka.producer()
  await producer.sendBatch(['0', '1', '2'].map((value) => ({ topic: 't', key: 'k', value })))
  const consumer = consumerOf({ maxPollRecords: 1 })
  expect(told(await consumer.poll())).toEqual(['0:k=0'])
  await write(['k=3'], ['k=4'])
  expect(told(await consumer.poll())).toEqual(['1:k=1'])
  expect(told(await consumer.poll())).toEqual(['2:k=2'])
  expect(told(await consumer.poll())).toEqual(['3:k=3'])
})
