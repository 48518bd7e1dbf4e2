import { type Chance, SimulationFailure, simulate } from 'kafkalet/testing'
import { describe, expect, test, vi } from 'vitest'
import { type Bug, checkInvoices, invoicingWorld } from '../support/invoicing.ts'

// Hundreds of runs, on whatever machine.
vi.setConfig({ testTimeout: 120_000 })

const invoicing = (bug: Bug) => ({ steps: 60, world: invoicingWorld(bug), check: checkInvoices })

async function failureOf(simulation: Promise<unknown>): Promise<SimulationFailure> {
  const failure = await simulation.then(
    () => null,
    (error: unknown) => error,
  )
  if (failure instanceof SimulationFailure) return failure
  throw new Error(`It should have failed, and came to ${String(failure)}`)
}

/** A world whose actions say what they draw. */
const telling = {
  seed: 7,
  runs: 1,
  steps: 12,
  world: (sim: { tell(text: string): void }) => ({
    actions: {
      'a number': (chance: Chance) => sim.tell(`the number is ${chance.below(1_000)}`),
      'two numbers': {
        weight: 2,
        act: (chance: Chance) => sim.tell(`they are ${chance.below(10)} and ${chance.pick([1, 2, 3])}`),
      },
      nothing: () => false,
    },
  }),
}

describe('a service', () => {
  test('that is right passes 200 seeds', async () => {
    const { runs, seed, transcript } = await simulate({ seed: 1, runs: 200, ...invoicing(null) })
    expect({ runs, seed }).toEqual({ runs: 200, seed: 1 })
    expect(transcript).toContain('worker-1 starts')
  })

  test.each([
    ['commits first', 'no invoice for'],
    ['swallows errors', 'no invoice for'],
    ['ignores its signal', 'was asked to end, by its signal, and still runs'],
    ['dies of bad orders', 'does not stay up, though nothing goes wrong any more'],
  ] as const)('that %s is found, with few steps that can be repeated', async (bug, problem) => {
    const failure = await failureOf(simulate({ seed: 1, runs: 200, ...invoicing(bug) }))
    const [first] = failure.problems
    expect(first).toContain(problem)
    expect(failure.only.split(/[ -]/).length).toBeLessThanOrEqual(12)
    expect(failure.message).toContain(`To repeat it: simulate({ seed: ${failure.seed}, only: '${failure.only}', … })`)

    const again = await failureOf(simulate({ seed: failure.seed, only: failure.only, ...invoicing(bug) }))
    expect(again.problems).toEqual(failure.problems)
    expect(again.transcript).toBe(failure.transcript)
  })

  test('that is repaired passes the steps that found it', async () => {
    const { seed, only } = await failureOf(simulate({ seed: 1, runs: 200, ...invoicing('commits first') }))
    await expect(simulate({ seed, only, ...invoicing(null) })).resolves.toMatchObject({ runs: 1 })
  })
})

describe('a seed', () => {
  test('has one transcript, byte for byte', async () => {
    const live = () => simulate({ seed: 3, runs: 1, ...invoicing(null) })
    expect((await live()).transcript).toBe((await live()).transcript)
  })

  test('has the same transcript on every machine', async () => {
    expect((await simulate(telling)).transcript).toMatchInlineSnapshot(`
      "    0 ms  step 1: two numbers
          0 ms    they are 1 and 3
          0 ms  step 3: time passes
       1115 ms    1115 ms have passed; timers: 0, of which 0 in the background
       1115 ms  step 5: time passes
       2634 ms    1519 ms have passed; timers: 0, of which 0 in the background
       2634 ms  step 9: two numbers
       2634 ms    they are 6 and 3
       2634 ms  step 11: a number
       2634 ms    the number is 748
       2634 ms  step 12: time passes
       5629 ms    2995 ms have passed; timers: 0, of which 0 in the background
       5629 ms  from here on nothing goes wrong
      65629 ms  the check
      65629 ms  the end"
    `)
  })

  test('has another transcript than the next one', async () => {
    const { transcript } = await simulate(telling)
    expect((await simulate({ ...telling, seed: 8 })).transcript).not.toBe(transcript)
  })

  test('is chosen where none is given, and told', async () => {
    const { seed } = await simulate({ ...telling, seed: undefined as never })
    expect(Number.isSafeInteger(seed)).toBe(true)
  })

  test('gives a step the same choices, whatever other steps are taken', async () => {
    const told = (transcript: string) =>
      transcript.split('\n').filter((line) => /numbers? |they are|number is/.test(line))
    const all = told((await simulate({ ...telling, faults: false, shares: { time: 0 } })).transcript)
    const some = told((await simulate({ ...telling, only: '3-5 8-11', faults: false, shares: { time: 0 } })).transcript)
    expect(some.length).toBeGreaterThan(1)
    expect(all).toEqual(expect.arrayContaining(some))
  })
})

