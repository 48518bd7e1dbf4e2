// What an error means for a transactional producer: the end of the transaction, or of the producer.
// (Kafka: TransactionManager.maybeTransitionToErrorState and the handlers of its requests)

import { KafkaError } from '../../errors.ts'

export type Severity = 'abortable' | 'fatal'

const fatalToBatches: ReadonlySet<string> = new Set([
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'PRODUCER_FENCED',
  'UNSUPPORTED_VERSION',
  'INVALID_PRODUCER_ID_MAPPING',
])

/** The offsets were refused, and others may be taken. */
const abortableInOffsets: ReadonlySet<string> = new Set([
  'GROUP_AUTHORIZATION_FAILED',
  'FENCED_INSTANCE_ID',
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'TRANSACTION_ABORTABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
])

const abortableInCommit: ReadonlySet<string> = new Set(['TRANSACTION_ABORTABLE', 'UNKNOWN_PRODUCER_ID'])

/** The producer may try to begin once more. */
const passesInInit: ReadonlySet<string> = new Set([
  'CLUSTER_AUTHORIZATION_FAILED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'TRANSACTION_ABORTABLE',
])

export function severityInBatch({ code }: KafkaError): Severity {
  return fatalToBatches.has(code) ? 'fatal' : 'abortable'
}

export function severityInOffsets({ code }: KafkaError): Severity {
  return abortableInOffsets.has(code) ? 'abortable' : 'fatal'
}

/** An abort that is refused cannot be mended by another one. */
export function severityInEnd({ code }: KafkaError, isCommit: boolean): Severity {
  return isCommit && abortableInCommit.has(code) ? 'abortable' : 'fatal'
}

export function isFatalInInit({ code }: KafkaError): boolean {
  return !passesInInit.has(code)
}

/** A coordinator says either; for a producer both are the same. */
export function asFenced(error: KafkaError, transactionalId: string): KafkaError {
  if (error.code !== 'PRODUCER_FENCED' && error.code !== 'INVALID_PRODUCER_EPOCH') return error
  const why =
    `Another producer with transactionalId '${transactionalId}' has begun since, or a transaction of this one was open for ` +
    'too long: this producer is fenced.'
  return new KafkaError('PRODUCER_FENCED', why, { cause: error })
}

/** What could have passed has not, as long as the batch was tried: only the transaction is over. */
export function asAbortable(error: KafkaError): KafkaError {
  if (!error.retriable && error.code !== 'INVALID_TXN_STATE') return error
  return new KafkaError('TRANSACTION_ABORTABLE', `A batch was given up: ${error.message}`, { cause: error })
}

/** As `error`, for a call that comes after it. */
export function problemSince(error: KafkaError, transactionalId: string, severity: Severity): KafkaError {
  const remedy =
    severity === 'fatal'
      ? 'This producer cannot go on: close it, and make another one with kafka.producer().'
      : 'Abort the transaction, and begin another one.'
  const why = `The transaction of '${transactionalId}' has failed: ${error.message} ${remedy}`
  return new KafkaError(error.code, why, { cause: error })
}
