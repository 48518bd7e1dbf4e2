// Bad input: a clear error that names the thing and the remedy, and nothing changed.
import { int32, json, KafkaError, Kafkalet, nullable, string, topic } from 'kafkalet'
import { ManualClock } from 'kafkalet/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'

const topics = {
  orders: topic({ key: string, value: json(z.object({ amount: z.number() })), partitions: 2 }),
  texts: topic({ key: string, value: string, partitions: 1 }),
  numbers: topic({ key: int32, value: nullable(int32), partitions: 1, config: { maxMessageBytes: 200 } }),
}

let clock: ManualClock
let kafka: Kafkalet<typeof topics>

beforeEach(() => {
  clock = new ManualClock()
  kafka = new Kafkalet({ topics, clock, seed: 1 })
})

afterEach(() => kafka.close())

async function problem(attempt: () => unknown): Promise<{ code: string; message: string }> {
  try {
    await attempt()
  } catch (error) {
    expect(error).toBeInstanceOf(KafkaError)
    const { code, message } = error as KafkaError
    return { code, message }
  }
  throw new Error('it was accepted')
}

/** How many records stand in each declared topic. */
async function records() {
  const counts: Record<string, number> = {}
  for (const name of await kafka.admin().listTopics()) {
    const partitions = await kafka.admin().topicOffsets(name)
    counts[name] = partitions.reduce((sum, { endOffset }) => sum + endOffset, 0)
  }
  return counts
}

const nothing = { orders: 0, texts: 0, numbers: 0 }

describe('what a producer refuses, and nothing is written', () => {
  afterEach(async () => expect(await records()).toEqual(nothing))
  const send = (record: unknown) => problem(() => kafka.producer().send(record as never))

  test('an unknown topic, with what may have been meant', async () => {
    expect(await send({ topic: 'ordres', value: { amount: 1 } })).toEqual({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
      message:
        "Topic 'ordres' is not declared and does not exist. Did you mean 'orders'? Declare it in new Kafkalet({ topics }), or create it with the admin.",
    })
  })

  test('a partition out of range', async () => {
    const { code, message } = await send({ topic: 'texts', value: 'v', partition: 1 })
    expect(code).toBe('UNKNOWN_TOPIC_OR_PARTITION')
    expect(message).toBe("Topic 'texts' has no partition 1: it has 1, from 0 to 0.")
    expect((await send({ topic: 'texts', value: 'v', partition: -1 })).code).toBe('INVALID_ARGUMENT')
    expect((await send({ topic: 'texts', value: 'v', partition: 0.5 })).message).toContain('whole number')
  })

  test('a value that is undefined', async () => {
    const { code, message } = await send({ topic: 'texts', key: 'k', value: undefined })
    expect(code).toBe('INVALID_ARGUMENT')
    expect(message).toContain("The value of a record for topic 'texts' is undefined. Send null for a tombstone")
  })

  test('what the serde refuses: topic, part and why', async () => {
    expect(await send({ topic: 'texts', value: 7 })).toEqual({
      code: 'SERIALIZATION_FAILED',
      message:
        "The value of a record for topic 'texts' was refused by its serde 'string': a string is wanted, not number 7.",
    })
    expect((await send({ topic: 'numbers', key: 2 ** 40, value: 1 })).message).toContain(
      "The key of a record for topic 'numbers'",
    )
  })

  test('what the schema refuses: topic, part, path and why', async () => {
    const { code, message } = await send({ topic: 'orders', value: { amount: 'a lot' } })
    expect(code).toBe('SERIALIZATION_FAILED')
    expect(message).toContain(
      "The value of a record for topic 'orders' was refused by its serde 'json': the schema refuses it: amount:",
    )
  })

  test('a payload above max.message.bytes, and above max.request.size', async () => {
    const headers = { filler: 'x'.repeat(300) }
    const { code, message } = await send({ topic: 'numbers', value: 1, headers })
    expect(code).toBe('MESSAGE_TOO_LARGE')
    expect(message).toContain("above the topic's max.message.bytes of 200")
    expect((await send({ topic: 'texts', value: 'x'.repeat(1_100_000) })).message).toContain(
      'maxRequestSize of 1048576',
    )
  })

  test('a record that is none, or has fields that none has', async () => {
    expect((await send('text')).message).toContain('A record is an object')
    expect((await send({ topic: 5, value: 'v' })).message).toContain('must be a string')
    expect((await send({ topic: 'texts', value: 'v', partiton: 0 })).message).toContain("no field 'partiton'")
    expect((await send({ topic: 'texts', value: 'v', timestamp: -1 })).message).toContain('whole milliseconds')
    expect((await send({ topic: 'texts', value: 'v', headers: { a: 5 } })).message).toContain("Header 'a'")
  })

  test('a timestamp too far in the future', async () => {
    const timestamp = clock.now() + 3_600_001
    const { code, message } = await send({ topic: 'texts', value: 'v', timestamp })
    expect(code).toBe('INVALID_TIMESTAMP')
    expect(message).toContain('messageTimestampAfterMaxMs')
  })

  test('an internal topic', async () => {
    await kafka.consumer({ groupId: 'g', topics: ['texts'] }).poll({ timeoutMs: 0 })
    await clock.settle()
    const refused = await send({ topic: '__consumer_offsets', value: new Uint8Array() })
    expect(refused.code).toBe('INVALID_TOPIC_EXCEPTION')
    expect(refused.message).toContain('internal')
  })
})

