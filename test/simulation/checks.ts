// What must hold in every world, however its schedule went.
import type { World } from './world.ts'

type Log = Awaited<ReturnType<World['log']>>

/** Everything that does not hold, in words; nothing where all is well. */
export async function violations(world: World): Promise<string[]> {
  const log = await world.log()
  return [
    ...world.problems,
    ...denseOffsets(log),
    ...acknowledgedIsThere(world, log),
    ...keysInOrder(log),
    ...deliveredOnceOrMore(world, log),
    ...firstDeliveriesInOrder(world),
    ...(await commitsInsideTheLog(world)),
    ...(await rebuiltViewIsTheLiveOne(world)),
  ]
}

function denseOffsets(log: Log): string[] {
  const next = new Map<number, number>()
  return log.flatMap(({ partition, offset }) => {
    const expected = next.get(partition) ?? 0
    next.set(partition, offset + 1)
    return offset === expected ? [] : [`partition ${partition} goes from ${expected - 1} to ${offset}`]
  })
}

function acknowledgedIsThere(world: World, log: Log): string[] {
  const there = new Map(log.map((record) => [`${record.partition}@${record.offset}`, record]))
  return [...world.acknowledged].flatMap(([place, { key, sequence }]) => {
    const record = there.get(place)
    return record?.key === key && record.sequence === sequence
      ? []
      : [`${key}#${sequence}, acknowledged at ${place}, is lost`]
  })
}

function keysInOrder(log: Log): string[] {
  const last = new Map<string, { partition: number; sequence: number }>()
  return log.flatMap(({ key, partition, sequence }) => {
    const before = last.get(key)
    last.set(key, { partition, sequence })
    const isNext = before ? before.partition === partition && before.sequence + 1 === sequence : sequence === 1
    return isNext ? [] : [`key ${key}: ${sequence} follows ${before?.sequence}`]
  })
}

function deliveredOnceOrMore(world: World, log: Log): string[] {
  return world.groups.flatMap((groupId) => {
    const seen = new Set(
      world.delivered
        .filter((each) => each.groupId === groupId)
        .map(({ partition, offset }) => `${partition}@${offset}`),
    )
    return log.flatMap(({ partition, offset }) =>
      seen.has(`${partition}@${offset}`) ? [] : [`group ${groupId} never got ${partition}@${offset}`],
    )
  })
}

/** A record may come again, but no record comes for the first time before one of the same key that was sent earlier. */
function firstDeliveriesInOrder(world: World): string[] {
  return world.groups.flatMap((groupId) => {
    const newest = new Map<string, number>()
    return world.delivered.flatMap((each) => {
      if (each.groupId !== groupId) return []
      const last = newest.get(each.key) ?? 0
      newest.set(each.key, Math.max(last, each.sequence))
      return each.sequence <= last + 1 ? [] : [`group ${groupId} got ${each.key}#${each.sequence} after #${last}`]
    })
  })
}

async function commitsInsideTheLog(world: World): Promise<string[]> {
  const found = await Promise.all(world.groups.map((groupId) => world.committed(groupId)))
  return found
    .flat()
    .flatMap(({ partition, offset, endOffset }) =>
      offset >= 0 && offset <= endOffset ? [] : [`partition ${partition}: committed ${offset} of ${endOffset}`],
    )
}

async function rebuiltViewIsTheLiveOne(world: World): Promise<string[]> {
  const view = await world.rebuiltView()
  const descriptions = await world.kafka.admin().describeGroups(world.groups)
  return (
    await Promise.all(
      descriptions.map(async ({ groupId, state, members }) => {
        const live = await world.committed(groupId)
        const differing = live.filter(
          ({ topic, partition, offset }) => view.committed(groupId, topic, partition)?.offset !== offset,
        )
        const written = view.metadata(groupId)?.members.map(({ memberId }) => memberId) ?? []
        const living = members.map(({ memberId }) => memberId)
        const isSettled = state === 'Stable' || state === 'Empty'
        return [
          ...differing.map(({ partition }) => `group ${groupId}, partition ${partition}: the rebuilt view differs`),
          ...(isSettled && written.join() !== living.join()
            ? [`group ${groupId}: written ${written}, living ${living}`]
            : []),
        ]
      }),
    )
  ).flat()
}
