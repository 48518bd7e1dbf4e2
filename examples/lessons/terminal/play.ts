// Plays a lesson in a terminal: key by key, or, without keys, from its beginning to its end.
import type { Lesson, Step } from '../lesson.ts'
import { wrap } from './columns.ts'
import type { Key } from './keys.ts'
import { drawFrame, drawQuestion, drawVerdict, type Paper } from './picture.ts'
import { Walk } from './walk.ts'
import { wordsOf } from './words.ts'

export interface Stage extends Paper {
  /** Null where nobody presses any. */
  readonly keys: AsyncIterable<Key> | null
  readonly show: (lines: readonly string[]) => void
  /** The lesson that comes after this one. */
  readonly next: string | null
}

/** A step by its index; behind the last one the question, and behind that what it tried out. */
export interface Place {
  readonly at: number
  /** The choice, from 0 on; null before there is one. */
  readonly chosen: number | null
}

export type Ending = 'end' | 'quit' | 'interrupt'

export async function play(lesson: Lesson, stage: Stage): Promise<Ending> {
  await using walk = new Walk(lesson)
  if (stage.keys === null) return await playThrough(lesson, walk, stage)
  let place: Place = { at: 0, chosen: null }
  stage.show(await pageOf(lesson, walk, place, stage))
  for await (const key of stage.keys) {
    const turned = turn(place, key, lesson)
    if (typeof turned === 'string') return turned
    if (turned === place) continue
    place = turned
    stage.show(await pageOf(lesson, walk, place, stage))
  }
  return 'quit'
}

/** Where a key leads; the same place where it means nothing there. */
export function turn(place: Place, key: Key, { steps, question }: Lesson): Place | Ending {
  const { at } = place
  if (key === 'quit' || key === 'interrupt') return key
  if (key === 'back') return at === 0 ? place : { at: at - 1, chosen: null }
  if (key === 'next') {
    if (at > steps.length) return 'end'
    return at === steps.length ? place : { at: at + 1, chosen: null }
  }
  const isChoice = at === steps.length && key <= question.choices.length
  return isChoice ? { at: at + 1, chosen: key - 1 } : place
}

async function playThrough(lesson: Lesson, walk: Walk, stage: Stage): Promise<Ending> {
  for (const at of lesson.steps.keys()) stage.show(await frameAt(lesson, walk, at, stage))
  stage.show(drawQuestion(lesson, stage))
  stage.show(drawVerdict(lesson, null, stage))
  stage.show(await frameAt(lesson, walk, lesson.steps.length, stage))
  return 'end'
}

/** What one sees, and which keys there are. */
async function pageOf(lesson: Lesson, walk: Walk, { at, chosen }: Place, stage: Stage): Promise<string[]> {
  const { steps, question } = lesson
  const words = wordsOf(stage.language)
  if (at < steps.length) return withKeys(await frameAt(lesson, walk, at, stage), words.keysOfStep, steps[at], stage)
  if (at === steps.length) return [...drawQuestion(lesson, stage), words.keysOfQuestion(question.choices.length)]
  const lines = [...drawVerdict(lesson, chosen, stage), ...(await frameAt(lesson, walk, at - 1, stage))]
  const goOn = stage.next === null ? [] : [words.goOn(stage.next)]
  return withKeys([...lines, ...goOn], words.keysOfEnd, question.tryOut, stage)
}

/** Where the screen is too small for all, what is said is said again at its end, which is what one sees. */
function withKeys(lines: readonly string[], keys: string, step: Step | undefined, stage: Stage): string[] {
  const isTooLong = lines.length + 2 > stage.rows
  return [...lines, ...(isTooLong && step ? wrap(step.say[stage.language], stage.columns) : []), keys]
}

async function frameAt(lesson: Lesson, walk: Walk, index: number, stage: Stage): Promise<string[]> {
  const { steps } = lesson
  const words = wordsOf(stage.language)
  const frame = await walk.frame(index)
  const where = index < steps.length ? words.steps(index + 1, steps.length) : words.tryOut
  return drawFrame(lesson, frame, `${where}, ${frame.sight.afterMs} ms`, stage)
}