describe('what never ends is told by its name', () => {
  const still = { seed: 1, runs: 1, steps: 3, faults: false, shares: { time: 0 } } as const
  const never = new Promise<void>(() => {})

  test.each([
    [
      'an action',
      { world: () => ({ actions: { 'wait for Godot': () => never } }) },
      /'wait for Godot' of step 1 hangs/,
    ],
    [
      'the world',
      { world: () => never.then(() => ({ actions: {} })) },
      /world hangs: nothing is left that could happen/,
    ],
    ['the check', { world: () => ({ actions: {} }), check: () => never }, /check hangs/],
    ['a drain', { world: () => ({ actions: {} }), drain: () => never }, /drain hangs/],
  ])('%s', async (_what, options, problem) => {
    const { problems } = await failureOf(simulate({ ...still, ...options }))
    expect(problems[0]).toMatch(problem)
  })

  test('an action that waits for time which does not help', async () => {
    const world = ({ clock }: { clock: { setTimeout(fire: () => void, ms: number): unknown } }) => ({
      actions: {
        'look again': async () => {
          for (;;) await new Promise<void>((resolve) => void clock.setTimeout(resolve, 1_000))
        },
      },
    })
    const { problems } = await failureOf(simulate({ ...still, steps: 1, world }))
    expect(problems[0]).toMatch(/'look again' of step 1 hangs: 600000 ms have passed/)
  })

  test('a service that keeps itself busy', async () => {
    const { problems } = await failureOf(
      simulate({
        ...still,
        quietMs: 5_000,
        world: (sim) => {
          sim.service('echo', async ({ kafka, signal }) => {
            const producer = kafka.producer()
            const consumer = kafka.consumer({ groupId: 'echo', topics: ['echo'] })
            const eachRecord = async () => {
              await new Promise<void>((resolve) => void sim.clock.setTimeout(resolve, 1_000))
              await producer.send({ topic: 'echo', value: 'again' })
            }
            await consumer.run({ eachRecord }, { signal })
            await consumer.close()
          })
          const shout = () => sim.kafka.producer().send({ topic: 'echo', value: 'once' })
          return { actions: { shout } }
        },
      }),
    )
    expect(problems[0]).toMatch(
      /It does not come to rest: for 100000 ms nothing has gone wrong any more, and still: .*echo-0 ends at/,
    )
  })
})

describe('it fails for', () => {
  const still = { seed: 1, steps: 2, faults: false, shares: { time: 0 } } as const

  test('what check throws, with the error as its cause', async () => {
    const boom = new Error('two is not three')
    const failure = await failureOf(
      simulate({
        ...still,
        world: () => ({ actions: {} }),
        check: () => {
          throw boom
        },
      }),
    )
    expect(failure.problems).toEqual(['check: two is not three'])
    expect(failure.cause).toBe(boom)
  })

  test('what check returns', async () => {
    const check = async () => ['one', 'two']
    const failure = await failureOf(simulate({ ...still, world: () => ({ actions: {} }), check }))
    expect(failure.problems).toEqual(['one', 'two'])
  })

  test('the one problem that check returns', async () => {
    const failure = await failureOf(simulate({ ...still, world: () => ({ actions: {} }), check: () => 'all is lost' }))
    expect(failure.problems).toEqual(['all is lost'])
  })

  test('what an action finds that has nothing to do', async () => {
    const world = ({ problem }: { problem(text: string): void }) => ({
      actions: {
        look: () => {
          problem('nobody is there')
          return false
        },
      },
    })
    expect(await failureOf(simulate({ ...still, world }))).toMatchObject({ problems: ['nobody is there'], only: '1' })
  })

  test('an action that fails, without a look at what comes after', async () => {
    let looks = 0
    const world = () => ({ actions: { fall: async () => Promise.reject(new Error('on the nose')) } })
    const failure = await failureOf(simulate({ ...still, only: '1', world, check: () => void looks++ }))
    expect(failure.problems).toEqual(["the action 'fall' failed: on the nose"])
    expect(looks).toBe(0)
  })

  test('what sim.problem is told', async () => {
    const failure = await failureOf(
      simulate({ ...still, world: ({ problem }) => ({ actions: { look: () => problem('there it is') } }) }),
    )
    expect(failure).toMatchObject({ problems: ['there it is'], only: '1' })
  })

  test('timers that are left', async () => {
    const world = ({ clock }: { clock: { setTimeout(fire: () => void, ms: number): unknown } }) => ({
      actions: { 'set the alarm': () => void clock.setTimeout(() => {}, 1e9) },
    })
    const failure = await failureOf(simulate({ ...still, world }))
    expect(failure).toMatchObject({ problems: ['1 timer(s) are left, though the instance is closed'], only: '1' })
  })

  test('a world that is another one each time, and says so', async () => {
    let runs = 0
    const failure = await failureOf(
      simulate({ ...still, world: () => ({ actions: {} }), check: () => (runs++ === 0 ? ['only once'] : []) }),
    )
    expect(failure.problems).toEqual(['only once'])
    expect(failure.message).toContain('something in the world does not come from its seed')
  })
})

