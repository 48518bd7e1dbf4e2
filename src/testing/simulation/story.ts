// What happened in one run, as one would tell it, and what should not have happened.

import type { Timeline, TimelineEntry } from '../timeline.ts'
import { foldRepetitions, type StoryLine } from './repetitions.ts'

export interface Problem {
  readonly text: string
  /** What it has in common with the same problem elsewhere: its text without numbers and names. */
  readonly kind: string
  /** The error that it comes from, if it comes from one. */
  readonly cause?: unknown
}

const INDENT = '  '

export class Story {
  readonly problems: Problem[] = []
  readonly #lines: StoryLine[] = []
  readonly #afterMs: () => number
  /** What the instance does is told too; null where that would only cost time. */
  readonly #timeline: Timeline | null
  #isListening = true
  #endsAfterMs = Number.POSITIVE_INFINITY

  constructor(afterMs: () => number, timeline: Timeline | null) {
    this.#afterMs = afterMs
    this.#timeline = timeline
  }

  tell(text: string): void {
    this.#line(`${INDENT}${text}`)
  }

  /** A heading. What follows belongs to it; the result takes it back, where nothing has followed. */
  head(text: string): () => void {
    this.#line(text)
    const count = this.#lines.length
    return () => {
      this.#listen()
      if (this.#lines.length === count && this.problems.length === 0) this.#lines.pop()
    }
  }

  /** While the test itself is at work, what happens in the instance is its doing, and no part of the story. */
  async aside(work: () => Promise<void>): Promise<void> {
    this.#listen()
    this.#isListening = false
    try {
      await work()
    } finally {
      this.#listen()
      this.#isListening = true
    }
  }

  /** In its place in the story, too: what came before explains it. */
  problem(text: string, cause?: unknown): void {
    this.#line(`!! ${text}`)
    if (this.problems.length === 0) this.#endsAfterMs = this.#afterMs()
    this.problems.push({ text, kind: kindOf(text), ...(cause !== undefined && { cause }) })
  }

  toString(): string {
    this.#listen()
    const lines = foldRepetitions(this.#lines)
    const widest = String(lines.at(-1)?.afterMs ?? 0).length
    const margin = ' '.repeat(widest + ' ms  '.length)
    return lines
      .map(({ afterMs, text }) => `${String(afterMs).padStart(widest)} ms  ${text.replaceAll('\n', `\n${margin}`)}`)
      .join('\n')
  }

  #line(text: string): void {
    this.#listen()
    this.#add({ afterMs: this.#afterMs(), text })
  }

  /** What has happened in the instance since the last line comes before the next one. */
  #listen(): void {
    if (this.#timeline === null || this.#timeline.entries.length === 0) return
    const heard = this.#isListening ? this.#timeline.entries.filter(isWorthALine) : []
    for (const { afterMs, text } of withBeginningsJoined(heard)) this.#add({ afterMs, text: `${INDENT}· ${text}` })
    this.#timeline.clear()
  }

  /** The story ends with the moment in which something went wrong: what comes later explains nothing. */
  #add(line: StoryLine): void {
    if (line.afterMs <= this.#endsAfterMs) this.#lines.push(line)
  }
}

/** How a group comes to its generations is told by what comes of it; of its requests only by what goes wrong. */
function isWorthALine(entry: TimelineEntry): boolean {
  return entry.event !== 'groupRequest' && !(entry.event === 'groupResponse' && usual.has(entry.error))
}

const usual: ReadonlySet<string> = new Set(['NONE', 'MEMBER_ID_REQUIRED', 'REBALANCE_IN_PROGRESS'])

/** A member that begins several partitions in the same way is one line. */
function withBeginningsJoined(entries: readonly TimelineEntry[]): StoryLine[] {
  const lines: StoryLine[] = []
  let places: string[] = []
  let before: TimelineEntry | null = null
  for (const entry of entries) {
    const place = entry.event === 'positionReset' ? `${entry.topic}-${entry.partition}` : null
    const how = (each: TimelineEntry) => each.text.replace(/ begins \S+ at /, ' begins at ')
    const isLike = before !== null && before.afterMs === entry.afterMs && how(before) === how(entry)
    const isMore = place !== null && isLike
    if (isMore) {
      places.push(place)
      lines.pop()
    } else places = place === null ? [] : [place]
    const text =
      place === null ? entry.text : entry.text.replace(` begins ${place} at `, ` begins ${places.join(', ')} at `)
    lines.push({ afterMs: entry.afterMs, text })
    before = entry
  }
  return lines
}

/** Two problems are of one kind where they differ in numbers, quoted names and ids only, or in how many they name. */
function kindOf(text: string): string {
  return text
    .replace(/'[^'\n]*'|"[^"\n]*"/g, "'…'")
    .replace(/\b[\w-]*\d[\w-]*\b/g, '#')
    .replace(/(#|'…')(?:(?:, ?| |\n| or | and )\1)+/g, '$1')
}
