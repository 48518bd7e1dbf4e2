// One record after the other, each awaited, against the least that awaiting such an answer can cost.

import { Kafkalet } from 'kafkalet'
import { PARTITIONS, payloads, WARM_UPS } from '../data.ts'
import { report } from '../report.ts'

const SENDS = 200_000
const SLICE = 20_000

const { keys, values } = payloads(SENDS)
await using kafka = new Kafkalet({ config: { numPartitions: PARTITIONS } })
const producer = kafka.producer()

for (let i = 0; i < WARM_UPS; i++) {
  await sends(`warm-up-${i}`, 0, SLICE)
  await resolved(0, SLICE)
}
await sends('one', 0, SLICE)
let sendMs = 0
let resolvedMs = 0
for (let from = 0; from < SENDS; from += SLICE) {
  sendMs += await sends('one', from, from + SLICE)
  resolvedMs += await resolved(from, from + SLICE)
}
report({ sendNs: (sendMs / SENDS) * 1e6, resolvedNs: (resolvedMs / SENDS) * 1e6 })

async function sends(topic: string, from: number, to: number): Promise<number> {
  let sum = 0
  const start = performance.now()
  for (let i = from; i < to; i++) {
    const { offset } = await producer.send({ topic, key: keys[i] ?? '', value: values[i] ?? '' })
    sum += offset
  }
  return checked(sum, performance.now() - start)
}

async function resolved(from: number, to: number): Promise<number> {
  let sum = 0
  const start = performance.now()
  for (let i = from; i < to; i++) {
    const { offset } = await Promise.resolve({ topic: 'one', partition: i % PARTITIONS, offset: i })
    sum += offset
  }
  return checked(sum, performance.now() - start)
}

/** What nobody uses, the compiler may leave out. */
function checked(sum: number, ms: number): number {
  if (!Number.isSafeInteger(sum)) throw new Error(`offsets add up to ${sum}`)
  return ms
}
