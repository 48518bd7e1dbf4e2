// The sticky assignment of a group whose members want different topics: what is valid stays, what is free goes to who has
// least, then partitions move while that makes it more even. (Kafka: AbstractStickyAssignor's general algorithm, without racks.)

import type { Claims } from './claims.ts'
import { MembersByLoad } from './members-by-load.ts'
import { PartitionMovements } from './partition-movements.ts'
import { Repetition } from './repetition.ts'
import { forEachClaim, NO_GENERATION, NOBODY, type StickyGroup } from './sticky-group.ts'
import { TopicSubscribers } from './topic-subscribers.ts'

/** Returns each partition's member. */
export function assignUnequally(group: StickyGroup, claims: Claims): Int32Array {
  const balancing = new Balancing(group, claims)
  balancing.assignFree()
  balancing.balance()
  return balancing.owner
}

class Balancing {
  owner: Int32Array
  readonly #group: StickyGroup
  readonly #subscribers: TopicSubscribers
  readonly #load: MembersByLoad
  /** Partition → who had it in an older generation. */
  readonly #previous: Int32Array
  readonly #movements: PartitionMovements
  /** Those that are fewest wanted first. */
  readonly #allPartitions: Int32Array
  readonly #free: Int32Array
  /** Those that could have other partitions than they have. */
  readonly #flexible = new Set<number>()
  readonly #startsEmpty: boolean
  readonly #mustRevoke: boolean
  /** Without it, every move makes the group more even, and so there is a last one. */
  #takesBack = true

  constructor(group: StickyGroup, claims: Claims) {
    const { members, partitions } = group
    this.#group = group
    this.#subscribers = new TopicSubscribers(group)
    this.#previous = previousOwners(group, claims)
    this.#movements = new PartitionMovements(partitions)
    this.owner = claims.owner.map((member, partition) =>
      this.#subscribers.isSubscribed(member, partitions.topicOf[partition] ?? 0) ? member : NOBODY,
    )
    this.#mustRevoke = claims.owner.some((member, partition) => member !== this.owner[partition])
    const counts = new Int32Array(members.length)
    for (const member of this.owner) if (member !== NOBODY) counts[member] = (counts[member] ?? 0) + 1
    this.#load = new MembersByLoad(counts)
    this.#startsEmpty = this.#load.most === 0
    this.#allPartitions = this.#fewestWantedFirst()
    this.#free = this.#allPartitions.filter((partition) => this.owner[partition] === NOBODY)
  }

