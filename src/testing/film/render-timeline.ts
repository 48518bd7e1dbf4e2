// A timeline as a picture: a lane for each group, client and partition, time from left to right.

import { rejectUnknown } from '../../config.ts'
import { KafkaError } from '../../errors.ts'
import { Timeline } from '../timeline.ts'
import { type Columns, layColumns, momentLabel } from './columns.ts'
import { type Bar, type Lane, type Lanes, SECTIONS, type Section } from './lanes.ts'
import { type Drawn, drawLegend } from './legend.ts'
import { drawMark, text } from './marks.ts'
import { labelsOf, performed } from './script.ts'
import { FILM_CLASS, STYLE } from './style.ts'
import { element, escaped, fitted, widthOf } from './svg.ts'

export interface RenderTimelineOptions {
  /** What stands above it. Default: 'What happened in a Kafkalet'. */
  readonly title?: string
}

interface SectionLayout {
  readonly laneHeight: number
  readonly barY: number
  readonly markY: number
  /** More lanes than these are not drawn. */
  readonly most: number
}

const LAYOUT: { readonly [Each in Section]: SectionLayout } = {
  Topics: { laneHeight: 40, barY: 0, markY: 12, most: 1 },
  Groups: { laneHeight: 44, barY: 5, markY: 37, most: 12 },
  Clients: { laneHeight: 56, barY: 35, markY: 12, most: 24 },
  Transactions: { laneHeight: 32, barY: 5, markY: 12, most: 12 },
  Partitions: { laneHeight: 38, barY: 0, markY: 13, most: 40 },
}
const BAR_HEIGHT = 17
const MARGIN = 16
const HEAD_HEIGHT = 74
const SECTION_HEIGHT = 22
const LEAST_NAME_WIDTH = 70
const MOST_NAME_WIDTH = 200
/** The title and the legend need as much. */
const LEAST_WIDTH = 640

/**
 * Draws what happened in an instance as an SVG: a lane for each group with its states and generations, for each client with
 * its requests, their answers and what it owns, for each transactional id with its states, for each partition with its records and what groups committed. Each thing
 * that happened has a column and, under the pointer, its words; silence takes no room. Light and dark as the reader has
 * it. Of a very long story the end is drawn, and the picture says what is left out.
 *
 * @throws KafkaError INVALID_ARGUMENT for anything but a timeline
 * @example
 * const timeline = inspect(kafka).timeline()
 * // … a rebalance …
 * writeFileSync('rebalance.svg', renderTimeline(timeline))
 */
export function renderTimeline(timeline: Timeline, options: RenderTimelineOptions = {}): string {
  if (!(timeline instanceof Timeline)) {
    throw new KafkaError(
      'INVALID_ARGUMENT',
      'renderTimeline takes a timeline: renderTimeline(inspect(kafka).timeline()).',
    )
  }
  rejectUnknown(options, ['title'], 'renderTimeline')
  const { title = 'What happened in a Kafkalet' } = options
  if (typeof title !== 'string') {
    throw new KafkaError('INVALID_ARGUMENT', `renderTimeline: title is a text, not ${String(title)}.`)
  }
  const { entries } = timeline
  const nameWidth = nameWidthOf(performed(layColumns(entries, 0, labelsOf), 0))
  const startX = MARGIN + nameWidth
  const columns = layColumns(entries, startX, labelsOf)
  const width = Math.max(LEAST_WIDTH, columns.endX + MARGIN, MARGIN * 2 + widthOf(title, 15))
  const lanes = drawLanes(performed(columns, startX), width, nameWidth)
  const legend = drawLegend(MARGIN, width - MARGIN, HEAD_HEIGHT + lanes.height + 16)
  const height = HEAD_HEIGHT + lanes.height + 16 + legend.height + 8
  const told = summary(columns, entries.length)
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: FILM_CLASS,
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
    },
    element('title', {}, escaped(title)),
    element('desc', {}, escaped(`${told} Each mark tells in words what happened.`)),
    element('style', {}, escaped(STYLE)),
    PATTERNS,
    element('rect', { class: 'paper', width, height }),
    text('title', MARGIN, 26, title),
    text('faint', MARGIN, 43, told),
    lanes.stripes,
    drawMoments(columns, HEAD_HEIGHT + lanes.height),
    lanes.svg,
    legend.svg,
  )
}

