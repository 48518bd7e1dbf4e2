// What happened during a step, line by line.
import type { TimelineEntry } from 'kafkalet/testing'
import { wrap } from './columns.ts'
import type { Words } from './words.ts'

const INDENT = '  '

/** What the timeline has that it had not before. Its last entry may have grown since. */
export function newEntries(before: readonly TimelineEntry[], now: readonly TimelineEntry[]): TimelineEntry[] {
  const last = before.length - 1
  const isSame = before[last]?.text === now[last]?.text
  return now.slice(isSame ? before.length : Math.max(0, last))
}

export function drawHappened(entries: readonly TimelineEntry[], words: Words, columns: number, most: number): string[] {
  const widestTime = Math.max(0, ...entries.map(({ afterMs }) => String(afterMs).length))
  const shown = chosen(entries, most)
  const lines = shown.flatMap(({ afterMs, text }) => {
    const time = `${INDENT}${String(afterMs).padStart(widestTime)} ms  `
    return wrap(text, columns, ' '.repeat(time.length)).map((line, i) => (i === 0 ? time + line.trimStart() : line))
  })
  const further = entries.length - shown.length
  return [
    entries.length === 0 ? `${words.happened}: ${words.nothing}` : words.happened,
    ...lines,
    ...(further > 0 ? [INDENT + words.further(further)] : []),
  ]
}

/** Where there is no room for all, requests and answers go first: what came of them is told, too. */
function chosen(entries: readonly TimelineEntry[], most: number): readonly TimelineEntry[] {
  if (entries.length <= most) return entries
  return entries.filter(({ event }) => event !== 'groupRequest' && event !== 'groupResponse').slice(0, most)
}
