// Puts the page together: the link says where to begin, and follows what is seen.
import { render } from 'lit-html'
import { listenToKeys } from './keyboard.ts'
import { linkTo, placeOf } from './link.ts'
import { Page } from './page.ts'
import type { Place } from './place.ts'
import { revealWhatIsNew } from './reveal.ts'
import { sceneNumbers } from './scene.ts'
import type { State } from './state.ts'
import { view } from './view.ts'
import { sayIn } from './words.ts'

const home = document.getElementById('page')
if (!home) throw new Error('index.html has no #page.')

let shown: State['sight'] | null = null
const page = new Page((state) => {
  performance.mark('draw')
  render(view(state, page.tell), home)
  performance.measure('drawn', 'draw')
  if (state.sight !== shown) revealWhatIsNew()
  shown = state.sight
  follow(state)
})

function follow({ place, scene }: State): void {
  const root = document.documentElement
  root.lang = place.language
  root.dataset['theme'] = place.theme
  document.title = `${scene.title[place.language]} · ${sayIn(place.language)('title')}`
  const link = linkTo(place)
  if (location.hash !== link) history.replaceState(null, '', link)
}

async function begin(): Promise<void> {
  await openLink()
  performance.mark('usable')
  await page.fetchTitles()
}

function openLink(): Promise<void> {
  const { place, isWhole } = placeOf(location.hash, first())
  return page.open(place, isWhole ? null : { word: 'badLink' })
}

function first(): Place {
  const language = navigator.language.startsWith('ko') ? 'ko' : 'en'
  return { lesson: sceneNumbers[0] ?? '', step: 0, pick: null, extra: [], language, theme: 'auto' }
}

window.addEventListener('hashchange', () => void openLink())
listenToKeys(page.tell)
// Nothing is awaited up here: a lesson is a module that waits for this one.
void begin()
