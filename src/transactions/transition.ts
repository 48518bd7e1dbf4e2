// From one state of a transactional id to the next: its record, what follows once that stands, and what time brings about.

import { refusedWrite } from '../coordinator/refused-write.ts'
import { NOTHING, type Reply } from '../coordinator/step.ts'
import { ErrorCode, type ErrorName } from '../errors.ts'
import type { TransactionShard } from './shard.ts'
import {
  NO_PRODUCER_ID,
  prepared,
  type Transaction,
  type TransactionPast,
  type TransactionVersion,
} from './transaction.ts'
import { transactionRecord, transactionTombstone } from './transaction-records.ts'
import { transactionStates } from './transaction-state.ts'
import type { TransactionStep, TransactionTimer } from './transaction-step.ts'

/** How long until a write that was refused is tried again by the coordinator itself, in ms. */
const RETRY_MS = 100

interface Outcome {
  /** Told in this order, once the record stands. */
  readonly done: readonly Reply[]
  /** What follows when the log refuses it, and nothing has changed. */
  readonly refused: (error: ErrorName) => TransactionStep
}

export function transition(
  shard: TransactionShard,
  before: Transaction,
  after: Transaction,
  past: TransactionPast,
  { done, refused }: Outcome,
): TransactionStep {
  return {
    records: [transactionRecord(after)],
    settle: (error) => {
      if (error !== ErrorCode.NONE) return refused(refusedWrite(error))
      shard.remember(after.transactionalId, past)
      const { transactionalId, producerId, producerEpoch, state } = after
      const changed = { type: 'transactionStateChanged' as const, transactionalId, producerId, producerEpoch }
      const events = before.state === state ? [] : [{ ...changed, from: before.state, to: state }]
      return { replies: done, timers: timersOf(shard, after, after.lastUpdateTimestampMs), events }
    },
  }
}

export interface Decision {
  readonly state: 'PrepareCommit' | 'PrepareAbort'
  readonly version: TransactionVersion
  /** Takes over afterwards, where the epochs of the present one are used up. */
  readonly nextProducerId?: number
}

/** Decides how the transaction ends. Who asked is answered before the markers are written: the decision stands. */
export function decide(
  shard: TransactionShard,
  transaction: Transaction,
  { state, version, nextProducerId = NO_PRODUCER_ID }: Decision,
  { done, refused }: Outcome,
  nowMs: number,
): TransactionStep {
  const after = prepared(transaction, state, version, nextProducerId, nowMs)
  const { lastProducerEpoch } = shard.past(transaction.transactionalId)
  const past = {
    previousProducerId: transaction.producerId,
    lastProducerEpoch: version === 2 ? transaction.producerEpoch : lastProducerEpoch,
  }
  return transition(shard, transaction, after, past, { done: [...done, shard.markers(after)], refused })
}

/** Of what is written about the id: an open transaction has a timeout, an id that rests is forgotten one day. */
export function timersOf(shard: TransactionShard, transaction: Transaction, nowMs: number): TransactionTimer[] {
  const { transactionalId, state, startTimestampMs, transactionTimeoutMs } = transaction
  const timeoutKey = `timeout:${transactionalId}`
  const timers: TransactionTimer[] = []
  if (state === 'Ongoing') {
    const timeoutInMs = Math.max(0, startTimestampMs + transactionTimeoutMs - nowMs)
    const abort = (dueMs: number) => abortLate(shard, transactionalId, dueMs)
    timers.push({ key: timeoutKey, delayMs: timeoutInMs, keepIfEarlier: true, fire: abort })
  } else timers.push({ key: timeoutKey, delayMs: null })
  if (transactionStates[state].expires) {
    const forget = (dueMs: number) => forgetExpired(shard, transactionalId, dueMs)
    // A look that finds nothing to forget costs less than to put it off with each transaction.
    const delayMs = lookInMs(shard, transaction, nowMs)
    timers.push({ key: `expiry:${transactionalId}`, delayMs, keepIfEarlier: true, fire: forget })
  }
  return timers
}

/** Kafka looks every `transaction.remove.expired.transaction.cleanup.interval.ms`. */
function lookInMs({ host }: TransactionShard, { lastUpdateTimestampMs }: Transaction, nowMs: number): number {
  const { transactionalIdExpirationMs, transactionRemoveExpiredTransactionCleanupIntervalMs: intervalMs } = host.config
  const leftMs = lastUpdateTimestampMs + transactionalIdExpirationMs - nowMs
  return Math.max(1, Math.ceil(leftMs / intervalMs)) * intervalMs
}

/** The producer took longer than it said it would: its transaction is aborted, and it is fenced. */
function abortLate(shard: TransactionShard, transactionalId: string, nowMs: number): TransactionStep {
  const transaction = shard.view.get(transactionalId)
  if (transaction?.state !== 'Ongoing') return NOTHING
  const retry: TransactionTimer = {
    key: `timeout:${transactionalId}`,
    delayMs: RETRY_MS,
    fire: (dueMs) => abortLate(shard, transactionalId, dueMs),
  }
  const outcome = { done: [], refused: () => ({ timers: [retry] }) }
  return decide(shard, transaction, { state: 'PrepareAbort', version: 2 }, outcome, nowMs)
}

function forgetExpired(shard: TransactionShard, transactionalId: string, nowMs: number): TransactionStep {
  const transaction = shard.view.get(transactionalId)
  if (transaction === undefined || !transactionStates[transaction.state].expires) return NOTHING
  const isDue = transaction.lastUpdateTimestampMs + shard.host.config.transactionalIdExpirationMs <= nowMs
  if (!isDue) return { timers: timersOf(shard, transaction, nowMs) }
  return {
    records: [transactionTombstone(transactionalId)],
    settle: (error) => {
      if (error !== ErrorCode.NONE) return { timers: timersOf(shard, transaction, nowMs) }
      shard.forget(transactionalId)
      return NOTHING
    },
  }
}
