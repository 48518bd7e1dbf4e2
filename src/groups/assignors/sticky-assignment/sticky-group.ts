// What the sticky assignors work on: members and partitions as numbers, and what each member says it owns.

import { inHashMapOrder } from '../../hash-map-order.ts'
import type { AssignorMember } from '../assignor.ts'
import { TopicPartitions } from './topic-partitions.ts'

/** In place of a member: the partition is nobody's. */
export const NOBODY = -1
/** Of a member that has not been in any, or does not say. */
export const NO_GENERATION = -1

/** What a member says it was given, and in which generation. */
export interface MemberData {
  readonly partitions: Iterable<readonly [topic: string, partitions: readonly number[]]>
  readonly generation: number
}

/** Members are numbered in the order of their ids, so that the lower number is the lesser id. */
export interface StickyGroup {
  readonly members: readonly AssignorMember[]
  /** Member → its data. */
  readonly data: readonly MemberData[]
  /** The members' numbers, in the order in which Java goes through them. */
  readonly hashMapOrder: readonly number[]
  readonly partitions: TopicPartitions
}

export function stickyGroup(
  given: readonly AssignorMember[],
  partitionCounts: ReadonlyMap<string, number>,
  memberData: (member: AssignorMember) => MemberData,
): StickyGroup {
  const members = [...given].sort((a, b) => (a.memberId < b.memberId ? -1 : 1))
  const numbers = new Map(members.map(({ memberId }, number) => [memberId, number]))
  return {
    members,
    data: members.map(memberData),
    hashMapOrder: inHashMapOrder(given, ({ memberId }) => memberId).map(({ memberId }) => numbers.get(memberId) ?? 0),
    partitions: new TopicPartitions(subscribedTopics(members), partitionCounts),
  }
}

/**
 * Whether all subscribe to the same topics, as Kafka asks it: the first one's are the measure, and as long as nobody has
 * subscribed to anything, the next one is the first.
 */
export function areSubscriptionsEqual({ members, hashMapOrder }: StickyGroup): boolean {
  let measure: ReadonlySet<string> = new Set()
  return hashMapOrder.every((member) => {
    const topics = members[member]?.subscription.topics ?? []
    if (measure.size > 0) return topics.length === measure.size && topics.every((topic) => measure.has(topic))
    measure = new Set(topics)
    return true
  })
}

/** Calls `visit` for every partition that exists and that the member says it owns. */
export function forEachClaim({ data, partitions }: StickyGroup, member: number, visit: (place: number) => void): void {
  for (const [topic, claimed] of data[member]?.partitions ?? []) partitions.forEachPlace(topic, claimed, visit)
}

function subscribedTopics(members: readonly AssignorMember[]): Set<string> {
  const topics = new Set<string>()
  for (const { subscription } of members) for (const topic of subscription.topics) topics.add(topic)
  return topics
}