describe('topics that cannot be made', () => {
  const create = (name: string, more = {}) => problem(() => kafka.admin().createTopics([{ topic: name, ...more }]))

  test.each([
    ['', 'must not be empty'],
    ['..', "cannot be called '..'"],
    ['a b', "characters other than letters, digits, '.', '_' and '-'"],
    ['x'.repeat(250), 'may have 249 characters'],
  ])('named %j', async (name, why) => {
    const { code, message } = await create(name)
    expect(code).toBe('INVALID_TOPIC_EXCEPTION')
    expect(message).toContain(why)
  })

  test('whose name differs from another only in . and _', async () => {
    await kafka.admin().createTopics([{ topic: 'a.b' }])
    expect((await create('a_b')).message).toContain("Topic 'a_b' collides with 'a.b'")
  })

  test('that exist, or with no partitions, or with configs that are none', async () => {
    expect((await create('texts')).code).toBe('TOPIC_ALREADY_EXISTS')
    expect((await create('__consumer_offsets')).message).toContain('made by the broker itself')
    expect((await create('new', { partitions: 0 })).code).toBe('INVALID_PARTITIONS')
    expect(await create('new', { config: { retentoinMs: 5 } })).toMatchObject({
      code: 'INVALID_CONFIG',
      message: expect.stringContaining("there is no option 'retentoinMs'. Did you mean 'retentionMs'?"),
    })
    expect((await create('new', { config: { segmentBytes: 3 } })).message).toContain('segment.bytes')
    expect((await create('new', { config: { cleanupPolicy: 'compact,delete' } })).message).toContain(
      'not supported yet',
    )
    expect((await create('new', { config: { minCleanableDirtyRatio: 1.5 } })).message).toContain('from 0 to 1')
    expect((await create('new', { config: { minCompactionLagMs: 2, maxCompactionLagMs: 1 } })).message).toContain(
      'minCompactionLagMs (min.compaction.lag.ms) of 2 is above maxCompactionLagMs (max.compaction.lag.ms) of 1',
    )
    expect((await create('new', { config: { retentionMs: 1000 } })).message).toContain('not supported yet')
    expect(await records()).toEqual(nothing)
  })

  test('an instance with a wrong declaration is not made', () => {
    expect(() => new Kafkalet({ topics: { 'a b': topics.texts } })).toThrow('characters other than')
    expect(() => new Kafkalet({ topics: { t: { ...topics.texts, partitions: -3 } } })).toThrow('whole number from 1')
    expect(() => new Kafkalet({ topics: { t: { ...topics.texts, partition: 3 } } })).toThrow(
      "Did you mean 'partitions'?",
    )
  })
})

