// What is known of a transactional id, and how it goes on: each change gives a new one.
// (Kafka: TransactionMetadata)

import { type TransactionState, transactionStates } from './transaction-state.ts'

export const NO_PRODUCER_ID = -1
export const NO_PRODUCER_EPOCH = -1
/** One below the largest: the coordinator needs an epoch above every producer's, to fence it. */
const LAST_PRODUCER_EPOCH = 32_766

export interface TransactionPartition {
  readonly topic: string
  readonly partition: number
}

/** As `transaction.version` numbers them: with 2 (KIP-890) every end of a transaction raises the epoch. */
export type TransactionVersion = 0 | 2

export interface Transaction {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly transactionTimeoutMs: number
  readonly state: TransactionState
  /** Those that were written to; empty once their markers stand. */
  readonly partitions: readonly TransactionPartition[]
  /** When the first partition was added; -1 before. Milliseconds since the epoch, as below. */
  readonly startTimestampMs: number
  readonly lastUpdateTimestampMs: number
  readonly clientTransactionVersion: TransactionVersion
  /** Takes over when the markers stand, as this id's epochs are used up; else -1. */
  readonly nextProducerId: number
}

/** What helps to know a repeated request, and dies with the coordinator: Kafka does not write it either. */
export interface TransactionPast {
  readonly previousProducerId: number
  /** The epoch that a repeated request has; -1 where none would be one. */
  readonly lastProducerEpoch: number
}

export const NO_PAST: TransactionPast = { previousProducerId: NO_PRODUCER_ID, lastProducerEpoch: NO_PRODUCER_EPOCH }

export function newTransaction(transactionalId: string, producerId: number): Transaction {
  return {
    transactionalId,
    producerId,
    producerEpoch: NO_PRODUCER_EPOCH,
    transactionTimeoutMs: 0,
    state: 'Empty',
    partitions: [],
    startTimestampMs: -1,
    lastUpdateTimestampMs: -1,
    clientTransactionVersion: 0,
    nextProducerId: NO_PRODUCER_ID,
  }
}

export function isEpochExhausted(producerEpoch: number): boolean {
  return producerEpoch >= LAST_PRODUCER_EPOCH
}

export function hasPartition(transaction: Transaction, { topic, partition }: TransactionPartition): boolean {
  return transaction.partitions.some((each) => each.topic === topic && each.partition === partition)
}

/** A producer begins anew, with an id and an epoch of its own. */
export function initialized(
  transaction: Transaction,
  producerId: number,
  producerEpoch: number,
  transactionTimeoutMs: number,
  nowMs: number,
): Transaction {
  const { transactionalId, clientTransactionVersion } = transaction
  return follow(transaction, {
    ...newTransaction(transactionalId, producerId),
    clientTransactionVersion,
    producerEpoch,
    transactionTimeoutMs,
    lastUpdateTimestampMs: nowMs,
  })
}

export function withPartitions(
  transaction: Transaction,
  added: readonly TransactionPartition[],
  clientTransactionVersion: TransactionVersion,
  nowMs: number,
): Transaction {
  const isFirst = transaction.state !== 'Ongoing'
  const partitions = isFirst ? [] : [...transaction.partitions]
  const grown = { ...transaction, state: 'Ongoing' as const, partitions }
  for (const each of added) if (!hasPartition(grown, each)) partitions.push(each)
  return follow(transaction, {
    ...grown,
    startTimestampMs: isFirst ? nowMs : transaction.startTimestampMs,
    lastUpdateTimestampMs: nowMs,
    clientTransactionVersion,
  })
}

/** The decision: from here on the transaction has ended this way, whoever fails. */
export function prepared(
  transaction: Transaction,
  state: 'PrepareCommit' | 'PrepareAbort',
  clientTransactionVersion: TransactionVersion,
  nextProducerId: number,
  nowMs: number,
): Transaction {
  const isEmpty = transaction.state !== 'Ongoing'
  return follow(transaction, {
    ...transaction,
    state,
    producerEpoch: clientTransactionVersion === 2 ? transaction.producerEpoch + 1 : transaction.producerEpoch,
    nextProducerId,
    partitions: isEmpty ? [] : transaction.partitions,
    // Nothing was begun, but an end must have a beginning.
    startTimestampMs: isEmpty ? nowMs : transaction.startTimestampMs,
    lastUpdateTimestampMs: nowMs,
    clientTransactionVersion,
  })
}

/** Every marker stands. */
export function completed(transaction: Transaction, nowMs: number): Transaction {
  const moves = transaction.clientTransactionVersion === 2 && transaction.nextProducerId !== NO_PRODUCER_ID
  return follow(transaction, {
    ...transaction,
    state: transaction.state === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort',
    producerId: moves ? transaction.nextProducerId : transaction.producerId,
    producerEpoch: moves ? 0 : transaction.producerEpoch,
    nextProducerId: NO_PRODUCER_ID,
    partitions: [],
    lastUpdateTimestampMs: nowMs,
  })
}

function follow(before: Transaction, after: Transaction): Transaction {
  if (transactionStates[after.state].after.includes(before.state)) return after
  throw new Error(`transactional id ${before.transactionalId} cannot go from ${before.state} to ${after.state}`)
}
