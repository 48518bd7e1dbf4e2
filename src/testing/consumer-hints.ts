// What consumers do, where a test wonders why something is not there: they came too late, are busy, or nobody polls them.

import type { Insides } from '../kafkalet.ts'
import { consumersOf, nameOf } from './group-view.ts'

/** Those that began behind records, as `autoOffsetReset: 'latest'` lets them. */
export function skippedHints(insides: Insides): string[] {
  return consumersOf(insides).flatMap(({ clientId, positions }) =>
    positions.flatMap(({ begunAtEnd, ...place }) => {
      const log = insides.broker.topics.get(place.topic)?.partitions[place.partition]
      const skipped = (begunAtEnd ?? 0) - (log?.startOffset ?? 0)
      if (begunAtEnd === null || skipped <= 0) return []
      const records = skipped === 1 ? '1 record, which was' : `${skipped} records, which were`
      return [
        `${clientId} began ${nameOf(place)} at its end and skipped ${records} there before it (autoOffsetReset 'latest'). ` +
          "With 'earliest' it reads them; or send when waitForAssignment has come.",
      ]
    }),
  )
}

export function idleHints(insides: Insides): string[] {
  const idle = consumersOf(insides).filter(({ reader }) => reader === null)
  return idle.map(({ clientId }) => `Nobody polls ${clientId}: call poll, run or for await.`)
}

export function busyHints(insides: Insides, groupId?: string): string[] {
  const busy = consumersOf(insides).filter((each) => each.isHandling && (groupId ?? each.groupId) === each.groupId)
  return busy.map(({ clientId }) => `A handler of ${clientId} has not ended: it reads on, and rejoins, when that has.`)
}
