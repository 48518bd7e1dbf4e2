// How far a group has read: commit and fetch.
// (Kafka: OffsetMetadataManager, ClassicGroup.validateOffsetCommit)

import { refusedWrite } from '../coordinator/refused-write.ts'
import { NOTHING, type RecordProducer, reply, sequence, type Waiting } from '../coordinator/step.ts'
import { ErrorCode, type ErrorName, errorText } from '../errors.ts'
import { expiryTimer } from './expiry.ts'
import type { ClassicGroup } from './group.ts'
import { type OffsetCommitValue, offsetCommitRecord } from './group-records.ts'
import { groupStates } from './group-state.ts'
import type { GroupStep } from './group-step.ts'
import { findMember, type MemberIdentity, type Refusal } from './member-identity.ts'
import { staleGeneration } from './membership.ts'
import { sessionTimer } from './rebalance.ts'
import type { GroupShard } from './shard.ts'

export interface CommitRequest extends MemberIdentity {
  readonly groupId: string
  /** -1 where the committer is no member. */
  readonly generationId: number
  readonly offsets: readonly OffsetToCommit[]
  /** Since version 9 a member of an unknown group is told so by name. */
  readonly namesUnknownGroup: boolean
}

export interface OffsetToCommit {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string | null
}

export interface CommitAnswer {
  /** In the order of the request's offsets. */
  readonly errorCodes: readonly ErrorCode[]
  readonly errorMessage: string | null
}

export function commitOffsets(
  shard: GroupShard,
  request: CommitRequest,
  to: Waiting<CommitAnswer>,
  nowMs: number,
): GroupStep {
  const known = shard.group(request.groupId, nowMs)
  const refusal = refuseCommit(known, request)
  if (refusal) return refused(request, to, refusal)
  const member = known?.members.get(request.memberId)
  const session: GroupStep = known && member ? { timers: [sessionTimer(shard, known, member)] } : NOTHING
  return sequence(session, storeOffsets(shard, request, to, nowMs, true))
}

/** In a transaction: written now, and counted when that is committed. It is no sign of life of a member. */
export function commitInTransaction(
  shard: GroupShard,
  request: CommitRequest,
  producer: RecordProducer,
  to: Waiting<CommitAnswer>,
  nowMs: number,
): GroupStep {
  const refusal = refuseTransactionalCommit(shard.group(request.groupId, nowMs), request)
  if (refusal) return refused(request, to, refusal)
  return { ...storeOffsets(shard, request, to, nowMs, false), producer }
}

function refused({ offsets }: CommitRequest, to: Waiting<CommitAnswer>, { error, message }: Refusal): GroupStep {
  return { replies: [reply(to, { errorCodes: offsets.map(() => ErrorCode[error]), errorMessage: message })] }
}

function storeOffsets(
  shard: GroupShard,
  request: CommitRequest,
  to: Waiting<CommitAnswer>,
  nowMs: number,
  isCommitted: boolean,
): GroupStep {
  const { groupId } = request
  const mostUnits = shard.config.offsetMetadataMaxBytes
  const fits = ({ metadata }: OffsetToCommit) => metadata === null || metadata.length <= mostUnits
  const stored = request.offsets.filter(fits)
  const records = stored.map((entry) =>
    offsetCommitRecord(groupId, entry.topic, entry.partition, toValue(entry, nowMs)),
  )
  return {
    records,
    settle: (error) => {
      const failed = error === ErrorCode.NONE ? ErrorCode.NONE : ErrorCode[refusedWrite(error)]
      const errorCodes = request.offsets.map((entry) => (fits(entry) ? failed : ErrorCode.OFFSET_METADATA_TOO_LARGE))
      const tooLarge = errorCodes.includes(ErrorCode.OFFSET_METADATA_TOO_LARGE)
      const errorMessage = tooLarge
        ? `The metadata of a committed offset may have ${mostUnits} characters (offsetMetadataMaxBytes). Store it elsewhere.`
        : null
      const answered: GroupStep = { replies: [reply(to, { errorCodes, errorMessage })] }
      if (failed !== ErrorCode.NONE || stored.length === 0 || !isCommitted) return answered
      const offsets = stored.map(({ topic, partition, offset }) => ({ topic, partition, offset }))
      const events = [{ type: 'offsetsCommitted' as const, groupId, offsets }]
      return { ...answered, events, timers: [expiryTimer(shard, groupId)] }
    },
  }
}

