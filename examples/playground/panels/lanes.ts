// A lane for each partition: its records as boxes, and under them where each group stands.
import { html, nothing, svg, type TemplateResult } from 'lit-html'
import type { LaneSight, Sight, TopicSight } from '../../lessons/sight.ts'
import { huesOfConsumers, huesOfKeys } from '../colours.ts'
import type { Extent } from '../extent.ts'
import type { RecordPlace, State, Tell } from '../state.ts'
import type { Say } from '../words.ts'
import { clipped } from './clipped.ts'
import { marksOf } from './lane-marks.ts'
import { panel } from './panel.ts'

const CELL = 46
const BOX = 40
const BOX_HEIGHT = 28
const PAD = 14
const STRIP = 20
const OFFSET_HEIGHT = 14
const GUTTER = 128
const AFTER = 110
/** Records on the whole page; what is more is told as a number. */
const MOST_RECORDS = 300
const TOPIC_TITLE = 30

export interface LaneFrame {
  readonly lane: LaneSight
  readonly y: number
  /** The first offset that is drawn. */
  readonly from: number
  readonly xOf: (offset: number) => number
}

export function lanesPanel(state: State, extent: Extent, say: Say, tell: Tell): TemplateResult {
  const { sight } = state
  const most = Math.floor(
    MOST_RECORDS /
      Math.max(
        1,
        sight.topics.reduce((sum, { lanes }) => sum + lanes.length, 0),
      ),
  )
  const height = extent.topics * TOPIC_TITLE + extent.lanes * laneHeight(extent.groups) + 24
  return panel(
    {
      id: 'lanes',
      title: say('lanes'),
      heightPx: Math.min(620, Math.max(120, height)),
      isWide: true,
      aside: say('legend'),
    },
    html`
      ${sight.topics.map((topic) => topicLanes(topic, state, most, extent.groups, say, tell))}
      ${sight.topics.length === 0 ? html`<p class="empty">${say('nothingYet')}</p>` : nothing}
    `,
  )
}

function laneHeight(groups: number): number {
  return OFFSET_HEIGHT + BOX_HEIGHT + groups * STRIP + 16
}

function topicLanes(
  topic: TopicSight,
  state: State,
  most: number,
  groups: number,
  say: Say,
  tell: Tell,
): TemplateResult {
  const { sight } = state
  const height = laneHeight(groups)
  const frames = topic.lanes.map((lane, index): LaneFrame => {
    const from = Math.max(lane.startOffset, lane.endOffset - most)
    return { lane, y: index * height, from, xOf: (offset) => PAD + (Math.max(offset, from) - from) * CELL }
  })
  const widest = Math.max(...topic.lanes.map(({ startOffset, endOffset }) => Math.min(most, endOffset - startOffset)))
  const total = topic.lanes.length * height
  const hidden = frames.reduce((sum, { lane, from }) => sum + (from - lane.startOffset), 0)
  return html`
    <h3>${topic.topic}${hidden > 0 ? html` <small>${say('notDrawnLong', { n: hidden })}</small>` : nothing}</h3>
    <div class="topic" data-topic=${topic.topic}>
      <svg class="gutter" width=${GUTTER} height=${total} aria-hidden="true">
        ${frames.map((frame) => gutter(frame, topic.topic, sight, say))}
      </svg>
      <div class="scroll">
        <svg width=${PAD + widest * CELL + AFTER} height=${total} role="group" aria-label=${topic.topic}>
          ${frames.map((frame) => laneDrawing(frame, topic.topic, state, say, tell))}
        </svg>
      </div>
    </div>
  `
}

function gutter({ lane, y, from }: LaneFrame, topic: string, sight: Sight, say: Say): TemplateResult {
  const hues = huesOfConsumers(sight)
  const hidden = from - lane.startOffset
  return svg`
    <text class="lane-name" x="0" y=${y + OFFSET_HEIGHT + 19}>${say('partition', { n: lane.partition })}</text>
    ${hidden > 0 ? svg`<text class="hidden-count" x=${GUTTER - 8} y=${y + OFFSET_HEIGHT + 19} text-anchor="end">… ${hidden}</text>` : nothing}
    ${sight.groups.map(({ group, cursors }, index) => {
      const owner = cursors.find((each) => each.topic === topic && each.partition === lane.partition)?.owner ?? null
      const middle = y + OFFSET_HEIGHT + BOX_HEIGHT + index * STRIP + 14
      return svg`
        <g class=${owner === null ? 'unowned' : (hues.get(owner) ?? '')}>
          <circle class="owner" cx="6" cy=${middle - 3.5} r="4.5" />
          <text class="strip-name" x="16" y=${middle}>${clipped(group, 9)}${owner === null ? '' : ` · ${clipped(owner, 6)}`}</text>
        </g>`
    })}
  `
}

function laneDrawing(frame: LaneFrame, topic: string, state: State, say: Say, tell: Tell): TemplateResult {
  const { lane, y, from, xOf } = frame
  const drawn = lane.records.slice(Math.max(0, lane.records.length - (lane.endOffset - from)))
  const hues = huesOfKeys(state.sight)
  const endBefore =
    state.before?.topics.find((each) => each.topic === topic)?.lanes.find((each) => each.partition === lane.partition)
      ?.endOffset ?? 0
  return svg`
    <line class="track" x1="0" x2="100%" y1=${y + OFFSET_HEIGHT + BOX_HEIGHT + 2} y2=${y + OFFSET_HEIGHT + BOX_HEIGHT + 2} />
    ${drawn.map(({ offset, key, value }, index) => {
      const place = { topic, partition: lane.partition, offset }
      const isChosen = isSame(place, state.selected)
      const isFirst = state.selected === null && index === 0 && lane.partition === 0
      const label = key ?? value ?? '∅'
      const full = `${topic}-${lane.partition}@${offset}: ${key === null ? say('noKey') : `${say('key')} ${key}`}, ${value}`
      const hue = key === null ? 'keyless' : (hues.get(key) ?? '')
      return svg`
        <g class="record ${hue} ${isChosen ? 'chosen' : ''} ${offset >= endBefore ? 'new' : ''}"
          role="button" tabindex=${isChosen || isFirst ? 0 : -1} aria-pressed=${isChosen} aria-label=${full}
          data-record="${topic}-${lane.partition}@${offset}"
          @click=${() => tell({ type: 'show', change: { selected: isChosen ? null : place } })}>
          <text class="offset" x=${xOf(offset) + CELL / 2} y=${y + 10}>${offset}</text>
          <rect x=${xOf(offset) + (CELL - BOX) / 2} y=${y + OFFSET_HEIGHT} width=${BOX} height=${BOX_HEIGHT} rx="5" />
          <text class="label" x=${xOf(offset) + CELL / 2} y=${y + OFFSET_HEIGHT + 18}>${clipped(label, 6)}</text>
        </g>`
    })}
    ${marksOf(state.sight.groups, topic, frame, { top: y + OFFSET_HEIGHT + BOX_HEIGHT + 2, strip: STRIP }, say)}
  `
}

function isSame(place: RecordPlace, other: RecordPlace | null): boolean {
  return place.topic === other?.topic && place.partition === other.partition && place.offset === other.offset
}
