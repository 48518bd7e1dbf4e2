import { KafkaError } from 'kafkalet'
import { inspect, type ServiceHost, type Simulation, type SimulationFault, simulate } from 'kafkalet/testing'
import { expect, test, vi } from 'vitest'

// Hundreds of runs, on whatever machine.
vi.setConfig({ testTimeout: 60_000 })

/** Reads what is sent, as long as it may. */
async function reader({ kafka, signal }: ServiceHost, read: (value: string) => void = () => {}): Promise<void> {
  const consumer = kafka.consumer({ groupId: 'readers', topics: ['t'], autoOffsetReset: 'earliest' })
  await consumer.run({ eachRecord: ({ value }) => read(String(value)) }, { signal })
  await consumer.close()
}

function reading(start: (host: ServiceHost) => Promise<void>) {
  return (sim: Simulation) => {
    sim.service('reader', start)
    const producer = sim.kafka.producer()
    return { actions: { send: () => producer.send({ topic: 't', value: 'v' }) } }
  }
}

const everyFault: readonly (readonly [SimulationFault, RegExp])[] = [
  [
    'crash',
    /reader crashes, and is down for \d+ ms(.|\n)*reader starts(.|\n)*group readers loses reader: session expired/,
  ],
  ['restart', /reader is asked to end, and is to be down for \d+ ms(.|\n)*reader ends\n(.|\n)*reader starts/],
  ['freeze', /reader stands still for \d+ ms(.|\n)*reader goes on/],
  ['disconnect', /reader is cut off for \d+ ms(.|\n)*reader is connected again/],
  ['loseCoordinator', /group readers loses its coordinator; the next one loads for \d+ ms/],
  ['failRequest', /the next (\w+) of a service is answered (\w+)\n(.|\n)*the \1 of reader is answered \2/],
  ['delayRequest', /the next (\w+) of a service arrives (\d+) ms late\n(.|\n)*the \1 of reader arrives \2 ms late/],
  ['dropRequest', /the next (\w+) of a service never arrives\n(.|\n)*the \1 of reader never arrives/],
  [
    'loseResponse',
    /the next (\w+) of a service is carried out, and its answer is lost\n(.|\n)*the \1 of reader is carried out/,
  ],
  ['slowBroker', /for \d+ ms every request takes \d+ ms(.|\n)*requests are fast again/],
]

test.each(everyFault)('%s comes, and goes by', async (fault, story) => {
  const stories: string[] = []
  for (let seed = 1; seed <= 3; seed++) {
    const options = { seed, steps: 40, faults: [fault], world: reading(reader) }
    // Repeated step by step, a run tells what the instance does.
    stories.push((await simulate({ ...options, only: '1-40' })).transcript)
  }
  expect(stories.find((each) => story.test(each)) ?? stories.join('\n\n')).toMatch(story)
  for (const each of stories) {
    const [, inPeace = ''] = each.split('from here on nothing goes wrong')
    expect(inPeace).not.toMatch(/ late|never arrives|is answered|its answer is lost|loses its coordinator|is down for/)
  }
  const others = everyFault.filter(([name]) => name !== fault)
  for (const [name] of others) expect(stories.join()).not.toContain(`: ${name}`)
})

test('when nothing goes wrong any more, whoever is down or away comes back at once', async () => {
  let outages = 0
  for (let seed = 1; seed <= 10; seed++) {
    const { transcript } = await simulate({
      seed,
      only: '1-6',
      faults: ['crash', 'freeze', 'disconnect', 'slowBroker'],
      shares: { time: 0 },
      world: reading(reader),
    })
    const outage = /(crashes|stands still|is cut off)/.exec(transcript)
    if (outage === null) continue
    outages++
    expect(transcript).toMatch(
      /0 ms {2}from here on nothing goes wrong\n +0 ms +reader (starts|goes on|is connected again)/,
    )
    expect(transcript).not.toContain('requests are fast again')
  }
  expect(outages).toBeGreaterThan(3)
})

