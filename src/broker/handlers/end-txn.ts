// EndTxn: a producer commits or aborts its transaction. Answered when the decision is written, before the markers are.

import { ErrorCode } from '../../errors.ts'
import { type EndTransactionAnswer, endTransaction } from '../../transactions/end-transaction.ts'
import { NO_PRODUCER_EPOCH, NO_PRODUCER_ID } from '../../transactions/transaction.ts'
import type { Handler } from '../handler.ts'
import { Parked } from '../parked.ts'

/** KIP-890: every end raises the epoch. */
const FIRST_VERSION_WITH_EPOCH_BUMP = 5

export const endTxn: Handler<'EndTxn'> = (broker, request, { apiVersion = FIRST_VERSION_WITH_EPOCH_BUMP }) => {
  const { transactionalId, producerId, producerEpoch, committed: isCommit } = request
  const version = apiVersion >= FIRST_VERSION_WITH_EPOCH_BUMP ? 2 : 0
  const parked = new Parked<EndTransactionAnswer>()
  broker.transactions.run(
    transactionalId,
    (shard, nowMs) =>
      endTransaction(shard, { transactionalId, producerId, producerEpoch, isCommit, version }, parked, nowMs),
    (error) => {
      const refused = { producerId: NO_PRODUCER_ID, producerEpoch: NO_PRODUCER_EPOCH }
      parked.answer({ errorCode: ErrorCode[error], ...refused })
    },
  )
  return parked.result
}
