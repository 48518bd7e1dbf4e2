// A transactional producer begins: it gets its id and an epoch above all others', and what it left open is aborted.
// (Kafka: TransactionCoordinator.handleInitProducerId)

import { type Reply, reply, type Waiting } from '../coordinator/step.ts'
import { ErrorCode, type ErrorName } from '../errors.ts'
import type { TransactionShard } from './shard.ts'
import {
  initialized,
  isEpochExhausted,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  newTransaction,
  type Transaction,
} from './transaction.ts'
import { transactionStates } from './transaction-state.ts'
import type { TransactionStep } from './transaction-step.ts'
import { decide, transition } from './transition.ts'

export interface ProducerIdAndEpoch {
  readonly producerId: number
  readonly producerEpoch: number
}

export interface InitProducerIdRequest {
  readonly transactionalId: string
  readonly transactionTimeoutMs: number
  /** What the producer takes itself for; null for one that begins. */
  readonly expected: ProducerIdAndEpoch | null
}

export interface InitProducerIdAnswer extends ProducerIdAndEpoch {
  readonly errorCode: ErrorCode
}

export function initProducerId(
  shard: TransactionShard,
  { transactionalId, transactionTimeoutMs, expected }: InitProducerIdRequest,
  to: Waiting<InitProducerIdAnswer>,
  nowMs: number,
): TransactionStep {
  const refuse = (error: ErrorName): TransactionStep => ({ replies: [refusal(to, error)] })
  if (transactionalId === '') return refuse('INVALID_REQUEST')
  if (transactionTimeoutMs <= 0 || transactionTimeoutMs > shard.host.config.transactionMaxTimeoutMs) {
    return refuse('INVALID_TRANSACTION_TIMEOUT')
  }
  const transaction = shard.view.get(transactionalId) ?? newTransaction(transactionalId, shard.host.newProducerId())
  if (transactionStates[transaction.state].isEnding) return refuse('CONCURRENT_TRANSACTIONS')
  if (expected && !mayBe(shard, transaction, expected)) return refuse('PRODUCER_FENCED')
  if (transaction.state === 'Ongoing') {
    // The producer asks again, and then gets an epoch of its own.
    const outcome = { done: [refusal(to, 'CONCURRENT_TRANSACTIONS')], refused: refuse }
    return decide(shard, transaction, { state: 'PrepareAbort', version: 2 }, outcome, nowMs)
  }
  const next = nextEpoch(shard, transaction, expected)
  if (next === null) return refuse('PRODUCER_FENCED')
  const { producerId, producerEpoch, lastProducerEpoch } = next
  const after = initialized(transaction, producerId, producerEpoch, transactionTimeoutMs, nowMs)
  const past = { previousProducerId: transaction.producerId, lastProducerEpoch }
  const done = [reply(to, { errorCode: ErrorCode.NONE, producerId, producerEpoch })]
  return transition(shard, transaction, after, past, { done, refused: refuse })
}

/** Its id is the present one; or the one before, whose epochs are used up: then it asks again, as it got no answer. */
function mayBe(shard: TransactionShard, transaction: Transaction, expected: ProducerIdAndEpoch): boolean {
  return (
    transaction.producerEpoch === NO_PRODUCER_EPOCH ||
    expected.producerId === transaction.producerId ||
    (expected.producerId === shard.past(transaction.transactionalId).previousProducerId &&
      isEpochExhausted(expected.producerEpoch))
  )
}

interface NextEpoch extends ProducerIdAndEpoch {
  readonly lastProducerEpoch: number
}

/** Null for a producer that another one has replaced. (Kafka: TransactionMetadata.prepareIncrementProducerEpoch) */
function nextEpoch(
  shard: TransactionShard,
  { transactionalId, producerId, producerEpoch }: Transaction,
  expected: ProducerIdAndEpoch | null,
): NextEpoch | null {
  const isPresent = expected === null || expected.producerEpoch === producerEpoch
  if (isEpochExhausted(producerEpoch) && isPresent) {
    const lastProducerEpoch = expected ? producerEpoch : NO_PRODUCER_EPOCH
    return { producerId: shard.host.newProducerId(), producerEpoch: 0, lastProducerEpoch }
  }
  if (expected === null) return { producerId, producerEpoch: producerEpoch + 1, lastProducerEpoch: NO_PRODUCER_EPOCH }
  if (isPresent || producerEpoch === NO_PRODUCER_EPOCH) {
    return { producerId, producerEpoch: producerEpoch + 1, lastProducerEpoch: producerEpoch }
  }
  const { lastProducerEpoch } = shard.past(transactionalId)
  return expected.producerEpoch === lastProducerEpoch ? { producerId, producerEpoch, lastProducerEpoch } : null
}

function refusal(to: Waiting<InitProducerIdAnswer>, error: ErrorName): Reply {
  return reply(to, {
    errorCode: ErrorCode[error],
    producerId: NO_PRODUCER_ID,
    producerEpoch: NO_PRODUCER_EPOCH,
  })
}
