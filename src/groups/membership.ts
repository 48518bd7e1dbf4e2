// What a member asks of its group: sync, heartbeat, leave. Each is one step; join.ts has the way in.
// (Kafka: GroupMetadataManager.classicGroupSync, …Heartbeat, …Leave)

import { refusedWrite } from '../coordinator/refused-write.ts'
import { NOTHING, type Reply, reply, sequence, type Waiting } from '../coordinator/step.ts'
import { ErrorCode, type ErrorName, errorText } from '../errors.ts'
import { expiryTimer } from './expiry.ts'
import type { ClassicGroup, Member, SyncAnswer } from './group.ts'
import { groupMetadataRecord } from './group-records.ts'
import { groupStates } from './group-state.ts'
import type { GroupStep } from './group-step.ts'
import { findMember, type MemberIdentity, type Refusal } from './member-identity.ts'
import {
  completeJoinIfAllJoined,
  failSyncs,
  forget,
  groupMetadata,
  NO_ASSIGNMENT,
  prepareRebalance,
  rebalanceOrComplete,
  removeMember,
  sessionTimer,
  syncError,
  transition,
} from './rebalance.ts'
import type { GroupShard } from './shard.ts'

export interface SyncRequest extends MemberIdentity {
  readonly groupId: string
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[]
}

export function sync(shard: GroupShard, request: SyncRequest, to: Waiting<SyncAnswer>, nowMs: number): GroupStep {
  if (request.groupId === '') return { replies: [syncError(to, 'INVALID_GROUP_ID')] }
  const found = findMember(shard.group(request.groupId, nowMs), request)
  if ('error' in found) return { replies: [syncError(to, found.error, found.message)] }
  const { group, member } = found
  if (request.generationId !== group.generation) {
    return { replies: [syncError(to, 'ILLEGAL_GENERATION', staleGeneration(group, request.generationId))] }
  }
  const { protocolType, protocolName } = request
  const otherType = protocolType !== null && protocolType !== group.protocolType
  const otherName = protocolName !== null && group.protocolName !== null && protocolName !== group.protocolName
  if (otherType || otherName) return { replies: [syncError(to, 'INCONSISTENT_GROUP_PROTOCOL')] }

  const rule = groupStates[group.state].sync
  if (rule === 'wait') {
    member.awaitingSync = to
    group.pendingSyncs.delete(member.memberId)
    return group.isLeader(member.memberId) ? storeAssignment(shard, group, request, nowMs) : NOTHING
  }
  if (rule === 'answer') {
    group.pendingSyncs.delete(member.memberId)
    return { replies: [synced(shard, group, member, to)], timers: [sessionTimer(shard, group, member)] }
  }
  return { replies: [syncError(to, rule)] }
}

/** The leader's assignment takes effect once it is written; a log that refuses it begins another rebalance. */
function storeAssignment(shard: GroupShard, group: ClassicGroup, request: SyncRequest, nowMs: number): GroupStep {
  const assigned = new Map(request.assignments.map(({ memberId, assignment }) => [memberId, assignment]))
  const value = groupMetadata(group, (memberId) => assigned.get(memberId) ?? NO_ASSIGNMENT)
  return {
    records: [groupMetadataRecord(group.groupId, value)],
    settle: (error) => {
      if (error !== ErrorCode.NONE) {
        return sequence(failSyncs(shard, group, refusedWrite(error)), prepareRebalance(shard, group, nowMs))
      }
      const events = [transition(group, 'Stable', nowMs)]
      return sequence({ events, timers: [expiryTimer(shard, group.groupId)] }, answerSyncs(shard, group))
    },
  }
}

function answerSyncs(shard: GroupShard, group: ClassicGroup): GroupStep {
  const replies = []
  const timers = []
  for (const member of group.members.values()) {
    if (!member.awaitingSync) continue
    replies.push(synced(shard, group, member, member.awaitingSync))
    timers.push(sessionTimer(shard, group, member))
    member.awaitingSync = null
  }
  return { replies, timers }
}

