// What is deleted on request: groups without members, offsets that nobody uses, and what was committed for a topic
// that is gone. (Kafka: GroupCoordinatorShard.deleteGroups, OffsetMetadataManager.deleteOffsets, onPartitionsDeleted)

import { refusedWrite } from '../coordinator/refused-write.ts'
import type { CoordinatorRecord } from '../coordinator/step.ts'
import { type Reply, reply, type Waiting } from '../coordinator/step.ts'
import { ErrorCode, errorText } from '../errors.ts'
import { cancelExpiry, expiryTimer } from './expiry.ts'
import type { ClassicGroup } from './group.ts'
import { groupMetadataRecord, offsetCommitRecord } from './group-records.ts'
import type { GroupStep } from './group-step.ts'
import type { Refusal } from './member-identity.ts'
import { cancelSession } from './rebalance.ts'
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
  const places = [...committedPlaces(shard, groupId), ...pendingPlaces(shard, groupId)]
  return {
    records: [...places.map((place) => tombstone(groupId, place)), groupMetadataRecord(groupId, null)],
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
    .filter((each) => !subscribed(each) && isStored(shard, groupId, each))
    .map((each) => tombstone(groupId, each))
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
  const placesOf = (groupId: string) =>
    [...committedPlaces(shard, groupId), ...pendingPlaces(shard, groupId)].filter((place) => place.topic === topic)
  const groups = [...shard.view.groupIds()].map((groupId) => ({ groupId, places: placesOf(groupId) }))
  const affected = groups.filter(({ places }) => places.length > 0)
  return {
    records: affected.flatMap(({ groupId, places }) => places.map((place) => tombstone(groupId, place))),
    timers: affected.map(({ groupId }) => expiryTimer(shard, groupId)),
  }
}

function committedPlaces({ view }: GroupShard, groupId: string): OffsetToDelete[] {
  return [...view.offsets(groupId)].flatMap(([topic, partitions]) =>
    [...partitions.keys()].map((partition) => ({ topic, partition })),
  )
}

/** Those of open transactions that have no committed offset beside them: two tombstones would say the same. */
function pendingPlaces({ view }: GroupShard, groupId: string): OffsetToDelete[] {
  const places = view.pending.of(groupId).filter((each) => view.committed(groupId, each.topic, each.partition) === null)
  const byPlace = new Map(places.map(({ topic, partition }) => [`${partition} ${topic}`, { topic, partition }]))
  return [...byPlace.values()]
}

function isStored({ view }: GroupShard, groupId: string, { topic, partition }: OffsetToDelete): boolean {
  return view.committed(groupId, topic, partition) !== null || view.pending.has(groupId, topic, partition)
}

function tombstone(groupId: string, { topic, partition }: OffsetToDelete): CoordinatorRecord {
  return offsetCommitRecord(groupId, topic, partition, null)
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