  assignFree(): void {
    for (const partition of this.#free) {
      const topic = this.#topicOf(partition)
      const member = this.#load.firstBelow(Number.POSITIVE_INFINITY, (each) =>
        this.#subscribers.isSubscribed(each, topic),
      )
      if (member === undefined) throw new Error(`sticky: nobody subscribes to ${this.#group.partitions.topics[topic]}`)
      this.owner[partition] = member
      this.#load.add(member, 1)
    }
  }

  balance(): void {
    this.#setFixedMembersApart()
    const isMovable = (partition: number) => this.#subscribers.isShared(this.#topicOf(partition))
    const ownerBefore = this.owner.slice()
    const unevennessBefore = this.#unevenness()
    if (!this.#mustRevoke) this.#reassign(this.#free.filter(isMovable))
    const hasMoved = this.#reassign(this.#allPartitions.filter(isMovable))
    const isFutile = !this.#startsEmpty && hasMoved && this.#unevenness() >= unevennessBefore
    if (isFutile) this.owner = ownerBefore
  }

  /** Repeats until nothing moves any more. Returns whether something did. */
  #reassign(partitions: Int32Array): boolean {
    const takingBack = new Repetition()
    for (let hasMoved = false; ; hasMoved = true) {
      const outcome = this.#reassignOnce(partitions)
      if (outcome !== 'moved') return hasMoved || outcome === 'moved until balanced'
      // Here Kafka goes on for ever.
      if (takingBack.isCircular(() => `${this.owner.join()};${this.#movements.origins()}`)) this.#takesBack = false
    }
  }

  #reassignOnce(partitions: Int32Array): 'moved' | 'moved until balanced' | 'not moved' {
    let hasMoved = false
    for (const partition of partitions) {
      const to = this.#betterOwner(partition)
      if (to === undefined) continue
      if (this.#isBalanced()) return hasMoved ? 'moved until balanced' : 'not moved'
      this.#reassignTo(partition, to)
      hasMoved = true
    }
    return hasMoved ? 'moved' : 'not moved'
  }

  /** The one that had it before, then the one with least; each only if it has at least two fewer than the owner. */
  #betterOwner(partition: number): number | undefined {
    const limit = this.#load.count(this.owner[partition] ?? NOBODY) - 1
    const previous = this.#previous[partition] ?? NOBODY
    // Kafka does not ask whether the earlier owner still wants the topic.
    if (this.#flexible.has(previous) && this.#load.count(previous) < limit) return previous
    const topic = this.#topicOf(partition)
    return this.#load.firstBelow(limit, (member) => this.#subscribers.isSubscribed(member, topic))
  }

  #reassignTo(wanted: number, to: number): void {
    const partition = this.#takesBack
      ? this.#movements.actualPartition(wanted, this.owner[wanted] ?? NOBODY, to)
      : wanted
    const from = this.owner[partition] ?? NOBODY
    this.#movements.record(partition, from, to)
    this.owner[partition] = to
    this.#load.add(from, -1)
    this.#load.add(to, 1)
  }

  /** Whether nobody could get a partition from someone that has at least two more. */
  #isBalanced(): boolean {
    const { fewest, most } = this.#load
    if (fewest >= most - 1) return true
    const largestOwner = new Map<number, number>()
    for (const member of this.#load.inOrder()) {
      const count = this.#load.count(member)
      if (count === this.#subscribers.capacity(member)) continue
      for (const topic of this.#subscribers.topicsOf[member] ?? []) {
        const largest = largestOwner.get(topic) ?? this.#largestOwner(topic)
        if (count + 1 < largest) return false
        largestOwner.set(topic, largest)
      }
    }
    return true
  }

  /** The most partitions that an owner of one of the topic's partitions has. */
  #largestOwner(topic: number): number {
    const { partitions } = this.#group
    let largest = 0
    for (let partition = partitions.start(topic); partition < partitions.end(topic); partition++) {
      largest = Math.max(largest, this.#load.count(this.owner[partition] ?? NOBODY))
    }
    return largest
  }

  /** A member that has all it can get, and of topics that nobody else wants, neither gives nor takes. */
  #setFixedMembersApart(): void {
    for (const [member, topics] of this.#subscribers.topicsOf.entries()) {
      const isFull = this.#load.count(member) >= this.#subscribers.capacity(member)
      if (isFull && ![...topics].some((topic) => this.#subscribers.isShared(topic))) this.#load.remove(member)
      else this.#flexible.add(member)
    }
  }

  /** The sum of the differences between all pairs of members, in Java's 32 bits. */
  #unevenness(): number {
    let sum = 0
    const order = this.#load.inOrder()
    for (const [position, member] of order.entries()) {
      sum += this.#load.count(member) * (2 * position - order.length + 1)
    }
    return sum | 0
  }

  #fewestWantedFirst(): Int32Array {
    const { partitions } = this.#group
    const topics = [...partitions.topics.keys()].sort((a, b) => this.#subscribers.count(a) - this.#subscribers.count(b))
    const ordered = new Int32Array(partitions.count)
    let next = 0
    for (const topic of topics) {
      for (let partition = partitions.start(topic); partition < partitions.end(topic); partition++) {
        ordered[next++] = partition
      }
    }
    return ordered
  }

  #topicOf(partition: number): number {
    return this.#group.partitions.topicOf[partition] ?? 0
  }
}

/** Of claims in older generations the newest counts, and of equally old ones the first. */
function previousOwners(group: StickyGroup, { latestGeneration }: Claims): Int32Array {
  const previous = new Int32Array(group.partitions.count).fill(NOBODY)
  for (const member of group.hashMapOrder) {
    const generation = group.data[member]?.generation ?? NO_GENERATION
    if (generation >= latestGeneration) continue
    forEachClaim(group, member, (partition) => {
      const known = previous[partition] ?? NOBODY
      if (known === NOBODY || generation > (group.data[known]?.generation ?? NO_GENERATION)) {
        previous[partition] = member
      }
    })
  }
  return previous
}
