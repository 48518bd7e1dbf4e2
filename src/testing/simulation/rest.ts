// Lets time pass until nothing changes any more.

import { OFFSETS_TOPIC } from '../../broker/topics.ts'
import { KafkaError } from '../../errors.ts'
import type { Insides } from '../../kafkalet.ts'
import { consumersOf, findGroup } from '../group-view.ts'
import type { SimulationClock } from './simulation-clock.ts'

/** Looks in the time in which nothing must change. */
const LOOKS = 12
/** How many times the time of quiet everything has to come to rest. */
const PATIENCE = 20

/**
 * Rest: for `quietMs` no record came, no group changed or waited for a member, nothing of `more` changed.
 *
 * @throws KafkaError REQUEST_TIMED_OUT where that never is so
 */
export async function rest(
  clock: SimulationClock,
  insides: Insides,
  quietMs: number,
  more: () => readonly string[],
): Promise<void> {
  let before = look(insides, more())
  for (let looks = 0, same = 0; same < LOOKS; looks++) {
    await clock.advance(quietMs / LOOKS)
    const now = look(insides, more())
    const changed = now.lines.filter((line) => !before.lines.includes(line))
    same = changed.length === 0 && now.unrest.length === 0 ? same + 1 : 0
    before = now
    if (same > 0 || looks < LOOKS * PATIENCE) continue
    const what = [...now.unrest, ...changed].join('; ')
    const why = `It does not come to rest: for ${quietMs * PATIENCE} ms nothing has gone wrong any more, and still: ${what}`
    throw new KafkaError('REQUEST_TIMED_OUT', why)
  }
}

interface Look {
  readonly lines: readonly string[]
  /** What does not count as rest, however long it lasts. */
  readonly unrest: readonly string[]
}

function look(insides: Insides, more: readonly string[]): Look {
  const topics = [...insides.broker.topics.all()].filter(({ name }) => name !== OFFSETS_TOPIC)
  const ends = topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partition, endOffset }) => `${name}-${partition} ends at ${endOffset}`),
  )
  const groupIds = new Set(consumersOf(insides).flatMap(({ groupId }) => (groupId === null ? [] : [groupId])))
  const groups = [...groupIds].sort().map((groupId) => lookAtGroup(insides, groupId))
  return {
    lines: [...ends, ...groups.map(({ line }) => line), ...more],
    unrest: groups.flatMap(({ unrest }) => (unrest === null ? [] : [unrest])),
  }
}

function lookAtGroup(insides: Insides, groupId: string): { readonly line: string; readonly unrest: string | null } {
  try {
    const group = findGroup(insides, groupId)
    if (group === null) return { line: `group ${groupId} is not there`, unrest: null }
    const isSettled = group.state === 'Stable' || group.state === 'Empty'
    return { line: String(group), unrest: isSettled ? null : `group ${groupId} is ${group.state}` }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return { line: `group ${groupId} loads`, unrest: `the coordinator of group ${groupId} loads` }
  }
}
