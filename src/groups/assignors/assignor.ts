// What an assignor is: a pure function from the members and the topics to who gets what.

import type { Assignment, PartitionsByTopic, Subscription } from '../subscription.ts'

/** Whether a member gives up everything before it joins again, or keeps what it owns until it must hand it over. */
export type RebalanceProtocol = 'eager' | 'cooperative'

export interface AssignorMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly subscription: Subscription
}

/** What a member was given last, and in which generation. */
export interface LastAssignment {
  readonly generation: number
  readonly partitions: PartitionsByTopic
}

/** What one member gets; `userData` is for its `onAssignment`. */
export interface MemberAssignment {
  readonly partitions: PartitionsByTopic
  readonly userData?: Uint8Array | null
}

/**
 * Divides the partitions among a group's members. One object may serve any number of consumers.
 *
 * @see ConsumerPartitionAssignor in Apache Kafka
 */
export interface Assignor {
  /** The protocol's name, as it stands in JoinGroup and in `__consumer_offsets`. */
  readonly name: string
  /** In the order of preference; default: ['eager']. */
  readonly supportedProtocols?: readonly RebalanceProtocol[]
  /**
   * Runs on the group's leader. Pure: what it needs to know of the past comes with the members' subscriptions.
   *
   * @param partitionCounts topic → number of partitions; a topic that does not exist is not in it, or has none
   * @returns member id → what it gets; a member that is not in it gets nothing
   */
  assign(
    members: readonly AssignorMember[],
    partitionCounts: ReadonlyMap<string, number>,
  ): ReadonlyMap<string, MemberAssignment>
  /** What a member tells the leader beside its topics, with each join. */
  subscriptionUserData?(topics: readonly string[], last: LastAssignment | null): Uint8Array | null
  /** What this member was given, before `onPartitionsAssigned`. */
  onAssignment?(assignment: Assignment, generation: number): void
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
