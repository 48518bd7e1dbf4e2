// What a member asks of its group: join, sync, heartbeat, leave. Each is one step.
// (Kafka: GroupMetadataManager.classicGroupJoin, …Sync, …Heartbeat, …Leave)

import { NOTHING, reply, sequence, type Waiting } from '../coordinator/step.ts'
import { ErrorCode, type ErrorName, errorText } from '../errors.ts'
import { expiryTimer } from './expiry.ts'
import {
  type ClassicGroup,
  type JoinAnswer,
  type Member,
  type MemberProtocol,
  type SyncAnswer,
  sameProtocols,
} from './group.ts'
import { groupMetadataRecord } from './group-records.ts'
import { groupStates } from './group-state.ts'
import type { GroupStep } from './group-step.ts'
import {
  cancelSession,
  completeJoinIfAllJoined,
  failSyncs,
  groupMetadata,
  joinError,
  joined,
  NO_ASSIGNMENT,
  pendingJoinTimer,
  prepareRebalance,
  rebalanceOrComplete,
  removeMember,
  sessionTimer,
  syncError,
  transition,
} from './rebalance.ts'
import { refusedWrite } from './refused-write.ts'
import type { GroupShard } from './shard.ts'

export interface JoinRequest {
  readonly groupId: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly protocolType: string
  readonly protocols: readonly MemberProtocol[]
}

export interface MemberClient {
  readonly clientId: string
  readonly clientHost: string
  /** Since version 4 a new member is first given an id and asked to join again with it. */
  readonly requiresKnownMemberId: boolean
}

export interface SyncRequest {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[]
}

export interface MemberIdentity {
  readonly memberId: string
  readonly groupInstanceId: string | null
}

/** How long a new member may wait for its first generation before it is taken for gone. */
const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60_000

export function join(
  shard: GroupShard,
  request: JoinRequest,
  client: MemberClient,
  to: Waiting<JoinAnswer>,
  nowMs: number,
): GroupStep {
  const { groupId, memberId } = request
  const refusal = refuseJoin(shard, request)
  if (refusal) return { replies: [joinError(to, refusal.error, memberId, refusal.message)] }

  const known = shard.group(groupId, nowMs)
  if (known === undefined && memberId !== '') return { replies: [joinError(to, 'UNKNOWN_MEMBER_ID', memberId)] }
  const group = known ?? shard.groupOrNew(groupId, nowMs)
  const step = hasRoomFor(shard, group, memberId)
    ? joinGroup(shard, group, request, client, to, nowMs)
    : sequence(forget(group, memberId), { replies: [joinError(to, 'GROUP_MAX_SIZE_REACHED', '')] })
  if (known || step.records?.length) return step
  return beginGroup(shard, group, step, to)
}

function refuseJoin(shard: GroupShard, request: JoinRequest): { error: ErrorName; message?: string } | null {
  const { groupMinSessionTimeoutMs: least, groupMaxSessionTimeoutMs: most } = shard.config
  if (request.groupId === '') return { error: 'INVALID_GROUP_ID' }
  if (request.sessionTimeoutMs < least || request.sessionTimeoutMs > most) {
    const message =
      `A sessionTimeoutMs of ${request.sessionTimeoutMs} is outside ${least} to ${most}, which is what the broker allows. ` +
      'Choose one inside, or configure the broker with groupMinSessionTimeoutMs and groupMaxSessionTimeoutMs.'
    return { error: 'INVALID_SESSION_TIMEOUT', message }
  }
  if (request.groupInstanceId !== null) {
    const message = 'Static membership (groupInstanceId) is not supported yet. Join without it.'
    return { error: 'UNSUPPORTED_VERSION', message }
  }
  return null
}

/** A new group is written as generation 0 before its first member hears anything. */
function beginGroup(shard: GroupShard, group: ClassicGroup, step: GroupStep, to: Waiting<JoinAnswer>): GroupStep {
  const empty = { protocolType: '', generation: 0, protocol: null, leader: null, members: [] }
  const value = { ...empty, currentStateTimestamp: group.stateTimestampMs }
  return {
    records: [groupMetadataRecord(group.groupId, value)],
    settle: (error) => {
      if (error === ErrorCode.NONE) return sequence(step, { timers: [expiryTimer(shard, group.groupId)] })
      shard.groups.delete(group.groupId)
      return { replies: [joinError(to, refusedWrite(error), '')] }
    },
  }
}

function hasRoomFor(shard: GroupShard, group: ClassicGroup, memberId: string): boolean {
  const member = group.members.get(memberId)
  if (group.state === 'Empty') return true
  if (group.state !== 'PreparingRebalance')
    return member !== undefined || group.members.size < shard.config.groupMaxSize
  return Boolean(member?.awaitingJoin) || group.awaitingJoinCount < shard.config.groupMaxSize
}

function forget(group: ClassicGroup, memberId: string): GroupStep {
  group.remove(memberId)
  return memberId === '' ? NOTHING : { timers: [cancelSession(group, memberId)] }
}

