// Groups in the order in which their consumers came, so that a group that joins later stands below those that are there.
import type { GroupSight, Sight } from '../lessons/sight.ts'

export function groupsOf({ groups, consumers }: Sight): readonly GroupSight[] {
  const names = groupNamesOf({ groups, consumers })
  return [...groups].sort((one, other) => names.indexOf(one.group) - names.indexOf(other.group))
}

/** Those too that a consumer belongs to and Kafka does not know yet. */
export function groupNamesOf({ groups, consumers }: Pick<Sight, 'groups' | 'consumers'>): readonly string[] {
  return [...new Set([...consumers, ...groups].map(({ group }) => group))]
}