describe('options', () => {
  test('with an unknown name are refused, with what may have been meant', async () => {
    const attempts: [() => unknown, string][] = [
      [() => new Kafkalet({ topcis: {} } as never), "Did you mean 'topics'?"],
      [() => new Kafkalet({ config: { numPartition: 3 } as never }), "Did you mean 'numPartitions'?"],
      [() => kafka.producer({ ack: 1 } as never), "Did you mean 'acks'?"],
      [() => kafka.consumer({ groupID: 'g' } as never), "Did you mean 'groupId'?"],
      [() => kafka.admin({ client: 'x' } as never), 'Known: clientId'],
    ]
    for (const [attempt, meant] of attempts) {
      const { code, message } = await problem(attempt)
      expect(code).toBe('INVALID_ARGUMENT')
      expect(message).toContain(meant)
    }
  })

  test('out of range are refused, with Kafka’s name, unit and range', async () => {
    const { message } = await problem(() => kafka.consumer({ sessionTimeoutMs: -1 }))
    expect(message).toBe(
      'consumer: sessionTimeoutMs (session.timeout.ms) must be a whole number of ms, from 1 to 2147483647, not -1.',
    )
    expect((await problem(() => kafka.consumer({ maxPollRecords: 0 }))).message).toContain('max.poll.records')
    expect((await problem(() => kafka.consumer({ fetchMaxWaitMs: 1.5 }))).message).toContain('whole number')
    expect((await problem(() => kafka.consumer({ autoOffsetReset: 'first' as never }))).message).toContain("'earliest'")
    expect((await problem(() => kafka.producer({ acks: 2 as never }))).message).toContain("0, 1 or 'all'")
    expect((await problem(() => new Kafkalet({ seed: 0.5 }))).message).toContain('seed')
    const heart = () => kafka.consumer({ groupId: 'g', heartbeatIntervalMs: 9_000, sessionTimeoutMs: 9_000 })
    expect((await problem(heart)).message).toContain('must be less than sessionTimeoutMs')
    const consumer = kafka.consumer({ groupId: 'g', topics: ['texts'] })
    expect((await problem(() => consumer.poll({ timeoutMs: -1 }))).message).toContain('timeoutMs')
    expect((await problem(() => consumer.close({ timeoutMs: Number.NaN }))).message).toContain('timeoutMs')
  })

  test('that contradict each other are both named, with what to do', async () => {
    const both = { enableIdempotence: true } as const
    for (const [options, other] of [
      [{ ...both, acks: 1 }, "acks is 1: use 'all'"],
      [{ ...both, acks: 0 }, "acks is 0: use 'all'"],
      [{ ...both, retries: 0 }, 'retries is 0: use at least 1'],
      [{ ...both, retries: 0, acks: 1 }, 'retries is 0: use at least 1'],
    ] as const) {
      const { code, message } = await problem(() => kafka.producer(options))
      expect([code, message]).toEqual([
        'INVALID_CONFIG',
        `producer: enableIdempotence is true and ${other}, or enableIdempotence false.`,
      ])
    }
    for (const options of [{ acks: 1 }, { retries: 0 }, { enableIdempotence: false, acks: 1, retries: 0 }] as const) {
      kafka.producer(options)
    }
  })

  test('that a transactional producer cannot have are refused, with what to do', async () => {
    for (const options of [{ enableIdempotence: false }, { acks: 1 }, { retries: 0 }] as const) {
      const { code, message } = await problem(() => kafka.producer({ transactionalId: 'id', ...options }))
      expect([code, message]).toEqual([
        'INVALID_CONFIG',
        "producer: transactionalId 'id' needs an idempotent producer: leave enableIdempotence, acks and retries as they are, " +
          "or set them to true, 'all' and at least 1.",
      ])
    }
    for (const transactionalId of ['', 7]) {
      const { code, message } = await problem(() => kafka.producer({ transactionalId } as never))
      expect([code, message]).toEqual(['INVALID_CONFIG', expect.stringContaining('must be a text that is not empty')])
    }
    const { code, message } = await problem(() => kafka.producer({ transactionalId: 'id', transactionTimeoutMs: 1.5 }))
    expect([code, message]).toEqual(['INVALID_ARGUMENT', expect.stringContaining('transaction.timeout.ms')])
  })
})