function synced(shard: GroupShard, group: ClassicGroup, member: Member, to: Waiting<SyncAnswer>) {
  return reply(to, {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    // Derived from what is written, which is the only place where it stands.
    assignment: shard.view.assignment(group.groupId, member.memberId) ?? NO_ASSIGNMENT,
  })
}

export interface HeartbeatRequest extends MemberIdentity {
  readonly groupId: string
  readonly generationId: number
}

export interface HeartbeatAnswer {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
}

export function heartbeat(
  shard: GroupShard,
  request: HeartbeatRequest,
  to: Waiting<HeartbeatAnswer>,
  nowMs: number,
): GroupStep {
  if (request.groupId === '') return { replies: [heartbeatReply(to, 'INVALID_GROUP_ID')] }
  const found = findMember(shard.group(request.groupId, nowMs), request)
  if ('error' in found) return { replies: [heartbeatReply(to, found.error, found.message)] }
  const { group, member } = found
  if (request.generationId !== group.generation) {
    const why = staleGeneration(group, request.generationId)
    return { replies: [heartbeatReply(to, 'ILLEGAL_GENERATION', why)] }
  }
  return {
    replies: [heartbeatReply(to, groupStates[group.state].heartbeat)],
    timers: [sessionTimer(shard, group, member)],
  }
}

function heartbeatReply(
  to: Waiting<HeartbeatAnswer>,
  error: ErrorName,
  errorMessage = error === 'NONE' ? null : errorText(error),
): Reply {
  return reply(to, { errorCode: ErrorCode[error], errorMessage })
}

export interface LeaveAnswer {
  readonly errorCode: ErrorCode
  readonly members: readonly (MemberIdentity & { readonly errorCode: ErrorCode })[]
}

/** Errors are per member; those that can leave do. */
export function leave(
  shard: GroupShard,
  groupId: string,
  identities: readonly MemberIdentity[],
  to: Waiting<LeaveAnswer>,
  nowMs: number,
): GroupStep {
  if (groupId === '') return { replies: [reply(to, { errorCode: ErrorCode.INVALID_GROUP_ID, members: [] })] }
  const group = shard.group(groupId, nowMs)
  const departures: GroupStep[] = []
  const members = identities.map((identity) => {
    const departure = depart(group, identity)
    if ('error' in departure) return { ...identity, errorCode: ErrorCode[departure.error] }
    departures.push(departure)
    return { ...identity, errorCode: ErrorCode.NONE }
  })
  const told: GroupStep = { replies: [reply(to, { errorCode: ErrorCode.NONE, members })] }
  if (!group || departures.length === 0 || group.state === 'Empty') return sequence(...departures, told)
  const follows =
    group.state === 'PreparingRebalance'
      ? completeJoinIfAllJoined(shard, group, nowMs)
      : rebalanceOrComplete(shard, group, nowMs)
  return sequence(...departures, follows, told)
}

/** Whoever removes a static member from outside knows its instance, and no member id. */
function depart(group: ClassicGroup | undefined, identity: MemberIdentity): GroupStep | Refusal {
  const { groupInstanceId } = identity
  if (group?.pendingJoins.has(identity.memberId)) return forget(group, identity.memberId)
  const named = identity.memberId === '' && groupInstanceId !== null
  const memberId = named ? (group?.staticMemberId(groupInstanceId) ?? '') : identity.memberId
  const found = findMember(group, { memberId, groupInstanceId })
  return 'error' in found ? found : removeMember(found.group, found.member, 'left')
}

export function staleGeneration(group: ClassicGroup, generation: number): string {
  return (
    `Group '${group.groupId}' is in generation ${group.generation}; the request is of generation ${generation}. ` +
    'The group has rebalanced meanwhile: poll to join again, and work on what is assigned then.'
  )
}
