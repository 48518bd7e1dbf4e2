// What a group wants to know: it takes rows and has an answer at any time.
import type { Row } from './table.ts'

export interface Question {
  readonly title: string
  readonly head: readonly string[]
  add(row: Row): void
  /** The lines of a table: texts stand left, numbers right. */
  answer(): readonly (readonly (string | number)[])[]
}

/** The plain reading's answer, and the measure for the groups'. */
export function answered(question: Question, rows: readonly Row[]): Question {
  for (const row of rows) question.add(row)
  return question
}

/** The `count` largest; of equal ones, the first in the alphabet, so that the answer does not depend on the order. */
export function top<Each>(
  count: number,
  found: ReadonlyMap<string, Each>,
  measure: (each: Each) => number,
): (readonly [name: string, each: Each])[] {
  return [...found]
    .sort(([nameA, a], [nameB, b]) => measure(b) - measure(a) || (nameA < nameB ? -1 : 1))
    .slice(0, count)
}

export function countOne(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}
