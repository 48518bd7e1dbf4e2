// Faults at the seam: which requests they are for, how often they happen, and what a client makes of them.
import { Kafkalet } from 'kafkalet'
import { faultsOf, ManualClock } from 'kafkalet/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let clock: ManualClock
let kafka: Kafkalet

beforeEach(async () => {
  clock = new ManualClock()
  kafka = new Kafkalet({ clock, seed: 1 })
  await kafka.admin().createTopics([
    { topic: 'orders', partitions: 2 },
    { topic: 'other', partitions: 1 },
  ])
})

afterEach(async () => {
  faultsOf(kafka).clear()
  await kafka.close()
})

const to = (partition: number, value: string, topic = 'orders') => ({ topic, partition, value })

async function readAll(topic = 'orders', partitions = [0, 1]): Promise<string[]> {
  const reader = kafka.consumer()
  reader.assign(partitions.map((partition) => ({ topic, partition })))
  for (const partition of partitions) reader.seek({ topic, partition }, 'beginning')
  const values: string[] = []
  for (let records = await reader.poll({ timeoutMs: 0 }); records.length > 0; ) {
    values.push(...records.map(({ partition, value }) => `${partition}:${value}`))
    records = await reader.poll({ timeoutMs: 0 })
  }
  await reader.close()
  return values
}

/** Resolves with what the call comes to, letting time pass. */
async function within<Result>(ms: number, call: Promise<Result>): Promise<Result> {
  call.catch(() => {})
  await clock.advance(ms)
  return call
}

describe('a fault', () => {
  test('happens once, to the requests that its filter names, and the producer tries again', async () => {
    const faults = faultsOf(kafka)
    faults.on('Produce', { topic: 'orders', partition: 0 }).fail('NOT_LEADER_OR_FOLLOWER')
    const producer = kafka.producer()
    expect(await producer.send(to(1, 'b'))).toMatchObject({ offset: 0 })
    const sent = producer.send(to(0, 'a'))
    await clock.advance(99)
    expect(await readAll()).toEqual(['1:b'])
    expect(await within(1, sent)).toMatchObject({ offset: 0 })
    expect(await readAll()).toEqual(['0:a', '1:b'])
    expect(await producer.send(to(0, 'c'))).toMatchObject({ offset: 1 })
    faults.assertUsed()
  })

  test('that cannot pass is the caller’s at once', async () => {
    faultsOf(kafka).on('Produce').fail('TOPIC_AUTHORIZATION_FAILED')
    const sending = kafka.producer().send(to(0, 'a'))
    await expect(sending).rejects.toMatchObject({ code: 'TOPIC_AUTHORIZATION_FAILED' })
    expect(await readAll()).toEqual([])
  })

  test('fails the partitions that are meant, and the broker writes the others', async () => {
    faultsOf(kafka).on('Produce', { partition: 0 }).fail('CORRUPT_MESSAGE')
    const sent = kafka.producer().sendBatch([to(0, 'a'), to(1, 'b'), to(0, 'c')])
    await clock.settle()
    expect(await readAll()).toEqual(['1:b'])
    expect(await within(100, sent)).toEqual([
      { topic: 'orders', partition: 0, baseOffset: 0, count: 2 },
      { topic: 'orders', partition: 1, baseOffset: 0, count: 1 },
    ])
  })

  test('happens as often as `times` says, in the order in which faults were set', async () => {
    const faults = faultsOf(kafka)
    faults.on('Produce').times(2).fail('NOT_LEADER_OR_FOLLOWER')
    faults.on('Produce').fail('MESSAGE_TOO_LARGE')
    const sending = kafka.producer().send(to(0, 'a'))
    await expect(within(300, sending)).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
    faults.assertUsed()
  })

  test('happens always, until it is removed', async () => {
    const fault = faultsOf(kafka).on('Produce').always().fail('KAFKA_STORAGE_ERROR')
    const sent = kafka.producer().send(to(0, 'a'))
    await clock.advance(10_000)
    expect(fault.fired).toBeGreaterThan(10)
    fault.remove()
    expect(await within(1_000, sent)).toMatchObject({ offset: 0 })
  })

  test('with a probability happens by the seed, and changes no other chance', async () => {
    const run = async (faulty: boolean) => {
      const world = new Kafkalet({ clock, seed: 7, config: { numPartitions: 8 } })
      const faults = faultsOf(world)
      if (faulty) faults.on('Produce').withProbability(0.3).fail('TOPIC_AUTHORIZATION_FAILED')
      const producer = world.producer({ batchSize: 100 })
      const outcomes: string[] = []
      for (let i = 0; i < 50; i++) {
        const sent = producer.send({ topic: 't', value: 'x'.repeat(60) })
        outcomes.push(
          await sent.then(
            ({ partition }) => `${partition}`,
            () => 'refused',
          ),
        )
      }
      await world.close()
      return outcomes
    }
    const first = await run(true)
    expect(await run(true)).toEqual(first)
    const refused = first.filter((each) => each === 'refused').length
    expect(refused).toBeGreaterThan(5)
    expect(refused).toBeLessThan(30)
    const plain = await run(false)
    for (const [i, outcome] of first.entries()) if (outcome !== 'refused') expect(outcome).toBe(plain[i])
  })

  test('is for a client, a group, a member, or whatever a function says', async () => {
    const faults = faultsOf(kafka)
    const byClient = faults.on('Produce', { clientId: 'b' }).fail('INVALID_RECORD')
    const byFunction = faults
      .on('Produce', { where: ({ acks }, { clientId }) => acks === 1 && clientId === 'a' })
      .fail('INVALID_TIMESTAMP')
    const byGroup = faults.on('OffsetCommit', { groupId: 'h' }).fail('GROUP_AUTHORIZATION_FAILED')
    expect(await kafka.producer({ clientId: 'a' }).send(to(0, '1'))).toMatchObject({ offset: 0 })
    expect(byFunction.fired).toBe(0)
    await expect(kafka.producer({ clientId: 'a', acks: 1 }).send(to(0, '2'))).rejects.toMatchObject({
      code: 'INVALID_TIMESTAMP',
    })
    await expect(kafka.producer({ clientId: 'b' }).send(to(0, '3'))).rejects.toMatchObject({ code: 'INVALID_RECORD' })
    const offsets = [{ topic: 'orders', partition: 0, offset: 1 }]
    await kafka.admin().alterConsumerGroupOffsets('g', offsets)
    const committing = kafka.admin().alterConsumerGroupOffsets('h', offsets)
    await expect(committing).rejects.toMatchObject({ code: 'GROUP_AUTHORIZATION_FAILED' })
    expect([byClient, byFunction, byGroup].map(({ fired }) => fired)).toEqual([1, 1, 1])
  })

  test('for a topic finds the requests that name it by its id', async () => {
    const fault = faultsOf(kafka).on('Fetch', { topic: 'orders', partition: 1 }).fail('NOT_LEADER_OR_FOLLOWER')
    const producer = kafka.producer()
    await producer.send(to(0, 'a'))
    await producer.send(to(1, 'b'))
    const consumer = kafka.consumer()
    consumer.assign([
      { topic: 'orders', partition: 0 },
      { topic: 'orders', partition: 1 },
    ])
    for (const each of consumer.assignment) consumer.seek(each, 'beginning')
    expect((await consumer.poll()).map(({ value }) => value)).toEqual(['a'])
    expect(fault.fired).toBe(1)
    expect((await within(100, consumer.poll())).map(({ value }) => value)).toEqual(['b'])
  })
})

