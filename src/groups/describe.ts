// What a group looks like from outside. (Kafka: GroupMetadataManager.listGroups, describeGroups)

import type { GroupState } from './group-state.ts'
import { NO_ASSIGNMENT } from './rebalance.ts'
import type { GroupShard } from './shard.ts'

export interface ListedGroup {
  readonly groupId: string
  readonly protocolType: string
  readonly groupState: GroupState
  readonly groupType: 'classic'
}

export interface DescribedMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly memberMetadata: Uint8Array
  readonly memberAssignment: Uint8Array
}

export interface DescribedGroup {
  readonly groupId: string
  /** A group that does not exist is Dead. */
  readonly groupState: GroupState | 'Dead'
  readonly protocolType: string
  /** The protocol's name, only while the group is Stable. */
  readonly protocolData: string
  readonly members: readonly DescribedMember[]
}

export function listGroups(shard: GroupShard, states: readonly string[], nowMs: number): ListedGroup[] {
  const wanted = new Set(states.map((state) => state.toLowerCase()))
  const groupIds = new Set([...shard.groups.keys(), ...shard.view.groupIds()])
  return [...groupIds]
    .map((groupId) => shard.groupOrNew(groupId, nowMs))
    .filter(({ state }) => wanted.size === 0 || wanted.has(state.toLowerCase()))
    .map(({ groupId, protocolType, state }) => ({
      groupId,
      protocolType: protocolType ?? '',
      groupState: state,
      groupType: 'classic',
    }))
}

export function describeGroup(shard: GroupShard, groupId: string, nowMs: number): DescribedGroup {
  const group = shard.group(groupId, nowMs)
  if (group === undefined) return { groupId, groupState: 'Dead', protocolType: '', protocolData: '', members: [] }
  const isStable = group.state === 'Stable'
  return {
    groupId,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: (isStable && group.protocolName) || '',
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: isStable ? group.metadataOf(member) : NO_ASSIGNMENT,
      memberAssignment: shard.view.assignment(groupId, member.memberId) ?? NO_ASSIGNMENT,
    })),
  }
}
