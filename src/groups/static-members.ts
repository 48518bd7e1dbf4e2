// A static member (`group.instance.id`) that comes back: it takes the place of its former self, which is fenced.
// (Kafka: GroupMetadataManager.updateStaticMemberThenRebalanceOrCompleteJoin, ClassicGroup.replaceStaticMember)

import { refusedWrite } from '../coordinator/refused-write.ts'
import { reply, sequence, type Waiting } from '../coordinator/step.ts'
import { ErrorCode, errorText } from '../errors.ts'
import type { ClassicGroup, JoinAnswer, Member } from './group.ts'
import { groupMetadataRecord } from './group-records.ts'
import type { GroupEvent, GroupStep } from './group-step.ts'
import type { JoinRequest, MemberClient } from './join-request.ts'
import {
  cancelSession,
  groupMetadata,
  joinAnswer,
  joinError,
  NO_ASSIGNMENT,
  rebalanceOrComplete,
  sessionTimer,
  syncError,
} from './rebalance.ts'
import type { GroupShard } from './shard.ts'

/** What the request of a returning member and its answer need. */
interface Return {
  readonly former: Member
  readonly member: Member
  readonly formerLeaderId: string | null
  readonly supportsSkippingAssignment: boolean
  readonly to: Waiting<JoinAnswer>
}

export function restartStaticMember(
  shard: GroupShard,
  group: ClassicGroup,
  former: Member,
  request: JoinRequest,
  { supportsSkippingAssignment }: MemberClient,
  to: Waiting<JoinAnswer>,
  nowMs: number,
): GroupStep {
  const formerLeaderId = group.leaderId
  const fenced = fence(former)
  const member = group.replaceStaticMember(former, shard.newMemberId(former.groupInstanceId ?? former.clientId))
  const timers = [cancelSession(group, former.memberId), sessionTimer(shard, group, member)]
  const { protocols, rebalanceTimeoutMs, sessionTimeoutMs } = request
  group.update(member, { protocols, rebalanceTimeoutMs, sessionTimeoutMs })
  group.awaitJoin(member, to)
  const replaced = sequence(fenced, { timers, events: replacement(group, former, member) })
  // The protocol's name decides, even where the member subscribes to something else now.
  if (group.state === 'Stable' && group.selectProtocol() === group.protocolName) {
    const back = { former, member, formerLeaderId, supportsSkippingAssignment, to }
    return sequence(replaced, storeMember(shard, group, back))
  }
  // While an assignment is awaited, the leader may be making it for the former member.
  return sequence(replaced, rebalanceOrComplete(shard, group, nowMs))
}

function fence({ memberId, awaitingJoin, awaitingSync }: Member): GroupStep {
  return {
    replies: [
      ...(awaitingJoin ? [joinError(awaitingJoin, 'FENCED_INSTANCE_ID', memberId)] : []),
      ...(awaitingSync ? [syncError(awaitingSync, 'FENCED_INSTANCE_ID')] : []),
    ],
  }
}

function replacement({ groupId }: ClassicGroup, former: Member, { memberId, clientId }: Member): GroupEvent[] {
  const left = { memberId: former.memberId, clientId: former.clientId, reason: 'replaced' } as const
  return [
    { type: 'memberLeft', groupId, ...left },
    { type: 'memberJoined', groupId, memberId, clientId },
  ]
}

/** The member goes on with what its former self was assigned, once its new id is written. */
function storeMember(shard: GroupShard, group: ClassicGroup, back: Return): GroupStep {
  const { former, member } = back
  const inheritedFrom = (memberId: string) => (memberId === member.memberId ? former.memberId : memberId)
  const value = groupMetadata(
    group,
    (memberId) => shard.view.assignment(group.groupId, inheritedFrom(memberId)) ?? NO_ASSIGNMENT,
  )
  return {
    records: [groupMetadataRecord(group.groupId, value)],
    settle: (error) => {
      group.awaitJoin(member, null)
      return error === ErrorCode.NONE ? { replies: [welcome(group, back)] } : revert(shard, group, back, error)
    },
  }
}

/** Since version 9 a leader learns its new id and that it has nothing to assign; before, it must not take itself for the leader. */
function welcome(group: ClassicGroup, { member, formerLeaderId, supportsSkippingAssignment, to }: Return) {
  const leads = supportsSkippingAssignment && group.isLeader(member.memberId)
  const leader = supportsSkippingAssignment ? group.leaderId : formerLeaderId
  return reply(to, { ...joinAnswer(group, member, leads), leader, skipAssignment: leads })
}

function revert(shard: GroupShard, group: ClassicGroup, back: Return, error: ErrorCode): GroupStep {
  const { former, member, formerLeaderId, to } = back
  const { protocols, rebalanceTimeoutMs, sessionTimeoutMs } = former
  group.update(member, { protocols, rebalanceTimeoutMs, sessionTimeoutMs })
  const restored = group.replaceStaticMember(member, former.memberId)
  const refusal = refusedWrite(error)
  const refused = { errorCode: ErrorCode[refusal], errorMessage: errorText(refusal), memberId: '' }
  return {
    replies: [reply(to, { ...joinAnswer(group, restored, false), ...refused, leader: formerLeaderId })],
    timers: [cancelSession(group, member.memberId), sessionTimer(shard, group, restored)],
    events: replacement(group, member, restored),
  }
}
