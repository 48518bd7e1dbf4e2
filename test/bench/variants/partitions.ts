// Keyed records into a topic of as many partitions as the argument says.

import { Kafkalet } from 'kafkalet'
import { batches, MILLION, type Payloads, payloads, WARM_UPS } from '../data.ts'
import { report } from '../report.ts'

const [, , partitions] = process.argv
const data = payloads(MILLION / 2)
const warmUp = payloads(MILLION / 10)
for (let i = 0; i < WARM_UPS; i++) await produce(warmUp)
report({ ms: await produce(data) })

async function produce(from: Payloads): Promise<number> {
  await using kafka = new Kafkalet({ config: { numPartitions: Number(partitions) } })
  const producer = kafka.producer()
  await kafka.admin().createTopics([{ topic: 'keyed' }])
  const start = performance.now()
  for (const batch of batches('keyed', from)) await producer.sendBatch(batch)
  return performance.now() - start
}
