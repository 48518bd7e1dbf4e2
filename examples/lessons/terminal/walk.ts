// A walk through a lesson: each step is taken once, and what it shows is kept, so that one can go back and look again.
import { isDeepStrictEqual } from 'node:util'
import type { TimelineEntry } from 'kafkalet/testing'
import { Classroom } from '../classroom.ts'
import type { Exhibit } from '../exhibit.ts'
import type { Lesson, Step } from '../lesson.ts'
import type { Sight } from '../sight.ts'
import { newEntries } from './happened.ts'

export interface Frame {
  readonly step: Step
  readonly sight: Sight
  /** During this step. */
  readonly happened: readonly TimelineEntry[]
  /** Of this step, or of the last one that had one. */
  readonly exhibit: Exhibit | null
}

export class Walk implements AsyncDisposable {
  readonly #room = new Classroom()
  readonly #steps: readonly Step[]
  readonly #frames: Frame[] = []

  constructor({ steps, question }: Lesson) {
    this.#steps = [...steps, question.tryOut]
  }

  /**
   * What is seen after the step of that index; after all of them comes what the question tries out.
   *
   * @throws Error where the library does otherwise than the lesson says
   */
  async frame(index: number): Promise<Frame> {
    for (const step of this.#steps.slice(this.#frames.length, index + 1)) await this.#take(step)
    const frame = this.#frames[index]
    if (frame === undefined) throw new RangeError(`There is no step ${index} in this lesson.`)
    return frame
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#room[Symbol.asyncDispose]()
  }

  async #take(step: Step): Promise<void> {
    for (const action of step.actions) await this.#room.do(action)
    const sight = await this.#room.look()
    for (const [what, [found, expected]] of Object.entries(step.facts(sight))) {
      if (isDeepStrictEqual(found, expected)) continue
      throw new Error(
        `"${step.say.en}" is not true: ${what} should be ${JSON.stringify(expected)}, and is ${JSON.stringify(found)}.`,
      )
    }
    const before = this.#frames.at(-1)
    const happened = newEntries(before?.sight.timeline ?? [], sight.timeline)
    this.#frames.push({ step, sight, happened, exhibit: step.exhibit?.(sight) ?? before?.exhibit ?? null })
  }
}
