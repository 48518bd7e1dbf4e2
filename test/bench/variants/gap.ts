// How long the rest of the application has to wait while a backlog is consumed.

import { Kafkalet } from 'kafkalet'
import { batches, MILLION, PARTITIONS, payloads } from '../data.ts'
import { report } from '../report.ts'

const [, , way] = process.argv
const data = payloads(MILLION)
await using kafka = new Kafkalet({ config: { numPartitions: PARTITIONS } })
const producer = kafka.producer()
for (const batch of batches('backlog', data)) await producer.sendBatch(batch)
const consumer = kafka.consumer({ groupId: 'readers', topics: ['backlog'], autoOffsetReset: 'earliest' })
// Sending all that at once was a gap of its own, and it is not the one that is measured.
await new Promise((resolve) => setTimeout(resolve, 10))

let seen = 0
let longestMs = 0
let lastMs = performance.now()
const tick = () => {
  const nowMs = performance.now()
  longestMs = Math.max(longestMs, nowMs - lastMs)
  lastMs = nowMs
}
const interval = setInterval(tick, 1)
if (way === 'run') await throughRun()
else await throughForAwait()
tick()
clearInterval(interval)
report({ ms: longestMs })

async function throughRun(): Promise<void> {
  const done = new AbortController()
  await consumer.run(
    {
      async eachRecord() {
        if (++seen === MILLION) done.abort()
      },
    },
    { signal: done.signal },
  )
}

async function throughForAwait(): Promise<void> {
  for await (const _record of consumer) {
    if (++seen === MILLION) return
  }
}
