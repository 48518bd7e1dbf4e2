// The sticky assignment of a group whose members all want the same topics: each keeps what it had up to its quota, and the
// rest goes round among those that have less. (Kafka: AbstractStickyAssignor's constrained algorithm, without racks.)

import type { Claims } from './claims.ts'
import { NOBODY, type StickyGroup } from './sticky-group.ts'

export interface EqualAssignment {
  /** Partition → its member. */
  readonly owner: Int32Array
  /** Partitions that someone else may still be reading. */
  readonly transferring: readonly number[]
}

export function assignEqually(group: StickyGroup, claims: Claims): EqualAssignment {
  const filling = new Filling(group, claims)
  filling.keepOwned()
  filling.distributeRest()
  return filling
}

class Filling implements EqualAssignment {
  readonly owner: Int32Array
  readonly transferring: number[] = []
  readonly #group: StickyGroup
  readonly #claims: Claims
  readonly #count: Int32Array
  readonly #minQuota: number
  readonly #maxQuota: number
  /** How many members may have more than the smaller quota; 0 where both quotas are the same. */
  readonly #expectedOverMinQuota: number
  #overMinQuota = 0
  readonly #underMinQuota: number[] = []
  readonly #exactlyMinQuota: number[] = []

  constructor(group: StickyGroup, claims: Claims) {
    const { members, partitions } = group
    this.#group = group
    this.#claims = claims
    this.owner = new Int32Array(partitions.count).fill(NOBODY)
    this.#count = new Int32Array(members.length)
    this.#minQuota = Math.floor(partitions.count / members.length)
    this.#maxQuota = Math.ceil(partitions.count / members.length)
    this.#expectedOverMinQuota = partitions.count % members.length
  }

  /** Who comes first in Java's order may keep the larger quota. */
  keepOwned(): void {
    const owned = this.#ownedByMember()
    for (const member of this.#group.hashMapOrder) {
      const partitions = owned[member] ?? []
      const mayHaveMore = this.#overMinQuota < this.#expectedOverMinQuota
      if (partitions.length < this.#minQuota) {
        this.#keep(member, partitions, partitions.length)
        this.#underMinQuota.push(member)
      } else if (partitions.length >= this.#maxQuota && mayHaveMore) {
        this.#keep(member, partitions, this.#maxQuota)
        this.#overMinQuota++
      } else {
        this.#keep(member, partitions, this.#minQuota)
        if (mayHaveMore) this.#exactlyMinQuota.push(member)
      }
    }
  }

  /** Round by round to those under the smaller quota, then one each to those that may have one more. */
  distributeRest(): void {
    let round = this.#underMinQuota.sort((a, b) => a - b)
    let nextRound: number[] = []
    let turn = 0
    const extra = this.#exactlyMinQuota.sort((a, b) => a - b)
    let nextExtra = 0
    for (let partition = 0; partition < this.owner.length; partition++) {
      if (this.owner[partition] !== NOBODY) continue
      if (turn === round.length && nextRound.length > 0) {
        round = nextRound
        nextRound = []
        turn = 0
      }
      const isUnder = turn < round.length
      const member = isUnder ? round[turn++] : extra[nextExtra++]
      if (member === undefined) throw new Error('sticky: partitions are left, and every member has its quota')
      const count = this.#give(partition, member)
      if (!isUnder) continue
      if (count === this.#minQuota) extra.push(member)
      else nextRound.push(member)
    }
  }

  /** Member → what it owned, by partition, then by topic. */
  #ownedByMember(): readonly (readonly number[])[] {
    const { members, partitions } = this.#group
    const owned: number[][] = members.map(() => [])
    for (const [partition, member] of this.#claims.owner.entries()) {
      if (member !== NOBODY && !this.#claims.disputed.has(partition)) owned[member]?.push(partition)
    }
    const { numberOf } = partitions
    for (const each of owned) each.sort((a, b) => (numberOf[a] ?? 0) - (numberOf[b] ?? 0))
    return owned
  }

  #keep(member: number, partitions: readonly number[], count: number): void {
    for (let i = 0; i < count; i++) this.owner[partitions[i] ?? 0] = member
    this.#count[member] = count
  }

  /** Returns how many the member has now. */
  #give(partition: number, member: number): number {
    const before = this.#claims.owner[partition] ?? NOBODY
    if ((before !== NOBODY && before !== member) || this.#claims.disputed.has(partition)) {
      this.transferring.push(partition)
    }
    this.owner[partition] = member
    const count = (this.#count[member] ?? 0) + 1
    this.#count[member] = count
    return count
  }
}
