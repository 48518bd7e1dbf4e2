// All that a terminal shows of one moment, as lines.
import type { Language, Lesson } from '../lesson.ts'
import { align, apart, cutEnd, wrap } from './columns.ts'
import { drawExhibit } from './exhibits.ts'
import { drawHappened } from './happened.ts'
import { drawLanes, legend } from './lanes.ts'
import { drawMembers } from './members.ts'
import { drawOffsets } from './offsets.ts'
import type { Frame } from './walk.ts'
import { wordsOf } from './words.ts'

export interface Paper {
  readonly language: Language
  readonly columns: number
  /** How many lines there is room for; what happened is told as far as it goes. */
  readonly rows: number
}

const LEAST_HAPPENED = 3

/** `where` says which step it is. */
export function drawFrame(lesson: Lesson, frame: Frame, where: string, paper: Paper): string[] {
  const { language, columns, rows } = paper
  const words = wordsOf(language)
  const { sight, exhibit } = frame
  const lanes = drawLanes(sight, words, columns)
  const parts = [
    [...drawTitle(lesson, where, paper), ...wrap(frame.step.say[language], columns)],
    lanes.length === 0 ? [] : [...lanes, legend(words)],
    drawMembers(sight, words, columns),
    lesson.isAboutOffsets ? drawOffsets(sight, words, columns) : [],
    exhibit === null ? [] : drawExhibit(exhibit, language, columns),
  ].filter(({ length }) => length > 0)
  const taken = parts.reduce((sum, { length }) => sum + length + 1, 0)
  const happened = drawHappened(frame.happened, words, columns, Math.max(LEAST_HAPPENED, rows - taken - LEAST_HAPPENED))
  return [...parts, happened].flatMap((part) => [...part, ''])
}

export function drawQuestion({ question, ...lesson }: Lesson, paper: Paper): string[] {
  const { language, columns } = paper
  const choices = question.choices.flatMap((choice, i) =>
    wrap(choice[language], columns, '     ').map((line, row) => (row === 0 ? `  ${i + 1}. ${line.trimStart()}` : line)),
  )
  const title = drawTitle(lesson, wordsOf(language).question, paper)
  return [...title, ...wrap(question.ask[language], columns), '', ...choices, '']
}

/** Whether the choice was right; without one, only which one is. */
export function drawVerdict({ question }: Lesson, chosen: number | null, paper: Paper): string[] {
  const words = wordsOf(paper.language)
  const answer = question.answer + 1
  if (chosen === null) return [words.answer(answer), '']
  return [chosen === question.answer ? words.right : words.wrong(chosen + 1, answer), '']
}

export function drawContents(lessons: readonly Lesson[], { language, columns }: Omit<Paper, 'rows'>): string[] {
  const titles = align(
    lessons.map(({ number, title }) => [number.padStart(2), title[language]]),
    columns,
  )
  return lessons.flatMap(({ about }, i) => [titles[i] ?? '', ...wrap(about[language], columns, '    ')])
}

function drawTitle({ number, title }: Pick<Lesson, 'number' | 'title'>, where: string, paper: Paper): string[] {
  const { language, columns } = paper
  const left = `${wordsOf(language).lesson} ${number} · ${title[language]}`
  return [apart(cutEnd(left, columns), where, columns), '─'.repeat(columns)]
}
