// OffsetCommit: how far a group has read. A partition that does not exist is refused for itself alone.
// Neither ownership nor the offset is checked, as in Kafka.

import { ErrorCode, errorText } from '../../errors.ts'
import { type CommitAnswer, commitOffsets } from '../../groups/offsets.ts'
import type { OffsetCommitResponse } from '../group-api.ts'
import type { Handler } from '../handler.ts'
import { OffsetsToCommit } from '../offsets-to-commit.ts'
import { Parked } from '../parked.ts'

const FIRST_VERSION_WITH_GROUP_ID_NOT_FOUND = 9

export const offsetCommit: Handler<'OffsetCommit'> = (broker, request, { apiVersion }) => {
  const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: generationId } = request
  const offsets = new OffsetsToCommit(broker, request.topics)
  if (offsets.areAllUnknown) return offsets.responseTo({ errorCodes: [], errorMessage: null })
  const namesUnknownGroup = apiVersion === undefined || apiVersion >= FIRST_VERSION_WITH_GROUP_ID_NOT_FOUND
  const commit = { groupId, generationId, memberId, groupInstanceId, offsets: offsets.known, namesUnknownGroup }
  const parked = new Parked<OffsetCommitResponse>()
  const answered = { answer: (answer: CommitAnswer) => parked.answer(offsets.responseTo(answer)) }
  broker.groups.run(
    groupId,
    (shard, nowMs) => commitOffsets(shard, commit, answered, nowMs),
    (error) => answered.answer(offsets.allWith(ErrorCode[error], errorText(error))),
  )
  return parked.result
}
