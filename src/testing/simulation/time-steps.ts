// The steps in which time passes: mostly a moment, now and then so long that sessions expire.

import type { Chance } from './chance.ts'
import type { Happening } from './schedule.ts'
import type { SimulationClock } from './simulation-clock.ts'

export function passTime(clock: SimulationClock, tell: (text: string) => void): Happening[] {
  const pass = async (ms: number) => {
    const fired = await clock.advance(ms)
    const timers = fired.reduce((sum, moment) => sum + moment.timers, 0)
    const background = fired.reduce((sum, moment) => sum + moment.background, 0)
    tell(`${ms} ms have passed; timers: ${timers}, of which ${background} in the background`)
  }
  return [
    { name: 'time passes', weight: 8, act: (chance: Chance) => pass(1 + chance.below(3_000)) },
    { name: 'much time passes', weight: 1, act: (chance: Chance) => pass(20_000 + chance.below(60_000)) },
  ]
}
