// A million records that stand in a topic, read by a group that reads what is written, or what is committed.

import { Kafkalet } from 'kafkalet'
import { batches, MILLION, PARTITIONS, type Payloads, payloads, WARM_UPS } from '../data.ts'
import { report } from '../report.ts'

const [, , isolation] = process.argv
const isolationLevel = isolation === 'read_committed' ? 'read_committed' : 'read_uncommitted'
const data = payloads(MILLION)
const warmUp = payloads(MILLION / 10)
for (let i = 0; i < WARM_UPS; i++) await read(warmUp)
report({ ms: await read(data) })

async function read(from: Payloads): Promise<number> {
  await using kafka = new Kafkalet({ config: { numPartitions: PARTITIONS } })
  const producer = kafka.producer({ transactionalId: 'writer' })
  await producer.transaction(async (transaction) => {
    for (const batch of batches('stream', from)) await transaction.sendBatch(batch)
  })
  const options = { groupId: 'readers', topics: ['stream'], autoOffsetReset: 'earliest', isolationLevel } as const
  const consumer = kafka.consumer(options)
  const done = new AbortController()
  let seen = 0
  const start = performance.now()
  await consumer.run(
    {
      eachBatch(records) {
        seen += records.length
        if (seen === from.values.length) done.abort()
      },
    },
    { signal: done.signal },
  )
  return performance.now() - start
}
