// What is deleted on request: groups without members, offsets that nobody uses, and what was committed for a topic
// that is gone. (Kafka: GroupCoordinatorShard.deleteGroups, OffsetMetadataManager.deleteOffsets, onPartitionsDeleted)

import type { CoordinatorRecord } from '../coordinator/step.ts'
import { type Reply, reply, type Waiting } from '../coordinator/step.ts'
import { ErrorCode, errorText } from '../errors.ts'
import { cancelExpiry, expiryTimer } from './expiry.ts'
import type { ClassicGroup } from './group.ts'
import { groupMetadataRecord, offsetCommitRecord } from './group-records.ts'
import type { GroupStep } from './group-step.ts'
import type { Refusal } from './member-identity.ts'
import { cancelSession } from './rebalance.ts'
import { refusedWrite } from './refused-write.ts'
import type { GroupShard } from './shard.ts'
import { CONSUMER_PROTOCOL_TYPE } from './subscription.ts'

export interface DeleteAnswer {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
}

export function deleteGroup(shard: GroupShard, groupId: string, to: Waiting<DeleteAnswer>, nowMs: number): GroupStep {
  const group = shard.group(groupId, nowMs)
  if (group === undefined) return { replies: [refuse(to, unknownGroup(groupId))] }
  if (group.state !== 'Empty') return { replies: [refuse(to, nonEmpty(group, 'it cannot be deleted'))] }
  const offsets = [...shard.view.offsets(groupId)].flatMap(([topic, partitions]) =>
    tombstones(groupId, topic, partitions.keys()),
  )
  return {
    records: [...offsets, groupMetadataRecord(groupId, null)],
    settle: (error) => {
      if (error !== ErrorCode.NONE) return { replies: [refuse(to, refusedBy(error))] }
      shard.groups.delete(groupId)
      const pending = [...group.pendingJoins].map((memberId) => cancelSession(group, memberId))
      return { replies: [reply(to, DONE)], timers: [...pending, cancelExpiry(groupId)] }
    },
  }
}

export interface OffsetToDelete {
  readonly topic: string
  readonly partition: number
}

export interface DeleteOffsetsAnswer extends DeleteAnswer {
  /** In the order of the request's offsets. */
  readonly errorCodes: readonly ErrorCode[]
}

export function deleteOffsets(
  shard: GroupShard,
  groupId: string,
  offsets: readonly OffsetToDelete[],
  to: Waiting<DeleteOffsetsAnswer>,
  nowMs: number,
): GroupStep {
  const group = shard.group(groupId, nowMs)
  const refused = (refusal: Refusal): GroupStep => ({
    replies: [reply(to, { ...failure(refusal), errorCodes: [] })],
  })
  if (groupId === '') return refused({ error: 'INVALID_GROUP_ID', message: errorText('INVALID_GROUP_ID') })
  if (group === undefined) return refused(unknownGroup(groupId))
  if (group.state !== 'Empty' && group.protocolType !== CONSUMER_PROTOCOL_TYPE) {
    return refused(nonEmpty(group, 'its offsets cannot be deleted'))
  }
  const subscribed = ({ topic }: OffsetToDelete) => group.isSubscribedTo(topic)
  const records = offsets
    .filter((each) => !subscribed(each) && shard.view.committed(groupId, each.topic, each.partition) !== null)
    .map(({ topic, partition }) => offsetCommitRecord(groupId, topic, partition, null))
  const errorCodes = offsets.map((each) => (subscribed(each) ? ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode.NONE))
  return {
    records,
    settle: (error) =>
      error === ErrorCode.NONE
        ? { replies: [reply(to, { ...DONE, errorCodes })], timers: [expiryTimer(shard, groupId)] }
        : refused(refusedBy(error)),
  }
}

/** What any group committed for a topic that is deleted is deleted with it. */
export function forgetTopic(shard: GroupShard, topic: string): GroupStep {
  const groupIds = [...shard.view.groupIds()].filter((groupId) => shard.view.offsets(groupId).has(topic))
  const records = groupIds.flatMap((groupId) =>
    tombstones(groupId, topic, shard.view.offsets(groupId).get(topic)?.keys() ?? []),
  )
  return { records, timers: groupIds.map((groupId) => expiryTimer(shard, groupId)) }
}

function tombstones(groupId: string, topic: string, partitions: Iterable<number>): CoordinatorRecord[] {
  return [...partitions].map((partition) => offsetCommitRecord(groupId, topic, partition, null))
}

const DONE: DeleteAnswer = { errorCode: ErrorCode.NONE, errorMessage: null }

function failure({ error, message }: Refusal): DeleteAnswer {
  return { errorCode: ErrorCode[error], errorMessage: message }
}

function refuse(to: Waiting<DeleteAnswer>, refusal: Refusal): Reply {
  return reply(to, failure(refusal))
}

function refusedBy(code: ErrorCode): Refusal {
  const error = refusedWrite(code)
  return { error, message: errorText(error) }
}

function unknownGroup(groupId: string): Refusal {
  return { error: 'GROUP_ID_NOT_FOUND', message: `Group '${groupId}' does not exist.` }
}

function nonEmpty({ groupId, state, members }: ClassicGroup, consequence: string): Refusal {
  const message =
    `Group '${groupId}' has ${members.size} members (it is ${state}), so ${consequence}. ` +
    'Close them first, or remove them with removeMembersFromConsumerGroup.'
  return { error: 'NON_EMPTY_GROUP', message }
}
