// The figure of a lesson's step: how a key finds its partition, a histogram, a table.
import { html, svg, type TemplateResult } from 'lit-html'
import type { Exhibit, HashExhibit, HistogramExhibit, TableExhibit } from '../../lessons/exhibit.ts'
import type { Language } from '../../lessons/lesson.ts'
import type { Say } from '../words.ts'
import { panel } from './panel.ts'
import { hex } from './record-details.ts'

const ROW = 22
const LABEL = 110
const WIDTH = 420
const MOST_BARS = 40

export function exhibitPanel(exhibit: Exhibit | null, heightPx: number, language: Language, say: Say): TemplateResult {
  const title = exhibit && exhibit.type !== 'hash' ? exhibit.title[language] : say('exhibit')
  return panel(
    { id: 'exhibit', title, heightPx, isWide: true },
    exhibit ? figure(exhibit, language, say) : html`<p class="empty">${say('nothingYet')}</p>`,
  )
}

function figure(exhibit: Exhibit, language: Language, say: Say): TemplateResult {
  switch (exhibit.type) {
    case 'hash':
      return hashes(exhibit, say)
    case 'histogram':
      return histogram(exhibit, say)
    case 'table':
      return tableOf(exhibit, language)
  }
}

function hashes({ keys }: HashExhibit, say: Say): TemplateResult {
  return html`
    <table class="hashes">
      <thead>
        <tr>
          <th>${say('key')}</th><th>${say('hashBytes')}</th><th class="number">${say('hashSigned')}</th>
          <th class="number">${say('hashPositive')}</th><th class="number">% N</th>
        </tr>
      </thead>
      <tbody>
        ${keys.map(
          ({ key, bytes, hash, positive, partitions, partition }) => html`
            <tr>
              <td><b>${key}</b></td><td><code>${hex(bytes)}</code></td><td class="number">${hash}</td>
              <td class="number">${positive}</td><td class="number">% ${partitions} = <b>${partition}</b></td>
            </tr>
          `,
        )}
      </tbody>
    </table>
  `
}

function histogram({ bars, title }: HistogramExhibit, say: Say): TemplateResult {
  const shown = bars.slice(0, MOST_BARS)
  const most = Math.max(1, ...shown.map(({ count }) => count))
  return html`
    <svg width=${LABEL + WIDTH + 230} height=${shown.length * ROW} role="img" aria-label="${title.en}: ${shown
      .map(({ label, count }) => `${label} ${count}`)
      .join(', ')}">
      ${shown.map(
        ({ label, count, note }, index) => svg`
          <text class="axis" x=${LABEL - 8} y=${index * ROW + 14} text-anchor="end">${label}</text>
          <rect class="bar-track" x=${LABEL} y=${index * ROW + 2} width=${WIDTH} height="16" rx="3" />
          <rect class="bar" x=${LABEL} y=${index * ROW + 2} width=${(WIDTH * count) / most} height="16" rx="3" />
          <text class="axis" x=${LABEL + WIDTH + 8} y=${index * ROW + 14}>${count}${note ? `  ${note}` : ''}</text>`,
      )}
    </svg>
    ${bars.length > shown.length ? html`<p>${say('notDrawn', { n: bars.length - shown.length })}</p>` : ''}
  `
}

function tableOf({ head, rows }: TableExhibit, language: Language): TemplateResult {
  return html`
    <table>
      <thead><tr>${head.map((each) => html`<th>${each[language]}</th>`)}</tr></thead>
      <tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
    </table>
  `
}
