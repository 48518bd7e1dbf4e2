// For what must be done without time passing: a world that waits for ever says so, with its seed.
import type { ManualClock } from 'kafkalet/testing'

export async function soon<Result>(clock: ManualClock, what: string, work: Promise<Result>): Promise<Result> {
  let isDone = false
  const done = work.finally(() => {
    isDone = true
  })
  done.catch(() => {})
  await clock.settle()
  if (!isDone) throw new Error(`${what} does not end`)
  return done
}
