// Lives many worlds, each made from its seed, and fails with the shortest story of the first that went wrong.
import { type SimulationResult, simulate } from 'kafkalet/testing'
import { violations } from './checks.ts'
import { World } from './world.ts'

const { SIMULATION_SCHEDULES, SIMULATION_FIRST_SEED, SIMULATION_SEED, SIMULATION_ONLY } = process.env

/** The steps that a failure printed, if they are to be repeated. */
export const only = SIMULATION_ONLY === undefined ? {} : { only: SIMULATION_ONLY }

/** The seeds of one of `parts` files, which vitest runs side by side. */
export function seedsOf(part: number, parts: number): number[] {
  if (SIMULATION_SEED !== undefined) return part === 0 ? [Number(SIMULATION_SEED)] : []
  const count = Number(SIMULATION_SCHEDULES ?? 200)
  const first = Number(SIMULATION_FIRST_SEED ?? 1)
  return Array.from({ length: count }, (_, i) => first + i).filter((seed) => seed % parts === part)
}

/** @throws SimulationFailure */
export async function live(seed: number): Promise<SimulationResult> {
  return await simulate({
    seed,
    runs: 1,
    steps: 100,
    ...only,
    kafka: (chance) => ({
      config: {
        // In one partition, the groups share their coordinator.
        offsetsTopicNumPartitions: chance.pick([1, 50]),
        groupInitialRebalanceDelayMs: chance.pick([0, 0, 3_000]),
      },
    }),
    faults: ['loseCoordinator'],
    shares: { actions: 47, faults: 3, time: 9 },
    world: (sim) => new World(sim).begin(sim.chance),
    drain: (world, { chance }) => world.drain(chance),
    check: violations,
  })
}
