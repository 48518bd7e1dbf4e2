// What a consumer and an admin ask about offsets: committed ones, and those a partition has.

import type { ListOffsetsRequest } from '../broker/api.ts'
import { ErrorCode, errorFrom, KafkaError } from '../errors.ts'
import type { Connection } from './connection.ts'
import type { Offset, TopicPartition } from './topic.ts'

export const LATEST = -1
export const EARLIEST = -2

export interface OffsetToCommit extends TopicPartition {
  readonly offset: Offset
  readonly leaderEpoch?: number | null
  readonly metadata?: string
}

export interface CommitIdentity {
  readonly groupId: string
  readonly generation: number
  readonly memberId: string
  /** Of a static member. */
  readonly groupInstanceId?: string | null
}

/** A whole number of at least 0, or the KafkaError INVALID_ARGUMENT that says whose it is. */
export function checkOffset(offset: number, { topic, partition }: TopicPartition): void {
  if (Number.isSafeInteger(offset) && offset >= 0) return
  const why = `The offset for ${topic}-${partition} must be a whole number of at least 0, not ${offset}.`
  throw new KafkaError('INVALID_ARGUMENT', why)
}

/** Resolves when all are committed; rejects with the first that is not. `learn` is told every code. */
export async function commitOffsets(
  connection: Connection,
  { groupId, generation, memberId, groupInstanceId = null }: CommitIdentity,
  offsets: readonly OffsetToCommit[],
  learn: (errorCode: ErrorCode) => void = () => {},
): Promise<void> {
  const response = await connection.request('OffsetCommit', {
    groupId,
    generationIdOrMemberEpoch: generation,
    memberId,
    groupInstanceId,
    topics: [...groupByTopic(offsets)].map(([name, entries]) => ({
      name,
      partitions: entries.map(({ partition, offset, leaderEpoch, metadata }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: leaderEpoch ?? -1,
        committedMetadata: metadata ?? null,
      })),
    })),
  })
  for (const { partitions } of response.topics) {
    for (const { errorCode } of partitions) {
      if (errorCode === ErrorCode.NONE) continue
      learn(errorCode)
      throw errorFrom(errorCode, response.errorMessage)
    }
  }
}

export interface CommittedOffset extends TopicPartition {
  readonly offset: Offset
  /** null where the commit named none. */
  readonly leaderEpoch: number | null
  readonly metadata: string
}

/** What the group committed, of these partitions or (null) of all. */
export async function fetchCommitted(
  connection: Connection,
  groupId: string,
  partitions: readonly TopicPartition[] | null,
): Promise<CommittedOffset[]> {
  const topics =
    partitions &&
    [...groupByTopic(partitions)].map(([name, entries]) => ({
      name,
      partitionIndexes: entries.map(({ partition }) => partition),
    }))
  const { groups } = await connection.request('OffsetFetch', { groups: [{ groupId, topics }], requireStable: true })
  const [group] = groups
  if (group === undefined || group.errorCode !== ErrorCode.NONE) {
    throw errorFrom(group?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR)
  }
  return group.topics.flatMap(({ name, partitions: found }) =>
    found.flatMap(({ partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode }) => {
      if (errorCode !== ErrorCode.NONE) throw errorFrom(errorCode)
      if (committedOffset < 0) return []
      const leaderEpoch = committedLeaderEpoch < 0 ? null : committedLeaderEpoch
      return [{ topic: name, partition: partitionIndex, offset: committedOffset, leaderEpoch, metadata }]
    }),
  )
}

export interface OffsetQuery extends TopicPartition {
  /** A time, or {@link LATEST} or {@link EARLIEST}. */
  readonly timestamp: number
}

export interface OffsetAnswer {
  /** -1 where no record is as young as asked for. */
  readonly offset: Offset
  readonly timestamp: number
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
}

/** In the order of the queries; throws the first error there is. */
export async function listOffsets(
  connection: Connection,
  queries: readonly OffsetQuery[],
  isolationLevel: ListOffsetsRequest['isolationLevel'] = 'read_uncommitted',
): Promise<OffsetAnswer[]> {
  const answers = await askOffsets(connection, queries, isolationLevel)
  for (const { errorCode, errorMessage } of answers) {
    if (errorCode !== ErrorCode.NONE) throw errorFrom(errorCode, errorMessage)
  }
  return answers
}

/** In the order of the queries, each with its own error. */
export async function askOffsets(
  connection: Connection,
  queries: readonly OffsetQuery[],
  isolationLevel: ListOffsetsRequest['isolationLevel'],
): Promise<OffsetAnswer[]> {
  const { topics } = await connection.request('ListOffsets', {
    isolationLevel,
    topics: queries.map(({ topic, partition, timestamp }) => ({
      name: topic,
      partitions: [{ partitionIndex: partition, timestamp }],
    })),
  })
  return topics.flatMap(({ partitions }) => partitions)
}

export function groupByTopic<Entry extends TopicPartition>(entries: readonly Entry[]): Map<string, Entry[]> {
  const topics = new Map<string, Entry[]>()
  for (const entry of entries) {
    const known = topics.get(entry.topic)
    if (known) known.push(entry)
    else topics.set(entry.topic, [entry])
  }
  return topics
}
