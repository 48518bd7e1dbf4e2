// Makes a failing schedule short: leaves out halves of it, then quarters, then single steps, as long as it still fails.
// (Zeller's delta debugging)

import type { StepList } from './step-list.ts'

export interface Shrunk {
  readonly steps: StepList
  /** How many schedules were tried. */
  readonly runs: number
}

/**
 * @param fails whether these steps alone still fail, and if so which of them did something
 * @param mostRuns how often that may be asked
 */
export async function shrink(
  steps: StepList,
  fails: (steps: StepList) => Promise<StepList | null>,
  mostRuns: number,
): Promise<Shrunk> {
  let shortest = steps
  let runs = 0
  const attempt = async (candidate: StepList): Promise<boolean> => {
    if (runs >= mostRuns || candidate.length >= shortest.length) return false
    runs++
    const busy = await fails(candidate)
    if (busy === null) return false
    shortest = candidate
    await attempt(busy)
    return true
  }
  for (let size = steps.length; size >= 1 && runs < mostRuns; ) {
    let hasShrunk = false
    // From the end: what comes last explains least.
    for (let end = shortest.length; end > 0; end = Math.min(end - size, shortest.length)) {
      const without = [...shortest.slice(0, Math.max(0, end - size)), ...shortest.slice(end)]
      if (await attempt(without)) hasShrunk = true
    }
    if (size > 1) size = Math.ceil(Math.min(size, shortest.length) / 2)
    else if (!hasShrunk) break
  }
  return { steps: shortest, runs }
}
