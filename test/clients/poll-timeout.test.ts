// A poll returns when its time is over, whatever request of it is still under way, and the next one goes on from there.
// (Kafka: ClassicKafkaConsumer.poll, whose timer bounds all that it waits for but the callbacks)
import { Kafkalet } from 'kafkalet'
import { type ApiName, faultsOf, freeze, ManualClock, settle, thaw } from 'kafkalet/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let clock: ManualClock
let kafka: Kafkalet
beforeEach(async () => {
  clock = new ManualClock()
  kafka = new Kafkalet({ clock, seed: 1 })
  await kafka.admin().createTopics([{ topic: 'orders', partitions: 2 }])
  await kafka.producer().send({ topic: 'orders', partition: 0, value: 'a' })
})
afterEach(async () => {
  faultsOf(kafka).clear()
  await kafka.close()
})

const worker = { groupId: 'g', topics: ['orders'], autoOffsetReset: 'earliest' } as const

/** What the promise has come to so far, with no time passing. */
async function soFar<Result>(promise: Promise<Result>): Promise<Result | 'nothing yet'> {
  const nothing = settle(kafka)
    .then(() => settle(kafka))
    .then(() => 'nothing yet' as const)
  return await Promise.race([promise, nothing])
}

const valuesOf = (records: readonly { readonly value: unknown }[]) => records.map(({ value }) => value)

const requests: readonly ApiName[] = [
  'Metadata',
  'FindCoordinator',
  'JoinGroup',
  'SyncGroup',
  'OffsetFetch',
  'ListOffsets',
]

describe.each(requests)('while its %s is held', (api) => {
  test('a poll returns after its timeout, and the next one has the records once it is released', async () => {
    const consumer = kafka.consumer(worker)
    const held = faultsOf(kafka).on(api).hold()
    const polling = consumer.poll({ timeoutMs: 1_000 })
    await held.arrived()
    await clock.advance(999)
    expect(await soFar(polling)).toBe('nothing yet')
    await clock.advance(1)
    expect(await soFar(polling)).toEqual([])
    held.release()
    expect(valuesOf(await consumer.poll())).toEqual(['a'])
    expect(held.fired).toBe(1)
  })

  test('a poll without a timeout returns with no time passing', async () => {
    const consumer = kafka.consumer(worker)
    const held = faultsOf(kafka).on(api).hold()
    for (let polls = 0; polls < 3; polls++) expect(await soFar(consumer.poll({ timeoutMs: 0 }))).toEqual([])
    expect(held.count).toBe(1)
  })

  test('an aborted signal and close end a poll', async () => {
    const consumer = kafka.consumer(worker)
    const held = faultsOf(kafka).on(api).hold()
    const abort = new AbortController()
    const aborted = consumer.poll({ timeoutMs: 1_000, signal: abort.signal })
    await held.arrived()
    abort.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
    const closed = consumer.poll({ timeoutMs: 1_000 })
    await settle(kafka)
    const closing = consumer.close()
    expect(await soFar(closed)).toEqual([])
    held.release()
    await clock.advance(30_000)
    await closing
  })
})

test('a poll of a frozen client goes on when it is thawed', async () => {
  const consumer = kafka.consumer(worker)
  const held = faultsOf(kafka).on('Metadata').hold()
  const polling = consumer.poll({ timeoutMs: 0 })
  freeze(consumer)
  expect(await soFar(polling)).toBe('nothing yet')
  thaw(consumer)
  expect(await soFar(polling)).toEqual([])
  held.release()
  expect(valuesOf(await consumer.poll())).toEqual(['a'])
})

test('an auto commit that is held holds up no record', async () => {
  const consumer = kafka.consumer(worker)
  expect(valuesOf(await consumer.poll())).toEqual(['a'])
  const held = faultsOf(kafka).on('OffsetCommit').hold()
  await clock.advance(5_000)
  await kafka.producer().send({ topic: 'orders', partition: 1, value: 'b' })
  expect(valuesOf(await consumer.poll())).toEqual(['b'])
  expect(held.count).toBe(1)
  held.release()
  await settle(kafka)
  const place = { topic: 'orders', partition: 0 }
  expect(await consumer.committed([place])).toEqual([1])
})

test('a position that is still looked up holds up no records of other partitions beyond the timeout', async () => {
  await kafka.producer().send({ topic: 'orders', partition: 1, value: 'b' })
  const consumer = kafka.consumer({ groupId: 'g' })
  const [first, second] = [
    { topic: 'orders', partition: 0 },
    { topic: 'orders', partition: 1 },
  ]
  consumer.assign([first, second])
  consumer.seek(second, 0)
  const held = faultsOf(kafka).on('OffsetFetch').hold()
  const polling = consumer.poll({ timeoutMs: 500 })
  await held.arrived()
  await clock.advance(500)
  expect(valuesOf(await polling)).toEqual(['b'])
  // Where it is told where to go on, it needs no answer, and one that comes later changes nothing.
  consumer.seek(first, 0)
  expect(valuesOf(await consumer.poll({ timeoutMs: 0 }))).toEqual(['a'])
  held.release()
  await settle(kafka)
  expect(await consumer.position(first)).toBe(1)
})

