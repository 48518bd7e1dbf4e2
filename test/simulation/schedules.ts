// Lives many worlds, each made from its seed, and fails with the story of the first that went wrong.
import { violations } from './checks.ts'
import { soon } from './soon.ts'
import { World } from './world.ts'

const STEPS = 100

const { SIMULATION_SCHEDULES, SIMULATION_FIRST_SEED, SIMULATION_SEED } = process.env

/** The seeds of one of `parts` files, which vitest runs side by side. */
export function seedsOf(part: number, parts: number): number[] {
  if (SIMULATION_SEED !== undefined) return part === 0 ? [Number(SIMULATION_SEED)] : []
  const count = Number(SIMULATION_SCHEDULES ?? 200)
  const first = Number(SIMULATION_FIRST_SEED ?? 1)
  return Array.from({ length: count }, (_, i) => first + i).filter((seed) => seed % parts === part)
}

/** The world's story; throws it, with what is wrong in it. */
export async function live(seed: number): Promise<readonly string[]> {
  const world = new World(seed)
  const { problems, transcript } = world.story
  try {
    await world.begin()
    for (let step = 0; step < STEPS; step++) await world.step()
    await world.drain()
    const found = await soon(world.clock, 'the last look', violations(world))
    for (const violation of found) world.story.problem(violation)
    await world.end()
  } catch (error) {
    world.story.problem(error instanceof Error ? (error.stack ?? error.message) : String(error))
  }
  if (problems.length === 0) return transcript
  const first = problems.slice(0, 5).join('\n')
  throw new Error(`SIMULATION_SEED=${seed}\n${first}\n\nWhat happened:\n  ${transcript.join('\n  ')}`)
}
