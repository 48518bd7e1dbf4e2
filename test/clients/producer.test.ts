import { bytes, Kafkalet, type Payload, partitionForKey, type Serde, string, topic } from 'kafkalet'
import { ManualClock } from 'kafkalet/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let kafka: Kafkalet
let clock: ManualClock

beforeEach(() => {
  clock = new ManualClock()
  kafka = new Kafkalet({ clock, seed: 1, config: { numPartitions: 4 } })
})

afterEach(() => kafka.close())

async function readAll(from = kafka, name = 't') {
  const consumer = from.consumer({ autoOffsetReset: 'earliest', maxPollRecords: 100_000 })
  const [description] = await from.admin().describeTopics([name])
  consumer.assign((description?.partitions ?? []).map(({ partition }) => ({ topic: name, partition })))
  const records = []
  for (let polled = await consumer.poll({ timeoutMs: 0 }); polled.length > 0; ) {
    records.push(...polled)
    polled = await consumer.poll({ timeoutMs: 0 })
  }
  await consumer.close()
  return records
}

describe('send', () => {
  test('tells where the record went', async () => {
    const producer = kafka.producer()
    const partition = partitionForKey('k', 4)
    const timestamp = clock.now()
    expect(await producer.send({ topic: 't', key: 'k', value: 'a' })).toEqual({
      topic: 't',
      partition,
      offset: 0,
      timestamp,
    })
    expect(await producer.send({ topic: 't', key: 'k', value: 'b' })).toMatchObject({ offset: 1 })
  })

  test('keeps key, value, headers and timestamp', async () => {
    await kafka.producer().send({
      topic: 't',
      key: new Uint8Array([1, 2]),
      value: 'v',
      partition: 3,
      timestamp: 1_000,
      headers: { trace: 'abc', raw: new Uint8Array([7]) },
    })
    expect(await readAll()).toEqual([
      {
        topic: 't',
        partition: 3,
        offset: 0,
        timestamp: 1_000,
        timestampType: 'CreateTime',
        key: new Uint8Array([1, 2]),
        value: 'v',
        headers: [
          ['trace', new TextEncoder().encode('abc')],
          ['raw', new Uint8Array([7])],
        ],
      },
    ])
  })

  test('keeps what it was given, whatever the caller does to it afterwards, and whoever reads it', async () => {
    const value = new Uint8Array([1, 2, 3])
    const header = new Uint8Array([4])
    const headers: [string, Uint8Array][] = [['h', header]]
    await kafka.producer().send({ topic: 't', value, headers })
    value[0] = 99
    header[0] = 99
    const [first] = await readAll()
    ;(first?.value as Uint8Array)[1] = 99
    const bytesOfHeader = first?.headers[0]?.[1]
    if (bytesOfHeader) bytesOfHeader[0] = 77
    expect(await readAll()).toMatchObject([{ value: new Uint8Array([1, 2, 3]), headers: [['h', new Uint8Array([4])]] }])
  })

  test('puts records with the same key into one partition, in the order of the calls', async () => {
    const producer = kafka.producer()
    await Promise.all(
      Array.from({ length: 300 }, (_, i) => producer.send({ topic: 't', key: `k${i % 7}`, value: String(i) })),
    )
    const records = await readAll()
    expect(records).toHaveLength(300)
    for (let k = 0; k < 7; k++) {
      const ofKey = records.filter(({ key }) => key === `k${k}`)
      expect(new Set(ofKey.map(({ partition }) => partition)).size).toBe(1)
      expect(ofKey.map(({ value }) => Number(value))).toEqual(Array.from({ length: ofKey.length }, (_, i) => k + i * 7))
    }
  })

  test('keeps the order of the calls when a serde takes its time', async () => {
    const slow: Serde<string> = {
      name: 'slow',
      async serialize(data) {
        for (let turns = Number(data) % 3; turns > 0; turns--) await clock.settle()
        return data
      },
      deserialize: (payload: Payload) => String(payload),
    }
    const world = new Kafkalet({ clock, topics: { t: topic({ key: string, value: slow, partitions: 1 }) } })
    const producer = world.producer()
    await Promise.all(['2', '1', '0', '5', '4', '3'].map((value) => producer.send({ topic: 't', value })))
    expect(
      (await world.consumer({ groupId: 'g', topics: ['t'], autoOffsetReset: 'earliest' }).poll()).map(
        ({ value }) => value,
      ),
    ).toEqual(['2', '1', '0', '5', '4', '3'])
    await world.close()
  })

  test('flush does not wait for lingerMs, also where the topic was not known before', async () => {
    const producer = kafka.producer({ lingerMs: 1_000 })
    const sent = producer.send({ topic: 't', value: 'v' })
    await producer.flush()
    expect(await sent).toMatchObject({ offset: 0 })
  })

  test('with acks 0 nobody tells the offset', async () => {
    expect(await kafka.producer({ acks: 0 }).send({ topic: 't', value: 'v' })).toMatchObject({ offset: -1 })
    expect(await readAll()).toHaveLength(1)
  })

  test('is not sent when its signal is aborted before', async () => {
    const signal = AbortSignal.abort(new Error('too late'))
    await expect(kafka.producer().send({ topic: 't', value: 'v' }, { signal })).rejects.toThrow('too late')
    expect(await kafka.admin().listTopics()).toEqual([])
  })

  test('carries the time of the broker where the topic wants that', async () => {
    const config = { messageTimestampType: 'LogAppendTime' } as const
    await kafka.admin().createTopics([{ topic: 't', partitions: 1, config }])
    const sent = await kafka.producer().send({ topic: 't', value: 'v', timestamp: 5 })
    expect(sent.timestamp).toBe(clock.now())
    expect(await readAll()).toMatchObject([{ timestamp: clock.now(), timestampType: 'LogAppendTime' }])
  })
})

