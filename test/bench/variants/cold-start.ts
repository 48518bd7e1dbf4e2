// What the first use costs in a new process: from before the import to the record consumed.

import { report } from '../report.ts'

const start = performance.now()
const { Kafkalet } = await import('kafkalet')
const kafka = new Kafkalet()
await kafka.producer().send({ topic: 'orders', key: 'a', value: 'one' })
const records = await kafka
  .consumer({ groupId: 'billing', topics: ['orders'], autoOffsetReset: 'earliest' })
  .poll({ timeoutMs: 5_000 })
const ms = performance.now() - start
if (records.length !== 1) throw new Error(`${records.length} records came`)
await kafka.close()
report({ ms })
