// How a group comes from one generation to the next: the join phase, its end, and the wait for the assignment.
// (Kafka: GroupMetadataManager.prepareRebalance, completeClassicGroupJoin, expirePendingSync, …)

import { NOTHING, type Reply, reply, sequence, type Waiting } from '../coordinator/step.ts'
import { ErrorCode, type ErrorName, errorText } from '../errors.ts'
import { expiryTimer } from './expiry.ts'
import type { ClassicGroup, JoinAnswer, Member, SyncAnswer } from './group.ts'
import { type GroupMetadataValue, groupMetadataRecord } from './group-records.ts'
import { type GroupState, groupStates } from './group-state.ts'
import type { GroupEvent, GroupStep, GroupTimer, MemberLeaveReason } from './group-step.ts'
import type { GroupShard } from './shard.ts'

export const NO_ASSIGNMENT = new Uint8Array()

export function joinError(to: Waiting<JoinAnswer>, error: ErrorName, memberId: string, message?: string): Reply {
  return reply(to, {
    errorCode: ErrorCode[error],
    errorMessage: message ?? errorText(error),
    memberId,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: null,
    skipAssignment: false,
    members: [],
  })
}

export function syncError(to: Waiting<SyncAnswer>, error: ErrorName, message?: string): Reply {
  return reply(to, {
    errorCode: ErrorCode[error],
    errorMessage: message ?? errorText(error),
    protocolType: null,
    protocolName: null,
    assignment: NO_ASSIGNMENT,
  })
}

export function joined(group: ClassicGroup, member: Member, to: Waiting<JoinAnswer>, withMembers: boolean): Reply {
  return reply(to, joinAnswer(group, member, withMembers))
}

/** The current generation, told to one member; the leader also gets the members to assign to. */
export function joinAnswer(group: ClassicGroup, member: Member, withMembers: boolean): JoinAnswer {
  const members = [...(withMembers ? group.members.values() : [])].map((each) => ({
    memberId: each.memberId,
    groupInstanceId: each.groupInstanceId,
    metadata: group.metadataOf(each),
  }))
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    memberId: member.memberId,
    generationId: group.generation,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: group.leaderId,
    skipAssignment: false,
    members,
  }
}

export function sessionTimer(
  shard: GroupShard,
  group: ClassicGroup,
  member: Member,
  delayMs = member.sessionTimeoutMs,
): GroupTimer {
  const { memberId } = member
  return {
    key: sessionKey(group, memberId),
    delayMs,
    fire: (nowMs) => expireSession(shard, group, memberId, nowMs),
  }
}

export function pendingJoinTimer(
  shard: GroupShard,
  group: ClassicGroup,
  memberId: string,
  delayMs: number,
): GroupTimer {
  return {
    key: sessionKey(group, memberId),
    delayMs,
    fire: (nowMs) => {
      group.remove(memberId)
      return completeJoinIfNobodyIsAwaited(shard, group, nowMs)
    },
  }
}

export function cancelSession(group: ClassicGroup, memberId: string): GroupTimer {
  return { key: sessionKey(group, memberId), delayMs: null }
}

/** Starts a rebalance where the state allows one; else looks whether the one under way can end. */
export function rebalanceOrComplete(shard: GroupShard, group: ClassicGroup, nowMs: number): GroupStep {
  return groupStates[group.state].rebalances
    ? prepareRebalance(shard, group, nowMs)
    : completeJoinIfAllJoined(shard, group, nowMs)
}

export function prepareRebalance(shard: GroupShard, group: ClassicGroup, nowMs: number): GroupStep {
  const wasEmpty = group.state === 'Empty'
  const interrupted = group.state === 'CompletingRebalance' ? failSyncs(shard, group, 'REBALANCE_IN_PROGRESS') : NOTHING
  group.pendingSyncs.clear()
  const begun = sequence(interrupted, {
    timers: [{ key: syncKey(group), delayMs: null }],
    events: [transition(group, 'PreparingRebalance', nowMs)],
  })
  if (wasEmpty) return sequence(begun, waitForFirstMembers(shard, group, nowMs))
  if (group.allHaveJoined) return sequence(begun, completeJoin(shard, group, nowMs))
  return sequence(begun, { timers: [joinTimer(shard, group)] })
}

