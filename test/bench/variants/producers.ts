// Half a million records in batches of 100, from a producer that numbers them, one that does not, or one that sends each batch
// in a transaction of its own.

import { type AnyTopics, Kafkalet, type Producer, type ProducerOptions } from 'kafkalet'
import { batches, type Keyed, MILLION, PARTITIONS, type Payloads, payloads, WARM_UPS } from '../data.ts'
import { report } from '../report.ts'

const [, , kind] = process.argv
const options: ProducerOptions =
  kind === 'transactional' ? { transactionalId: 'bench' } : { enableIdempotence: kind === 'idempotent' }
const data = payloads(MILLION / 2)
const warmUp = payloads(MILLION / 10)
for (let i = 0; i < WARM_UPS; i++) await produce(warmUp)
report({ ms: await produce(data) })

async function produce(from: Payloads): Promise<number> {
  await using kafka = new Kafkalet({ config: { numPartitions: PARTITIONS } })
  await kafka.admin().createTopics([{ topic: 'keyed' }])
  const producer = kafka.producer(options)
  const start = performance.now()
  for (const batch of batches('keyed', from)) await send(producer, batch)
  return performance.now() - start
}

async function send(producer: Producer<AnyTopics>, batch: readonly Keyed[]): Promise<void> {
  if (kind === 'transactional') await producer.transaction((transaction) => transaction.sendBatch(batch))
  else await producer.sendBatch(batch)
}