function toValue({ offset, leaderEpoch, metadata }: OffsetToCommit, nowMs: number): OffsetCommitValue {
  return { offset, leaderEpoch, metadata: metadata ?? '', commitTimestamp: nowMs, expireTimestamp: -1 }
}

function refuseCommit(
  group: ClassicGroup | undefined,
  { groupId, generationId, memberId, groupInstanceId, namesUnknownGroup }: CommitRequest,
): Refusal | null {
  const refuse = (error: ErrorName, message = errorText(error)) => ({ error, message })
  if (group === undefined) {
    if (generationId < 0) return null
    const error = namesUnknownGroup ? 'GROUP_ID_NOT_FOUND' : 'ILLEGAL_GENERATION'
    return refuse(
      error,
      `Group '${groupId}' does not exist, so nobody is in its generation ${generationId}. Poll to join it.`,
    )
  }
  if (generationId < 0 && group.state === 'Empty') return null
  if (generationId < 0 && memberId === '' && groupInstanceId === null) {
    const message =
      `Group '${groupId}' has members (it is ${group.state}), so only they may commit. ` +
      'Close its consumers first, or commit as one of them.'
    return refuse('UNKNOWN_MEMBER_ID', message)
  }
  const stranger = refuseStranger(group, { groupId, generationId, memberId, groupInstanceId })
  if (stranger) return stranger
  const inThisState = groupStates[group.state].commit
  return inThisState === 'NONE' ? null : refuse(inThisState)
}

/** A producer may commit for a group without being a member; if it says it is one, it must be one of now. */
function refuseTransactionalCommit(group: ClassicGroup | undefined, request: CommitRequest): Refusal | null {
  const { groupId, generationId, memberId, groupInstanceId } = request
  if (group === undefined) {
    if (generationId < 0) return null
    const message = `Group '${groupId}' does not exist, so nobody is in its generation ${generationId}. Abort, and poll to join it.`
    return { error: 'ILLEGAL_GENERATION', message }
  }
  if (generationId < 0 && group.state === 'Empty') return null
  if (generationId < 0 && memberId === '' && groupInstanceId === null) return null
  return refuseStranger(group, request)
}

function refuseStranger(
  group: ClassicGroup,
  {
    groupId,
    generationId,
    memberId,
    groupInstanceId,
  }: Pick<CommitRequest, 'groupId' | 'generationId' | 'memberId' | 'groupInstanceId'>,
): Refusal | null {
  const found = findMember(group, { memberId, groupInstanceId })
  if ('error' in found && found.error === 'FENCED_INSTANCE_ID') return found
  if ('error' in found) {
    const message =
      `Group '${groupId}' is in generation ${group.generation} and has no member '${memberId}' (it was removed, or never ` +
      `joined; the commit is of generation ${generationId}). Poll to join again; what others own now is theirs to commit.`
    return { error: found.error, message }
  }
  if (generationId === group.generation) return null
  return { error: 'ILLEGAL_GENERATION', message: staleGeneration(group, generationId) }
}

export interface FetchedOffset {
  readonly topic: string
  readonly partition: number
  /** A transaction that has not ended may change it, and whoever asks wants what stays. */
  readonly isUnstable: boolean
  /** -1 where nothing is committed: that is no error. */
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string
}

/** All of the group's offsets where `wanted` is null. */
export function fetchOffsets(
  shard: GroupShard,
  groupId: string,
  wanted: readonly { readonly topic: string; readonly partition: number }[] | null,
  requireStable: boolean,
): FetchedOffset[] {
  const partitions = wanted ?? everyCommitted(shard, groupId)
  return partitions.map(({ topic, partition }) => {
    const isUnstable = requireStable && shard.view.pending.has(groupId, topic, partition)
    const committed = isUnstable ? null : shard.view.committed(groupId, topic, partition)
    return {
      topic,
      partition,
      isUnstable,
      offset: committed?.offset ?? -1,
      leaderEpoch: committed?.leaderEpoch ?? -1,
      metadata: committed?.metadata ?? '',
    }
  })
}

function everyCommitted(shard: GroupShard, groupId: string): { topic: string; partition: number }[] {
  return [...shard.view.offsets(groupId)].flatMap(([topic, partitions]) =>
    [...partitions.keys()].map((partition) => ({ topic, partition })),
  )
}
