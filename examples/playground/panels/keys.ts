// How the records of a topic are spread over its partitions, and whether each key still has one place.
import { html, svg, type TemplateResult } from 'lit-html'
import type { TopicSight } from '../../lessons/sight.ts'
import type { Extent } from '../extent.ts'
import type { State } from '../state.ts'
import type { Say } from '../words.ts'
import { panel } from './panel.ts'

const BAR_HEIGHT = 14
const ROW = 20
const LABEL = 24
const WIDTH = 180
/** As many names as fit in a line or two. */
const MOST_NAMES = 6

export function keysPanel({ sight }: State, extent: Extent, heightPx: number, say: Say): TemplateResult {
  return panel(
    { id: 'keys', title: say('spread'), heightPx },
    sight.topics.length === 0
      ? html`<p class="empty">${say('nothingYet')}</p>`
      : sight.topics.map((topic) => spreadOf(topic, extent.topics.get(topic.topic)?.lanes ?? 0, say)),
  )
}

function spreadOf({ topic, lanes }: TopicSight, mostLanes: number, say: Say): TemplateResult {
  const most = Math.max(1, ...lanes.map(({ records }) => records.length))
  const places = placesOfKeys(lanes)
  const broken = [...places].filter(([, partitions]) => partitions.size > 1).map(([key]) => key)
  return html`
    <div class="spread" data-spread=${topic}>
      <h3>${topic} <small data-distinct>${say('distinct', { n: places.size })}</small></h3>
      <svg width=${LABEL + WIDTH + 50} height=${Math.max(lanes.length, mostLanes) * ROW} role="img" aria-label=${lanes
        .map(({ partition, records }) => `${say('partition', { n: partition })}: ${records.length}`)
        .join(', ')}>
        ${lanes.map(
          ({ partition, records }, index) => svg`
            <text class="axis" x="0" y=${index * ROW + 12}>${partition}</text>
            <rect class="bar-track" x=${LABEL} y=${index * ROW + 1} width=${WIDTH} height=${BAR_HEIGHT} rx="3" />
            <rect class="bar" x=${LABEL} y=${index * ROW + 1} width=${(WIDTH * records.length) / most} height=${BAR_HEIGHT} rx="3" />
            <text class="axis" data-count=${partition} x=${LABEL + WIDTH + 8} y=${index * ROW + 12}>${records.length}</text>`,
        )}
      </svg>
      ${order(places.size, broken, say)}
    </div>
  `
}

function order(keys: number, broken: readonly string[], say: Say): TemplateResult {
  if (keys === 0) return html`<p class="order soft">${say('noKeys')}</p>`
  if (broken.length === 0) return html`<p class="order good">✓ ${say('ordered')}</p>`
  const names = broken.slice(0, MOST_NAMES).join(', ')
  const more = broken.length > MOST_NAMES ? `, ${say('notDrawn', { n: broken.length - MOST_NAMES })}` : ''
  return html`<p class="order bad">✗ ${say('disordered', { n: `${names}${more}` })}</p>`
}

function placesOfKeys(lanes: TopicSight['lanes']): ReadonlyMap<string, ReadonlySet<number>> {
  const places = new Map<string, Set<number>>()
  for (const { partition, records } of lanes) {
    for (const { key } of records) {
      if (key === null) continue
      const known = places.get(key) ?? new Set()
      places.set(key, known.add(partition))
    }
  }
  return places
}
