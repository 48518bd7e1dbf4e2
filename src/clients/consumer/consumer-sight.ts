// A consumer from outside: what it is at one moment, and what it tells onlookers of a rebalance.

import type { Connection } from '../connection.ts'
import type { Offset, TopicPartition } from '../topic.ts'
import type { Membership } from './membership.ts'
import type { Positions } from './positions.ts'

export interface ConsumerSight {
  readonly clientId: string
  readonly isClosed: boolean
  readonly groupId: string | null
  /** '' while it is no member. */
  readonly memberId: string
  /** What reads at the moment: poll, run, or for await; null where nothing does. */
  readonly reader: string | null
  /** A handler of `run` has records, and has not ended. */
  readonly isHandling: boolean
  readonly positions: readonly PositionSight[]
}

export interface PositionSight extends TopicPartition {
  /** The next record that it hands over; null until that is looked up. */
  readonly position: Offset | null
  /** Where `autoOffsetReset: 'latest'` let it begin; null for any other beginning. */
  readonly begunAtEnd: Offset | null
}

export function sightOf(
  { context, isClosed }: Connection,
  groupId: string | null,
  membership: Membership | null,
  positions: Positions,
  reader: string | null,
  isPolling: boolean,
): ConsumerSight {
  return {
    clientId: context.clientId,
    isClosed,
    groupId,
    memberId: membership?.memberId ?? '',
    reader,
    isHandling: reader === 'run' && !isPolling,
    positions: positions.all.map(({ topic, partition, position, begunAtEnd }) => {
      return { topic, partition, position, begunAtEnd }
    }),
  }
}

export type RebalanceEvent = 'partitionsAssigned' | 'partitionsRevoked' | 'partitionsLost'

export function announceRebalance(
  { host, context }: Connection,
  { metadata }: Membership,
  event: RebalanceEvent,
  partitions: readonly TopicPartition[],
): void {
  if (!host.events.isHeard(event)) return
  const { groupId, memberId, generation } = metadata
  host.events.announce(event, { groupId, memberId, clientId: context.clientId, generation, partitions })
}
