// A producer commits or aborts: the decision is written and answered, then the markers go out, then the transaction is over.
// (Kafka: TransactionCoordinator.endTransaction, endTransactionWithTV1)

import { NOTHING, type Reply, reply, type Waiting } from '../coordinator/step.ts'
import { ErrorCode, type ErrorName } from '../errors.ts'
import type { TransactionShard } from './shard.ts'
import {
  completed,
  isEpochExhausted,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  type Transaction,
  type TransactionVersion,
} from './transaction.ts'
import { type EndAnswer, transactionStates } from './transaction-state.ts'
import type { TransactionStep } from './transaction-step.ts'
import { decide, transition } from './transition.ts'

export interface EndTransactionRequest {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly isCommit: boolean
  readonly version: TransactionVersion
}

export interface EndTransactionAnswer {
  readonly errorCode: ErrorCode
  /** What the producer goes on with since KIP-890; -1 before, and where it is refused. */
  readonly producerId: number
  readonly producerEpoch: number
}

export function endTransaction(
  shard: TransactionShard,
  request: EndTransactionRequest,
  to: Waiting<EndTransactionAnswer>,
  nowMs: number,
): TransactionStep {
  const { transactionalId, isCommit, version } = request
  const refuse = (error: ErrorName): TransactionStep => ({ replies: [answer(to, error)] })
  if (transactionalId === '') return refuse('INVALID_REQUEST')
  const transaction = shard.view.get(transactionalId)
  if (transaction === undefined) return refuse('INVALID_PRODUCER_ID_MAPPING')
  const judged = version === 2 ? judge(shard, transaction, request) : judgeByState(transaction, request)
  if (judged === 'NONE') return { replies: [answer(to, 'NONE', version === 2 ? transaction : null)] }
  if (judged !== 'end' && judged !== 'end empty') return refuse(judged)
  const rotates = version === 2 && isEpochExhausted(transaction.producerEpoch)
  const nextProducerId = rotates ? shard.host.newProducerId() : NO_PRODUCER_ID
  const goesOn = rotates
    ? { producerId: nextProducerId, producerEpoch: 0 }
    : { producerId: transaction.producerId, producerEpoch: transaction.producerEpoch + 1 }
  const state = isCommit ? ('PrepareCommit' as const) : ('PrepareAbort' as const)
  const outcome = { done: [answer(to, 'NONE', version === 2 ? goesOn : null)], refused: refuse }
  return decide(shard, transaction, { state, version, nextProducerId }, outcome, nowMs)
}

/** Every marker of the transaction stands. One that was ended or begun since is left alone. */
export function completeTransaction(
  shard: TransactionShard,
  { transactionalId, producerId, producerEpoch }: Transaction,
  nowMs: number,
): TransactionStep {
  const transaction = shard.view.get(transactionalId)
  if (transaction === undefined || !transactionStates[transaction.state].isEnding) return NOTHING
  if (transaction.producerId !== producerId || transaction.producerEpoch !== producerEpoch) return NOTHING
  const after = completed(transaction, nowMs)
  const past = { ...shard.past(transactionalId), previousProducerId: transaction.producerId }
  const retry: TransactionStep = {
    timers: [
      {
        key: `complete:${transactionalId}`,
        delayMs: COMPLETION_RETRY_MS,
        fire: (dueMs) => completeTransaction(shard, transaction, dueMs),
      },
    ],
  }
  const isOver: Reply = { deliver: () => shard.allMarked(transactionalId) }
  return transition(shard, transaction, after, past, { done: [isOver], refused: () => retry })
}

const COMPLETION_RETRY_MS = 100

function judge(
  shard: TransactionShard,
  transaction: Transaction,
  { producerId, producerEpoch, isCommit }: EndTransactionRequest,
): EndAnswer {
  const rules = transactionStates[transaction.state]
  if (rules.isEnding) return 'CONCURRENT_TRANSACTIONS'
  const { previousProducerId } = shard.past(transaction.transactionalId)
  const isRetryAfterRotation =
    previousProducerId === producerId && transaction.producerEpoch === 0 && isLastEpoch(producerEpoch)
  if (transaction.producerId !== producerId && !isRetryAfterRotation) return 'INVALID_PRODUCER_ID_MAPPING'
  const { retry, current } = isCommit ? rules.commit : rules.abort
  if (transaction.producerEpoch === producerEpoch + 1 || isRetryAfterRotation) return retry
  return transaction.producerEpoch === producerEpoch ? current : 'PRODUCER_FENCED'
}

function judgeByState(
  transaction: Transaction,
  { producerId, producerEpoch, isCommit }: EndTransactionRequest,
): EndAnswer {
  if (transaction.producerId !== producerId) return 'INVALID_PRODUCER_ID_MAPPING'
  if (transaction.producerEpoch !== producerEpoch) return 'PRODUCER_FENCED'
  const { commit, abort } = transactionStates[transaction.state]
  return isCommit ? commit.sameEpoch : abort.sameEpoch
}

/** The last one that a producer is given. */
function isLastEpoch(producerEpoch: number): boolean {
  return isEpochExhausted(producerEpoch) && !isEpochExhausted(producerEpoch - 1)
}

interface ProducerIdAndEpoch {
  readonly producerId: number
  readonly producerEpoch: number
}

function answer(to: Waiting<EndTransactionAnswer>, error: ErrorName, goesOn: ProducerIdAndEpoch | null = null): Reply {
  return reply(to, {
    errorCode: ErrorCode[error],
    producerId: goesOn?.producerId ?? NO_PRODUCER_ID,
    producerEpoch: goesOn?.producerEpoch ?? NO_PRODUCER_EPOCH,
  })
}
