// What a record is made of: its bytes, its key's hash, its partition.

import { partitionForKey } from 'kafkalet'
import { html, nothing, type TemplateResult } from 'lit-html'
import type { State } from '../state.ts'
import type { Say } from '../words.ts'

/** More bytes than this are told as a number. */
const MOST_BYTES = 24
/** With so many partitions, a key's partition is its hash without the sign. */
const EVERY_HASH = 2 ** 31

/** Its room is there before a record is chosen. */
export function recordPanel(state: State, say: Say): TemplateResult {
  return html`<section class="panel wide record" id="record" aria-live="polite">${recordDetails(state, say)}</section>`
}

function recordDetails({ sight, selected }: State, say: Say): TemplateResult {
  const lanes = sight.topics.find(({ topic }) => topic === selected?.topic)?.lanes ?? []
  const lane = lanes.find(({ partition }) => partition === selected?.partition)
  const record = lane?.records.find(({ offset }) => offset === selected?.offset)
  if (!record || !lane) return html`<p class="empty">${say('pickRecord')}</p>`
  return html`
    <dl>
      <div><dt>${say('offset')}</dt><dd><b>${selected?.topic}-${lane.partition}@${record.offset}</b></dd></div>
      <div><dt>${say('key')}</dt><dd>${record.key ?? say('noKey')}</dd></div>
      ${record.key === null ? nothing : html`<div><dt>${say('keyBytes')}</dt><dd><code>${hex(record.key)}</code></dd></div>`}
      <div><dt>${say('value')}</dt><dd>${record.value ?? say('tombstone')}</dd></div>
      ${record.value === null ? nothing : html`<div><dt>${say('valueBytes')}</dt><dd><code>${hex(record.value)}</code></dd></div>`}
      ${keyPath(record.key, lanes.length, lane.partition, say)}
    </dl>
  `
}

function keyPath(key: string | null, partitions: number, stands: number, say: Say): TemplateResult {
  if (key === null) return html`<div><dt>${say('hash')}</dt><dd>${say('withoutKey')}</dd></div>`
  const partition = partitionForKey(key, partitions)
  return html`
    <div>
      <dt>${say('hash')}</dt>
      <dd><code>${partitionForKey(key, EVERY_HASH)} % ${partitions} = <b>${partition}</b></code></dd>
      ${partition === stands ? nothing : html`<dd class="warning">⚠ ${say('elsewhere', { n: stands })}</dd>`}
    </div>
  `
}

export function hex(text: string | Uint8Array): string {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  const shown = [...bytes.slice(0, MOST_BYTES)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
  return bytes.length > MOST_BYTES ? `${shown} … ${bytes.length}` : shown
}
