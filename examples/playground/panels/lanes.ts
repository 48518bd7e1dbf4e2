// A lane for each partition: its records as boxes, and under them where each group stands.
import { html, nothing, svg, type TemplateResult } from 'lit-html'
import type { LaneSight, Sight, TopicSight } from '../../lessons/sight.ts'
import { groupsOf } from '../arrival.ts'
import { huesOfConsumers, huesOfKeys } from '../colours.ts'
import type { Extent } from '../extent.ts'
import type { RecordPlace, State, Tell } from '../state.ts'
import type { Say } from '../words.ts'
import { clipped, clippedStart } from './clipped.ts'
import { cursorIn, marksOf } from './lane-marks.ts'
import { panel } from './panel.ts'

const CELL = 50
const BOX = 44
const BOX_HEIGHT = 28
const PAD = 14
const STRIP = 20
const OFFSET_HEIGHT = 14
const GUTTER = 164
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
  const height = [...extent.topics.values()].reduce(
    (sum, each) => sum + TOPIC_TITLE + each.lanes * laneHeight(each.groups.length),
    6,
  )
  return panel(
    {
      id: 'lanes',
      title: say('lanes'),
      heightPx: Math.min(620, Math.max(120, height)),
      isWide: true,
      aside: say('legend'),
    },
    html`
      ${sight.topics.map((topic) => topicLanes(topic, state, most, groupsIn(topic, sight, extent), say, tell))}
      ${sight.topics.length === 0 ? html`<p class="empty">${say('nothingYet')}</p>` : nothing}
    `,
  )
}

/** Those that ever stand in it, in the scene or by the reader's own doing. */
function groupsIn({ topic }: TopicSight, sight: Sight, extent: Extent): readonly string[] {
  const now = groupsOf(sight).filter(({ cursors }) => cursors.some((each) => each.topic === topic))
  return [...new Set([...(extent.topics.get(topic)?.groups ?? []), ...now.map(({ group }) => group)])]
}

function laneHeight(groups: number): number {
  return OFFSET_HEIGHT + BOX_HEIGHT + groups * STRIP + 16
}

function topicLanes(
  topic: TopicSight,
  state: State,
  most: number,
  groups: readonly string[],
  say: Say,
  tell: Tell,
): TemplateResult {
  const { sight } = state
  const height = laneHeight(groups.length)
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
        ${frames.map((frame) => gutter(frame, topic.topic, groups, sight, say))}
      </svg>
      <div class="scroll">
        <svg width=${PAD + widest * CELL + AFTER} height=${total} role="group" aria-label=${topic.topic}>
          ${frames.map((frame) => laneDrawing(frame, topic.topic, groups, state, say, tell))}
        </svg>
      </div>
    </div>
  `
}

function gutter(
  { lane, y, from }: LaneFrame,
  topic: string,
  groups: readonly string[],
  sight: Sight,
  say: Say,
): TemplateResult {
  const hidden = from - lane.startOffset
  const cursors = groups.map((name) => cursorIn(sight, name, topic, lane.partition))
  return svg`
    <text class="lane-name" x="0" y=${y + OFFSET_HEIGHT + 19}>${say('partition', { n: lane.partition })}</text>
    ${hidden > 0 ? svg`<text class="hidden-count" x=${GUTTER - 8} y=${y + OFFSET_HEIGHT + 19} text-anchor="end">… ${hidden}</text>` : nothing}
    ${groups.map((group, index) => {
      const cursor = cursors[index]
      return cursor
        ? stripName(group, cursor.owner, y + OFFSET_HEIGHT + BOX_HEIGHT + index * STRIP + 14, sight)
        : nothing
    })}
  `
}

function stripName(group: string, owner: string | null, y: number, sight: Sight): TemplateResult {
  const hue = owner === null ? 'unowned' : (huesOfConsumers(sight).get(owner) ?? '')
  return svg`
    <g class=${hue}>
      <circle class="owner" cx="6" cy=${y - 3.5} r="4.5" />
      <text class="strip-name" x="16" y=${y}>${clipped(group, 10)}${owner === null ? '' : ` · ${clippedStart(owner, 8)}`}</text>
    </g>`
}

function laneDrawing(
  frame: LaneFrame,
  topic: string,
  groups: readonly string[],
  state: State,
  say: Say,
  tell: Tell,
): TemplateResult {
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
      const full = `${topic}-${lane.partition}@${offset}: ${key === null ? say('noKey') : `${say('key')} ${key}`}, ${value}`
      const hue = key === null ? 'keyless' : (hues.get(key) ?? '')
      return svg`
        <g class="record ${hue} ${isChosen ? 'chosen' : ''} ${offset >= endBefore ? 'new' : ''}"
          role="button" tabindex=${isChosen || isFirst ? 0 : -1} aria-pressed=${isChosen} aria-label=${full}
          data-record="${topic}-${lane.partition}@${offset}"
          @click=${() => tell({ type: 'show', change: { selected: isChosen ? null : place } })}>
          <text class="offset" x=${xOf(offset) + CELL / 2} y=${y + 10}>${offset}</text>
          <rect x=${xOf(offset) + (CELL - BOX) / 2} y=${y + OFFSET_HEIGHT} width=${BOX} height=${BOX_HEIGHT} rx="5" />
          <text class="label" x=${xOf(offset) + CELL / 2} y=${y + OFFSET_HEIGHT + 18}>${labelOf(key ?? value ?? '∅')}</text>
        </g>`
    })}
    ${marksOf(groups, state.sight, topic, frame, { top: y + OFFSET_HEIGHT + BOX_HEIGHT + 2, strip: STRIP }, say)}
  `
}

/** Names that are counted differ at their end. */
function labelOf(text: string): string {
  return /\d$/.test(text) ? clippedStart(text, 6) : clipped(text, 6)
}

function isSame(place: RecordPlace, other: RecordPlace | null): boolean {
  return place.topic === other?.topic && place.partition === other.partition && place.offset === other.offset
}
