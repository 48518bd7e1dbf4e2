// TxnOffsetCommit: how far a group has read, as part of a transaction: it counts when that is committed.
// With KIP-890 the group's partition of __consumer_offsets becomes part of the transaction by it; before, AddOffsetsToTxn has
// made it so, and here that is verified.

import { ErrorCode, errorText } from '../../errors.ts'
import { type CommitAnswer, commitInTransaction } from '../../groups/offsets.ts'
import type { Handler } from '../handler.ts'
import { OffsetsToCommit } from '../offsets-to-commit.ts'
import { Parked } from '../parked.ts'
import { takePart } from '../take-part.ts'
import { OFFSETS_TOPIC } from '../topics.ts'
import type { TxnOffsetCommitResponse } from '../transaction-api.ts'

const FIRST_VERSION_THAT_ADDS = 5

export const txnOffsetCommit: Handler<'TxnOffsetCommit'> = (broker, request, { apiVersion }) => {
  const { transactionalId, producerId, producerEpoch, groupId, generationId, memberId, groupInstanceId } = request
  const offsets = new OffsetsToCommit(broker, request.topics)
  if (offsets.areAllUnknown) return offsets.responseTo({ errorCodes: [], errorMessage: null })
  const adds = apiVersion === undefined || apiVersion >= FIRST_VERSION_THAT_ADDS
  const place = { topic: OFFSETS_TOPIC, partition: broker.groups.partitionOf(groupId) }
  const [problem = 'NONE'] = takePart(broker, { transactionalId, producerId, producerEpoch }, [place], adds)
  if (problem !== 'NONE') return offsets.responseTo(offsets.allWith(ErrorCode[problem], errorText(problem)))
  const commit = { groupId, generationId, memberId, groupInstanceId, offsets: offsets.known, namesUnknownGroup: false }
  const parked = new Parked<TxnOffsetCommitResponse>()
  const answered = { answer: (answer: CommitAnswer) => parked.answer(offsets.responseTo(answer)) }
  broker.groups.run(
    groupId,
    (shard, nowMs) => commitInTransaction(shard, commit, { producerId, producerEpoch }, answered, nowMs),
    (error) => answered.answer(offsets.allWith(ErrorCode[error], errorText(error))),
  )
  return parked.result
}
