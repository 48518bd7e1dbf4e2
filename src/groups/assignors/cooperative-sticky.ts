// The cooperative sticky assignor: assigns as the sticky one, but a partition that its owner has yet to give up goes to
// nobody; the rebalance that follows hands it over. (Kafka: CooperativeStickyAssignor, without racks.)

import { ByteReader, ByteWriter } from '../../bytes.ts'
import type { Subscription } from '../subscription.ts'
import type { Assignor } from './assignor.ts'
import { assignmentsByMember, assignSticky } from './sticky-assignment/sticky-assignment.ts'
import { forEachClaim, NO_GENERATION, NOBODY, type StickyGroup, stickyGroup } from './sticky-assignment/sticky-group.ts'

export const cooperativeSticky: Assignor = {
  name: 'cooperative-sticky',
  supportedProtocols: ['cooperative', 'eager'],

  assign(members, partitionCounts) {
    if (members.length === 0) return new Map()
    const group = stickyGroup(members, partitionCounts, ({ subscription }) => ({
      partitions: subscription.ownedPartitions,
      generation: generationOf(subscription),
    }))
    const { owner, transferring } = assignSticky(group)
    for (const partition of transferring ?? partitionsToRevoke(group, owner)) owner[partition] = NOBODY
    return assignmentsByMember(group, owner)
  },

  subscriptionUserData(_topics, last) {
    return new ByteWriter().int32(last?.generation ?? NO_GENERATION).finish()
  },
}

/** A member that speaks an old version of the consumer protocol tells its generation in the user data. */
function generationOf({ generationId, userData }: Subscription): number {
  if (generationId >= 0) return generationId
  return userData !== null && userData.length >= 4 ? new ByteReader(userData).int32() : NO_GENERATION
}

/** Partitions that someone claims, however old the claim, and their new owner does not. */
function partitionsToRevoke(group: StickyGroup, owner: Int32Array): number[] {
  const isClaimed = new Uint8Array(owner.length)
  const isKept = new Uint8Array(owner.length)
  for (const member of group.hashMapOrder) {
    forEachClaim(group, member, (partition) => {
      isClaimed[partition] = 1
      if (owner[partition] === member) isKept[partition] = 1
    })
  }
  return [...owner.keys()].filter((partition) => isClaimed[partition] === 1 && isKept[partition] === 0)
}
