// Lessons to choose from, language, theme.
import { html, type TemplateResult } from 'lit-html'
import type { Language } from '../../lessons/lesson.ts'
import type { Theme } from '../place.ts'
import { FREE, sceneNumbers } from '../scene.ts'
import type { State, Tell } from '../state.ts'
import type { Say, Word } from '../words.ts'

const languages: readonly { readonly language: Language; readonly name: string }[] = [
  { language: 'en', name: 'English' },
  { language: 'ko', name: '한국어' },
]
const themes: readonly { readonly theme: Theme; readonly word: Word; readonly sign: string }[] = [
  { theme: 'auto', word: 'themeAuto', sign: '◐' },
  { theme: 'light', word: 'themeLight', sign: '☀' },
  { theme: 'dark', word: 'themeDark', sign: '☾' },
]

export function topBar({ place, scene, titles }: State, say: Say, tell: Tell): TemplateResult {
  const choose = ({ currentTarget }: Event) => {
    if (currentTarget instanceof HTMLSelectElement) toLesson(currentTarget.value, tell)
  }
  return html`
    <header class="top">
      <a class="skip" href="#panels" @click=${skip}>${say('skip')}</a>
      <p class="brand"><b>${say('title')}</b> <span>${say('tagline')}</span></p>
      <nav aria-label=${say('lessons')}>
        <select id="lesson" aria-label=${say('lessons')} .value=${scene.number} @change=${choose}>
          ${sceneNumbers.map((number) => {
            const title = titles.get(number)?.[place.language] ?? ''
            return html`<option value=${number} ?selected=${number === scene.number}>${number === FREE ? '' : `${number}  `}${title}</option>`
          })}
        </select>
      </nav>
      <div class="settings">
        <div class="switch" role="group" aria-label="Language">
          ${languages.map(
            ({ language, name }) => html`
              <button lang=${language} data-language=${language} aria-pressed=${place.language === language}
                @click=${() => tell({ type: 'go', to: { language } })}>${name}</button>
            `,
          )}
        </div>
        <div class="switch" role="group" aria-label=${say('theme')}>
          ${themes.map(
            ({ theme, word, sign }) => html`
              <button data-theme-choice=${theme} aria-pressed=${place.theme === theme} aria-label=${say(word)} title=${say(word)}
                @click=${() => tell({ type: 'go', to: { theme } })}>${sign}</button>
            `,
          )}
        </div>
      </div>
    </header>
  `
}

function toLesson(lesson: string, tell: Tell): void {
  tell({ type: 'go', to: { lesson, step: 0, pick: null, extra: [] } })
}

/** The hash is the place, so that this must not become one. */
function skip(event: Event): void {
  event.preventDefault()
  document.getElementById('panels')?.focus()
}
