// The records of __consumer_offsets, decoded: as they were appended, or what compaction would leave of them.
import { html, nothing, type TemplateResult } from 'lit-html'
import type { OffsetsSight } from '../../lessons/sight.ts'
import type { State, Tell } from '../state.ts'
import type { Say } from '../words.ts'
import { panel } from './panel.ts'

/** The newest; a commit a second would fill any page. */
const MOST_ROWS = 100

export function offsetsPanel(
  { sight, before, isCompacted }: State,
  heightPx: number,
  say: Say,
  tell: Tell,
): TemplateResult {
  const all = sight.offsets.filter(({ isNewest }) => isNewest || !isCompacted)
  const rows = all.slice(-MOST_ROWS)
  const known = before?.offsets.length ?? 0
  const toggle = html`
    <button class="small" id="compact" aria-pressed=${isCompacted}
      @click=${() => tell({ type: 'show', change: { isCompacted: !isCompacted } })}>
      ${say(isCompacted ? 'compacted' : 'whole')}
    </button>
  `
  return panel(
    { id: 'offsets', title: say('offsets'), heightPx, aside: toggle },
    rows.length === 0
      ? html`<p class="empty">${say('nothingYet')}</p>`
      : html`
          <table>
            <thead>
              <tr><th class="number">${say('of50')}</th><th class="number">${say('offset')}</th><th>${say('key')}</th><th>${say('value')}</th></tr>
            </thead>
            <tbody>
              ${all.length > rows.length ? html`<tr><td colspan="4">${say('notDrawn', { n: all.length - rows.length })}</td></tr>` : nothing}
              ${rows.map((row) => offsetsRow(row, sight.offsets.indexOf(row) >= known, say))}
            </tbody>
          </table>
        `,
  )
}

function offsetsRow({ partition, offset, record, isNewest }: OffsetsSight, isNew: boolean, say: Say): TemplateResult {
  return html`
    <tr class="${isNewest ? '' : 'superseded'} ${isNew ? 'new' : ''}" data-offsets="${partition}@${offset}">
      <td class="number">${partition}</td>
      <td class="number">${offset}</td>
      <td>${keyText(record)}</td>
      <td>${valueText(record, say)}${isNewest ? nothing : html` <span class="badge">${say('superseded')}</span>`}</td>
    </tr>
  `
}

function keyText(record: OffsetsSight['record']): string {
  if (record.type === 'offset-commit') return `${record.group}, ${record.topic}-${record.partition}`
  return record.type === 'group-metadata' ? record.group : `version ${record.keyVersion}`
}

function valueText(record: OffsetsSight['record'], say: Say): unknown {
  if (record.type === 'unknown') return '?'
  if (record.value === null) return html`<span class="badge tombstone">${say('tombstone')}</span>`
  if (record.type === 'offset-commit') return html`${say('offset')} <b>${record.value.offset}</b>`
  return say('ofMembers', { n: record.value.generation, of: record.value.members.length })
}