describe('sendBatch', () => {
  test('tells for each partition the first offset and the number of records', async () => {
    const producer = kafka.producer()
    const records = [0, 1, 1, 2].map((partition) => ({ topic: 't', partition, value: 'v' }))
    expect(await producer.sendBatch(records)).toEqual([
      { topic: 't', partition: 0, baseOffset: 0, count: 1 },
      { topic: 't', partition: 1, baseOffset: 0, count: 2 },
      { topic: 't', partition: 2, baseOffset: 0, count: 1 },
    ])
    expect(await producer.sendBatch(records.slice(1, 2))).toEqual([
      { topic: 't', partition: 1, baseOffset: 2, count: 1 },
    ])
    expect(await producer.sendBatch([])).toEqual([])
  })

  test('takes more than fits into one request, and keeps the order', async () => {
    const value = 'x'.repeat(1_000)
    const records = Array.from({ length: 5_000 }, (_, i) => ({ topic: 't', partition: 0, key: String(i), value }))
    expect(await kafka.producer().sendBatch(records)).toEqual([
      { topic: 't', partition: 0, baseOffset: 0, count: 5_000 },
    ])
    expect((await readAll()).map(({ key }) => key)).toEqual(records.map(({ key }) => key))
  })

  test('sends nothing where one record is wrong', async () => {
    await kafka.admin().createTopics([{ topic: 't' }])
    const producer = kafka.producer()
    const wrong = [
      { topic: 't', value: undefined as never },
      { topic: 't', value: {} as never },
      { topic: 't', value: 'v', partition: 9 },
      { topic: 't', value: 'x'.repeat(2_000_000) },
    ]
    for (const record of wrong) {
      await expect(producer.sendBatch([{ topic: 't', value: 'fine' }, record])).rejects.toMatchObject({
        name: 'KafkaError',
      })
    }
    expect(await readAll()).toEqual([])
  })
})

