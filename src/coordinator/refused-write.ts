// What whoever waits hears when the log refuses the coordinator's records.
// (Kafka: GroupMetadataManager.appendGroupMetadataErrorToResponseError, TransactionStateManager.appendTransactionToLog)

import { type ErrorCode, type ErrorName, errorName } from '../errors.ts'

export function refusedWrite(code: ErrorCode): ErrorName {
  const error = errorName(code)
  switch (error) {
    case 'UNKNOWN_TOPIC_OR_PARTITION':
    case 'NOT_ENOUGH_REPLICAS':
    case 'NOT_ENOUGH_REPLICAS_AFTER_APPEND':
    case 'REQUEST_TIMED_OUT':
      return 'COORDINATOR_NOT_AVAILABLE'
    case 'NOT_LEADER_OR_FOLLOWER':
    case 'KAFKA_STORAGE_ERROR':
      return 'NOT_COORDINATOR'
    // Trying again cannot help: the client must not be told to.
    case 'MESSAGE_TOO_LARGE':
    case 'RECORD_LIST_TOO_LARGE':
    case 'INVALID_FETCH_SIZE':
      return 'UNKNOWN_SERVER_ERROR'
    default:
      return error
  }
}
