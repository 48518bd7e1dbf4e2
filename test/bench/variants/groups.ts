// A backlog read by as many groups as the argument says, all at the same time. With fewer groups each reads it more
// often: the number of deliveries, and the log that they come from, are always the same.

import { Kafkalet } from 'kafkalet'
import { batches, payloads, WARM_UPS } from '../data.ts'
import { heapBytes } from '../heap.ts'
import { report } from '../report.ts'

const BACKLOG = 20_000
const READINGS = 100

const groups = Number(process.argv[2])
const data = payloads(BACKLOG)
for (let i = 0; i < WARM_UPS; i++) await deliver(READINGS / 10)
report(await deliver(READINGS))

async function deliver(readings: number): Promise<{ ms: number; bytesPerDelivery: number }> {
  await using kafka = new Kafkalet()
  const producer = kafka.producer()
  await producer.send({ topic: 'backlog', value: 'first' })
  const consumers = Array.from({ length: groups }, (_, i) =>
    kafka.consumer({ groupId: `group-${i}`, topics: ['backlog'], autoOffsetReset: 'earliest' }),
  )
  // The groups form before the time is taken.
  for (const consumer of consumers) await consumer.poll()
  for (const batch of batches('backlog', data)) await producer.sendBatch(batch)

  const toRead = (readings / groups) * BACKLOG
  const before = await heapBytes()
  const start = performance.now()
  await Promise.all(
    consumers.map((consumer) => {
      const done = new AbortController()
      let seen = 0
      const eachBatch = (records: readonly { readonly offset: number }[]) => {
        seen += records.length
        if (seen >= toRead) done.abort()
        else if (records.at(-1)?.offset === BACKLOG) consumer.seek({ topic: 'backlog', partition: 0 }, 1)
      }
      return consumer.run({ eachBatch }, { signal: done.signal })
    }),
  )
  const ms = performance.now() - start
  return { ms, bytesPerDelivery: ((await heapBytes()) - before) / (readings * BACKLOG) }
}
