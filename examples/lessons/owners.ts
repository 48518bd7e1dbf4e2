// Who owned what, from the beginning on: whether the rule that a partition has one owner in its group ever broke.
import type { Sight } from './sight.ts'

/** For each partition of the topic, which consumers of the group think that they own it. */
export function ownersOf({ topics, consumers }: Sight, group: string, topic: string): string[][] {
  const lanes = topics.find((each) => each.topic === topic)?.lanes ?? []
  const ours = consumers.filter((each) => each.group === group)
  return lanes.map(({ partition }) =>
    ours.filter(({ owns }) => owns.includes(`${topic}-${partition}`)).map(({ consumer }) => consumer),
  )
}

/** Every moment at which a partition was given to one consumer before another one of the group had let it go. */
export function sharedMoments({ timeline }: Sight, group: string): string[] {
  const owners = new Map<string, string>()
  return timeline.flatMap((entry) => {
    if (!('groupId' in entry) || entry.groupId !== group || !('partitions' in entry)) return []
    const names = entry.partitions.map(({ topic, partition }) => `${topic}-${partition}`)
    if (entry.event === 'partitionsAssigned') {
      const shared = names.filter((name) => (owners.get(name) ?? entry.clientId) !== entry.clientId)
      for (const name of names) owners.set(name, entry.clientId)
      return shared.map((name) => `${name} at ${entry.afterMs} ms`)
    }
    for (const name of names) owners.delete(name)
    return []
  })
}
