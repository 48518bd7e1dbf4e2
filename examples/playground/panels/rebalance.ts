// A lane for the group and one for each of its members: join, sync, stable, and what was taken and given.

import type { TimelineEntry } from 'kafkalet/testing'
import { html, nothing, svg, type TemplateResult } from 'lit-html'
import { groupNamesOf } from '../arrival.ts'
import { huesOfConsumers } from '../colours.ts'
import type { Extent } from '../extent.ts'
import type { State } from '../state.ts'
import type { Say } from '../words.ts'
import { clipped } from './clipped.ts'
import { panel } from './panel.ts'

const SLOT = 34
const ROW = 30
const GUTTER = 76
const HEAD = 16
/** Below a group's lanes, room for a scrollbar included. */
const GAP = 18
/** The newest; the rest is told as a number. */
const MOST_SLOTS = 60

type GroupEntry = Extract<TimelineEntry, { readonly groupId: string }>
type StateEntry = Extract<TimelineEntry, { readonly event: 'groupStateChanged' }>

export function rebalancePanel({ sight }: State, extent: Extent, heightPx: number, say: Say): TemplateResult {
  const entries = sight.timeline.filter(isOfGroup)
  const groups = groupNamesOf(sight).filter((group) => entries.some(({ groupId }) => groupId === group))
  const hues = huesOfConsumers(sight)
  return panel(
    { id: 'rebalance', title: say('rebalance'), heightPx, isWide: true, aside: say('rebalanceLegend') },
    html`
      <div .style=${`min-height:${lanesHeight(extent)}px`}>
        ${groups.length === 0 ? html`<p class="empty">${say('nothingYet')}</p>` : nothing}
        ${groups.map((group) => {
          const own = entries.filter(({ groupId }) => groupId === group)
          return swimLanes(group, own, extent.groups.get(group)?.consumers ?? 0, hues, say)
        })}
      </div>
      <details ?hidden=${sight.timeline.length === 0}>
        <summary>${say('inWords')}</summary>
        <ol class="words" lang="en">
          ${sight.timeline.slice(-MOST_SLOTS).map(({ afterMs, text }) => html`<li><small>${afterMs} ms</small> ${text}</li>`)}
        </ol>
      </details>
    `,
  )
}

/** Of all swim-lanes, at their most. */
export function lanesHeight({ groups }: Extent): number {
  return [...groups.values()].reduce((sum, { consumers }) => sum + HEAD + (consumers + 1) * ROW + GAP, 0)
}

/** What belongs in a group's lanes. A position's reset is the consumer's own affair, and a commit is told elsewhere. */
function isOfGroup(entry: TimelineEntry): entry is GroupEntry {
  return (
    'groupId' in entry &&
    entry.groupId !== null &&
    entry.event !== 'offsetsCommitted' &&
    entry.event !== 'positionReset'
  )
}

function swimLanes(
  group: string,
  all: readonly GroupEntry[],
  mostMembers: number,
  hues: ReadonlyMap<string, string>,
  say: Say,
): TemplateResult {
  const entries = all.slice(-MOST_SLOTS)
  const members = [...new Set(all.flatMap((entry) => ('clientId' in entry ? [entry.clientId] : [])))]
  const width = entries.length * SLOT + 40
  const height = HEAD + (Math.max(members.length, mostMembers) + 1) * ROW
  const yOf = (entry: GroupEntry) => HEAD + ('clientId' in entry ? members.indexOf(entry.clientId) + 1 : 0) * ROW
  return html`
    <div class="topic" data-swim=${group}>
      <svg class="gutter" width=${GUTTER} height=${height} aria-hidden="true">
        ${all.length > entries.length ? svg`<text class="hidden-count" x="0" y="10">${say('notDrawn', { n: all.length - entries.length })}</text>` : nothing}
        <text class="lane-name" x="0" y=${HEAD + 19}>${clipped(group, 10)}</text>
        ${members.map(
          (member, index) => svg`
            <g class=${hues.get(member) ?? ''}>
              <circle class="owner" cx="6" cy=${HEAD + (index + 1) * ROW + 15} r="4.5" />
              <text class="strip-name" x="16" y=${HEAD + (index + 1) * ROW + 19}>${clipped(member, 8)}</text>
            </g>`,
        )}
      </svg>
      <div class="scroll">
        <svg width=${width} height=${height} role="img" aria-label="${say('rebalance')}: ${group}">
          ${members.map((_, index) => svg`<line class="track" x1="0" x2=${width} y1=${HEAD + (index + 1.5) * ROW} y2=${HEAD + (index + 1.5) * ROW} />`)}
          ${statesOf(entries, width)} ${times(entries)}
          ${entries.map((entry, index) => (entry.event === 'groupStateChanged' ? nothing : eventMark(entry, index * SLOT, yOf(entry))))}
        </svg>
      </div>
    </div>
  `
}

