// Where each group stands in a lane: committed ▲, position ▶, end ▮, and between the first and the last the lag.
import { nothing, svg, type TemplateResult } from 'lit-html'
import type { GroupSight, Sight } from '../../lessons/sight.ts'
import type { Say } from '../words.ts'
import type { LaneFrame } from './lanes.ts'

interface Room {
  /** Of the first strip. */
  readonly top: number
  readonly strip: number
}

export function marksOf(
  groups: readonly string[],
  sight: Sight,
  topic: string,
  { lane, xOf }: LaneFrame,
  { top, strip }: Room,
  say: Say,
): readonly (TemplateResult | typeof nothing)[] {
  return groups.map((group, index) => {
    const cursor = cursorIn(sight, group, topic, lane.partition)
    if (!cursor) return nothing
    const y = top + index * strip
    const middle = y + strip / 2
    const end = xOf(cursor.endOffset)
    const behind = xOf(cursor.endOffset - cursor.lag)
    return svg`
      <g class="marks" data-marks="${group}/${topic}-${lane.partition}">
        ${cursor.lag > 0 ? svg`<line class="lag" x1=${behind} x2=${end} y1=${middle} y2=${middle} />` : nothing}
        <rect class="end" x=${end - 2} y=${middle - 6} width="4" height="12" />
        ${cursor.committed === null ? nothing : committedMark(xOf(cursor.committed), y + strip - 2)}
        ${cursor.position === null ? nothing : positionMark(xOf(cursor.position), middle)}
        <text class="lag-number" x=${end + 9} y=${middle + 4}>${say('lag')} ${cursor.lag}</text>
      </g>`
  })
}

/** Where a group stands in a partition, if it does. */
export function cursorIn(
  { groups }: Sight,
  name: string,
  topic: string,
  partition: number,
): GroupSight['cursors'][number] | undefined {
  const cursors = groups.find(({ group }) => group === name)?.cursors ?? []
  return cursors.find((each) => each.topic === topic && each.partition === partition)
}

/** Points up at the boundary in front of the next record to read. */
function committedMark(x: number, bottom: number): TemplateResult {
  return svg`<path class="committed" d="M${x} ${bottom - 9} l5.5 9 h-11 z" />`
}

function positionMark(x: number, middle: number): TemplateResult {
  return svg`<path class="position" d="M${x - 1} ${middle - 8} l8 5 l-8 5 z" />`
}