const PATTERNS = element(
  'defs',
  {},
  element(
    'pattern',
    { id: 'kafkalet-hatch', width: 6, height: 6, patternUnits: 'userSpaceOnUse' },
    element('path', { class: 'hatch', d: 'M0 6L6 0' }),
  ),
  element(
    'pattern',
    { id: 'kafkalet-dots', width: 6, height: 6, patternUnits: 'userSpaceOnUse' },
    element('circle', { class: 'dot', cx: 2, cy: 2, r: 1 }),
  ),
)
const PATTERN_OF: Readonly<Record<string, string>> = {
  PreparingRebalance: 'kafkalet-hatch',
  CompletingRebalance: 'kafkalet-dots',
  PrepareCommit: 'kafkalet-dots',
  PrepareAbort: 'kafkalet-hatch',
}

function summary({ columns, earlier, moments }: Columns, all: number): string {
  if (all === 0) return 'Nothing has happened since the timeline began.'
  const from = moments[0]?.afterMs ?? 0
  const to = moments.at(-1)?.afterMs ?? 0
  const drawn = `From ${from} ms to ${to} ms: ${columns.length} things that happened, from left to right; silence takes no room.`
  return earlier.length === 0
    ? drawn
    : `${drawn} The first ${earlier.length} of ${all} are left out, as it is too long.`
}

function drawMoments({ moments }: Columns, bottom: number): string {
  const lines = moments.map((moment) => {
    const { x } = moment
    const line = element('path', { class: 'rule', d: `M${x} ${HEAD_HEIGHT - 18}V${bottom}` })
    return line + text('faint', x + 3, HEAD_HEIGHT - 8, momentLabel(moment))
  })
  return lines.join('')
}

function drawLanes(lanes: Lanes, width: number, nameWidth: number): Drawn & { readonly stripes: string } {
  const stripes: string[] = []
  const parts: string[] = []
  let y = HEAD_HEIGHT
  for (const section of SECTIONS) {
    const all = lanes.in(section)
    if (all.length === 0) continue
    const { most, laneHeight } = LAYOUT[section]
    const left = all.length - most
    const more = left > 0 ? ` (${left} more are not drawn)` : ''
    parts.push(text('section', MARGIN, y + 15, `${section}${more}`))
    y += SECTION_HEIGHT
    for (const [i, lane] of all.slice(0, most).entries()) {
      if (i % 2 === 0) stripes.push(element('rect', { class: 'stripe', x: 0, y, width, height: laneHeight }))
      parts.push(drawLane(lane, y, nameWidth))
      y += laneHeight
    }
  }
  return { stripes: stripes.join(''), svg: parts.join(''), height: y - HEAD_HEIGHT }
}

function drawLane(lane: Lane, top: number, nameWidth: number): string {
  const { barY, markY, laneHeight } = LAYOUT[lane.section]
  const name = element(
    'g',
    {},
    element('title', {}, escaped(lane.name)),
    text('name', MARGIN, top + laneHeight / 2 + 4, fitted(lane.name, nameWidth - 8, 11) || '…'),
  )
  const bars = lane.bars.map((bar) => drawBar(bar, top + barY))
  const marks = lane.marks.map((mark) => drawMark(mark, top, markY))
  return [name, ...bars, ...marks].join('')
}

function drawBar({ kind, x, endX, label, text: words }: Bar, y: number): string {
  const box = { x: x + 1, y, width: endX - x - 2, height: BAR_HEIGHT, rx: 3 }
  const pattern = PATTERN_OF[kind]
  return element(
    'g',
    {},
    element('title', {}, escaped(words)),
    element('rect', { class: kind, ...box }),
    pattern === undefined ? '' : element('rect', { fill: `url(#${pattern})`, ...box }),
    text('', x + 6, y + 12, fitted(label, endX - x - 10)),
  )
}

function nameWidthOf(lanes: Lanes): number {
  const names = SECTIONS.flatMap((section) => lanes.in(section).map(({ name }) => widthOf(name, 11)))
  return Math.min(MOST_NAME_WIDTH, Math.max(LEAST_NAME_WIDTH, ...names) + 12)
}