/** Answers everyone whose assignment has not come. Their sessions, which did not count while they waited, begin anew. */
export function failSyncs(shard: GroupShard, group: ClassicGroup, error: ErrorName): GroupStep {
  const replies: Reply[] = []
  const timers: GroupTimer[] = []
  for (const member of group.members.values()) {
    if (!member.awaitingSync) continue
    replies.push(syncError(member.awaitingSync, error))
    timers.push(sessionTimer(shard, group, member))
    member.awaitingSync = null
  }
  return { replies, timers }
}

export function completeJoinIfAllJoined(shard: GroupShard, group: ClassicGroup, nowMs: number): GroupStep {
  const mayComplete = group.state === 'PreparingRebalance' && !group.isInitialRebalance && group.allHaveJoined
  return mayComplete ? completeJoin(shard, group, nowMs) : NOTHING
}

/** Kafka ends even the initial delay when the last one that was awaited has run out of time. */
function completeJoinIfNobodyIsAwaited(shard: GroupShard, group: ClassicGroup, nowMs: number): GroupStep {
  return group.state === 'PreparingRebalance' && group.allHaveJoined ? completeJoin(shard, group, nowMs) : NOTHING
}

/**
 * Removes a member; what it waits for is answered. The rebalance this asks for is the caller's to start.
 * Differs from Kafka: there a sync that waits is never answered, and its client gives up after request.timeout.ms.
 */
export function removeMember(group: ClassicGroup, member: Member, reason: MemberLeaveReason): GroupStep {
  const { memberId, clientId, awaitingJoin, awaitingSync } = member
  group.remove(memberId)
  return {
    replies: [
      ...(awaitingJoin ? [joinError(awaitingJoin, 'UNKNOWN_MEMBER_ID', '')] : []),
      ...(awaitingSync ? [syncError(awaitingSync, 'UNKNOWN_MEMBER_ID')] : []),
    ],
    timers: [cancelSession(group, memberId)],
    events: [{ type: 'memberLeft', groupId: group.groupId, memberId, clientId, reason }],
  }
}

/** Gives up an id that was given out. The member that has it, if any, goes too. */
export function forget(group: ClassicGroup, memberId: string): GroupStep {
  group.remove(memberId)
  return memberId === '' ? NOTHING : { timers: [cancelSession(group, memberId)] }
}

export function transition(group: ClassicGroup, to: GroupState, nowMs: number): GroupEvent {
  const from = group.state
  group.transitionTo(to, nowMs)
  return { type: 'groupStateChanged', groupId: group.groupId, from, to, generation: group.generation }
}

/** What is written about the group: its generation with each member's assignment. */
export function groupMetadata(group: ClassicGroup, assignmentOf: (memberId: string) => Uint8Array): GroupMetadataValue {
  return {
    protocolType: group.protocolType ?? '',
    generation: group.generation,
    protocol: group.protocolName,
    leader: group.leaderId,
    currentStateTimestamp: group.stateTimestampMs ?? -1,
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      rebalanceTimeout: member.rebalanceTimeoutMs,
      sessionTimeout: member.sessionTimeoutMs,
      subscription: group.metadataOf(member),
      assignment: assignmentOf(member.memberId),
    })),
  }
}

/**
 * The first members of an empty group are given `group.initial.rebalance.delay.ms` to come together. Each one that
 * comes meanwhile extends the wait, never past the longest rebalance timeout.
 */
function waitForFirstMembers(shard: GroupShard, group: ClassicGroup, nowMs: number): GroupStep {
  const delayMs = shard.config.groupInitialRebalanceDelayMs
  if (delayMs === 0) return completeJoin(shard, group, nowMs)
  return waitFor(delayMs, Math.max(group.rebalanceTimeoutMs - delayMs, 0))

  function waitFor(stretchMs: number, remainingMs: number): GroupStep {
    const fire = (firedMs: number): GroupStep => {
      if (!group.newMemberAdded || remainingMs === 0) return completeJoin(shard, group, firedMs)
      group.newMemberAdded = false
      return waitFor(Math.min(delayMs, remainingMs), Math.max(remainingMs - stretchMs, 0))
    }
    return { timers: [{ key: joinKey(group), delayMs: stretchMs, fire }] }
  }
}