describe('a failure', () => {
  test('is of the run that failed, and shows what suffices of it', async () => {
    /** Fails when b comes after a. */
    const world = () => {
      const seen: string[] = []
      const letter = (name: string) => () => void seen.push(name)
      return { seen, actions: { a: letter('a'), b: letter('b'), c: { weight: 10, act: letter('c') } } }
    }
    const check = ({ seen }: { seen: string[] }) =>
      seen.indexOf('b') > seen.indexOf('a') && seen.includes('a') ? ['b after a'] : []
    const failure = await failureOf(simulate({ seed: 1, steps: 20, faults: false, shares: { time: 0 }, world, check }))
    expect(failure.message).toMatch(/^simulate found a problem with seed \d+, in run \d+ of 100:\n {2}b after a\n/)
    expect(failure.message).toMatch(/It had 20 steps; 2 of them suffice, found in \d+ more runs\./)
    expect(failure.transcript.match(/step \d+: ./g)?.map((step) => step.at(-1))).toEqual(['a', 'b'])
  })

  test('stays of its kind while it is made short', async () => {
    const world = () => {
      let count = 0
      return { count: () => count, actions: { step: () => void count++ } }
    }
    // With fewer steps it fails too, but in another way.
    const check = ({ count }: { count(): number }) => [count() >= 5 ? `${count()} are too many` : 'there must be more']
    const failure = await failureOf(
      simulate({ seed: 1, runs: 1, steps: 20, faults: false, shares: { time: 0 }, world, check }),
    )
    expect(failure.problems).toEqual(['5 are too many'])
  })

  test('is not made short where no run may be spent on it', async () => {
    const failure = await failureOf(simulate({ ...telling, shrinkRuns: 0, check: () => ['no'] }))
    expect(failure.message).toContain('12 steps')
  })
})

describe('it refuses', () => {
  const world = () => ({ actions: {} })
  const look = (options: object) => simulate({ world, ...options } as never)

  test.each([
    [{ world: undefined }, 'simulate takes at least a world'],
    [{ wrld: world }, "Did you mean 'world'?"],
    [{ seed: 1.5 }, 'simulate: seed must be a whole number, not 1.5.'],
    [{ runs: 0 }, 'simulate: runs must be a whole number of at least 1, not 0.'],
    [{ steps: -1 }, 'simulate: steps must be a whole number of at least 0, not -1.'],
    [{ check: 'all is well' }, 'simulate: check must be a function of (world, sim), not string.'],
    [{ only: '3' }, 'it needs the seed that was printed with it'],
    [{ only: '3', seed: 1, runs: 2 }, 'with only there is one run, not 2'],
    [{ only: '3 2', seed: 1 }, "such as '3 7 12-15', not '3 2'"],
    [{ only: '5-2', seed: 1 }, "not '5-2'"],
    [{ only: 'all', seed: 1 }, "not 'all'"],
    [{ kafka: { seed: 5 } }, "simulate: kafka: there is no option 'seed'"],
    [{ faults: ['crush'] }, "there is no fault 'crush'. Did you mean 'crash'?"],
    [{ faults: { freez: 1 } }, "Did you mean 'freeze'?"],
    [{ faults: { freeze: -1 } }, "the weight of the fault 'freeze' must be a number of at least 0, not -1"],
    [{ faults: true }, 'faults must be false, names, or names with their weights, not true'],
    [{ shares: { fault: 1 } }, "Did you mean 'faults'?"],
    [{ shares: { time: Number.NaN } }, 'the weight of time in shares must be a number of at least 0, not NaN'],
  ])('%j', async (options, why) => {
    await expect(look(options)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(why),
    })
  })

  test.each([
    [{}, 'its actions are undefined'],
    [{ actions: { look: 5 } }, "the action 'look' must be a function, or { weight, act }"],
    [{ actions: { look: { weight: '1', act: () => {} } } }, "the weight of the action 'look' must be a number"],
  ])('a world of %j', async (made, why) => {
    const { message } = await failureOf(look({ runs: 1, world: () => made }))
    expect(message).toContain(why)
  })

  test('two services of one name', async () => {
    const twice = (sim: { service(name: string, start: () => Promise<void>): void }) => {
      for (let i = 0; i < 2; i++) sim.service('worker', async () => {})
      return { actions: {} }
    }
    const { message } = await failureOf(look({ runs: 1, world: twice }))
    expect(message).toContain("there is a service 'worker' already. Give each a name of its own, such as 'worker-2'.")
  })
})