/** What a group waits for in the states whose names say so at length. */
const stateNames: Readonly<Record<string, string>> = { PreparingRebalance: 'join', CompletingRebalance: 'sync' }

/** A state lasts from its event to the next one. */
function statesOf(entries: readonly GroupEntry[], width: number): readonly TemplateResult[] {
  const changes = entries.flatMap((entry, index) => (isStateChange(entry) ? [{ entry, x: index * SLOT }] : []))
  return changes.map(({ entry, x }, index) => {
    const until = changes[index + 1]?.x ?? width
    const name = stateNames[entry.to] ?? entry.to
    const isNarrow = until - x <= SLOT
    const label = isNarrow ? name : `${name} ${entry.generation}`
    return svg`
      <g class="span state-${entry.to}">
        <rect x=${x + 1} y=${HEAD + 4} width=${until - x - 2} height=${ROW - 8} rx="4" />
        <text x=${x + 5} y=${HEAD + 19}>${clipped(label, Math.max(1, Math.floor((until - x - 5) / 6.4)))}</text>
        <title>${entry.text}</title>
      </g>`
  })
}

function isStateChange(entry: GroupEntry): entry is StateEntry & GroupEntry {
  return entry.event === 'groupStateChanged'
}

/** When: once for each moment. */
function times(entries: readonly GroupEntry[]): readonly (TemplateResult | typeof nothing)[] {
  return entries.map(({ afterMs }, index) =>
    entries[index - 1]?.afterMs === afterMs
      ? nothing
      : svg`<text class="time" x=${index * SLOT + 2} y="10">${afterMs} ms</text>`,
  )
}

function eventMark(entry: GroupEntry, x: number, y: number): TemplateResult {
  const { sign, kind } = signOf(entry)
  return svg`
    <g class="event ${kind}" data-event=${entry.event}>
      <rect x=${x + 2} y=${y + 5} width=${SLOT - 4} height=${ROW - 10} rx="9" />
      <text x=${x + SLOT / 2} y=${y + 19}>${sign}</text>
      <title>${entry.afterMs} ms: ${entry.text}</title>
    </g>`
}

function signOf(entry: GroupEntry): { readonly sign: string; readonly kind: string } {
  switch (entry.event) {
    case 'groupRequest':
      return { sign: entry.api[0] ?? '', kind: 'request' }
    case 'groupResponse':
      return signOfAnswer(entry.api[0] ?? '', entry.error)
    case 'partitionsAssigned':
      return { sign: `+${numbers(entry.partitions)}`, kind: 'taken' }
    case 'partitionsRevoked':
      return { sign: `−${numbers(entry.partitions)}`, kind: 'given' }
    case 'partitionsLost':
      return { sign: `×${numbers(entry.partitions)}`, kind: 'refused' }
    case 'memberJoined':
      return { sign: '→', kind: 'request' }
    case 'memberLeft':
      return { sign: '←', kind: 'given' }
    default:
      return { sign: '', kind: '' }
  }
}

/** That a member has no id yet is no failure: it is given one, and asks again. */
function signOfAnswer(api: string, error: string): { readonly sign: string; readonly kind: string } {
  if (error === 'NONE') return { sign: `${api}✓`, kind: 'answer' }
  if (error === 'REBALANCE_IN_PROGRESS') return { sign: `${api}↻`, kind: 'answer' }
  return error === 'MEMBER_ID_REQUIRED' ? { sign: 'id', kind: 'answer' } : { sign: `${api}!`, kind: 'refused' }
}

/** As many as fit; the title has the rest. */
function numbers(partitions: readonly { readonly partition: number }[]): string {
  return clipped(partitions.map(({ partition }) => partition).join(''), 3)
}
