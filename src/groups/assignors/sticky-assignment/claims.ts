// Who owned what, as far as the members' claims can be believed: the newer generation is right, and what two members claim
// in the same generation is nobody's.

import { forEachClaim, NO_GENERATION, NOBODY, type StickyGroup } from './sticky-group.ts'

export interface Claims {
  /** Partition → the member that owned it, or nobody. */
  readonly owner: Int32Array
  /** Partitions that two members claimed in the same generation. */
  readonly disputed: ReadonlySet<number>
  /** The newest generation that a member was in. */
  readonly latestGeneration: number
}

export function settleClaims(group: StickyGroup): Claims {
  const { members, data, hashMapOrder, partitions } = group
  const owner = new Int32Array(partitions.count).fill(NOBODY)
  const claimant = new Int32Array(partitions.count).fill(NOBODY)
  const disputed = new Set<number>()
  let latestGeneration = NO_GENERATION
  for (const member of hashMapOrder) {
    const generation = data[member]?.generation ?? NO_GENERATION
    latestGeneration = Math.max(latestGeneration, generation)
    forEachClaim(group, member, (partition) => {
      const other = claimant[partition] ?? NOBODY
      // Kafka compares with the generation in the other's subscription, even where its own stands in the user data.
      const otherGeneration = members[other]?.subscription.generationId ?? NO_GENERATION
      if (other === NOBODY || generation > atLeastNone(otherGeneration)) {
        owner[partition] = member
        claimant[partition] = member
      } else if (generation === atLeastNone(otherGeneration)) {
        disputed.add(partition)
        owner[partition] = NOBODY
        claimant[partition] = member
      }
    })
  }
  return { owner, disputed, latestGeneration }
}

/** In a subscription every negative generation means that there is none. */
function atLeastNone(generation: number): number {
  return Math.max(generation, NO_GENERATION)
}