test('a fault that can meet nobody is left out of the story', async () => {
  const faults = { crash: 2, freeze: 1 }
  const { transcript } = await simulate({ seed: 1, runs: 1, steps: 50, faults, world: () => ({ actions: {} }) })
  expect(transcript).not.toMatch(/crash|freeze/)
})

test('what weighs three times as much comes three times as often', async () => {
  let rare = 0
  let often = 0
  const actions = { rare: () => void rare++, often: { weight: 3, act: () => void often++ } }
  await simulate({ seed: 1, runs: 1, steps: 1_000, shares: { time: 0, faults: 0 }, world: () => ({ actions }) })
  expect(rare + often).toBe(1_000)
  expect(often / rare).toBeGreaterThan(2.5)
  expect(often / rare).toBeLessThan(3.5)
})

test('what the test does with the instance itself meets no fault', async () => {
  const tookMs: number[] = []
  await simulate({
    seed: 1,
    runs: 20,
    steps: 60,
    shares: { faults: 4 },
    world: (sim) => {
      sim.service('reader', reader)
      const producer = sim.kafka.producer()
      const send = async () => {
        const beforeMs = sim.clock.now()
        await producer.send({ topic: 't', value: 'v' })
        tookMs.push(sim.clock.now() - beforeMs)
      }
      return { actions: { send } }
    },
  })
  expect(tookMs.length).toBeGreaterThan(100)
  expect(Math.max(...tookMs)).toBe(0)
})

test('a service has its name, its clients and its instance', async () => {
  const seen: unknown[] = []
  await simulate({
    seed: 1,
    runs: 1,
    steps: 0,
    world: (sim) => {
      sim.service('one', async (host) => {
        const consumer = host.kafka.consumer({ groupId: 'g', topics: ['t'] })
        const other = host.kafka.producer({ clientId: 'mine' })
        await consumer.poll({ timeoutMs: 0 })
        await other.send({ topic: 't', value: 'v' })
        await host.kafka.admin().listTopics()
        seen.push(
          host.name,
          host.kafka.seed,
          inspect(host.kafka)
            .group('g')
            .members.map(({ clientId }) => clientId),
        )
        await host.kafka.close()
        await new Promise((resolve) => host.signal.addEventListener('abort', resolve))
      })
      return { actions: {} }
    },
    // What one service closes is its own.
    check: async (_world, { kafka }) => {
      await kafka.producer().send({ topic: 't', value: 'w' })
      seen.push((await inspect(kafka).topic('t')).records.map(({ value }) => value))
    },
  })
  expect(seen).toEqual(['one', 1, ['one'], ['v', 'w']])
})

test('a service that is dead does nothing more, and what it asks its clients is refused', async () => {
  const said: string[] = []
  await simulate({
    seed: 1,
    runs: 5,
    steps: 30,
    faults: ['crash'],
    world: (sim) => {
      let life = 0
      sim.service('ticker', async ({ kafka, clock, signal }) => {
        const own = ++life
        const producer = kafka.producer()
        const tick = () =>
          new Promise<void>((resolve) => {
            clock.setTimeout(resolve, 1_000)
          })
        while (!signal.aborted) {
          await tick()
          if (own !== life) said.push('a dead one goes on')
          await producer.send({ topic: 'ticks', value: `${own}` }).catch((error: KafkaError) => said.push(error.code))
          if (own > 1) return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        }
      })
      return { actions: { look: () => {} } }
    },
  })
  expect(said).toEqual([])
})

