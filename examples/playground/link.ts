// A place as the hash of a link, and back.
import type { Language } from '../lessons/lesson.ts'
import { actionsFromText, actionsToText } from './action-text.ts'
import type { Place, Theme } from './place.ts'

const languages: readonly Language[] = ['en', 'ko']
const themes: readonly Theme[] = ['auto', 'light', 'dark']

export function linkTo({ lesson, step, pick, extra, language, theme }: Place): string {
  const parts = [
    `lesson=${encodeURIComponent(lesson)}`,
    `step=${step + 1}`,
    ...(pick === null ? [] : [`pick=${pick + 1}`]),
    ...(extra.length === 0 ? [] : [`do=${actionsToText(extra)}`]),
    `lang=${language}`,
    ...(theme === 'auto' ? [] : [`theme=${theme}`]),
  ]
  return `#${parts.join('&')}`
}

/** What the link does not say, or says wrongly, is as in `fallback`. `isWhole`: all of it was understood. */
export function placeOf(hash: string, fallback: Place): { readonly place: Place; readonly isWhole: boolean } {
  const fields = new Map(
    hash
      .replace(/^#/, '')
      .split('&')
      .map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
  )
  const extra = actionsFromText(fields.get('do') ?? '')
  const place = {
    lesson: fields.get('lesson') ?? fallback.lesson,
    step: indexOf(fields.get('step')) ?? 0,
    pick: indexOf(fields.get('pick')),
    extra: extra ?? [],
    language: languages.find((each) => each === fields.get('lang')) ?? fallback.language,
    theme: themes.find((each) => each === fields.get('theme')) ?? fallback.theme,
  }
  return { place, isWhole: extra !== null }
}

/** People count from 1. */
function indexOf(text: string | undefined): number | null {
  return text !== undefined && /^[1-9]\d{0,3}$/.test(text) ? Number(text) - 1 : null
}