test('what is assigned anew does not get what was prepared for something else', async () => {
  const consumer = kafka.consumer({ groupId: 'g' })
  const held = faultsOf(kafka).on('OffsetFetch').hold()
  consumer.assign([{ topic: 'orders', partition: 1 }])
  expect(await soFar(consumer.poll({ timeoutMs: 0 }))).toEqual([])
  faultsOf(kafka).on('OffsetFetch').fail('GROUP_AUTHORIZATION_FAILED')
  consumer.assign([{ topic: 'orders', partition: 0 }])
  const polling = consumer.poll()
  await settle(kafka)
  held.release()
  await expect(polling).rejects.toMatchObject({ code: 'GROUP_AUTHORIZATION_FAILED' })
})

test('what is assigned anew does not wait for what was prepared for something else', async () => {
  const consumer = kafka.consumer({ groupId: 'g' })
  const held = faultsOf(kafka).on('OffsetFetch').hold()
  consumer.assign([{ topic: 'orders', partition: 1 }])
  expect(await soFar(consumer.poll({ timeoutMs: 0 }))).toEqual([])
  consumer.assign([{ topic: 'orders', partition: 0 }])
  consumer.seek({ topic: 'orders', partition: 0 }, 'beginning')
  expect(valuesOf(await consumer.poll({ timeoutMs: 0 }))).toEqual(['a'])
  expect(held.count).toBe(1)
})

test('a position beyond the end is looked up anew with no time passing', async () => {
  const consumer = kafka.consumer({ autoOffsetReset: 'earliest' })
  consumer.assign([{ topic: 'orders', partition: 0 }])
  expect(valuesOf(await consumer.poll())).toEqual(['a'])
  consumer.seek({ topic: 'orders', partition: 0 }, 7)
  const polling = consumer.poll()
  await settle(kafka)
  expect(await soFar(polling)).toMatchObject([{ value: 'a' }])
})

test('an assignment that comes between two polls is taken inside the next one', async () => {
  const consumer = kafka.consumer({ ...worker, metadataMaxAgeMs: 2_000 })
  await consumer.poll()
  const faults = faultsOf(kafka)
  const sync = faults.on('SyncGroup').hold()
  consumer.enforceRebalance()
  await consumer.poll({ timeoutMs: 0 })
  await sync.arrived()
  await clock.advance(2_000)
  const metadata = faults.on('Metadata').hold()
  expect(await soFar(consumer.poll({ timeoutMs: 0 }))).toEqual([])
  expect(metadata.count).toBe(1)
  sync.release()
  await settle(kafka)
  metadata.release()
  await settle(kafka)
  expect(consumer.assignment).toEqual([])
  await consumer.poll({ timeoutMs: 0 })
  expect(consumer.assignment).toHaveLength(2)
})

describe('callbacks', () => {
  test('are awaited beyond the timeout, as in Kafka', async () => {
    let tellEnd: () => void = () => {}
    const ended = new Promise<void>((resolve) => {
      tellEnd = resolve
    })
    const consumer = kafka.consumer({ ...worker, onPartitionsAssigned: () => ended })
    for (const timeoutMs of [0, 1_000]) {
      const polling = consumer.poll({ timeoutMs })
      await clock.advance(5_000)
      if (timeoutMs === 0) expect(await soFar(polling)).toEqual([])
      else {
        expect(await soFar(polling)).toBe('nothing yet')
        tellEnd()
        await polling
      }
    }
  })

  test('are called inside a poll only, also where what they wait for came between two', async () => {
    const told: string[] = []
    let isPolling = false
    const tell = (what: string) => () => void told.push(`${what} ${isPolling ? 'inside' : 'outside'}`)
    const consumer = kafka.consumer({
      ...worker,
      onPartitionsAssigned: tell('assigned'),
      onPartitionsRevoked: tell('revoked'),
    })
    const poll = async () => {
      isPolling = true
      const polling = consumer.poll({ timeoutMs: 100 })
      await clock.advance(100)
      const values = valuesOf(await polling)
      isPolling = false
      return values
    }
    await poll()
    expect(told).toEqual(['assigned inside'])
    await kafka.producer().send({ topic: 'orders', partition: 0, value: 'b' })
    await poll()
    const held = faultsOf(kafka).on('OffsetCommit').hold()
    consumer.enforceRebalance()
    // What is about to be given back is committed, so it is not read on.
    await kafka.producer().send({ topic: 'orders', partition: 0, value: 'c' })
    expect(await poll()).toEqual([])
    expect(held.count).toBe(1)
    held.release()
    await settle(kafka)
    expect(told).toEqual(['assigned inside'])
    expect([...(await poll()), ...(await poll())]).toEqual(['c'])
    expect(told).toEqual(['assigned inside', 'revoked inside', 'assigned inside'])
  })
})