test('a client that is made, and a timer that is set, when its process is dead is dead too', async () => {
  let made: ServiceHost | null = null
  let late: unknown = null
  let rang = false
  await simulate({
    seed: 1,
    runs: 1,
    steps: 30,
    faults: ['crash'],
    world: (sim) => {
      sim.service('one', async (host) => {
        made ??= host
        await new Promise((resolve) => host.signal.addEventListener('abort', resolve))
      })
      return { actions: {} }
    },
    check: async (_world, { clock }) => {
      made?.clock.setTimeout(() => {
        rang = true
      }, 1)
      await clock.advance(10)
      late = await made?.kafka
        .producer()
        .send({ topic: 't', value: 'v' })
        .catch((error: unknown) => error)
    },
  })
  expect(late).toBeInstanceOf(KafkaError)
  expect(rang).toBe(false)
})

test('a service that ends by itself is started again, and may not do so for ever', async () => {
  let starts = 0
  const options = { seed: 1, runs: 1, steps: 0, faults: false } as const
  const flaky = reading(async (host) => {
    starts++
    if (starts <= 3) throw new Error('not ready')
    await reader(host)
  })
  await simulate({ ...options, world: flaky })
  expect(starts).toBe(4)
  const quitter = reading(async () => {})
  await expect(simulate({ ...options, world: quitter })).rejects.toThrow(
    'reader does not stay up, though nothing goes wrong any more: it ends',
  )
})

test('a frozen service stands still, its own timers too', async () => {
  const gaps: number[] = []
  await simulate({
    seed: 2,
    runs: 5,
    steps: 40,
    faults: ['freeze'],
    quietMs: 12_000,
    world: (sim) => {
      sim.service('ticker', async ({ clock, signal }) => {
        for (let lastMs = clock.now(); !signal.aborted; lastMs = clock.now()) {
          await new Promise<void>((resolve) => void clock.setTimeout(resolve, 1_000))
          gaps.push(clock.now() - lastMs)
        }
      })
      return { actions: { look: () => {} } }
    },
  })
  expect(Math.min(...gaps)).toBe(1_000)
  expect(Math.max(...gaps)).toBeGreaterThan(5_000)
})

test('a service may be started by an action, and may be what is disposed of', async () => {
  const events: string[] = []
  await simulate({
    seed: 1,
    runs: 1,
    steps: 20,
    faults: ['restart'],
    world: (sim) => {
      let count = 0
      const join = () => {
        const name = `worker-${++count}`
        sim.service(name, async ({ kafka }) => {
          const consumer = kafka.consumer({ groupId: 'workers', topics: ['t'] })
          const running = consumer.run({ eachRecord: () => {} })
          events.push(`${name} starts`)
          const stop = async () => {
            await consumer.close()
            await running
            events.push(`${name} ends`)
          }
          return { [Symbol.asyncDispose]: stop }
        })
      }
      return { actions: { join } }
    },
    check: (_world, { kafka }) => {
      const { state, members } = inspect(kafka).group('workers')
      events.push(`${state} with ${members.length}`)
    },
  })
  const workers = new Set(events.flatMap((event) => event.match(/worker-\d+/) ?? []))
  expect(workers.size).toBeGreaterThan(3)
  expect(events).toContain(`Stable with ${workers.size}`)
  const count = (what: string) => events.filter((event) => event.endsWith(what)).length
  expect(count('starts')).toBe(count('ends'))
  expect(count('starts')).toBeGreaterThan(workers.size)
})

test('the check comes when no group waits for a member any more, however long that takes', async () => {
  const states: string[] = []
  await simulate({
    seed: 1,
    only: '1-6',
    faults: ['crash'],
    shares: { time: 0 },
    // Shorter than the session of whoever has crashed.
    quietMs: 12_000,
    world: reading(reader),
    check: (_world, { kafka }) => void states.push(inspect(kafka).group('readers').state),
  })
  expect(states).toEqual(['Stable'])
})

test('what the check does is no part of the story', async () => {
  const { transcript } = await simulate({
    seed: 1,
    only: '1',
    world: () => ({ actions: {} }),
    check: async (_world, { kafka }) => void (await kafka.producer().send({ topic: 'late', value: 'v' })),
  })
  expect(transcript).toContain('the check')
  expect(transcript).not.toContain('late')
})
