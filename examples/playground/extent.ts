// How much room the panels need over a whole scene, so that nothing moves while it is walked.
import type { Exhibit } from '../lessons/exhibit.ts'
import { groupNamesOf, groupsOf } from './arrival.ts'
import type { Frame } from './walk.ts'

export interface Extent {
  /** By topic: the most lanes, and the groups that ever stand in them, in the order in which they came. */
  readonly topics: ReadonlyMap<string, { readonly lanes: number; readonly groups: readonly string[] }>
  /** By group, in the order in which they came: the most consumers, and the most partitions it stands in. */
  readonly groups: ReadonlyMap<string, { readonly consumers: number; readonly cursors: number }>
  /** Whether a consumer's call is ever refused: what is said then needs a line. */
  readonly hasRefusals: boolean
  /** Of the tallest figure; null where the scene has none. */
  readonly exhibitRows: number | null
  /** Characters of the longest list of facts. */
  readonly factsLength: number
}

export function extentOf(frames: readonly Frame[]): Extent {
  const most = (count: (frame: Frame) => number) => Math.max(0, ...frames.map(count))
  const exhibits = frames.flatMap(({ exhibit }) => (exhibit ? [rowsOf(exhibit)] : []))
  return {
    topics: topicsOf(frames),
    groups: groupsIn(frames),
    hasRefusals: frames.some(({ sight }) => sight.consumers.some(({ error }) => error !== null)),
    exhibitRows: exhibits.length > 0 ? Math.max(...exhibits) : null,
    factsLength: most(({ facts }) =>
      Object.entries(facts).reduce((sum, [what, [found]]) => sum + lineOf(what, found), 0),
    ),
  }
}

function topicsOf(frames: readonly Frame[]): Extent['topics'] {
  const topics = new Map<string, { lanes: number; groups: string[] }>()
  for (const { sight } of frames) {
    for (const { topic, lanes } of sight.topics) {
      const known = topics.get(topic) ?? { lanes: 0, groups: [] }
      const groups = groupsOf(sight).filter(({ cursors }) => cursors.some((each) => each.topic === topic))
      topics.set(topic, {
        lanes: Math.max(known.lanes, lanes.length),
        groups: [...new Set([...known.groups, ...groups.map(({ group }) => group)])],
      })
    }
  }
  return topics
}

function groupsIn(frames: readonly Frame[]): Extent['groups'] {
  const groups = new Map<string, { consumers: number; cursors: number }>()
  for (const { sight } of frames) {
    for (const name of groupNamesOf(sight)) {
      const known = groups.get(name) ?? { consumers: 0, cursors: 0 }
      const consumers = sight.consumers.filter(({ group }) => group === name).length
      const cursors = sight.groups.find(({ group }) => group === name)?.cursors.length ?? 0
      groups.set(name, { consumers: Math.max(known.consumers, consumers), cursors: Math.max(known.cursors, cursors) })
    }
  }
  return groups
}

function rowsOf(exhibit: Exhibit): number {
  switch (exhibit.type) {
    case 'hash':
      return exhibit.keys.length + 1
    case 'histogram':
      return exhibit.bars.length
    case 'table':
      return exhibit.rows.length + 1
  }
}

/** About how many characters a fact takes, its last line filled up. */
function lineOf(what: string, found: unknown): number {
  const width = 44
  return Math.ceil((what.length + 4 + (JSON.stringify(found)?.length ?? 1)) / width) * width
}
