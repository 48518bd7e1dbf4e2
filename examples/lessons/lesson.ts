// What a lesson is: data that a terminal, a test and a page read alike. Everything it does is done by the library.
import type { Action } from './action.ts'
import type { Exhibit } from './exhibit.ts'
import type { Sight } from './sight.ts'

/** What a reader reads. */
export interface Text {
  readonly en: string
  readonly ko: string
}

export type Language = keyof Text

/** What must be true after a step: what is found, and what should be found, by what is looked at. */
export type Facts = Readonly<Record<string, readonly [found: unknown, expected: unknown]>>

export interface Step {
  /** One sentence: what happens, and why it matters. */
  readonly say: Text
  /** What is done, in this order; nothing, where the step only looks. */
  readonly actions: readonly Action[]
  /** A figure that belongs to the step: a hash, a histogram, a table. It stays until the next one. */
  readonly exhibit?: (sight: Sight) => Exhibit
  /** Of what is seen after the step. */
  readonly facts: (sight: Sight) => Facts
}

export interface Question {
  readonly ask: Text
  readonly choices: readonly Text[]
  /** The index of the right one. */
  readonly answer: number
  /** What shows it: tried out where the lesson ended. */
  readonly tryOut: Step
}

export interface Lesson {
  /** As in `npm run lesson 8b`. */
  readonly number: string
  readonly title: Text
  /** What one will have seen at its end, in one sentence. */
  readonly about: Text
  /** Whether the records of `__consumer_offsets` are worth seeing at every step. */
  readonly isAboutOffsets?: true
  readonly steps: readonly Step[]
  readonly question: Question
}
