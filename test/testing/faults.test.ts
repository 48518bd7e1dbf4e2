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
    faultsOf(kafka).on('Produce', { partition: 0 }).delay(500)
    const producer = kafka.producer()
    await producer.send(to(0, 'known', 'other')).catch(() => {})
    const values: string[] = []
    kafka.events.on('recordsAppended', ({ topic, partition }) => values.push(`${topic}-${partition}`))
    const first = producer.send(to(0, 'a'))
    const second = producer.send(to(1, 'b'))
    await clock.advance(499)
    expect(values).toEqual(['other-0'].slice(1))
    await clock.advance(1)
    await Promise.all([first, second])
    expect(values).toEqual(['orders-0', 'orders-1'])
  })
})
