// ListTransactions: the transactional ids that there are, or those in some states, of some producers, open for long.
// Differs from Kafka: a pattern is a regular expression of JavaScript.

import { ErrorCode, type ErrorName, errorText } from '../../errors.ts'
import { listTransactions as list } from '../../transactions/describe.ts'
import { isTransactionState } from '../../transactions/transaction-state.ts'
import type { Handler } from '../handler.ts'
import type { ListTransactionsResponse } from '../transaction-api.ts'

export const listTransactions: Handler<'ListTransactions'> = (broker, request) => {
  const { stateFilters, producerIdFilters: producerIds, durationFilter: durationMs } = request
  const pattern = patternOf(request.transactionalIdPattern)
  if (pattern === undefined) {
    const why = `'${request.transactionalIdPattern}' is not a regular expression.`
    return failed('INVALID_REGULAR_EXPRESSION', why)
  }
  const states = stateFilters.filter(isTransactionState)
  // States that are not known match nothing, as they did when all were asked for.
  const unknownStateFilters = stateFilters.filter((state) => !isTransactionState(state))
  let refused: ErrorName | null = null
  const found = broker.transactions.lookAtAll(
    (shard, nowMs) => list(shard, { producerIds, states, durationMs, pattern }, nowMs),
    (error) => {
      refused = error
    },
  )
  if (refused !== null) return failed(refused, errorText(refused))
  const isNone = stateFilters.length > 0 && states.length === 0
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    unknownStateFilters,
    transactionStates: (isNone ? [] : found).map(({ transactionalId, producerId, state: transactionState }) => ({
      transactionalId,
      producerId,
      transactionState,
    })),
  }
}

/** null for any; undefined for one that cannot be read. */
function patternOf(text: string | null): RegExp | null | undefined {
  if (text === null || text === '') return null
  try {
    return new RegExp(`^(?:${text})$`)
  } catch {
    return undefined
  }
}

function failed(error: ErrorName, errorMessage: string): ListTransactionsResponse {
  return { errorCode: ErrorCode[error], errorMessage, unknownStateFilters: [], transactionStates: [] }
}
