// The service of order-service/ at work: good orders, a shop that is out of order for a moment, and what it puts aside.
// How it is tested: order-service/service.test.ts.
import { Kafkalet } from 'kafkalet'
import { createOrderService, topics } from './order-service/service.ts'

await using kafka = new Kafkalet({ topics })

let calls = 0
async function priceOf(sku: string): Promise<number | null> {
  if (++calls === 1) throw new Error('the shop is out of order')
  return sku === 'unicorn' ? null : 250
}

const sigterm = new AbortController()
const working = createOrderService(kafka, { priceOf }).run(sigterm.signal)

const order = { orderId: 'a1', sku: 'tea', quantity: 2 }
await kafka.producer().sendBatch([
  { topic: 'orders', key: 'ada', value: JSON.stringify(order) },
  { topic: 'orders', key: 'ada', value: JSON.stringify({ ...order, orderId: 'a2', sku: 'unicorn' }) },
  { topic: 'orders', key: 'bob', value: '{"orderId":"b1"' },
  { topic: 'orders', key: 'bob', value: JSON.stringify({ ...order, orderId: 'b2' }) },
])

const results = kafka.consumer({
  groupId: 'results',
  topics: ['priced-orders', 'dead-orders'],
  autoOffsetReset: 'earliest',
})
let left = 4
for await (const { topic, key, value, headers } of results) {
  const notes = headers.map(([name, bytes]) => `\n  ${name}: ${new TextDecoder().decode(bytes)}`)
  console.log(`${topic}: ${key} ${typeof value === 'string' ? value : JSON.stringify(value)}${notes.join('')}`)
  if (--left === 0) break
}

sigterm.abort()
await working
console.log(`The lag is ${(await kafka.admin().lag('order-service')).lag}, and the shop was asked ${calls} times.`)
