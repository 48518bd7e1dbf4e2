// OffsetCommit: how far a group has read. A partition that does not exist is refused for itself alone.
// Neither ownership nor the offset is checked, as in Kafka.

import { ErrorCode, errorText } from '../../errors.ts'
import { type CommitAnswer, commitOffsets, type OffsetToCommit } from '../../groups/offsets.ts'
import type { OffsetCommitRequest, OffsetCommitResponse } from '../group-api.ts'
import type { BrokerInternals, Handler } from '../handler.ts'
import { Parked } from '../parked.ts'

const FIRST_VERSION_WITH_GROUP_ID_NOT_FOUND = 9

export const offsetCommit: Handler<'OffsetCommit'> = (broker, request, { apiVersion }) => {
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: generationId } = request
  const offsets = request.topics.flatMap(({ name, partitions }) => partitions.map((each) => toCommit(name, each)))
  const known = offsets.filter((entry) => exists(broker, entry))
  const namesUnknownGroup = apiVersion === undefined || apiVersion >= FIRST_VERSION_WITH_GROUP_ID_NOT_FOUND
  const parked = new Parked<OffsetCommitResponse>()
  const answered = {
    answer: (answer: CommitAnswer) => parked.answer(toResponse(broker, request, offsets, known, answer)),
  }
  if (known.length === 0 && offsets.length > 0) answered.answer({ errorCodes: [], errorMessage: null })
  else {
    const commit = { groupId, generationId, memberId, groupInstanceId, offsets: known, namesUnknownGroup }
    broker.groups.run(
      groupId,
      (shard, nowMs) => commitOffsets(shard, commit, answered, nowMs),
      (error) => answered.answer({ errorCodes: known.map(() => ErrorCode[error]), errorMessage: errorText(error) }),
    )
  }
  return parked.result
}

type RequestPartition = OffsetCommitRequest['topics'][number]['partitions'][number]

function toCommit(topic: string, each: RequestPartition): OffsetToCommit {
  return {
    topic,
    partition: each.partitionIndex,
    offset: each.committedOffset,
    leaderEpoch: each.committedLeaderEpoch,
    metadata: each.committedMetadata,
  }
}

function exists(broker: BrokerInternals, { topic, partition }: OffsetToCommit): boolean {
  return broker.topics.get(topic)?.partitions[partition] !== undefined
}

function toResponse(
  broker: BrokerInternals,
  request: OffsetCommitRequest,
  offsets: readonly OffsetToCommit[],
  known: readonly OffsetToCommit[],
  { errorCodes, errorMessage }: CommitAnswer,
): OffsetCommitResponse {
  const codes = new Map(known.map((entry, i) => [entry, errorCodes[i] ?? ErrorCode.NONE]))
  const stranger = offsets.find((entry) => !codes.has(entry))
  const answered = offsets.map((entry) => codes.get(entry) ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION).values()
  return {
    errorMessage: errorMessage ?? (stranger ? unknown(broker, stranger) : null),
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        errorCode: answered.next().value ?? ErrorCode.NONE,
      })),
    })),
  }
}

function unknown(broker: BrokerInternals, { topic: name, partition }: OffsetToCommit): string {
  const topic = broker.topics.get(name)
  return topic ? broker.topics.unknownPartition(topic, partition) : broker.topics.unknown(name)
}
