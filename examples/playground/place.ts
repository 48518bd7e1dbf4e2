// Where the reader is: everything that a link must carry to give another reader the same picture.
import type { Action } from '../lessons/action.ts'
import type { Language } from '../lessons/lesson.ts'

export type Theme = 'auto' | 'light' | 'dark'

export interface Place {
  /** A lesson's number, or `free`. */
  readonly lesson: string
  /** From 0; the one behind the last is the question, tried out. */
  readonly step: number
  /** The choice that was tried out. */
  readonly pick: number | null
  /** What the reader did after that step, in this order. */
  readonly extra: readonly Action[]
  readonly language: Language
  readonly theme: Theme
}
