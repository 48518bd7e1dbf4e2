// What sticky and cooperative-sticky have in common: as even as can be, and of that what leaves the most with its owner.

import type { AssignorMember, MemberAssignment } from '../assignor.ts'
import { settleClaims } from './claims.ts'
import { assignEqually } from './equal-subscriptions.ts'
import { areSubscriptionsEqual, NOBODY, type StickyGroup } from './sticky-group.ts'
import { assignUnequally } from './unequal-subscriptions.ts'

export interface StickyAssignment {
  /** Partition → its member. */
  readonly owner: Int32Array
  /** Partitions that someone else may still be reading; null where they remain to be found. */
  readonly transferring: readonly number[] | null
}

export function assignSticky(group: StickyGroup): StickyAssignment {
  const claims = settleClaims(group)
  if (areSubscriptionsEqual(group)) return assignEqually(group, claims)
  return { owner: assignUnequally(group, claims), transferring: null }
}

/** Owners as the assignor's answer; partitions ascend. */
export function assignmentsByMember(
  { members, partitions }: StickyGroup,
  owner: Int32Array,
): ReadonlyMap<string, MemberAssignment> {
  const shares = members.map(shareOf)
  const { topics, topicOf, numberOf } = partitions
  for (let partition = 0; partition < owner.length; partition++) {
    const share = shares[owner[partition] ?? NOBODY]
    if (share === undefined) continue
    const topic = topicOf[partition] ?? 0
    if (share.latestTopic !== topic) {
      share.latestTopic = topic
      share.latest = []
      share.partitions.set(topics[topic] ?? '', share.latest)
    }
    share.latest.push(numberOf[partition] ?? 0)
  }
  return new Map(shares.map(({ memberId, partitions }) => [memberId, { partitions }]))
}

interface Share {
  readonly memberId: string
  readonly partitions: Map<string, readonly number[]>
  latestTopic: number
  latest: number[]
}

function shareOf({ memberId }: AssignorMember): Share {
  return { memberId, partitions: new Map(), latestTopic: NOBODY, latest: [] }
}
