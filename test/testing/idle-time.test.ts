import fc from 'fast-check'
import { type AnyTopics, type Consumer, Kafkalet, type TimerOptions } from 'kafkalet'
import { crash, disconnect, faultsOf, freeze, ManualClock, thaw } from 'kafkalet/testing'
import { describe, expect, test } from 'vitest'

const DAY_MS = 86_400_000
const RUNS = 40

/** A clock that is told nothing of idle timers, and so fires each of them. */
class PatientClock extends ManualClock {
  override setTimeout(fire: () => unknown, ms: number, options: TimerOptions = {}) {
    return super.setTimeout(fire, ms, { ...options, idleForMs: 0 })
  }
}

class CountingClock extends ManualClock {
  armed = 0
  override setTimeout(fire: () => unknown, ms: number, options?: TimerOptions) {
    this.armed++
    return super.setTimeout(fire, ms, options)
  }
}

describe('a day in which nothing happens', () => {
  test('is passed over, and all that fired is counted', async () => {
    const clock = new CountingClock()
    await using kafka = new Kafkalet({ clock })
    await kafka.admin().createTopics([{ topic: 't', partitions: 4 }])
    for (let i = 0; i < 4; i++) void kafka.consumer({ groupId: 'g', topics: ['t'] }).run({ eachRecord() {} })
    // Until the group has found out, once, that it has no offsets that could expire.
    await clock.advance(1_200_000)
    clock.armed = 0
    const fired = await clock.advance(DAY_MS)
    const count = (what: (each: (typeof fired)[number]) => number) => fired.reduce((sum, each) => sum + what(each), 0)
    expect(count(({ background }) => background)).toBe(4 * (DAY_MS / 3_000))
    expect(count(({ timers, background }) => timers - background)).toBe(4 * (DAY_MS / 500 + DAY_MS / 5_000))
    expect(fired.length).toBe(DAY_MS / 500)
    expect(clock.armed).toBeLessThan(count(({ timers }) => timers) / 20)
  })

  test('has a Fetch every 500 ms and a Heartbeat every 3 s for whoever looks on', async () => {
    const clock = new ManualClock()
    await using kafka = new Kafkalet({ clock })
    await kafka.admin().createTopics([{ topic: 't' }])
    void kafka.consumer({ groupId: 'g', topics: ['t'] }).run({ eachRecord() {} })
    await clock.advance(60_000)
    const faults = faultsOf(kafka)
    faults.record()
    await clock.advance(60_000)
    const seen = (api: string) => faults.history.filter((each) => each.api === api).length
    expect([seen('Fetch'), seen('Heartbeat')]).toEqual([120, 20])
  })

  test('heartbeats are announced one by one to whoever listens', async () => {
    const clock = new ManualClock()
    await using kafka = new Kafkalet({ clock })
    const start = clock.now()
    void kafka.consumer({ groupId: 'g', topics: ['t'] }).run({ eachRecord() {} })
    await clock.advance(10_000)
    const heard: number[] = []
    kafka.events.on('groupResponse', ({ api }) => heard.push(api === 'Heartbeat' ? clock.now() - start : -1))
    await clock.advance(90_000)
    expect(heard).toEqual(Array.from({ length: 30 }, (_, i) => 12_000 + i * 3_000))
  })
})

type Member = Consumer<AnyTopics>

type Act =
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'next' | 'send' | 'grow'; readonly ms: number }
  | {
      readonly kind: 'poll' | 'seek' | 'pause' | 'resume' | 'freeze' | 'thaw' | 'cut' | 'crash' | 'close' | 'join'
      readonly who: number
    }

const someone = (...kinds: Extract<Act, { who: number }>['kind'][]) =>
  fc.record({ kind: fc.constantFrom(...kinds), who: fc.nat(3) })
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 90_000 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.constantFrom(500, 3_000, 45_000, 301_000) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('next' as const, 'send' as const, 'grow' as const), ms: fc.nat(3) }),
  },
  { weight: 5, arbitrary: someone('seek', 'pause', 'resume', 'freeze', 'thaw', 'poll') },
  { weight: 2, arbitrary: someone('cut', 'crash', 'close', 'join', 'join') },
)
const options = fc.record({
  heartbeatIntervalMs: fc.constantFrom(1_000, 3_000, 3_001),
  sessionTimeoutMs: fc.constantFrom(10_000, 45_000),
  fetchMaxWaitMs: fc.constantFrom(500, 700, 7_000),
  fetchMinBytes: fc.constantFrom(1, 1, 200),
  metadataMaxAgeMs: fc.constantFrom(20_000, 300_000),
  autoCommitIntervalMs: fc.constantFrom(0, 1_300, 5_000),
  maxPollIntervalMs: fc.constantFrom(60_000, 300_000),
})

