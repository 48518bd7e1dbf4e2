// The error of a simulation that found something: what, how to see it again, and the story of the shortest way to it.

import type { Outcome } from './simulated-run.ts'
import { formatSteps, type StepList } from './step-list.ts'

export interface Finding {
  readonly seed: number
  /** The steps of the whole schedule, and of what is left of it. */
  readonly before: StepList
  readonly after: StepList
  /** Of the run with what is left. */
  readonly outcome: Outcome
  /** The number of the run among `runs`, from 1. */
  readonly run: number
  readonly runs: number
  readonly shrinkRuns: number
  /** What the reader must know of it, beside. */
  readonly remark: string | null
}

const MOST_PROBLEMS = 5

/** What `simulate` rejects with. Its message has all of it. */
export class SimulationFailure extends Error {
  /** Of the run that failed. */
  readonly seed: number
  /** The steps that suffice: `simulate({ seed, only })` repeats it. */
  readonly only: string
  /** What is wrong, in words. */
  readonly problems: readonly string[]
  /** What happened, line by line. */
  readonly transcript: string

  /** Made by `simulate`. */
  constructor(finding: Finding) {
    const { seed, after, outcome } = finding
    const [first] = outcome.problems
    super(messageOf(finding), first?.cause === undefined ? {} : { cause: first.cause })
    this.name = 'SimulationFailure'
    this.seed = seed
    this.only = formatSteps(after)
    this.problems = outcome.problems.map(({ text }) => text)
    this.transcript = outcome.transcript
  }
}

function messageOf({ seed, before, after, outcome, run, runs, shrinkRuns, remark }: Finding): string {
  const problems = outcome.problems.map(({ text }) => text)
  const more = problems.length > MOST_PROBLEMS ? [`and ${problems.length - MOST_PROBLEMS} more`] : []
  const which = runs === 1 ? '' : `, in run ${run} of ${runs}`
  const shrunk =
    shrinkRuns === 0
      ? `It has ${count(after.length)}.`
      : `It had ${count(before.length)}; ${after.length} of them suffice, found in ${shrinkRuns} more runs.`
  return [
    `simulate found a problem with seed ${seed}${which}:`,
    ...[...problems.slice(0, MOST_PROBLEMS), ...more].map((text) => `  ${text.replaceAll('\n', '\n  ')}`),
    '',
    `To repeat it: simulate({ seed: ${seed}, only: '${formatSteps(after)}', … })`,
    shrunk,
    ...(remark === null ? [] : [remark]),
    '',
    'What happened:',
    outcome.transcript,
  ].join('\n')
}

function count(steps: number): string {
  return `${steps} step${steps === 1 ? '' : 's'}`
}
