// The recipe for Jest: an instance for each test by hand, the waits of kafkalet/testing, and inspect instead of matchers.
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { Kafkalet } from 'kafkalet'
import { inspect, ManualClock, waitForLag, waitForRecords } from 'kafkalet/testing'
import { type Topics, topics } from './service.ts'
import { order, type StartedService, startService } from './start-service.ts'

let clock: ManualClock
let kafka: Kafkalet<Topics>
let service: StartedService

beforeEach(() => {
  clock = new ManualClock()
  kafka = new Kafkalet({ topics, clock })
})

afterEach(async () => {
  await Promise.race([service.stop(), clock.advance(600_000)])
  await kafka.close()
})

test('a poison record is put aside with the reason', async () => {
  service = startService(kafka, clock, { priceOf: async () => 250 })
  await kafka.producer().send({ topic: 'orders', key: 'ada', value: 'no json' })
  await waitForLag(kafka, 'order-service', 0)
  const { records } = await inspect(kafka).topic('dead-orders')
  const reason = expect.stringContaining('not an order')
  expect(records).toMatchObject([{ value: 'no json', headers: { 'dead-letter-reason': reason } }])
})

test('orders of one customer stay in order, though the first needs a second attempt', async () => {
  const priceOf = jest.fn(async () => 250).mockRejectedValueOnce(new Error('503'))
  service = startService(kafka, clock, { priceOf })
  await kafka.producer().sendBatch([order('ada-1'), order('ada-2')])
  const records = await waitForRecords(kafka, 'priced-orders', 2)
  expect(records).toMatchObject([{ value: { orderId: 'ada-1' } }, { value: { orderId: 'ada-2' } }])
  expect(priceOf).toHaveBeenCalledTimes(3)
})

test('an order that was in work when the process died is done by the next', async () => {
  const first = startService(kafka, clock, { priceOf: () => new Promise(() => {}) })
  await kafka.producer().send(order('ada-1'))
  await clock.advance(10_000)
  first.kill()
  service = startService(kafka, clock, { priceOf: async () => 250 })
  await waitForLag(kafka, 'order-service', 0)
  const { records } = await inspect(kafka).topic('priced-orders')
  expect(records).toMatchObject([{ value: { orderId: 'ada-1', totalCents: 250 } }])
})
