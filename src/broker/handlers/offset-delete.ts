// OffsetDelete: forgets what a group committed, except for topics that its members read.
// A partition that does not exist is refused for itself alone.

import { ErrorCode, errorText } from '../../errors.ts'
import { type DeleteOffsetsAnswer, deleteOffsets, type OffsetToDelete } from '../../groups/deletion.ts'
import type { OffsetDeleteRequest, OffsetDeleteResponse } from '../group-api.ts'
import type { Handler } from '../handler.ts'
import { Parked } from '../parked.ts'

export const offsetDelete: Handler<'OffsetDelete'> = (broker, request) => {
  const { groupId } = request
  const offsets = request.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex }) => ({ topic: name, partition: partitionIndex })),
  )
  const known = offsets.filter(({ topic, partition }) => broker.topics.get(topic)?.partitions[partition] !== undefined)
  const parked = new Parked<OffsetDeleteResponse>()
  const to = { answer: (answer: DeleteOffsetsAnswer) => parked.answer(toResponse(request, offsets, known, answer)) }
  broker.groups.run(
    groupId,
    (shard, nowMs) => deleteOffsets(shard, groupId, known, to, nowMs),
    (error) => parked.answer({ errorCode: ErrorCode[error], errorMessage: errorText(error), topics: [] }),
  )
  return parked.result
}

function toResponse(
  request: OffsetDeleteRequest,
  offsets: readonly OffsetToDelete[],
  known: readonly OffsetToDelete[],
  { errorCode, errorMessage, errorCodes }: DeleteOffsetsAnswer,
): OffsetDeleteResponse {
  if (errorCode !== ErrorCode.NONE) return { errorCode, errorMessage, topics: [] }
  const codes = new Map(known.map((entry, i) => [entry, errorCodes[i] ?? ErrorCode.NONE]))
  const answered = offsets.map((entry) => codes.get(entry) ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION).values()
  const topics = request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({
      partitionIndex,
      errorCode: answered.next().value ?? ErrorCode.NONE,
    })),
  }))
  return { errorCode, errorMessage, topics }
}
