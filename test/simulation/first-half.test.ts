// Half of the schedules. To repeat one: SIMULATION_SEED=17 SIMULATION_ONLY='3 7-9' npx vitest run test/simulation
import { expect, test } from 'vitest'
import { live, seedsOf } from './schedules.ts'

const seeds = seedsOf(0, 2)

test(`nothing is lost, reordered or owned twice in ${seeds.length} schedules`, { timeout: 900_000 }, async () => {
  for (const seed of seeds) expect((await live(seed)).transcript).not.toBe('')
})

test('the same seed gives the same story', async () => {
  expect(await live(5)).toEqual(await live(5))
})
