// What a request that gets no answer does to whoever asked: every call ends by its timeout, as in Kafka.
import { type KafkaError, Kafkalet } from 'kafkalet'
import { crash, disconnect, faultsOf, freeze, ManualClock, reconnect, settle } from 'kafkalet/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let clock: ManualClock
let kafka: Kafkalet
beforeEach(async () => {
  clock = new ManualClock()
  kafka = new Kafkalet({ clock, seed: 1 })
  await kafka.admin().createTopics([{ topic: 'orders' }])
})
afterEach(async () => {
  faultsOf(kafka).clear()
  await kafka.close()
  expect(clock.timerCount).toBe(0)
})

const place = { topic: 'orders', partition: 0 }

/** How long it takes, and what it ends with. */
async function ending(
  call: Promise<unknown>,
): Promise<{ readonly afterMs: number; readonly error: KafkaError | null }> {
  const startMs = clock.now()
  let ended: { readonly afterMs: number; readonly error: KafkaError | null } | null = null
  const end = (error: KafkaError | null) => {
    ended = { afterMs: clock.now() - startMs, error }
  }
  call.then(() => end(null), end)
  await settle(kafka)
  for (let i = 0; i < 200 && ended === null; i++) await clock.advance(1_000)
  if (ended === null) throw new Error('it does not end')
  return ended
}

describe('after defaultApiTimeoutMs without an answer', () => {
  test.each(['OffsetCommit', 'OffsetFetch', 'ListOffsets'] as const)(
    'a consumer that waits for %s gives up',
    async (api) => {
      const consumer = kafka.consumer({ groupId: 'g', defaultApiTimeoutMs: 10_000, enableAutoCommit: false })
      consumer.assign([place])
      const held = faultsOf(kafka).on(api).hold()
      const calls = {
        OffsetCommit: () => consumer.commit([{ ...place, offset: 0 }]),
        OffsetFetch: () => consumer.committed([place]),
        ListOffsets: () => consumer.offsetsForTimes([{ ...place, timestamp: 0 }]),
      }
      const { afterMs, error } = await ending(calls[api]())
      expect(error?.code).toBe('REQUEST_TIMED_OUT')
      expect(error?.message).toMatch(/within 10000 ms \(defaultApiTimeoutMs\); no answer came\./)
      expect(afterMs).toBe(10_000)
      expect(held.count).toBe(1)
    },
  )

  test('an admin gives up', async () => {
    faultsOf(kafka).on('Metadata').always().hold()
    const { afterMs, error } = await ending(kafka.admin().listTopics())
    expect(error?.message).toMatch(/^listTopics: the broker could not answer within 60000 ms .*; no answer came\./)
    expect(afterMs).toBe(60_000)
  })

  test('the time of all tries counts', async () => {
    faultsOf(kafka).on('ListOffsets').always().hold()
    const consumer = kafka.consumer({ defaultApiTimeoutMs: 10_000 })
    const startMs = clock.now()
    const asked = consumer.offsetsForTimes([{ ...place, timestamp: 0 }]).catch((error: KafkaError) => error.message)
    await clock.advance(4_000)
    disconnect(consumer)
    reconnect(consumer)
    await clock.advance(5_999)
    const nothing = settle(kafka).then(() => 'nothing yet')
    expect(await Promise.race([asked, nothing])).toBe('nothing yet')
    await clock.advance(1)
    expect(await asked).toContain('within 10000 ms (defaultApiTimeoutMs); its last answer was NETWORK_EXCEPTION.')
    expect(clock.now() - startMs).toBe(10_000)
  })

  test.each(['close', 'crash'] as const)('a frozen client that ends by %s leaves no timer', async (end) => {
    const consumer = kafka.consumer({ groupId: 'g', enableAutoCommit: false })
    const producer = kafka.producer()
    consumer.assign([place])
    for (const client of [consumer, producer]) freeze(client)
    const outcomes = [consumer.commit([{ ...place, offset: 0 }]), producer.send({ ...place, value: 'a' })]
    for (const outcome of outcomes) outcome.catch(() => {})
    await settle(kafka)
    if (end === 'crash') for (const client of [consumer, producer]) crash(client)
    else await Promise.race([kafka.close(), clock.advance(60_000)])
    await settle(kafka)
    expect(clock.timerCount).toBe(0)
  })

  test('a client that is closed meanwhile waits no longer', async () => {
    const consumer = kafka.consumer({ groupId: 'g' })
    consumer.assign([place])
    faultsOf(kafka).on('OffsetCommit').hold()
    const committing = consumer.commit([{ ...place, offset: 0 }])
    await settle(kafka)
    const closing = consumer.close()
    await expect(committing).rejects.toMatchObject({ code: 'ILLEGAL_STATE' })
    await closing
    expect(clock.timerCount).toBe(0)
  })
})

describe('a producer that learns nothing of its topic', () => {
  test('asks again after requestTimeoutMs', async () => {
    const held = faultsOf(kafka).on('Metadata').hold()
    const { afterMs, error } = await ending(kafka.producer().send({ ...place, value: 'a' }))
    expect(error).toBeNull()
    expect(afterMs).toBe(30_100)
    expect(held.fired).toBe(1)
  })

  test('gives up after maxBlockMs', async () => {
    faultsOf(kafka).on('Metadata').always().hold()
    const { afterMs, error } = await ending(kafka.producer({ maxBlockMs: 40_000 }).send({ ...place, value: 'a' }))
    expect(error?.message).toMatch(/Nothing could be learnt of topic 'orders' within 40000 ms \(maxBlockMs\)/)
    expect(afterMs).toBe(40_000)
  })
})
