// From the call of send to the handler of a consumer that was waiting.

import { setImmediate } from 'node:timers/promises'
import { Kafkalet } from 'kafkalet'
import { median } from '../median.ts'
import { report } from '../report.ts'

const WARM_UPS = 2_000
const SAMPLES = 5_000

await using kafka = new Kafkalet()
const producer = kafka.producer()
const consumer = kafka.consumer({ groupId: 'readers', topics: ['pings'], autoOffsetReset: 'earliest' })
let deliveredAt = 0
const running = consumer.run({
  eachRecord() {
    deliveredAt = performance.now()
  },
})
const samples: number[] = []
for (let i = 0; i < WARM_UPS + SAMPLES; i++) {
  // A turn of the event loop later whoever had something to do has done it, and the consumer waits.
  await setImmediate()
  deliveredAt = 0
  const sentAt = performance.now()
  await producer.send({ topic: 'pings', key: 'a', value: 'ping' })
  while (deliveredAt === 0) await setImmediate()
  if (i >= WARM_UPS) samples.push((deliveredAt - sentAt) * 1_000)
}
report({ us: median(samples) })
await consumer.close()
await running
