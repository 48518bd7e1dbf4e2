// Everything the page shows is made from this, and from nothing else.
import type { Text } from '../lessons/lesson.ts'
import type { Sight } from '../lessons/sight.ts'
import type { Extent } from './extent.ts'
import type { Place } from './place.ts'
import type { Scene } from './scene.ts'
import type { Frame } from './walk.ts'
import type { Word } from './words.ts'

export interface RecordPlace {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export const speeds = [0.5, 1, 2, 4] as const
export type Speed = (typeof speeds)[number]

export interface State {
  readonly place: Place
  readonly scene: Scene
  /** Of the scenes that were fetched so far. */
  readonly titles: ReadonlyMap<string, Text>
  /** One for each of the scene's steps. */
  readonly frames: readonly Frame[]
  readonly extent: Extent
  readonly sight: Sight
  /** What was seen before the last thing that was done: what is new is shown to be. */
  readonly before: Sight | null
  readonly selected: RecordPlace | null
  readonly isCompacted: boolean
  readonly isPlaying: boolean
  readonly speed: Speed
  /** The last thing the page has to say: a word of its own, or what the library refused with. */
  readonly notice: { readonly word: Word } | { readonly text: string } | null
}

/** What a reader can want. */
export type Intent =
  | { readonly type: 'go'; readonly to: Partial<Place> }
  | { readonly type: 'next' | 'back' | 'restart' | 'play' }
  | { readonly type: 'pick'; readonly choice: number }
  | { readonly type: 'do'; readonly actions: readonly [Place['extra'][number], ...Place['extra']] }
  | { readonly type: 'show'; readonly change: Partial<Pick<State, 'selected' | 'isCompacted' | 'speed' | 'notice'>> }

export type Tell = (intent: Intent) => void