describe('a record that cannot be read', () => {
  test('stops the poll in front of it, says where it is, and can be passed by', async () => {
    const strict = {
      t: topic({ key: string, value: json(z.object({ n: z.number() }), { validate: 'consume' }), partitions: 1 }),
    }
    const world = new Kafkalet({ topics: strict, clock })
    const producer = world.producer()
    await producer.send({ topic: 't', value: { n: 1 } })
    await producer.send({ topic: 't', value: { n: 'two' } as never })
    await producer.send({ topic: 't', value: { n: 3 } })
    const consumer = world.consumer({ groupId: 'g', topics: ['t'], autoOffsetReset: 'earliest' })
    expect((await consumer.poll()).map(({ value }) => value)).toEqual([{ n: 1 }])
    for (let tries = 0; tries < 2; tries++) {
      const { code, message } = await problem(() => consumer.poll())
      expect(code).toBe('SERIALIZATION_FAILED')
      expect(message).toContain('The value of record t-0@1 was refused')
      expect(message).toContain("consumer.seek({ topic: 't', partition: 0 }, 2)")
    }
    expect(await consumer.position({ topic: 't', partition: 0 })).toBe(1)
    consumer.seek({ topic: 't', partition: 0 }, 2)
    expect((await consumer.poll()).map(({ value }) => value)).toEqual([{ n: 3 }])
    await world.close()
  })

  test('a tombstone where none is declared says how to declare it', async () => {
    const { code, message } = await problem(() => kafka.producer().send({ topic: 'texts', value: null as never }))
    expect(code).toBe('SERIALIZATION_FAILED')
    expect(message).toContain('a string is wanted, not null')
  })
})

describe('after close', () => {
  test('each client says that it is closed', async () => {
    const [producer, consumer, admin] = [
      kafka.producer(),
      kafka.consumer({ groupId: 'g', topics: ['texts'] }),
      kafka.admin(),
    ]
    await kafka.close()
    const calls: (() => unknown)[] = [
      () => producer.send({ topic: 'texts', value: 'v' }),
      () => producer.sendBatch([{ topic: 'texts', value: 'v' }]),
      () => consumer.poll(),
      () => consumer.commit(),
      () => consumer.subscribe(['texts']),
      () => consumer.pause([]),
      () => consumer.run({ eachRecord() {} }),
      () => admin.listTopics(),
      () => kafka.producer(),
      () => kafka.consumer(),
      () => kafka.admin(),
    ]
    for (const call of calls) {
      const { code, message } = await problem(call)
      expect(code).toBe('ILLEGAL_STATE')
      expect(message).toContain('closed')
    }
  })
})

describe('listeners', () => {
  test('that throw change nothing in the broker, and their error can be listened to', async () => {
    const errors: unknown[] = []
    kafka.events.on('listenerError', ({ event, error }) => errors.push([event, (error as Error).message]))
    kafka.events.on('recordsAppended', () => {
      throw new Error('mine')
    })
    expect(await kafka.producer().send({ topic: 'texts', value: 'v' })).toMatchObject({ offset: 0 })
    expect(await kafka.producer().send({ topic: 'texts', value: 'v' })).toMatchObject({ offset: 1 })
    expect(errors).toEqual([
      ['recordsAppended', 'mine'],
      ['recordsAppended', 'mine'],
    ])
  })

  test('that send records do so after the turn they were told in', async () => {
    const producer = kafka.producer()
    const sent: Promise<unknown>[] = []
    kafka.events.once('recordsAppended', () => sent.push(producer.send({ topic: 'texts', value: 'echo' })))
    expect(await producer.send({ topic: 'texts', value: 'call' })).toMatchObject({ offset: 0 })
    expect(await sent[0]).toMatchObject({ offset: 1 })
  })
})
