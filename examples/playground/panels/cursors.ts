// The same as the marks under the lanes, in numbers.
import { html, type TemplateResult } from 'lit-html'
import type { GroupSight, Sight } from '../../lessons/sight.ts'
import { groupsOf } from '../arrival.ts'
import { huesOfConsumers } from '../colours.ts'
import type { Extent } from '../extent.ts'
import type { State } from '../state.ts'
import type { Say } from '../words.ts'
import { panel } from './panel.ts'

const ROW_PX = 28

export function cursorsPanel({ sight }: State, extent: Extent, heightPx: number, say: Say): TemplateResult {
  const groups = groupsOf(sight)
  const total = groups.reduce((sum, { lag }) => sum + lag, 0)
  return panel(
    { id: 'cursors', title: say('cursors'), heightPx, aside: html`${say('lag')} <b data-total-lag>${total}</b>` },
    groups.length === 0
      ? html`<p class="empty">${say('nothingYet')}</p>`
      : groups.map((group) => cursorsOf(group, sight, extent, say)),
  )
}

function cursorsOf({ group, cursors }: GroupSight, sight: Sight, extent: Extent, say: Say): TemplateResult {
  const hues = huesOfConsumers(sight)
  const rows = (extent.groups.get(group)?.cursors ?? 1) + 1
  return html`
    <div class="cursor-group" .style=${`min-height:${rows * ROW_PX + 8}px`}>
      <table>
        <thead>
          <tr>
            <th class="name">${group}</th><th>${say('owner')}</th>
            <th class="number">${say('committed')}</th><th class="number">${say('position')}</th>
            <th class="number">${say('end')}</th><th class="number">${say('lag')}</th>
          </tr>
        </thead>
        <tbody>
          ${cursors.map(
            ({ topic, partition, owner, committed, position, endOffset, lag }) => html`
              <tr data-cursor="${group}/${topic}-${partition}">
                <td title="${topic}-${partition}">${topic}-${partition}</td>
                <td>${owner === null ? '–' : html`<span class="chip ${hues.get(owner)}">${owner}</span>`}</td>
                <td class="number">${committed ?? '–'}</td>
                <td class="number">${position ?? '–'}</td>
                <td class="number">${endOffset}</td>
                <td class="number">${lag}</td>
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
  `
}
