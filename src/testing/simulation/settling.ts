// Quiet, where others may let time pass too: who waits for quiet waits for them.

import { quiet } from '../quiet.ts'
import type { SimulationClock } from './simulation-clock.ts'

/** Everything that can happen without time passing has happened, and nobody lets time pass unless `isEnough`. */
export async function settleWith(clock: SimulationClock, isEnough: () => boolean): Promise<void> {
  for (;;) {
    await quiet()
    if (isEnough()) return
    // Whoever lets time pass again and again does nothing for a turn in between.
    if (!clock.isPassing) await quiet()
    if (!clock.isPassing) return
    await clock.passed()
  }
}