/** All that a user can see of what becomes of the acts. */
async function story(
  clock: ManualClock,
  acts: readonly Act[],
  each: readonly object[],
  isWatched = false,
): Promise<string[]> {
  const kafka = new Kafkalet({ clock, seed: 7 })
  if (isWatched) kafka.events.on('groupResponse', () => {})
  await kafka.admin().createTopics([{ topic: 't', partitions: 3 }])
  const start = clock.now()
  const told: string[] = []
  let partitions = 3
  const tell = (what: string, more: unknown = '') =>
    told.push(`${clock.now() - start}: ${what} ${JSON.stringify(more)}`)
  for (const event of ['groupStateChanged', 'memberLeft', 'offsetsCommitted', 'partitionsAssigned'] as const) {
    kafka.events.on(event, (payload: object) => tell(event, payload))
  }
  const producer = kafka.producer()
  const consumers: Member[] = []
  const join = () => {
    const who = consumers.length
    const consumer = kafka.consumer({ groupId: 'g', topics: ['t'], ...each[who % each.length] })
    consumers.push(consumer)
    const handler = {
      eachRecord: ({ partition, offset }: { partition: number; offset: number }) =>
        void tell(`${who} got`, [partition, offset]),
    }
    if (who % 3 < 2) consumer.run(handler).catch((error) => tell(`${who} ended`, error.code))
  }
  join()
  join()
  for (const act of acts) {
    if (act.kind === 'advance') tell('advance', [await clock.advance(act.ms), clock.timerCount])
    else if (act.kind === 'next') tell('next', await clock.advanceToNext())
    else if (act.kind === 'send') await producer.send({ topic: 't', partition: act.ms % 3, value: 'some text' })
    else if (act.kind === 'grow') await grow()
    else if ('who' in act) doAs(consumers[act.who % consumers.length] as Member, act.kind)
    await clock.settle()
  }
  async function grow(): Promise<void> {
    if (partitions < 5) await kafka.admin().createPartitions({ t: ++partitions })
  }
  function doAs(consumer: Member, kind: Extract<Act, { who: number }>['kind']): void {
    const { assignment } = consumer
    const failed = (error: unknown) => tell(kind, (error as { code: string }).code)
    try {
      if (kind === 'join' && consumers.length < 4) join()
      else if (kind === 'poll')
        consumer.poll({ timeoutMs: 20_000 }).then((records) => tell('polled', records.length), failed)
      else if (kind === 'seek') for (const each of assignment) consumer.seek(each, 0)
      else if (kind === 'pause') consumer.pause(assignment)
      else if (kind === 'resume') consumer.resume(assignment)
      else if (kind === 'freeze') freeze(consumer)
      else if (kind === 'thaw') thaw(consumer)
      else if (kind === 'cut') disconnect(consumer)
      else if (kind === 'crash') crash(consumer)
      else if (kind === 'close') consumer.close().catch(failed)
    } catch (error) {
      failed(error)
    }
  }
  tell('end', [await clock.advance(120_000), clock.timerCount])
  await kafka.close()
  return told
}

test('what is passed over would have changed nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { maxLength: 14 }),
      fc.array(options, { minLength: 2, maxLength: 4 }),
      async (acts, each) => {
        expect(await story(new ManualClock(0), acts, each)).toEqual(await story(new PatientClock(0), acts, each))
      },
    ),
    { numRuns: RUNS },
  )
}, 30_000)

test('a fetch that goes on waiting is as good as one that is answered with nothing and sent again', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(act, { maxLength: 14 }),
      fc.array(options, { minLength: 2, maxLength: 4 }),
      async (acts, each) => {
        expect(await story(new ManualClock(0), acts, each)).toEqual(await story(new PatientClock(0), acts, each, true))
      },
    ),
    { numRuns: RUNS },
  )
}, 30_000)
