// Play, step, back, speed: the way through a scene.
import { html, type TemplateResult } from 'lit-html'
import { FREE } from '../scene.ts'
import { type Speed, type State, speeds, type Tell } from '../state.ts'
import type { Say } from '../words.ts'

export function controls({ place, frames, scene, isPlaying, speed }: State, say: Say, tell: Tell): TemplateResult {
  const isFirst = place.step === 0 && place.extra.length === 0
  const isLast = place.step + 1 >= frames.length
  const canPlay = scene.number === FREE || place.step + 1 < scene.steps.length
  const slower = () => tell({ type: 'show', change: { speed: speedAfter(speed) } })
  return html`
    <div class="controls" role="toolbar" aria-label=${say('step', { n: place.step + 1, of: frames.length })} title=${say('keys')}>
      <button id="back" ?disabled=${isFirst} @click=${() => tell({ type: 'back' })}>← ${say('back')}</button>
      <button id="play" ?disabled=${!canPlay} aria-pressed=${isPlaying} @click=${() => tell({ type: 'play' })}>
        ${isPlaying ? `❚❚ ${say('pause')}` : `▶ ${say('play')}`}
      </button>
      <button id="next" class="primary" ?disabled=${isLast} @click=${() => tell({ type: 'next' })}>${say('next')} →</button>
      <button id="speed" class="quiet" @click=${slower} aria-label="${say('speed')} ${speed}×">${speed}×</button>
      <button id="restart" class="quiet" ?disabled=${isFirst} @click=${() => tell({ type: 'restart' })} aria-label=${say('restart')} title=${say('restart')}>↺</button>
    </div>
  `
}

/** From the slowest to the fastest, and around. */
function speedAfter(speed: Speed): Speed {
  return speeds[(speeds.indexOf(speed) + 1) % speeds.length] ?? 1
}