describe('a request', () => {
  test('that is delayed keeps its place before what its client sends after it', async () => {
    faultsOf(kafka).on('Produce', { topic: 'orders', partition: 0 }).delay(500)
    const producer = kafka.producer()
    await producer.send(to(0, 'known', 'other'))
    await producer.send(to(1, 'known'))
    const appended: string[] = []
    kafka.events.on('recordsAppended', ({ topic, partition }) => appended.push(`${topic}-${partition}`))
    const first = producer.send(to(0, 'a'))
    await clock.settle()
    const second = producer.send(to(1, 'b'))
    const elsewhere = kafka.producer().send(to(0, 'c', 'other'))
    await clock.advance(499)
    expect(await elsewhere).toMatchObject({ offset: 1 })
    expect(appended).toEqual(['other-0'])
    await clock.advance(1)
    await Promise.all([first, second])
    expect(appended).toEqual(['other-0', 'orders-0', 'orders-1'])
  })

  test('that is held arrives when it is released, and its client learns nothing before', async () => {
    const held = faultsOf(kafka).on('Produce', { topic: 'orders' }).hold()
    const producer = kafka.producer()
    let isSent = false
    const sent = producer.send(to(0, 'a')).then(() => {
      isSent = true
    })
    await held.arrived()
    await clock.advance(29_999)
    expect([held.count, isSent]).toEqual([1, false])
    expect(await readAll()).toEqual([])
    held.release()
    await sent
    expect(held.count).toBe(0)
    expect(await readAll()).toEqual(['0:a'])
  })

  test('that is held beyond the producer’s requestTimeoutMs is given up and sent again', async () => {
    const held = faultsOf(kafka).on('Produce').hold()
    const sent = kafka.producer().send(to(0, 'a'))
    await clock.advance(30_000)
    expect(await within(100, sent)).toMatchObject({ offset: 0 })
    held.release()
    await clock.settle()
    expect(await readAll()).toEqual(['0:a'])
  })

  test('of a group that is held does not hold up fetches', async () => {
    await kafka.producer().send(to(0, 'a'))
    const consumer = kafka.consumer({ groupId: 'g', topics: ['orders'], autoOffsetReset: 'earliest' })
    await consumer.poll({ timeoutMs: 0 })
    await clock.settle()
    const held = faultsOf(kafka).on('OffsetCommit', { groupId: 'g' }).hold()
    expect((await consumer.poll()).map(({ value }) => value)).toEqual(['a'])
    const committing = consumer.commit()
    await held.arrived()
    await kafka.producer().send(to(0, 'b'))
    expect((await consumer.poll()).map(({ value }) => value)).toEqual(['b'])
    held.release()
    await committing
    expect(await kafka.admin().listConsumerGroupOffsets('g')).toMatchObject([{ partition: 0, offset: 1 }, {}])
  })

  test('that is dropped was never there, and is sent again', async () => {
    faultsOf(kafka).on('Produce').drop()
    expect(await within(100, kafka.producer().send(to(0, 'a')))).toMatchObject({ offset: 0 })
    expect(await readAll()).toEqual(['0:a'])
  })

  test('whose answer is lost was carried out, and what is sent again is there once, where it was', async () => {
    faultsOf(kafka).on('Produce').loseResponse()
    const sent = kafka.producer().sendBatch([to(0, 'a'), to(0, 'b'), to(1, 'c')])
    await clock.settle()
    // Others may write behind it before it comes again.
    await kafka.producer().send(to(0, 'between'))
    expect(await within(100, sent)).toMatchObject([
      { partition: 0, baseOffset: 0, count: 2 },
      { partition: 1, baseOffset: 0, count: 1 },
    ])
    expect(await readAll()).toEqual(['0:a', '0:b', '0:between', '1:c'])
  })

  test('whose answer is lost was carried out, and without idempotence what is sent again is there twice', async () => {
    faultsOf(kafka).on('Produce').loseResponse()
    const sent = kafka.producer({ enableIdempotence: false }).sendBatch([to(0, 'a'), to(0, 'b'), to(1, 'c')])
    await clock.settle()
    await kafka.producer().send(to(0, 'between'))
    expect(await within(100, sent)).toMatchObject([
      { partition: 0, baseOffset: 3, count: 2 },
      { partition: 1, baseOffset: 1, count: 1 },
    ])
    expect((await readAll()).sort()).toEqual(['0:a', '0:a', '0:b', '0:b', '0:between', '1:c', '1:c'])
  })

  test('is answered what `rewrite` makes of it', async () => {
    const faults = faultsOf(kafka)
    faults.on('Produce').rewrite((response) => ({
      responses: response.responses.map(({ name, partitionResponses }) => ({
        name,
        partitionResponses: partitionResponses.map((each) => ({ ...each, baseOffset: each.baseOffset + 1_000 })),
      })),
    }))
    expect(await kafka.producer().send(to(0, 'a'))).toMatchObject({ offset: 1_000 })
  })

  test('is seen by every observer, with its answer, whatever else happens to it', async () => {
    const faults = faultsOf(kafka)
    const seen: string[] = []
    faults.on('Produce', { topic: 'orders' }).observe(({ clientId, response, error }) => {
      const codes = response?.responses.flatMap(({ partitionResponses }) =>
        partitionResponses.map(({ errorCode }) => errorCode),
      )
      seen.push(`${clientId} ${codes ?? error}`)
    })
    faults.on('Produce').fail('NOT_LEADER_OR_FOLLOWER')
    faults.on('Produce').drop()
    const late: number[] = []
    faults
      .on('Produce')
      .times(2)
      .observe(({ atMs }) => late.push(atMs))
    await within(300, kafka.producer({ clientId: 'p' }).send(to(0, 'a')))
    expect(seen).toEqual(['p 6', 'p KafkaError: The connection broke before an answer came.', 'p 0'])
    expect(late).toEqual([clock.now() - 300, clock.now() - 200])
  })
})

