// LIMIT: the same records in plain arrays, and nothing of Kafka but the hash.

import murmurhash2 from 'murmurhash-js/murmurhash2_gc.js'
import { MILLION, PARTITIONS, type Payloads, payloads, WARM_UPS } from '../data.ts'
import { report } from '../report.ts'

interface PlainRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: string
  readonly value: string
  readonly headers: readonly never[]
}

const SEED = 0x9747b28c
const NO_HEADERS: readonly never[] = []

const data = payloads(MILLION)
const warmUp = payloads(MILLION / 10)
for (let i = 0; i < WARM_UPS; i++) storeAndRead(warmUp)
report({ ms: storeAndRead(data) })

function storeAndRead({ keys, values }: Payloads): number {
  let seen = 0
  const start = performance.now()
  const timestamp = Date.now()
  const logs = Array.from({ length: PARTITIONS }, (): PlainRecord[] => [])
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] ?? ''
    const value = values[i] ?? ''
    const log = logs[(murmurhash2(key, SEED) & 0x7fffffff) % PARTITIONS]
    log?.push({ offset: log.length, timestamp, key, value, headers: NO_HEADERS })
  }
  readBack(logs, ({ value }) => {
    seen += value.length
  })
  const ms = performance.now() - start
  if (seen !== values.length * 100) throw new Error(`${seen} bytes came back`)
  return ms
}

function readBack(logs: readonly PlainRecord[][], callback: (record: PlainRecord) => void): void {
  for (const log of logs) {
    for (const record of log) callback(record)
  }
}
