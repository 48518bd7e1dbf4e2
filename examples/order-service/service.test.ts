// Six questions that production will ask the service, each as a story: ordering, at-least-once, a crash in the middle, a
// rebalance, a poison record, a slow broker. No sleeps: the time of the broker and of the service is the test's.
import { faultsOf, inspect, waitForAssignment, waitForLag, waitForRecords } from 'kafkalet/testing'
import { kafkaFixtures } from 'kafkalet/vitest'
import { test as base, expect, vi } from 'vitest'
import { MOST_ATTEMPTS, type OrderServiceOptions, topics } from './service.ts'
import { order, type StartedService, startService } from './start-service.ts'

type PriceOf = OrderServiceOptions['priceOf']

// A Kafka of its own for each test, and `start`: the service on it, which is stopped when the test is over.
const test = base.extend(kafkaFixtures({ topics })).extend<{ start: (priceOf: PriceOf) => StartedService }>({
  start: async ({ kafka, clock }, use) => {
    const started: StartedService[] = []
    await use((priceOf) => {
      const service = startService(kafka, clock, { priceOf, clientId: `service-${started.length + 1}` })
      started.push(service)
      return service
    })
    // What is in work may need time to end, and time passes only when it is told to; what never ends is given up.
    await Promise.race([Promise.all(started.map((service) => service.stop())), clock.advance(600_000)])
  },
})

/** A shop in which everything costs the same. */
const priceOf = async () => 250
const outage = new Error('503')
const idsOf = (customer: string, count: number) => Array.from({ length: count }, (_, i) => `${customer}-${i}`)
const priced = (orderId: string) => ({ value: expect.objectContaining({ orderId }) })

test('an order becomes a priced order', async ({ kafka, start }) => {
  start(priceOf)
  await kafka.producer().send(order('ada-1', { quantity: 3 }))
  await waitForLag(kafka, 'order-service', 0)
  const value = { orderId: 'ada-1', sku: 'tea', quantity: 3, totalCents: 750 }
  expect(kafka).toHaveRecords('priced-orders', [{ key: 'ada', value }])
})

test('ordering: a customer’s orders stay in order, though one is tried again', async ({ kafka, start }) => {
  const flaky = vi.fn(priceOf).mockRejectedValueOnce(outage)
  start(flaky)
  await kafka.producer().sendBatch([order('ada-1'), order('ada-2')])
  await waitForRecords(kafka, 'priced-orders', 2) // lets the backoff pass, and takes no time
  expect(kafka).toHaveRecords('priced-orders', [priced('ada-1'), priced('ada-2')])
  expect(flaky).toHaveBeenCalledTimes(3)
})

test('ordering: a customer in another partition does not wait for them', async ({ kafka, start }) => {
  start(async (sku) => (sku === 'unsure' ? Promise.reject(outage) : 250))
  await kafka.producer().sendBatch([order('bob-1', { sku: 'unsure' }), order('bob-2'), order('cyd-1')])
  await waitForRecords(kafka, 'priced-orders', 1)
  expect(kafka).toHaveRecords('priced-orders', [priced('cyd-1')])
})

test('at least once: what was in work when the process died is done by the next', async ({ kafka, clock, start }) => {
  const first = start(() => new Promise(() => {})) // the price does not come
  await kafka.producer().send(order('ada-1'))
  await clock.advance(10_000) // an auto commit is due, and must not commit this one
  first.kill()
  start(priceOf)
  await waitForLag(kafka, 'order-service', 0) // the session of the first ends after 45 s
  expect(kafka).toHaveRecords('priced-orders', [priced('ada-1')])
})

