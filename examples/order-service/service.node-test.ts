// The recipe for node:test: as for Jest, and the instance closes itself at the end of its test.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kafkalet } from 'kafkalet'
import { ManualClock, waitForRecords } from 'kafkalet/testing'
import { topics } from './service.ts'
import { order, startService } from './start-service.ts'

test('an order becomes a priced order', async () => {
  const clock = new ManualClock()
  await using kafka = new Kafkalet({ topics, clock })
  const service = startService(kafka, clock, { priceOf: async () => 250 })
  await kafka.producer().send(order('ada-1', { quantity: 3 }))
  const [record] = await waitForRecords(kafka, 'priced-orders', 1)
  assert.deepEqual(record?.value, { orderId: 'ada-1', sku: 'tea', quantity: 3, totalCents: 750 })
  await service.stop()
})
