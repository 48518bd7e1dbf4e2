// Many worlds, each made from its seed. To repeat one: SIMULATION_SEED=17 npx vitest run test/simulation
import { expect, test } from 'vitest'
import { violations } from './checks.ts'
import { World } from './world.ts'

const SCHEDULES = Number(process.env['SIMULATION_SCHEDULES'] ?? 500)
const STEPS = 60

async function live(seed: number): Promise<void> {
  const world = new World(seed)
  for (let step = 0; step < STEPS; step++) await world.step()
  await world.drain()
  const found = await violations(world)
  await world.end()
  if (world.clock.timerCount > 0) found.push(`${world.clock.timerCount} timers are left`)
  if (found.length > 0) {
    const story = world.transcript.join('\n  ')
    throw new Error(`SIMULATION_SEED=${seed}\n${found.slice(0, 5).join('\n')}\n\nWhat happened:\n  ${story}`)
  }
}

const only = process.env['SIMULATION_SEED']
const seeds = only === undefined ? Array.from({ length: SCHEDULES }, (_, i) => i + 1) : [Number(only)]

test(`nothing is lost, reordered or owned twice in ${seeds.length} schedules of ${STEPS} steps`, {
  timeout: 120_000,
}, async () => {
  for (const seed of seeds) await live(seed)
  expect(seeds.length).toBeGreaterThan(0)
})

test('the same seed gives the same story', async () => {
  const tell = async () => {
    const world = new World(5)
    for (let step = 0; step < STEPS; step++) await world.step()
    await world.end()
    return world.transcript
  }
  expect(await tell()).toEqual(await tell())
})