test.for([
  ['between two attempts', 600],
  ['in the last one', 10_000],
] as const)('at least once: told to stop %s, it loses nothing', async ([, afterMs], { kafka, clock, start }) => {
  const untilAborted: PriceOf = (_, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  const failing = vi.fn(untilAborted)
  for (let attempt = 1; attempt < MOST_ATTEMPTS; attempt++) failing.mockRejectedValueOnce(outage)
  const first = start(failing)
  await kafka.producer().send(order('ada-1'))
  await clock.advance(afterMs)
  await first.stop()
  start(priceOf)
  await waitForLag(kafka, 'order-service', 0)
  expect(kafka).toHaveRecords('priced-orders', [priced('ada-1')])
  expect(kafka).toHaveRecords('dead-orders', [])
})

test('a crash in the middle: what was not committed is priced twice, and billed once', async ({ kafka, start }) => {
  const first = start(priceOf)
  await kafka.producer().send(order('ada-1'))
  await waitForRecords(kafka, 'priced-orders', 1)
  first.kill()
  start(priceOf)
  await waitForRecords(kafka, 'priced-orders', 2)
  expect(kafka).toHaveRecords('priced-orders', [priced('ada-1'), priced('ada-1')])

  // Idempotent is who knows an order by its id: an upsert by a unique key, in the same database as what follows from it.
  const bills = new Map<string, number>()
  const biller = kafka.consumer({ groupId: 'billing', topics: ['priced-orders'], autoOffsetReset: 'earliest' })
  for (const { value } of await biller.poll()) bills.set(value.orderId, value.totalCents)
  expect([...bills]).toEqual([['ada-1', 250]])
})

test('a lost answer: the producer sends again, and the broker knows what it has', async ({ kafka, start }) => {
  const faults = faultsOf(kafka)
  faults.on('Produce', { topic: 'priced-orders' }).loseResponse()
  start(priceOf)
  await kafka.producer().sendBatch([order('ada-1'), order('ada-2')])
  await waitForRecords(kafka, 'priced-orders', 2)
  expect(kafka).toHaveRecords('priced-orders', [priced('ada-1'), priced('ada-2')])
  faults.assertUsed()
})

test('rebalance: half of the partitions move, and each order is priced once, in order', async ({
  kafka,
  clock,
  start,
}) => {
  const slowly = async () => {
    await clock.sleep(1_000)
    return 250
  }
  const orderIds = ['ada', 'bob', 'cyd', 'eve'].flatMap((customer) => idsOf(customer, 10))
  const first = start(slowly)
  await kafka.producer().sendBatch(orderIds.map((orderId) => order(orderId)))
  await clock.advance(2_500) // some are priced, some are in work
  const second = start(slowly)
  await waitForAssignment(kafka, 'order-service', { members: 2 })
  expect(first.consumer.assignment).toHaveLength(2)
  expect(second.consumer.assignment).toHaveLength(2)
  expect(kafka).not.toHaveNoLag('order-service')
  await waitForLag(kafka, 'order-service', 0)
  expect(kafka).toHaveRecords('priced-orders', orderIds.map(priced))
})

test('poison: what is no order is put aside with the reason, and holds nobody up', async ({ kafka, start }) => {
  const prices = vi.fn(async (sku: string) => (sku === 'unicorn' ? null : 250))
  start(prices)
  await kafka
    .producer()
    .sendBatch([
      { topic: 'orders', key: 'ada', value: 'no json', headers: { trace: '7' } },
      order('ada-2', { quantity: -1 }),
      { topic: 'orders', key: 'ada', value: null },
      order('ada-4', { sku: 'unicorn' }),
      order('ada-5'),
    ])
  await waitForLag(kafka, 'order-service', 0)
  expect(kafka).toHaveRecords('priced-orders', [priced('ada-5')])
  const because = (reason: string, source: string) => ({
    'dead-letter-reason': expect.stringContaining(reason),
    'dead-letter-source': source,
  })
  expect(kafka).toHaveRecords('dead-orders', [
    { key: 'ada', value: 'no json', headers: { trace: '7', ...because('not an order: SyntaxError', 'orders-1@0') } },
    { value: order('ada-2', { quantity: -1 }).value, headers: because('quantity', 'orders-1@1') },
    { value: null, headers: because('not an order', 'orders-1@2') },
    { headers: because('nobody sells unicorn', 'orders-1@3') },
  ])
  expect(prices).toHaveBeenCalledTimes(2) // no attempt is wasted on what is hopeless
})

test('poison: without a price in five attempts an order is put aside', async ({ kafka, clock, start }) => {
  const startMs = clock.now()
  start(async (sku) => (sku === 'unsure' ? Promise.reject(outage) : 250))
  await kafka.producer().sendBatch([order('ada-1', { sku: 'unsure' }), order('ada-2')])
  await waitForRecords(kafka, 'priced-orders', 1)
  expect(clock.now() - startMs).toBe(7_500)
  const headers = { 'dead-letter-reason': 'no price for unsure in 5 attempts: Error: 503' }
  expect(kafka).toHaveRecords('dead-orders', [{ headers }])
})

test('poison: where no dead letter can be written, the service fails, and loses nothing', async ({
  kafka,
  clock,
  start,
}) => {
  const rule = faultsOf(kafka).on('Produce', { topic: 'dead-orders' }).fail('MESSAGE_TOO_LARGE')
  const first = startService(kafka, clock, { priceOf })
  await kafka.producer().send({ topic: 'orders', key: 'ada', value: 'no json' })
  await clock.settle()
  await expect(first.stop()).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
  expect(rule.fired).toBe(1)
  start(priceOf)
  await waitForLag(kafka, 'order-service', 0)
  expect(kafka).toHaveRecords('dead-orders', [{ value: 'no json' }])
})

test('slow broker: the service waits for it, and stays in its group', async ({ kafka, clock, start }) => {
  faultsOf(kafka).on('Produce', { topic: 'priced-orders' }).always().delay(10_000)
  const orderIds = idsOf('ada', 60)
  start(priceOf)
  await kafka.producer().sendBatch(orderIds.map((orderId) => order(orderId)))
  await clock.advance(60_000)
  expect((await inspect(kafka).topic('priced-orders')).records).toHaveLength(6)
  await waitForLag(kafka, 'order-service', 0, { timeoutMs: 600_000 })
  expect(kafka).toHaveRecords('priced-orders', orderIds.map(priced))
  expect(inspect(kafka).group('order-service').generation).toBe(1)
})

test('slow broker: too slow for max.poll.interval.ms, and orders come again', async ({ kafka, clock, start }) => {
  // 20 orders of one poll, 20 s each: 400 s, where 300 s are allowed.
  faultsOf(kafka).on('Produce', { topic: 'priced-orders' }).times(20).delay(20_000)
  const left: string[] = []
  kafka.events.on('memberLeft', ({ clientId, reason }) => left.push(`${clientId} ${reason}`))
  const orderIds = idsOf('ada', 20)
  start(priceOf)
  await kafka.producer().sendBatch(orderIds.map((orderId) => order(orderId)))
  await clock.advance(300_000)
  expect(left).toEqual(['service-1 left'])
  await waitForLag(kafka, 'order-service', 0, { timeoutMs: 600_000 })
  expect(kafka).toHaveRecords('priced-orders', [...orderIds, ...orderIds].map(priced))
})
