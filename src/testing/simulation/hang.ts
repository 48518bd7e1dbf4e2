// Waits for something while time passes, for so long that it never will be.

import { KafkaError } from '../../errors.ts'
import { settleWith } from './settling.ts'
import type { SimulationClock } from './simulation-clock.ts'

/** Timers that fire before it is said that there is no end. */
const MOST_TIMERS = 100_000

/**
 * Lets time pass, timer by timer, until `work` is done.
 *
 * @throws KafkaError REQUEST_TIMED_OUT where it hangs
 */
export async function finish<Result>(
  clock: SimulationClock,
  what: string,
  work: PromiseLike<Result> | Result,
  limitMs: number,
): Promise<Result> {
  let isDone = false
  const done = Promise.resolve(work).finally(() => {
    isDone = true
  })
  done.catch(() => {})
  let passedMs = 0
  for (let timers = 0; ; timers++) {
    await settleWith(clock, () => isDone)
    if (isDone) return await done
    const fired = timers < MOST_TIMERS ? await clock.advanceToNext({ withinMs: limitMs - passedMs }) : null
    if (fired === null) throw hangs(clock, what, passedMs)
    passedMs += fired.afterMs
  }
}

function hangs({ timerCount }: SimulationClock, what: string, passedMs: number): KafkaError {
  const why =
    timerCount === 0
      ? 'nothing is left that could happen'
      : `${passedMs} ms have passed, in which all that waits for time could go on`
  return new KafkaError('REQUEST_TIMED_OUT', `${what} hangs: ${why}.`)
}
