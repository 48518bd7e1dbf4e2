// What Kafka's own group coordinator answered, step by step, and what ours answers to the same.
import { KafkaError } from 'kafkalet'
import { describe, expect, test, vi } from 'vitest'
import { play } from '../support/group-steps.ts'
import { GroupWorld, type KafkaConfig } from '../support/group-world.ts'
import { readVectors } from '../support/vectors.ts'

interface Scenario {
  readonly id: string
  readonly title: string
  readonly config?: KafkaConfig
  readonly steps: readonly Step[]
}

interface Step {
  readonly n: number
  /** Milliseconds from the start. */
  readonly t: number
  readonly do: string
  /** A step that only sets the scene does not say what was answered and appended. */
  readonly responses?: readonly string[]
  readonly stillPending?: readonly string[]
  readonly group: string
  readonly appended?: readonly string[]
}

const { scenarios } = readVectors<{ scenarios: readonly Scenario[] }>('coordinator-scenarios')

/** What the title says and the text of the steps does not. */
const groupIds: Readonly<Record<string, string>> = { 'GC-06': '' }
const refusedAppends: Readonly<Record<string, number>> = { 'GC-71': 3 }

describe("the group coordinator does as Kafka's does", () => {
  test.each(scenarios.map((scenario) => [`${scenario.id}: ${scenario.title}`, scenario] as const))(
    '%s',
    async (_, { id, config, steps }) => {
      const world = new GroupWorld(groupIds[id], config)
      for (const step of steps) {
        if (refusedAppends[id] === step.n) refuseNextAppend(world)
        await play(world, step.do)
        expect(await seen(world, step), `step ${step.n}: ${step.do}`).toEqual(told(step))
        expect(world.liveView(), `the view after step ${step.n}`).toEqual(world.rebuiltView())
      }
      const before = world.liveView()
      await world.failOver()
      expect(world.liveView(), 'the view of a new coordinator').toEqual(before)
    },
  )

  test('in all scenarios that were recorded', () => {
    expect(scenarios).toHaveLength(31)
  })
})

function told({ t, responses, stillPending = [], group, appended = [] }: Step) {
  return { t, group, ...(responses && { responses: [...responses].sort(), stillPending, appended }) }
}

async function seen(world: GroupWorld, { responses: recorded }: Step) {
  const responses = await world.answers()
  const appended = world.appended()
  const state = { t: world.elapsedMs, group: world.describeGroup() }
  return recorded ? { ...state, responses, stillPending: world.stillWaiting, appended } : state
}

function refuseNextAppend({ log }: GroupWorld): void {
  vi.spyOn(log, 'append').mockImplementationOnce(() => {
    throw new KafkaError('NOT_ENOUGH_REPLICAS')
  })
}
