// Runs a world again and again, each time as another seed has it, and tells the shortest way to what went wrong.

import type { AnyTopics, TopicMap } from '../../clients/topic.ts'
import { readSettings, type SimulateOptions, type SimulationSettings } from './settings.ts'
import { shrink } from './shrink.ts'
import { type Outcome, SimulatedRun } from './simulated-run.ts'
import type { SimulatedWorld } from './simulation.ts'
import { SimulationFailure } from './simulation-failure.ts'
import { formatSteps, type StepList } from './step-list.ts'

export interface SimulationResult {
  /** Of the first run. */
  readonly seed: number
  readonly runs: number
  /** What happened in the last run, line by line. */
  readonly transcript: string
}

/**
 * Looks for an interleaving in which your services go wrong: each run takes steps that its seed chooses among your actions,
 * faults and time passing; then nothing goes wrong any more, and `check` looks at what has become of it. A failing
 * schedule is made as short as possible. The same seed gives the same run, on every machine.
 *
 * Problems are: what `check` throws or returns, what `sim.problem` is told, an action that fails or never ends, a service
 * that does not stay up or does not end when it is asked to, whatever never comes to rest, an instance that does not close,
 * and timers that are left.
 *
 * @throws SimulationFailure with the seed, the steps that suffice, and the story of what happened
 * @throws KafkaError INVALID_ARGUMENT
 * @example
 * await simulate({
 *   world: (sim) => {
 *     const handled: string[] = []
 *     sim.service('worker', async ({ kafka, signal }) => {
 *       await using consumer = kafka.consumer({ groupId: 'workers', topics: ['orders'], autoOffsetReset: 'earliest' })
 *       await consumer.run({ eachRecord: ({ value }) => handled.push(String(value)) }, { signal })
 *     })
 *     const sent: string[] = []
 *     const producer = sim.kafka.producer()
 *     return {
 *       handled,
 *       sent,
 *       actions: {
 *         'an order is sent': async () => {
 *           const value = `order ${sent.length}`
 *           sent.push(value)
 *           await producer.send({ topic: 'orders', value })
 *         },
 *       },
 *     }
 *   },
 *   check: ({ sent, handled }) => sent.filter((order) => !handled.includes(order)).map((order) => `${order} was lost`),
 * })
 */
export async function simulate<W extends SimulatedWorld, M extends TopicMap = AnyTopics>(
  options: SimulateOptions<W, M>,
): Promise<SimulationResult> {
  const settings = readSettings(options)
  const { seed, runs, steps, isRepeated } = settings
  let last: Outcome | null = null
  for (let run = 1; run <= runs; run++) {
    const outcome = await new SimulatedRun(settings, seed + run - 1, isRepeated).live(steps)
    if (outcome.problems.length > 0) throw await failureOf(settings, run, outcome)
    last = outcome
  }
  return { seed, runs, transcript: last?.transcript ?? '' }
}

async function failureOf<M extends TopicMap, W extends SimulatedWorld>(
  settings: SimulationSettings<M, W>,
  run: number,
  found: Outcome,
): Promise<SimulationFailure> {
  const { runs, steps: before, isRepeated, shrinkRuns: mostRuns } = settings
  const seed = settings.seed + run - 1
  const finding = { seed, before, run, runs }
  if (isRepeated)
    return new SimulationFailure({ ...finding, after: before, outcome: found, shrinkRuns: 0, remark: null })
  const live = (steps: StepList, narrates: boolean) => new SimulatedRun(settings, seed, narrates).live(steps)
  const kind = found.problems[0]?.kind
  const isSame = ({ problems }: Outcome) => problems.some((problem) => problem.kind === kind)
  const fails = async (steps: StepList) => {
    const outcome = await live(steps, false)
    return isSame(outcome) ? outcome.steps : null
  }
  const isSteady = (await fails(found.steps)) !== null
  const shrunk = await shrink(isSteady ? found.steps : before, fails, mostRuns)
  const outcome = await live(shrunk.steps, true)
  if (isSame(outcome)) {
    return new SimulationFailure({
      ...finding,
      after: shrunk.steps,
      outcome,
      shrinkRuns: shrunk.runs + 1,
      remark: null,
    })
  }
  return new SimulationFailure({
    ...finding,
    after: before,
    outcome: found,
    shrinkRuns: shrunk.runs + 1,
    remark: unsteady(shrunk.steps),
  })
}

function unsteady(steps: StepList): string {
  return (
    `The same seed, with the steps ${formatSteps(steps)}, failed once and not again: something in the world does not come from its ` +
    'seed. Look for Date.now, Math.random, timers of the host, and for what is made outside of world and lives on.'
  )
}