function joinGroup(
  shard: GroupShard,
  group: ClassicGroup,
  request: JoinRequest,
  client: MemberClient,
  to: Waiting<JoinAnswer>,
  nowMs: number,
): GroupStep {
  if (!group.supports(request.protocolType, request.protocols)) {
    const offered = request.protocols.map(({ name }) => name).join(', ')
    const message =
      `Group '${group.groupId}' shares no assignor with this member (it offers ${offered || 'none'}, as protocol type ` +
      `'${request.protocolType}'; the group is of type '${group.protocolType}'). Use a partitionAssignmentStrategy that all members have.`
    return { replies: [joinError(to, 'INCONSISTENT_GROUP_PROTOCOL', request.memberId, message)] }
  }
  if (request.memberId === '') {
    const memberId = shard.newMemberId(client.clientId)
    if (!client.requiresKnownMemberId) return addMember(shard, group, memberId, request, client, to, nowMs)
    group.pendingJoins.add(memberId)
    return {
      replies: [joinError(to, 'MEMBER_ID_REQUIRED', memberId)],
      timers: [pendingJoinTimer(shard, group, memberId, request.sessionTimeoutMs)],
    }
  }
  if (group.pendingJoins.has(request.memberId)) {
    return addMember(shard, group, request.memberId, request, client, to, nowMs)
  }
  const member = group.members.get(request.memberId)
  if (!member) return { replies: [joinError(to, 'UNKNOWN_MEMBER_ID', request.memberId)] }
  return rejoin(shard, group, member, request, to, nowMs)
}

function addMember(
  shard: GroupShard,
  group: ClassicGroup,
  memberId: string,
  request: JoinRequest,
  client: MemberClient,
  to: Waiting<JoinAnswer>,
  nowMs: number,
): GroupStep {
  const { groupInstanceId, rebalanceTimeoutMs, sessionTimeoutMs, protocols } = request
  const { clientId, clientHost } = client
  const identity = { memberId, groupInstanceId, clientId, clientHost }
  const waits = { isNew: true, awaitingJoin: to, awaitingSync: null }
  const member: Member = { ...identity, rebalanceTimeoutMs, sessionTimeoutMs, protocols, ...waits }
  if (group.members.size === 0) group.protocolType = request.protocolType
  if (group.isInitialRebalance) group.newMemberAdded = true
  group.add(member)
  const session = sessionTimer(shard, group, member, NEW_MEMBER_JOIN_TIMEOUT_MS)
  return sequence({ timers: [session] }, rebalanceOrComplete(shard, group, nowMs))
}

function rejoin(
  shard: GroupShard,
  group: ClassicGroup,
  member: Member,
  request: JoinRequest,
  to: Waiting<JoinAnswer>,
  nowMs: number,
): GroupStep {
  const rule = groupStates[group.state].rejoinUnchanged
  const unchanged = sameProtocols(member.protocols, request.protocols)
  const leads = group.isLeader(member.memberId)
  if (unchanged && (rule === 'answer' || (rule === 'leader rebalances' && !leads))) {
    // A leader that lost our answer needs the members once more.
    const session = sessionTimer(shard, group, member)
    return { replies: [joined(group, member, to, leads)], timers: [session] }
  }
  if (rule !== 'answer' && rule !== 'leader rebalances' && rule !== 'rebalance') {
    return { replies: [joinError(to, rule, member.memberId)] }
  }
  const { protocols, rebalanceTimeoutMs, sessionTimeoutMs } = request
  group.update(member, { protocols, rebalanceTimeoutMs, sessionTimeoutMs })
  group.awaitJoin(member, to)
  return rebalanceOrComplete(shard, group, nowMs)
}

export function sync(shard: GroupShard, request: SyncRequest, to: Waiting<SyncAnswer>, nowMs: number): GroupStep {
  if (request.groupId === '') return { replies: [syncError(to, 'INVALID_GROUP_ID')] }
  const group = shard.group(request.groupId, nowMs)
  const member = group?.members.get(request.memberId)
  if (!group || !member) return { replies: [syncError(to, 'UNKNOWN_MEMBER_ID')] }
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
  if (request.groupId === '') return answer('INVALID_GROUP_ID')
  const group = shard.group(request.groupId, nowMs)
  const member = group?.members.get(request.memberId)
  if (!group || !member) return answer('UNKNOWN_MEMBER_ID')
  if (request.generationId !== group.generation) {
    return answer('ILLEGAL_GENERATION', staleGeneration(group, request.generationId))
  }
  return sequence({ timers: [sessionTimer(shard, group, member)] }, answer(groupStates[group.state].heartbeat))

  function answer(error: ErrorName, message = error === 'NONE' ? null : errorText(error)): GroupStep {
    return { replies: [reply(to, { errorCode: ErrorCode[error], errorMessage: message })] }
  }
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
  const members = identities.map(({ memberId, groupInstanceId }) => {
    const member = group?.members.get(memberId)
    const isPending = group?.pendingJoins.has(memberId) ?? false
    if (group && member) departures.push(removeMember(group, member, 'left'))
    else if (group && isPending) departures.push(forget(group, memberId))
    const gone = member !== undefined || isPending
    return { memberId, groupInstanceId, errorCode: gone ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID }
  })
  const told: GroupStep = { replies: [reply(to, { errorCode: ErrorCode.NONE, members })] }
  if (!group || departures.length === 0 || group.state === 'Empty') return sequence(...departures, told)
  const follows =
    group.state === 'PreparingRebalance'
      ? completeJoinIfAllJoined(shard, group, nowMs)
      : rebalanceOrComplete(shard, group, nowMs)
  return sequence(...departures, follows, told)
}

export function staleGeneration(group: ClassicGroup, generation: number): string {
  return (
    `Group '${group.groupId}' is in generation ${group.generation}; the request is of generation ${generation}. ` +
    'The group has rebalanced meanwhile: poll to join again, and work on what is assigned then.'
  )
}