describe('the history', () => {
  test('is off until it is asked for, has requests and answers in order, and no more than its limit', async () => {
    const faults = faultsOf(kafka)
    const producer = kafka.producer({ clientId: 'p' })
    await producer.send(to(0, 'a'))
    expect(faults.history).toEqual([])
    faults.record({ limit: 3 })
    await producer.send(to(1, 'b'))
    await producer.send(to(1, 'c'))
    const [first, second] = faults.history
    expect(first).toMatchObject({ api: 'Produce', clientId: 'p', atMs: clock.now(), error: null })
    if (first?.api !== 'Produce' || second?.api !== 'Produce') throw new Error('Produce was expected')
    // What was sent is what was in the batch then, though the log has joined the next one to it.
    expect(first.request.topicData[0]?.partitionData[0]?.records.count).toBe(1)
    expect(second.response?.responses[0]?.partitionResponses[0]).toMatchObject({ baseOffset: 1, errorCode: 0 })
    await producer.send(to(0, 'd'))
    await producer.send(to(0, 'e'))
    expect(faults.history).toHaveLength(3)
    expect(faults.history[0]).toBe(second)
    faults.clear()
    await producer.send(to(0, 'f'))
    expect(faults.history).toEqual([])
  })
})

describe('assertUsed', () => {
  test('lists what did not happen, or not often enough, and where it was set', async () => {
    const faults = faultsOf(kafka)
    faults.on('Produce', { topic: 'orders' }).times(3).fail('NOT_LEADER_OR_FOLLOWER')
    faults.on('Heartbeat', { groupId: 'g' }).hold()
    faults.on('Fetch')
    faults.on('Produce').withProbability(0.001).drop()
    faults
      .on('Metadata')
      .always()
      .observe(() => {})
    await within(1_000, kafka.producer().send(to(0, 'a')))
    expect(() => faults.assertUsed()).toThrowError(
      /^These faults [^\n]+\n {2}Heartbeat { groupId: 'g' }: hold\(\), set at [^\n]*faults\.test\.ts:\d+:\d+\)?\. Group 'g' does not exist\. [^\n]+\n {2}Fetch: nothing [^\n]+$/,
    )
  })

  test('counts what happened too seldom', async () => {
    const faults = faultsOf(kafka)
    faults.on('Produce').times(3).fail('INVALID_RECORD')
    await kafka
      .producer()
      .send(to(0, 'a'))
      .catch(() => {})
    expect(() => faults.assertUsed()).toThrowError('fail(INVALID_RECORD), happened 1 of 3 times')
    faults.clear()
    faults.assertUsed()
  })
})

