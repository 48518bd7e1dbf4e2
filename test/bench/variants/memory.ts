// What the log needs beside the payloads, whose strings are held by this script all the time.

import { Kafkalet } from 'kafkalet'
import { batches, MILLION, PARTITIONS, payloads } from '../data.ts'
import { heapBytes } from '../heap.ts'
import { report } from '../report.ts'

const warmUp = payloads(MILLION / 10)
const data = payloads(MILLION)
await using kafka = new Kafkalet({ config: { numPartitions: PARTITIONS } })
const producer = kafka.producer()
// Compiled code and its profiles are no part of a record: they are there before the first reading.
for (const batch of batches('warm-up', warmUp)) await producer.sendBatch(batch)
await kafka.admin().deleteTopics(['warm-up'])

const before = await heapBytes()
for (const batch of batches('records', data)) await producer.sendBatch(batch)
const after = await heapBytes()
if (data.values.length + warmUp.values.length !== MILLION * 1.1) throw new Error('the payloads must still be there')
report({ bytesPerRecord: (after - before) / MILLION })