/**
 * The join phase ends: who did not come is removed, who came is told the new generation. A static member that did not
 * come may be restarting: it is taken along, until it does not sync either.
 */
function completeJoin(shard: GroupShard, group: ClassicGroup, nowMs: number): GroupStep {
  const missing = [...group.members.values()].filter((member) => !member.awaitingJoin)
  const dynamic = missing.filter(({ groupInstanceId }) => groupInstanceId === null)
  const removals = sequence(...dynamic.map((member) => removeMember(group, member, 'did not rejoin')))
  // With nobody to lead it, there is no next generation: the wait goes on until sessions end.
  if (group.members.size > 0 && !group.electJoinedLeader()) {
    return sequence(removals, { timers: [joinTimer(shard, group)] })
  }
  const ended = sequence(removals, { timers: [{ key: joinKey(group), delayMs: null }] })
  group.beginGeneration()
  if (group.members.size === 0) return sequence(ended, becomeEmpty(shard, group, nowMs))

  const changed = transition(group, 'CompletingRebalance', nowMs)
  const replies: Reply[] = []
  const timers: GroupTimer[] = [syncTimer(shard, group)]
  const events: GroupEvent[] = [changed]
  for (const member of group.members.values()) {
    if (member.isNew) {
      const { memberId, clientId } = member
      events.push({ type: 'memberJoined', groupId: group.groupId, memberId, clientId })
    }
    if (member.awaitingJoin) replies.push(joined(group, member, member.awaitingJoin, group.isLeader(member.memberId)))
    group.awaitJoin(member, null)
    member.isNew = false
    group.pendingSyncs.add(member.memberId)
    timers.push(sessionTimer(shard, group, member))
  }
  return sequence(ended, { replies, timers, events })
}

function becomeEmpty(shard: GroupShard, group: ClassicGroup, nowMs: number): GroupStep {
  const events = [transition(group, 'Empty', nowMs)]
  const records = [
    groupMetadataRecord(
      group.groupId,
      groupMetadata(group, () => NO_ASSIGNMENT),
    ),
  ]
  return { records, events, timers: [expiryTimer(shard, group.groupId)] }
}

function expireSession(shard: GroupShard, group: ClassicGroup, memberId: string, nowMs: number): GroupStep {
  const member = group.members.get(memberId)
  // Whoever waits for an answer of ours cannot be blamed for silence, unless it has waited from the start.
  if (member === undefined || (!member.isNew && (member.awaitingJoin || member.awaitingSync))) return NOTHING
  const removed = removeMember(group, member, 'session expired')
  const follows = groupStates[group.state].rebalances ? prepareRebalance : completeJoinIfNobodyIsAwaited
  return sequence(removed, follows(shard, group, nowMs))
}

function joinTimer(shard: GroupShard, group: ClassicGroup): GroupTimer {
  return {
    key: joinKey(group),
    delayMs: group.rebalanceTimeoutMs,
    fire: (nowMs) => completeJoin(shard, group, nowMs),
  }
}

/** Members that do not fetch their assignment in time are removed. */
function syncTimer(shard: GroupShard, group: ClassicGroup): GroupTimer {
  const { generation } = group
  const fire = (nowMs: number): GroupStep => {
    if (group.generation !== generation || group.pendingSyncs.size === 0) return NOTHING
    const silent = [...group.pendingSyncs].flatMap((memberId) => group.members.get(memberId) ?? [])
    const removals = silent.map((member) => removeMember(group, member, 'did not sync'))
    return sequence(...removals, prepareRebalance(shard, group, nowMs))
  }
  return { key: syncKey(group), delayMs: group.rebalanceTimeoutMs, fire }
}

function joinKey(group: ClassicGroup): string {
  return `join:${group.groupId}`
}

function syncKey(group: ClassicGroup): string {
  return `sync:${group.groupId}`
}

function sessionKey(group: ClassicGroup, memberId: string): string {
  return `session:${group.groupId}:${memberId}`
}
