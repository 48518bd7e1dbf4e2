// What a simulation is told, checked and with its defaults.

import type { AnyTopics, TopicMap } from '../../clients/topic.ts'
import { rejectUnknown } from '../../config.ts'
import { KafkaError } from '../../errors.ts'
import type { KafkaletOptions } from '../../kafkalet.ts'
import { randomSeed } from '../../random.ts'
import type { Chance } from './chance.ts'
import { checkWeight, type FaultWeights, faultWeights, type SimulationFault } from './fault-names.ts'
import type { Shares } from './schedule.ts'
import type { SimulatedWorld, Simulation } from './simulation.ts'
import { firstSteps, MOST_STEPS, parseSteps, type StepList } from './step-list.ts'

export type SimulatedKafka<M extends TopicMap> = Omit<KafkaletOptions<M>, 'clock' | 'seed'>

export interface SimulateOptions<W extends SimulatedWorld, M extends TopicMap = AnyTopics> {
  /** The topics and config of each run's instance, or what chooses them. */
  readonly kafka?: SimulatedKafka<M> | ((chance: Chance) => SimulatedKafka<M>)
  /** Makes the world of a run, anew each time: all that it knows must come from here and from the seed. */
  readonly world: (sim: Simulation<M>) => W | Promise<W>
  /**
   * Looks at the world when all is over: after the steps nothing goes wrong any more, services that are down come again,
   * and time passes until nothing changes. Throws, or returns problems in words.
   */
  readonly check?: (world: W, sim: Simulation<M>) => unknown
  /** What makes the first run repeatable; the others follow it. Default: by chance. */
  readonly seed?: number
  /** How many runs, each with a seed of its own. Default 100. */
  readonly runs?: number
  /** How many steps a run has. Default 100. */
  readonly steps?: number
  /** The steps that are taken, as a failure prints them: one run, whose failure is told as it is. */
  readonly only?: string
  /** Which faults come by themselves: names, or names with their weights; false for none. Default: all. */
  readonly faults?: false | readonly SimulationFault[] | Readonly<Partial<FaultWeights>>
  /** How the steps are divided among actions, faults and time. Default: 2, 1 and 1. */
  readonly shares?: Shares
  /**
   * After the steps, for how long nothing must change until the check. It must be longer than what a service waits for, and
   * than a session. Default 60 s, which take no time.
   */
  readonly quietMs?: number
  /** Brings the world to rest after the last fault, where waiting until nothing changes is not enough. */
  readonly drain?: (world: W, sim: Simulation<M>) => unknown
  /** How many runs may be spent on shortening a schedule that fails. Default 500. */
  readonly shrinkRuns?: number
}

export interface SimulationSettings<M extends TopicMap, W extends SimulatedWorld> {
  readonly kafka: (chance: Chance) => SimulatedKafka<M>
  readonly world: (sim: Simulation<M>) => W | Promise<W>
  readonly check: (world: W, sim: Simulation<M>) => unknown
  readonly drain: ((world: W, sim: Simulation<M>) => unknown) | null
  readonly seed: number
  readonly runs: number
  readonly steps: StepList
  /** Whether the steps are exactly those that somebody wants to see. */
  readonly isRepeated: boolean
  readonly faults: FaultWeights
  readonly shares: Readonly<Required<Shares>>
  readonly quietMs: number
  readonly shrinkRuns: number
}

const optionNames = [
  'kafka',
  'world',
  'check',
  'seed',
  'runs',
  'steps',
  'only',
  'faults',
  'shares',
  'quietMs',
  'drain',
  'shrinkRuns',
]

/** @throws KafkaError INVALID_ARGUMENT */
export function readSettings<M extends TopicMap, W extends SimulatedWorld>(
  options: SimulateOptions<W, M>,
): SimulationSettings<M, W> {
  if (typeof options !== 'object' || options === null || typeof options.world !== 'function') {
    const why =
      "simulate takes at least a world: simulate({ world: (sim) => ({ actions: { 'what happens': (chance) => … } }) })."
    throw new KafkaError('INVALID_ARGUMENT', why)
  }
  rejectUnknown(options, optionNames, 'simulate')
  const { kafka = {}, world, check = () => [], drain = null, seed = randomSeed(), only } = options
  const { runs = only === undefined ? 100 : 1, steps = 100, quietMs = 60_000, shrinkRuns = 500 } = options
  checkWhole('seed', seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  checkWhole('runs', runs, 1, 1_000_000_000)
  checkWhole('steps', steps, 0, MOST_STEPS)
  checkWhole('quietMs', quietMs, 1, 1_000_000_000)
  checkWhole('shrinkRuns', shrinkRuns, 0, 1_000_000)
  checkFunction('check', check)
  if (drain !== null) checkFunction('drain', drain)
  checkOnly(options)
  return {
    kafka: typeof kafka === 'function' ? kafka : () => kafka,
    world,
    check,
    drain,
    seed,
    runs,
    steps: only === undefined ? firstSteps(steps) : parseSteps(only),
    isRepeated: only !== undefined,
    faults: faultWeights(options.faults),
    shares: readShares(options.shares ?? {}),
    quietMs,
    shrinkRuns,
  }
}

function checkOnly({ only, seed, runs }: { readonly only?: string; readonly seed?: number; readonly runs?: number }) {
  if (only === undefined) return
  if (seed === undefined) {
    const why = 'simulate: only names steps of one schedule, so it needs the seed that was printed with it.'
    throw new KafkaError('INVALID_ARGUMENT', why)
  }
  if (runs !== undefined && runs !== 1) {
    throw new KafkaError('INVALID_ARGUMENT', `simulate: with only there is one run, not ${runs}. Leave runs out.`)
  }
}

function readShares(given: Shares): Readonly<Required<Shares>> {
  rejectUnknown(given, ['actions', 'faults', 'time'], 'simulate: shares')
  const { actions = 2, faults = 1, time = 1 } = given
  checkWeight('actions in shares', actions)
  checkWeight('faults in shares', faults)
  checkWeight('time in shares', time)
  return { actions, faults, time }
}

function checkWhole(name: string, value: unknown, least: number, most: number): void {
  if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) return
  const atLeast = least === Number.MIN_SAFE_INTEGER ? '' : ` of at least ${least}`
  throw new KafkaError('INVALID_ARGUMENT', `simulate: ${name} must be a whole number${atLeast}, not ${String(value)}.`)
}

function checkFunction(name: string, value: unknown): void {
  if (typeof value === 'function') return
  throw new KafkaError('INVALID_ARGUMENT', `simulate: ${name} must be a function of (world, sim), not ${typeof value}.`)
}
