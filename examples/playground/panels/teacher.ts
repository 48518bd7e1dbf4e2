// The lesson's own voice: what happens in this step, what is true after it, and at the end a question.
import { html, nothing, type TemplateResult } from 'lit-html'
import { keyed } from 'lit-html/directives/keyed.js'
import type { Facts, Language, Lesson } from '../../lessons/lesson.ts'
import type { Extent } from '../extent.ts'
import { isEqual } from '../is-equal.ts'
import type { State, Tell } from '../state.ts'
import type { Say } from '../words.ts'

export function teacher(state: State, extent: Extent, controls: TemplateResult, say: Say, tell: Tell): TemplateResult {
  const { scene, place, frames } = state
  const { language, step, extra } = place
  const frame = frames[step]
  const isTried = step >= scene.steps.length
  const factsHeight = Math.min(190, 30 + (extent.factsLength / 44) * 22)
  const number = isTried ? say('tried') : say('step', { n: step + 1, of: scene.steps.length })
  return html`
    <section class="teacher" aria-labelledby="lesson-title">
      <h1 id="lesson-title">${scene.title[language]}</h1>
      <p class="about">${scene.about[language]}</p>
      <ol class="dots" aria-label=${say('step', { n: step + 1, of: frames.length })}>${frames.map((_, index) => dot(index, state, tell))}</ol>
      <div class="say" aria-live="polite" id="say">
        <p class="count">${number}</p>
        <p class="sentence">${frame?.step.say[language]}</p>
      </div>
      ${controls}
      ${extra.length > 0 ? yours(extra.length, factsHeight, say) : keyed(step, factsOf(frame?.facts ?? {}, factsHeight, say))}
      ${scene.question ? questionOf(scene.question, state, language, say, tell) : nothing}
    </section>
  `
}

function dot(index: number, { place, scene }: State, tell: Tell): TemplateResult {
  const isQuestion = index >= scene.steps.length
  const isHere = index === place.step
  const go = () => tell({ type: 'go', to: { step: index, pick: null, extra: [] } })
  return html`
    <li>
      <button class="dot ${index <= place.step ? 'seen' : ''}" aria-current=${isHere ? 'step' : nothing} @click=${go}
        aria-label=${isQuestion ? '?' : String(index + 1)}>${isQuestion ? '?' : index + 1}</button>
    </li>
  `
}

function factsOf(facts: Facts, heightPx: number, say: Say): TemplateResult {
  return html`
    <div class="facts" id="facts" .style=${`height:${heightPx}px`}>
      <h2>${say('holds')}</h2>
      <ul lang="en">
        ${Object.entries(facts).map(([what, [found, expected]]) => {
          const holds = isEqual(found, expected)
          return html`
            <li class=${holds ? 'good' : 'bad'}>
              <span class="sign" aria-hidden="true">${holds ? '✓' : '✗'}</span>
              <span>${what}: <b>${textOf(found)}</b>${holds ? nothing : html` (${say('notThere')}: ${textOf(expected)})`}</span>
            </li>
          `
        })}
      </ul>
    </div>
  `
}

function yours(actions: number, heightPx: number, say: Say): TemplateResult {
  return html`
    <div class="facts" id="facts" .style=${`height:${heightPx}px`}>
      <h2>${say('yours', { n: actions })}</h2>
      <p>${say('yoursHint')}</p>
    </div>
  `
}

/** Its room is kept from the first step on, and it is asked when the last one is reached. */
function questionOf(
  { ask, choices, answer }: Lesson['question'],
  { place, scene }: State,
  language: Language,
  say: Say,
  tell: Tell,
): TemplateResult {
  const isAsked = place.step >= scene.steps.length - 1
  const isTried = place.step >= scene.steps.length
  return html`
    <div class="question ${isAsked ? '' : 'later'}" id="question">
      <p class="waiting" ?hidden=${isAsked}>${say('questionWaits')}</p>
      <h2>${say('question')}</h2>
      <p>${ask[language]}</p>
      <ul>
        ${choices.map((choice, index) => {
          const verdict = isTried ? (index === answer ? 'good' : index === place.pick ? 'bad' : '') : ''
          return html`
            <li>
              <button class="choice ${verdict}" ?disabled=${!isAsked} aria-pressed=${place.pick === index}
                @click=${() => tell({ type: 'pick', choice: index })}>
                <span class="sign">${verdict === 'good' ? '✓' : verdict === 'bad' ? '✗' : '○'}</span>${choice[language]}
              </button>
            </li>
          `
        })}
      </ul>
      <p class="verdict" role="status">${isTried && place.pick !== null ? say(place.pick === answer ? 'right' : 'wrong') : nothing}</p>
    </div>
  `
}

/** As JSON, but easy to read: what is not there is a dash, and strings stand without quotes. */
function textOf(value: unknown): string {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.length === 0 ? '–' : value.map(textOf).join(', ')
  if (value instanceof Map || value instanceof Set) return textOf([...value])
  if (typeof value === 'object') {
    return Object.entries(value)
      .map(([name, each]) => `${name} ${textOf(each)}`)
      .join(', ')
  }
  return String(value)
}
