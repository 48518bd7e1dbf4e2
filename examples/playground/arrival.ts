// Groups in the order in which their consumers came, so that a group that joins later stands below those that are there.
import type { GroupSight, OffsetsSight, Sight } from '../lessons/sight.ts'

export function groupsOf({ groups, consumers }: Sight): readonly GroupSight[] {
  const names = groupNamesOf({ groups, consumers })
  return [...groups].sort((one, other) => names.indexOf(one.group) - names.indexOf(other.group))
}

/** Those too that a consumer belongs to and Kafka does not know yet. */
export function groupNamesOf({ groups, consumers }: Pick<Sight, 'groups' | 'consumers'>): readonly string[] {
  return [...new Set([...consumers, ...groups].map(({ group }) => group))]
}

/** What was there before comes first, so that what is new stands at the end, whatever its partition. */
function offsetsInArrival(now: Sight['offsets'], before: Sight['offsets']): Sight['offsets'] {
  const nameOf = ({ partition, offset }: OffsetsSight) => `${partition}@${offset}`
  const present = new Map(now.map((each) => [nameOf(each), each]))
  const known = before.map(nameOf)
  const old = new Set(known)
  return [...known.flatMap((name) => present.get(name) ?? []), ...now.filter((each) => !old.has(nameOf(each)))]
}

/** A sight in which everything keeps the place that it had before. */
export function inArrival(now: Sight, before: Sight | null): Sight {
  return before ? { ...now, offsets: offsetsInArrival(now.offsets, before.offsets) } : now
}
