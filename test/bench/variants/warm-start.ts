// What one test costs that makes a Kafka of its own, once the process has made many.

import { Kafkalet } from 'kafkalet'
import { median } from '../median.ts'
import { report } from '../report.ts'

const WARM_UPS = 2_000
const SAMPLES = 500

const samples: number[] = []
for (let i = 0; i < WARM_UPS + SAMPLES; i++) {
  const start = performance.now()
  await roundTrip()
  if (i >= WARM_UPS) samples.push(performance.now() - start)
}
report({ ms: median(samples) })

async function roundTrip(): Promise<void> {
  const kafka = new Kafkalet()
  await kafka.producer().send({ topic: 'orders', key: 'a', value: 'one' })
  const records = await kafka
    .consumer({ groupId: 'billing', topics: ['orders'], autoOffsetReset: 'earliest' })
    .poll({ timeoutMs: 5_000 })
  if (records.length !== 1) throw new Error(`${records.length} records came`)
  await kafka.close()
}
