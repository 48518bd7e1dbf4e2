// InitProducerId: a producer gets an id, by which the log knows what it has sent before; with a transactional id, the one
// that belongs to it, and an epoch above those of all that had it before.
// Differs from Kafka: two-phase commit (KIP-939) is refused, as Kafka refuses it where it is not enabled.

import { ErrorCode, type ErrorName, errorText } from '../../errors.ts'
import { initProducerId as begin, type InitProducerIdAnswer } from '../../transactions/init-producer-id.ts'
import { NO_PRODUCER_EPOCH, NO_PRODUCER_ID } from '../../transactions/transaction.ts'
import type { InitProducerIdRequest, InitProducerIdResponse } from '../api.ts'
import type { BrokerInternals, Handler } from '../handler.ts'
import { Parked } from '../parked.ts'

export const initProducerId: Handler<'InitProducerId'> = (broker, request) => {
  const { transactionalId, producerId, producerEpoch } = request
  if ((producerId === NO_PRODUCER_ID) !== (producerEpoch === NO_PRODUCER_EPOCH)) {
    const why = `The producer id is ${producerId} and the epoch ${producerEpoch}. Give both, or -1 for both.`
    return refused('INVALID_REQUEST', why)
  }
  // Without a transactional id a producer gets a new id whatever it says it had.
  if (transactionalId === null) {
    return toResponse(broker, request, {
      errorCode: ErrorCode.NONE,
      producerId: broker.producerIds.next(),
      producerEpoch: 0,
    })
  }
  if (transactionalId === '') return refused('INVALID_REQUEST', 'The transactional id is empty.')
  if (request.enable2Pc) {
    const why = 'Two-phase commit is not enabled (transaction.two.phase.commit.enable). Leave enable2Pc out.'
    return refused('TRANSACTIONAL_ID_AUTHORIZATION_FAILED', why)
  }
  if (request.keepPreparedTxn) {
    return refused('UNSUPPORTED_VERSION', 'A prepared transaction cannot be kept. Leave keepPreparedTxn out.')
  }
  const parked = new Parked<InitProducerIdResponse>()
  const answered = { answer: (answer: InitProducerIdAnswer) => parked.answer(toResponse(broker, request, answer)) }
  const expected = producerId === NO_PRODUCER_ID ? null : { producerId, producerEpoch }
  const { transactionTimeoutMs } = request
  broker.transactions.run(
    transactionalId,
    (shard, nowMs) => begin(shard, { transactionalId, transactionTimeoutMs, expected }, answered, nowMs),
    (error) => parked.answer(refused(error)),
  )
  return parked.result
}

function toResponse(
  { config }: BrokerInternals,
  { transactionalId, transactionTimeoutMs }: InitProducerIdRequest,
  answer: InitProducerIdAnswer,
): InitProducerIdResponse {
  const { errorCode } = answer
  if (errorCode === ErrorCode.INVALID_TRANSACTION_TIMEOUT) {
    const why =
      `The transaction timeout of '${transactionalId}' is ${transactionTimeoutMs} ms. It must be at least 1, and at most ` +
      `the broker's transactionMaxTimeoutMs (transaction.max.timeout.ms) of ${config.transactionMaxTimeoutMs}.`
    return { ...refused('INVALID_TRANSACTION_TIMEOUT', why) }
  }
  return { ...answer, errorMessage: null, ongoingTxnProducerId: -1, ongoingTxnProducerEpoch: -1 }
}

function refused(error: ErrorName, errorMessage = errorText(error)): InitProducerIdResponse {
  return {
    errorCode: ErrorCode[error],
    errorMessage,
    producerId: NO_PRODUCER_ID,
    producerEpoch: NO_PRODUCER_EPOCH,
    ongoingTxnProducerId: -1,
    ongoingTxnProducerEpoch: -1,
  }
}
