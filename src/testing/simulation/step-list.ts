// Which of a schedule's steps are taken, as a short text that can be pasted: '3 7 12-15'.

import { KafkaError } from '../../errors.ts'

/** The numbers of the steps that are taken, in order. */
export type StepList = readonly number[]

export function firstSteps(count: number): StepList {
  return Array.from({ length: count }, (_, index) => index + 1)
}

export function formatSteps(steps: StepList): string {
  const runs: { first: number; last: number }[] = []
  for (const step of steps) {
    const run = runs.at(-1)
    if (run?.last === step - 1) run.last = step
    else runs.push({ first: step, last: step })
  }
  return runs.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(' ')
}

/** @throws KafkaError INVALID_ARGUMENT */
export function parseSteps(text: unknown): StepList {
  if (typeof text !== 'string') throw wrong(String(text))
  const steps: number[] = []
  for (const run of text.split(' ').filter((each) => each !== '')) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(run) ?? []
    if (first === undefined || Number(first) <= (steps.at(-1) ?? 0) || Number(last) < Number(first)) throw wrong(text)
    if (Number(last) > MOST_STEPS) throw wrong(text)
    for (let step = Number(first); step <= Number(last); step++) steps.push(step)
  }
  return steps
}

export const MOST_STEPS = 1_000_000

function wrong(text: string): KafkaError {
  const why = `simulate: only must be the numbers of steps in rising order, as a failure prints them, such as '3 7 12-15', not '${text}'.`
  return new KafkaError('INVALID_ARGUMENT', why)
}