describe('a fault that cannot be', () => {
  const faulty = () => faultsOf(kafka)
  test.each([
    ['an API there is not', () => faulty().on('Prduce' as never), "no API 'Prduce'. Did you mean 'Produce'?"],
    [
      'a filter it has not',
      () => faulty().on('Heartbeat', { topic: 't' }),
      'Heartbeat names no topic. It can be filtered by groupId, memberId, clientId, where.',
    ],
    ['an unknown filter', () => faulty().on('Produce', { topci: 't' } as never), "'topci'"],
    [
      'an error it cannot answer',
      () => faulty().on('Heartbeat').fail('OFFSET_OUT_OF_RANGE'),
      "Heartbeat cannot answer 'OFFSET_OUT_OF_RANGE'. It can answer: UNKNOWN_SERVER_ERROR",
    ],
    [
      'an error there is not',
      () =>
        faulty()
          .on('Fetch')
          .fail('OFFSET_OUT_OF_RNGE' as never),
      "Did you mean 'OFFSET_OUT_OF_RANGE'?",
    ],
    ['times 0', () => faulty().on('Fetch').times(0), 'at least 1, not 0'],
    ['a probability of 2', () => faulty().on('Fetch').withProbability(2), 'from 0 to 1, not 2'],
    ['a negative delay', () => faulty().on('Fetch').delay(-1), 'not -1'],
    [
      'no function',
      () =>
        faulty()
          .on('Fetch')
          .observe(3 as never),
      'takes a function',
    ],
    ['no Kafkalet', () => faultsOf({}), 'faultsOf takes the Kafkalet'],
  ])('is refused: %s', (_what, set, message) => {
    expect(set).toThrowError(message)
    faulty().clear()
  })
})

test('faults that are cleared let everything go on, and the broker is as if there had been none', async () => {
  const faults = faultsOf(kafka)
  faults.on('Produce').hold()
  const producer = kafka.producer()
  const first = producer.send(to(0, 'a'))
  await clock.settle()
  const second = producer.send(to(0, 'b'))
  faults.clear()
  expect([(await first).offset, (await second).offset]).toEqual([0, 1])
  expect(clock.timerCount).toBe(0)
})
