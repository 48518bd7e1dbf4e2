// How much room the panels need over a whole scene, so that nothing moves while it is walked.
import type { Frame } from './walk.ts'

export interface Extent {
  readonly topics: number
  /** Of the topic with most. */
  readonly lanes: number
  readonly groups: number
  readonly consumers: number
  readonly cursors: number
  readonly offsets: number
  readonly hasExhibit: boolean
}

export function extentOf(frames: readonly Frame[]): Extent {
  const most = (count: (frame: Frame) => number) => Math.max(0, ...frames.map(count))
  return {
    topics: most(({ sight }) => sight.topics.length),
    lanes: most(({ sight }) => sight.topics.reduce((sum, { lanes }) => sum + lanes.length, 0)),
    groups: most(({ sight }) => sight.groups.length),
    consumers: most(({ sight }) => sight.consumers.length),
    cursors: most(({ sight }) => sight.groups.reduce((sum, { cursors }) => sum + cursors.length, 0)),
    offsets: most(({ sight }) => sight.offsets.length),
    hasExhibit: frames.some(({ exhibit }) => exhibit !== null),
  }
}
