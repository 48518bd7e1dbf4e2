// Whatever goes wrong on the way for a while: what was acknowledged is there, in order, and what is there is read.
import fc from 'fast-check'
import { Kafkalet } from 'kafkalet'
import { type ApiName, type FaultRule, faultsOf, ManualClock } from 'kafkalet/testing'
import { expect, test } from 'vitest'
import type { ErrorName } from '../../src/errors.ts'

type What = 'drop' | 'loseResponse' | 'fail' | 'delay'

interface Trouble {
  readonly what: What
  readonly partition: number
  readonly times: number
  readonly ms: number
}

const troubles = fc.array(
  fc.record<Trouble>({
    what: fc.constantFrom('drop', 'loseResponse', 'fail', 'delay'),
    partition: fc.integer({ min: 0, max: 1 }),
    times: fc.integer({ min: 1, max: 3 }),
    ms: fc.constantFrom(1, 50, 1_000, 31_000),
  }),
  { maxLength: 5 },
)

function cause(rule: FaultRule<ApiName>, { what, times, ms }: Trouble, error: ErrorName): void {
  const often = rule.times(times)
  if (what === 'fail') often.fail(error)
  else if (what === 'delay') often.delay(ms)
  else often[what]()
}

test('what a producer sends is there as soon as it is acknowledged, in the order of the calls; without idempotence twice, if an answer was lost', async () => {
  const sends = fc.array(
    fc.record({ partition: fc.integer({ min: 0, max: 1 }), lone: fc.boolean(), pauseMs: fc.constantFrom(0, 0, 60) }),
    { minLength: 1, maxLength: 12 },
  )
  await fc.assert(
    fc.asyncProperty(
      troubles,
      sends,
      fc.constantFrom(0, 5),
      fc.boolean(),
      async (wrong, calls, lingerMs, enableIdempotence) => {
        const clock = new ManualClock()
        const kafka = new Kafkalet({ clock, seed: 1 })
        await kafka.admin().createTopics([{ topic: 't', partitions: 2 }])
        const faults = faultsOf(kafka)
        for (const each of wrong)
          cause(faults.on('Produce', { partition: each.partition }) as never, each, 'NOT_ENOUGH_REPLICAS')
        const producer = kafka.producer({ lingerMs, enableIdempotence, deliveryTimeoutMs: 1_000_000 })
        const sent: Promise<unknown>[] = []
        const expected: string[][] = [[], []]
        for (const [i, { partition, lone, pauseMs }] of calls.entries()) {
          const values = lone ? [`${i}`] : [`${i}a`, `${i}b`]
          expected[partition]?.push(...values)
          const records = values.map((value) => ({ topic: 't', partition, value }))
          sent.push(lone ? producer.send({ topic: 't', partition, value: `${i}` }) : producer.sendBatch(records))
          if (pauseMs > 0) await clock.advance(pauseMs)
        }
        await clock.advance(2_000_000)
        await Promise.all(sent)
        faults.clear()
        const found = await valuesIn(kafka)
        expect(found.map((values) => [...new Set(values)])).toEqual(expected)
        const mayBeTwice = !enableIdempotence && wrong.some(({ what }) => what === 'loseResponse')
        if (!mayBeTwice) expect(found).toEqual(expected)
        await kafka.close()
        expect(clock.timerCount).toBe(0)
      },
    ),
    { numRuns: 60 },
  )
})

const consumerApis = [
  'FindCoordinator',
  'JoinGroup',
  'SyncGroup',
  'Heartbeat',
  'OffsetCommit',
  'OffsetFetch',
  'Fetch',
  'ListOffsets',
  'Metadata',
] as const
const passingError = (api: ApiName): ErrorName => {
  if (api === 'Metadata') return 'LEADER_NOT_AVAILABLE'
  return api === 'Fetch' || api === 'ListOffsets' ? 'NOT_LEADER_OR_FOLLOWER' : 'NOT_COORDINATOR'
}

test('what is in the log is read by the group, in order, whatever its members’ requests meet', async () => {
  const wrongs = fc.array(
    fc.tuple(
      fc.constantFrom(...consumerApis),
      troubles.filter((all) => all.length > 0),
    ),
    {
      maxLength: 6,
    },
  )
  await fc.assert(
    fc.asyncProperty(wrongs, fc.boolean(), async (wrong, enableAutoCommit) => {
      const clock = new ManualClock()
      const kafka = new Kafkalet({ clock, seed: 1, config: { numPartitions: 2 } })
      const faults = faultsOf(kafka)
      for (const [api, [each]] of wrong) {
        const rule = faults.on(api, { where: (_request, { clientId }) => /^[ab]$/.test(clientId) })
        if (each) cause(rule as never, { ...each, ms: Math.min(each.ms, 1_000) }, passingError(api))
      }
      const options = { groupId: 'g', topics: ['t'], autoOffsetReset: 'earliest', enableAutoCommit } as const
      const members = ['a', 'b'].map((clientId) => kafka.consumer({ ...options, clientId }))
      const read: string[][] = [[], []]
      const producer = kafka.producer({ clientId: 'p' })
      for (let round = 0; round < 20; round++) {
        if (round < 4)
          await producer.sendBatch([0, 1].map((partition) => ({ topic: 't', partition, value: `${round}` })))
        const polls = Promise.all(members.map((each) => each.poll({ timeoutMs: 1_000 })))
        polls.catch(() => {})
        await clock.advance(5_000)
        for (const { partition, value } of (await polls).flat()) read[partition]?.push(String(value))
      }
      expect(read.map((values) => [...new Set(values)])).toEqual([0, 1].map(() => ['0', '1', '2', '3']))
      expect(members.flatMap(({ assignment }) => assignment)).toHaveLength(2)
      faults.clear()
      await kafka.close()
      expect(clock.timerCount).toBe(0)
    }),
    { numRuns: 60 },
  )
})

async function valuesIn(kafka: Kafkalet): Promise<string[][]> {
  const reader = kafka.consumer()
  const partitions = [0, 1].map((partition) => ({ topic: 't', partition }))
  reader.assign(partitions)
  for (const each of partitions) reader.seek(each, 'beginning')
  const found: string[][] = [[], []]
  for (let records = await reader.poll({ timeoutMs: 0 }); records.length > 0; ) {
    for (const { partition, value } of records) found[partition]?.push(String(value))
    records = await reader.poll({ timeoutMs: 0 })
  }
  await reader.close()
  return found
}
