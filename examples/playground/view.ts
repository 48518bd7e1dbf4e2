// The whole page, from its state.
import { html, nothing, type TemplateResult } from 'lit-html'
import { keyed } from 'lit-html/directives/keyed.js'
import type { Extent } from './extent.ts'
import { controls } from './panels/controls.ts'
import { cursorsPanel } from './panels/cursors.ts'
import { exhibitPanel } from './panels/exhibit.ts'
import { keysPanel } from './panels/keys.ts'
import { lanesPanel } from './panels/lanes.ts'
import { membersHeight, membersPanel } from './panels/members.ts'
import { offsetsPanel } from './panels/offsets.ts'
import { lanesHeight, rebalancePanel } from './panels/rebalance.ts'
import { recordPanel } from './panels/record-details.ts'
import { teacher } from './panels/teacher.ts'
import { topBar } from './panels/top-bar.ts'
import { yourTurn } from './panels/your-turn.ts'
import type { State, Tell } from './state.ts'
import { type Say, sayIn } from './words.ts'

export function view(state: State, tell: Tell): TemplateResult {
  const say = sayIn(state.place.language)
  const { notice, extent } = state
  return html`
    ${topBar(state, say, tell)}
    <div class="notice" role="alert" ?hidden=${notice === null}>
      ${notice === null ? nothing : 'word' in notice ? say(notice.word) : notice.text}
      <button class="small" aria-label="×" @click=${() => tell({ type: 'show', change: { notice: null } })}>×</button>
    </div>
    <main>
      <div class="left">${teacher(state, extent, controls(state, say, tell), say, tell)} ${yourTurn(state, say, tell)}</div>
      <div class="panels" id="panels" tabindex="-1">${panels(state, extent, say, tell)}</div>
    </main>
  `
}

function panels(state: State, extent: Extent, say: Say, tell: Tell): readonly unknown[] {
  const pairHeight = within(150, 380, membersHeight(extent))
  const exhibit = state.frames[state.place.step]?.exhibit ?? null
  return [
    lanesPanel(state, extent, say, tell),
    recordPanel(state, say),
    extent.exhibitRows === null
      ? nothing
      : keyed(
          state.place.step,
          exhibitPanel(exhibit, within(60, 300, extent.exhibitRows * 26 + 8), state.place.language, say),
        ),
    membersPanel(state, extent, pairHeight, say, tell),
    cursorsPanel(state, extent, pairHeight, say),
    rebalancePanel(state, extent, within(130, 340, lanesHeight(extent) + 34), say),
    offsetsPanel(state, 230, say, tell),
    keysPanel(state, extent, 230, say),
  ]
}

function within(least: number, most: number, wished: number): number {
  return Math.min(most, Math.max(least, wished))
}
