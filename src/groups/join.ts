// How a member enters a group, or its next generation.
// (Kafka: GroupMetadataManager.classicGroupJoin and what it calls)

import { refusedWrite } from '../coordinator/refused-write.ts'
import { sequence, type Waiting } from '../coordinator/step.ts'
import { ErrorCode, type ErrorName } from '../errors.ts'
import { expiryTimer } from './expiry.ts'
import { type ClassicGroup, type JoinAnswer, type Member, sameProtocols } from './group.ts'
import { groupMetadataRecord } from './group-records.ts'
import { groupStates } from './group-state.ts'
import type { GroupStep } from './group-step.ts'
import type { JoinRequest, MemberClient } from './join-request.ts'
import { findMember } from './member-identity.ts'
import { forget, joinError, joined, pendingJoinTimer, rebalanceOrComplete, sessionTimer } from './rebalance.ts'
import type { GroupShard } from './shard.ts'
import { restartStaticMember } from './static-members.ts'

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
  return null
}

/** A new group is written as generation 0 before its first member hears anything. */
function beginGroup(shard: GroupShard, group: ClassicGroup, step: GroupStep, to: Waiting<JoinAnswer>): GroupStep {
  const empty = { protocolType: '', generation: 0, protocol: null, leader: null, members: [] }
  const value = { ...empty, currentStateTimestamp: group.stateTimestampMs ?? -1 }
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
  if (request.memberId === '' && request.groupInstanceId !== null) {
    const former = group.members.get(group.staticMemberId(request.groupInstanceId) ?? '')
    if (former) return restartStaticMember(shard, group, former, request, client, to, nowMs)
    const memberId = shard.newMemberId(request.groupInstanceId)
    return addMember(shard, group, memberId, request, client, to, nowMs)
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
    if (request.groupInstanceId !== null) {
      const message = 'A static member joins without a member id; this one joins with the id of a dynamic one.'
      return { replies: [joinError(to, 'UNKNOWN_SERVER_ERROR', request.memberId, message)] }
    }
    return addMember(shard, group, request.memberId, request, client, to, nowMs)
  }
  const found = findMember(group, request)
  if ('error' in found) return { replies: [joinError(to, found.error, request.memberId, found.message)] }
  return rejoin(shard, group, found.member, request, to, nowMs)
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
