// Whatever goes wrong on the way: each record that was acknowledged is there once, and each producer's are in their order.
import fc from 'fast-check'
import { Kafkalet } from 'kafkalet'
import { faultsOf, ManualClock } from 'kafkalet/testing'
import { expect, test } from 'vitest'

const PARTITIONS = [0, 1, 2]
const PRODUCERS = [0, 1, 2]

const troubles = fc.array(
  fc.record({
    what: fc.constantFrom(
      'drop',
      'loseResponse',
      'delay',
      'NOT_ENOUGH_REPLICAS',
      'NOT_LEADER_OR_FOLLOWER',
      'INVALID_TIMESTAMP',
    ),
    api: fc.constantFrom('Produce', 'Produce', 'Produce', 'InitProducerId'),
    partition: fc.constantFrom(...PARTITIONS, undefined),
    times: fc.integer({ min: 1, max: 4 }),
    ms: fc.constantFrom(1, 80, 900, 2_500),
  }),
  { maxLength: 8 },
)

type Trouble = typeof troubles extends fc.Arbitrary<readonly (infer Each)[]> ? Each : never

function cause(kafka: Kafkalet, { what, api, partition, times, ms }: Trouble): void {
  const faults = faultsOf(kafka)
  const isProduce = api === 'Produce'
  const rule = isProduce
    ? faults.on('Produce', partition === undefined ? {} : { partition }).times(times)
    : faults.on('InitProducerId').times(times)
  if (what === 'drop' || what === 'loseResponse') rule[what]()
  else if (what === 'delay') rule.delay(ms)
  else (rule as { fail(error: string): unknown }).fail(isProduce ? what : 'COORDINATOR_NOT_AVAILABLE')
}

const sends = fc.array(
  fc.record({
    producer: fc.constantFrom(...PRODUCERS),
    /** Where each record of the call goes; one alone is sent alone. */
    partitions: fc.array(fc.constantFrom(...PARTITIONS), { minLength: 1, maxLength: 5 }),
    pauseMs: fc.constantFrom(0, 0, 0, 60, 700),
  }),
  { minLength: 1, maxLength: 20 },
)

const settings = fc.record({
  lingerMs: fc.constantFrom(0, 0, 5),
  // As long as no batch is given up, all must get there.
  deliveryTimeoutMs: fc.constantFrom(3_000, 1_000_000),
  maxRequestSize: fc.constantFrom(150, 1_048_576),
})

test('each acknowledged record is there once, in the order of its producer’s calls', async () => {
  const seen = { acknowledged: 0, refused: 0 }
  await fc.assert(
    fc.asyncProperty(troubles, sends, settings, async (wrong, calls, options) => {
      const clock = new ManualClock()
      const kafka = new Kafkalet({ clock, seed: 1 })
      await kafka.admin().createTopics([{ topic: 't', partitions: PARTITIONS.length }])
      for (const each of wrong) cause(kafka, each)
      const producers = PRODUCERS.map(() => kafka.producer({ requestTimeoutMs: 1_000, ...options }))
      const acknowledged = new Set<string>()
      const sent: Promise<void>[] = []
      for (const [call, { producer, partitions, pauseMs }] of calls.entries()) {
        const records = partitions.map((partition, i) => {
          return { topic: 't', partition, value: `${producer}:${String(call * 10 + i).padStart(4, '0')}` }
        })
        const [first] = records
        const work =
          records.length === 1 && first ? producers[producer]?.send(first) : producers[producer]?.sendBatch(records)
        const done = work?.then(
          () => {
            for (const { value } of records) acknowledged.add(value)
          },
          () => {
            seen.refused++
          },
        )
        if (done) sent.push(done)
        if (pauseMs > 0) await clock.advance(pauseMs)
      }
      await clock.advance(2_000_000)
      await Promise.all(sent)
      seen.acknowledged += acknowledged.size
      faultsOf(kafka).clear()
      const log = await valuesIn(kafka)
      const all = log.flat()
      expect(new Set(all).size, 'nothing is there twice').toBe(all.length)
      expect(
        [...acknowledged].filter((value) => !all.includes(value)),
        'nothing is missing',
      ).toEqual([])
      for (const values of log) {
        for (const producer of PRODUCERS) {
          const own = values.filter((value) => value.startsWith(`${producer}:`))
          expect(own).toEqual([...own].sort())
        }
      }
      await kafka.close()
      expect(clock.timerCount).toBe(0)
    }),
    { numRuns: 150 },
  )
  // Both kinds of ends have been seen.
  expect(seen.acknowledged).toBeGreaterThan(1_000)
  expect(seen.refused).toBeGreaterThan(20)
})

async function valuesIn(kafka: Kafkalet): Promise<string[][]> {
  const reader = kafka.consumer()
  const partitions = PARTITIONS.map((partition) => ({ topic: 't', partition }))
  reader.assign(partitions)
  for (const each of partitions) reader.seek(each, 'beginning')
  const found = PARTITIONS.map((): string[] => [])
  for (let records = await reader.poll({ timeoutMs: 0 }); records.length > 0; ) {
    for (const { partition, value } of records) found[partition]?.push(String(value))
    records = await reader.poll({ timeoutMs: 0 })
  }
  await reader.close()
  return found
}
