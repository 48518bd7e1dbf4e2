// What an assignor is: a pure function from the members and the topics to who gets what.

import type { PartitionsByTopic, Subscription } from '../subscription.ts'

export interface AssignorMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly subscription: Subscription
}

export interface Assignor {
  /** The protocol's name, as it stands in JoinGroup and in `__consumer_offsets`. */
  readonly name: string
  /**
   * @param partitionCounts topic → number of partitions; a topic that does not exist is not in it
   * @returns member id → topic → partitions; every member is in it
   */
  assign(
    members: readonly AssignorMember[],
    partitionCounts: ReadonlyMap<string, number>,
  ): ReadonlyMap<string, PartitionsByTopic>
}

/** Kafka's order of members: static ones first, by instance id; then by member id. By UTF-16 units, as Java sorts. */
export function compareMembers(a: AssignorMember, b: AssignorMember): number {
  if (a.groupInstanceId !== null && b.groupInstanceId !== null) return compare(a.groupInstanceId, b.groupInstanceId)
  if (a.groupInstanceId !== null) return -1
  if (b.groupInstanceId !== null) return 1
  return compare(a.memberId, b.memberId)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
