// A million records produced, then consumed by a group, with auto commit: by batch or record by record.

import { type AnyTopics, type Handlers, Kafkalet, type RecordOut } from 'kafkalet'
import { batches, MILLION, PARTITIONS, type Payloads, payloads, WARM_UPS } from '../data.ts'
import { report } from '../report.ts'

const [, , kind] = process.argv
const data = payloads(MILLION)
const warmUp = payloads(MILLION / 10)
for (let i = 0; i < WARM_UPS; i++) await produceAndConsume(warmUp)
report({ ms: await produceAndConsume(data) })

async function produceAndConsume(from: Payloads): Promise<number> {
  await using kafka = new Kafkalet({ config: { numPartitions: PARTITIONS } })
  const producer = kafka.producer()
  const consumer = kafka.consumer({ groupId: 'readers', topics: ['stream'], autoOffsetReset: 'earliest' })
  const done = new AbortController()
  let seen = 0
  const take = (value: unknown) => {
    seen += typeof value === 'string' ? value.length : 0
    if (seen === from.values.length * 100) done.abort()
  }
  const handlers: Handlers<RecordOut<AnyTopics>> =
    kind === 'eachBatch'
      ? {
          eachBatch(records) {
            for (const { value } of records) take(value)
          },
        }
      : {
          async eachRecord({ value }) {
            take(value)
          },
        }
  const start = performance.now()
  for (const batch of batches('stream', from)) await producer.sendBatch(batch)
  await consumer.run(handlers, { signal: done.signal })
  return performance.now() - start
}
