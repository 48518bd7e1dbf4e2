// The same as the marks under the lanes, in numbers.
import { html, type TemplateResult } from 'lit-html'
import { groupsOf } from '../arrival.ts'
import { huesOfConsumers } from '../colours.ts'
import type { State } from '../state.ts'
import type { Say } from '../words.ts'
import { panel } from './panel.ts'

export function cursorsPanel({ sight }: State, heightPx: number, say: Say): TemplateResult {
  const hues = huesOfConsumers(sight)
  const rows = groupsOf(sight).flatMap(({ group, cursors }) => cursors.map((cursor) => ({ group, ...cursor })))
  const total = sight.groups.reduce((sum, { lag }) => sum + lag, 0)
  return panel(
    { id: 'cursors', title: say('cursors'), heightPx, aside: html`${say('lag')} <b data-total-lag>${total}</b>` },
    rows.length === 0
      ? html`<p class="empty">${say('nothingYet')}</p>`
      : html`
          <table>
            <thead>
              <tr>
                <th>${say('group')}</th><th></th><th>${say('owner')}</th>
                <th class="number">${say('committed')}</th><th class="number">${say('position')}</th>
                <th class="number">${say('end')}</th><th class="number">${say('lag')}</th>
              </tr>
            </thead>
            <tbody>
              ${rows.map(
                ({ group, topic, partition, owner, committed, position, endOffset, lag }) => html`
                  <tr data-cursor="${group}/${topic}-${partition}">
                    <td>${group}</td>
                    <td>${topic}-${partition}</td>
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
        `,
  )
}