describe('partitions', () => {
  test('a keyless record sticks to a partition until batchSize bytes have gone to it', async () => {
    const producer = kafka.producer({ batchSize: 1_000 })
    const partitions: number[] = []
    for (let i = 0; i < 400; i++)
      partitions.push((await producer.send({ topic: 't', value: 'x'.repeat(91) })).partition)
    const runs = partitions.filter((partition, i) => i > 0 && partition !== partitions[i - 1]).length + 1
    expect(new Set(partitions).size).toBe(4)
    // 100 bytes a record: ten records before another partition is chosen, which may be the same one.
    expect(runs).toBeLessThanOrEqual(40)
    expect(partitions.slice(0, 10)).toEqual(Array(10).fill(partitions[0]))
  })

  test('round-robin takes one partition after the other', async () => {
    const producer = kafka.producer({ partitioner: 'round-robin' })
    const partitions = []
    for (let i = 0; i < 6; i++)
      partitions.push((await producer.send({ topic: 't', key: 'same', value: 'v' })).partition)
    expect(partitions).toEqual([0, 1, 2, 3, 0, 1])
  })

  test('a partitioner of your own decides', async () => {
    const producer = kafka.producer({ partitioner: ({ key, partitions }) => (key === 'last' ? partitions - 1 : 0) })
    expect(await producer.send({ topic: 't', key: 'last', value: 'v' })).toMatchObject({ partition: 3 })
    expect(await producer.send({ topic: 't', key: 'other', value: 'v' })).toMatchObject({ partition: 0 })
  })

  test('one that chooses no partition is refused by name', async () => {
    const producer = kafka.producer({ partitioner: () => 4 })
    await expect(producer.send({ topic: 't', value: 'v' })).rejects.toThrow("The partitioner chose 4 for topic 't'")
  })

  test('added partitions are used once the metadata is older than metadataMaxAgeMs', async () => {
    const producer = kafka.producer({ metadataMaxAgeMs: 10_000, partitioner: ({ partitions }) => partitions - 1 })
    expect(await producer.send({ topic: 't', value: 'v' })).toMatchObject({ partition: 3 })
    await kafka.admin().createPartitions({ t: 6 })
    expect(await producer.send({ topic: 't', value: 'v' })).toMatchObject({ partition: 3 })
    await clock.advance(10_000)
    expect(await producer.send({ topic: 't', value: 'v' })).toMatchObject({ partition: 5 })
  })
})

describe('lingerMs', () => {
  test('records wait for others, then go together', async () => {
    const producer = kafka.producer({ lingerMs: 5 })
    await kafka.admin().createTopics([{ topic: 't', partitions: 1 }])
    const first = producer.send({ topic: 't', value: 'the topic is known from here on' })
    await clock.advance(5)
    await first
    const appended: number[] = []
    kafka.events.on('recordsAppended', ({ count }) => appended.push(count))
    const sent = Promise.all(['a', 'b', 'c'].map((value) => producer.send({ topic: 't', value })))
    await clock.advance(4)
    expect(appended).toEqual([])
    await clock.advance(1)
    expect((await sent).map(({ offset }) => offset)).toEqual([1, 2, 3])
    expect(appended).toEqual([3])
  })

  test('a full batch does not wait, flush and close send at once', async () => {
    const producer = kafka.producer({ lingerMs: 1_000_000, batchSize: 500 })
    const full = producer.send({ topic: 't', partition: 0, value: 'x'.repeat(500) })
    expect(await full).toMatchObject({ offset: 0 })
    const flushed = producer.send({ topic: 't', partition: 0, value: 'small' })
    await producer.flush()
    expect(await flushed).toMatchObject({ offset: 1 })
    const closed = producer.send({ topic: 't', partition: 0, value: 'last' })
    await producer.close()
    expect(await closed).toMatchObject({ offset: 2 })
    expect(clock.timerCount).toBe(0)
  })
})

describe('bytes', () => {
  test('of Node, as Buffer, are bytes', async () => {
    const world = new Kafkalet({ topics: { t: topic({ key: bytes, value: bytes }) } })
    await world.producer().send({ topic: 't', key: Buffer.from('k'), value: Buffer.from('v') })
    const [record] = await world.consumer({ groupId: 'g', topics: ['t'], autoOffsetReset: 'earliest' }).poll()
    expect(record?.value).toEqual(new TextEncoder().encode('v'))
    await world.close()
  })
})

test('a record that throws when it is read leaves the producer as it was', async () => {
  const producer = kafka.producer()
  const record = (key: string) => ({ topic: 't', key, value: key })
  await producer.send({ topic: 't', partition: 0, value: 'first' })
  let reads = 0
  const moody = {
    topic: 't',
    value: 'v',
    // Checked, given a partition, and then read for its batch.
    get key() {
      if (++reads === 3) throw new Error('enough')
      return 'b'
    },
  }
  await expect(producer.sendBatch([record('c'), record('d'), moody])).rejects.toThrow('enough')
  expect(await readAll()).toHaveLength(1)

  const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  const parts = await producer.sendBatch(keys.map(record))
  expect(parts.reduce((sum, { count }) => sum + count, 0)).toBe(keys.length)
  for (const { partition, count } of parts) {
    expect(count).toBe(keys.filter((key) => partitionForKey(key, 4) === partition).length)
  }
})
