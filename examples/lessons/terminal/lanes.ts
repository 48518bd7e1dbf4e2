// The logs as text: a lane for each partition, its records as boxes, and under it where each group stands.
import type { GroupPartitionView } from 'kafkalet/testing'
import type { LaneSight, RecordSight, Sight } from '../sight.ts'
import { cutEnd, harmless, sized, widest, widthOf } from './columns.ts'
import { groupNames } from './members.ts'
import type { Words } from './words.ts'

const WIDEST_LABEL = 12
const WIDEST_NAME = 16
/** Committed, position and end may meet where the log ends. */
const MARKS_WIDTH = 3
const GAP = 2

interface Lane {
  readonly name: string
  readonly lane: LaneSight
  readonly standings: readonly Standing[]
}

/** Where a group stands in a partition. */
interface Standing {
  readonly group: string
  readonly cursor: GroupPartitionView
  readonly note: string
}

/** The boxes that there is room for: those at the end of the log. */
interface Window {
  /** Columns before the first box, for what stands where nothing is drawn. */
  readonly gutter: number
  readonly boxes: readonly { readonly offset: number; readonly column: number; readonly text: string }[]
  readonly endOffset: number
  readonly endColumn: number
  /** The last offset for which there is no room; null where all are drawn. */
  readonly hiddenOffset: number | null
}

export function drawLanes(sight: Sight, words: Words, columns: number): string[] {
  const lanes = lanesOf(sight, words)
  const standings = lanes.flatMap((each) => each.standings)
  const names = [...lanes.map(({ name }) => name), ...standings.map(({ group }) => `  ${group}`)]
  const nameWidth = Math.min(WIDEST_NAME, widest(names)) + GAP
  const noteWidth = widest(standings.map(({ note }) => note))
  const width = columns - nameWidth - noteWidth - GAP
  return lanes.flatMap(({ name, lane, standings: ours }) => {
    const window = windowOf(lane, ours, width - MARKS_WIDTH)
    return [
      sized(name, nameWidth) + drawBoxes(window),
      ...ours.map(
        (each) => sized(`  ${each.group}`, nameWidth) + sized(drawMarks(window, each), width + GAP) + each.note,
      ),
    ]
  })
}

export function legend({ committed, position, end, lag }: Words): string {
  return `▲ ${committed}   ▶ ${position}   ▮ ${end}   ··· ${lag}`
}

function lanesOf(sight: Sight, words: Words): Lane[] {
  return sight.topics.flatMap(({ topic, lanes }) =>
    lanes.map((lane) => {
      const name = `${topic}-${lane.partition}`
      return { name, lane, standings: standingsIn(name, sight, words) }
    }),
  )
}

function standingsIn(name: string, sight: Sight, words: Words): Standing[] {
  return groupNames(sight).flatMap((group) => {
    const cursors = sight.groups.find((each) => each.group === group)?.cursors ?? []
    const cursor = cursors.find(({ topic, partition }) => `${topic}-${partition}` === name)
    return cursor ? [{ group, cursor, note: noteOf(cursor, words) }] : []
  })
}

function noteOf({ lag, owner }: GroupPartitionView, words: Words): string {
  return `${words.lag} ${lag}  ${cutEnd(owner ?? words.nobody, WIDEST_LABEL)}`
}

function windowOf(lane: LaneSight, standings: readonly Standing[], width: number): Window {
  let gutter = 0
  for (;;) {
    const window = windowBehind(gutter, lane, width)
    const needed =
      window.hiddenOffset === null ? 0 : 1 + widest(['…', ...standings.map((each) => awayText(window, each))])
    if (needed <= gutter) return window
    gutter = needed
  }
}

function windowBehind(gutter: number, { records, endOffset }: LaneSight, width: number): Window {
  let first = records.length
  let room = width - gutter
  while (first > 0) {
    room -= widthOf(boxText(records[first - 1]))
    if (room < 0) break
    first--
  }
  let column = gutter
  const boxes = records.slice(first).map((record) => {
    const box = { offset: record.offset, column, text: boxText(record) }
    column += widthOf(box.text)
    return box
  })
  return { gutter, boxes, endOffset, endColumn: column, hiddenOffset: records[first - 1]?.offset ?? null }
}

function boxText(record: RecordSight | undefined): string {
  if (record === undefined) return ''
  const { offset, key, value } = record
  const label = key === null ? (value ?? '∅') : `${key}:${value ?? '∅'}`
  return `│${offset} ${cutEnd(harmless(label), WIDEST_LABEL)}`
}

function drawBoxes({ gutter, boxes }: Window): string {
  return `${sized(gutter > 0 ? '…' : '', gutter)}${boxes.map(({ text }) => text).join('')}│`
}

function marksOf({ cursor }: Standing): { readonly sign: string; readonly offset: number }[] {
  const signs = [
    { sign: '▲', offset: cursor.committed },
    { sign: '▶', offset: cursor.position },
    { sign: '▮', offset: cursor.endOffset },
  ]
  return signs.flatMap(({ sign, offset }) => (offset === null ? [] : [{ sign, offset }]))
}

/** Null where there is no room for that offset. */
function columnOf({ boxes, endColumn, endOffset, hiddenOffset }: Window, offset: number): number | null {
  if (offset >= endOffset) return endColumn
  if (hiddenOffset !== null && offset <= hiddenOffset) return null
  return boxes.find((box) => box.offset >= offset)?.column ?? endColumn
}

/** What stands further left than the first box, told by its number. */
function awayText(window: Window, standing: Standing): string {
  const away = marksOf(standing).filter(({ offset }) => columnOf(window, offset) === null)
  return away.map(({ sign, offset }) => `${sign}${offset}`).join(' ')
}

function drawMarks(window: Window, standing: Standing): string {
  const { cursor } = standing
  const away = awayText(window, standing)
  const cells: string[] = [...away.padEnd(window.endColumn)]
  if (cursor.lag > 0) {
    const from = columnOf(window, cursor.endOffset - cursor.lag) ?? Math.max(away.length + 1, window.gutter)
    cells.fill('·', from, window.endColumn)
  }
  for (const { sign, offset } of marksOf(standing)) {
    let column = columnOf(window, offset)
    if (column === null) continue
    while (/[▲▶▮]/.test(cells[column] ?? '')) column++
    cells[column] = sign
  }
  return cells.join('')
}
