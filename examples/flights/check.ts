// The verdict: what the groups received, against a plain reading of the file.
import type { Ledger } from './ledger.ts'
import { answered, type Question } from './question.ts'
import type { GroupPlan, Study } from './study.ts'

export interface Verdict {
  readonly groupId: string
  readonly arrived: number
  /** Delivered more than once: what a crash leaves uncommitted comes again. */
  readonly twice: number
  readonly lost: number
  readonly keysOutOfOrder: number
  readonly hasSameAnswer: boolean
}

export function check({ rows }: Study, plan: GroupPlan, ledger: Ledger): Verdict {
  const { groupId, arrived, twice, keysOutOfOrder, question } = ledger
  const hasSameAnswer = isSame(question, answered(plan.ask(), rows))
  return { groupId, arrived, twice, lost: rows.length - arrived, keysOutOfOrder, hasSameAnswer }
}

export function passes({ lost, keysOutOfOrder, hasSameAnswer }: Verdict): boolean {
  return lost === 0 && keysOutOfOrder === 0 && hasSameAnswer
}

function isSame(a: Question, b: Question): boolean {
  return JSON.stringify(a.answer()) === JSON.stringify(b.answer())
}
