// From left to right: each thing that happened has a column, each moment a label, and silence between two moments is short.

import type { TimelineEntry } from '../timeline.ts'
import { widthOf } from './svg.ts'

export interface Column {
  readonly entry: TimelineEntry
  readonly x: number
  readonly width: number
}

export interface Moment {
  readonly x: number
  readonly afterMs: number
}

export interface Columns {
  readonly columns: readonly Column[]
  readonly moments: readonly Moment[]
  /** What happened before the first column, and is not drawn. */
  readonly earlier: readonly TimelineEntry[]
  readonly endX: number
}

/** More than anybody scrolls through. */
export const MOST_WIDTH = 8_000
const LEAST_WIDTH = 22
const SILENCE_WIDTH = 14

/**
 * `labelsOf` are the texts that must fit into the column of an entry. Where it is too much, the first ones have no column:
 * what is looked for is mostly at the end.
 */
export function layColumns(
  entries: readonly TimelineEntry[],
  startX: number,
  labelsOf: (entry: TimelineEntry) => readonly string[],
): Columns {
  const widthOfColumn = (entry: TimelineEntry) =>
    Math.max(LEAST_WIDTH, ...labelsOf(entry).map((label) => widthOf(label, 9) + 8))
  const earlier = entries.slice(0, firstDrawn(entries, widthOfColumn))
  const columns: Column[] = []
  const moments: Moment[] = []
  let x = startX
  for (const entry of entries.slice(earlier.length)) {
    const last = moments.at(-1)
    if (last?.afterMs !== entry.afterMs) {
      if (last) x = Math.max(x, last.x + momentWidth(last)) + SILENCE_WIDTH
      moments.push({ x, afterMs: entry.afterMs })
    }
    const width = widthOfColumn(entry)
    columns.push({ entry, x, width })
    x += width
  }
  const last = moments.at(-1)
  return { columns, moments, earlier, endX: last ? Math.max(x, last.x + momentWidth(last)) : x }
}

export function momentLabel({ afterMs }: Pick<Moment, 'afterMs'>): string {
  return `${afterMs} ms`
}

function momentWidth(moment: Pick<Moment, 'afterMs'>): number {
  return widthOf(momentLabel(moment)) + 8
}

function firstDrawn(entries: readonly TimelineEntry[], widthOfColumn: (entry: TimelineEntry) => number): number {
  let width = 0
  for (let i = entries.length - 1; i >= 0; i--) {
    const entry = entries[i]
    if (entry === undefined) break
    const isLastOfMoment = entries[i + 1]?.afterMs !== entry.afterMs
    width += widthOfColumn(entry) + (isLastOfMoment ? momentWidth(entry) + SILENCE_WIDTH : 0)
    if (width > MOST_WIDTH) return i + 1
  }
  return 0
}
