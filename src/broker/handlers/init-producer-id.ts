// InitProducerId: a producer gets an id, by which the log knows what it has sent before.
// Differs from Kafka: transactions are not supported yet, so a transactional id is refused.

import { ErrorCode } from '../../errors.ts'
import type { InitProducerIdRequest, InitProducerIdResponse } from '../api.ts'
import type { Handler } from '../handler.ts'

export const initProducerId: Handler<'InitProducerId'> = (broker, request) => {
  const problem = problemWith(request)
  if (problem !== null) return answer(-1, -1, ...problem)
  return answer(broker.producerIds.next(), 0)
}

function problemWith(request: InitProducerIdRequest): readonly [ErrorCode, string] | null {
  const { transactionalId, producerId, producerEpoch } = request
  if ((producerId === -1) !== (producerEpoch === -1)) {
    const why = `The producer id is ${producerId} and the epoch ${producerEpoch}. Give both, or -1 for both.`
    return [ErrorCode.INVALID_REQUEST, why]
  }
  // Without a transactional id a producer gets a new id whatever it says it had.
  if (transactionalId === null) return null
  if (transactionalId === '') return [ErrorCode.INVALID_REQUEST, 'The transactional id is empty.']
  const why = `Transactions are not supported yet, so transactional id '${transactionalId}' is refused. Leave it out.`
  return [ErrorCode.UNSUPPORTED_VERSION, why]
}

function answer(
  producerId: number,
  producerEpoch: number,
  errorCode: ErrorCode = ErrorCode.NONE,
  errorMessage: string | null = null,
): InitProducerIdResponse {
  return { errorCode, errorMessage, producerId, producerEpoch, ongoingTxnProducerId: -1, ongoingTxnProducerEpoch: -1 }
}
