// The life of a transaction, as data: for each state its number in the log, what may come before it, and what each request gets.
// (Kafka: TransactionState and the branches of TransactionCoordinator that ask for it.)

import type { ErrorName } from '../errors.ts'

export type TransactionState =
  | 'Empty'
  | 'Ongoing'
  | 'PrepareCommit'
  | 'PrepareAbort'
  | 'CompleteCommit'
  | 'CompleteAbort'
  | 'Dead'
  | 'PrepareEpochFence'

/** What a client's EndTxn gets: the transaction ends, or it ends without having begun, or what Kafka answers instead. */
export type EndAnswer = 'end' | 'end empty' | ErrorName

interface EndRules {
  /** Before KIP-890, where an end keeps the epoch and is told from its repetition by the state alone. */
  readonly sameEpoch: EndAnswer
  /** With KIP-890, of a producer that has the epoch of now. */
  readonly current: EndAnswer
  /** With KIP-890, of one that has the epoch of before: it asks again, as it got no answer. */
  readonly retry: EndAnswer
}

interface StateRules {
  /** `TransactionStatus` in the records of `__transaction_state`. */
  readonly id: number
  readonly after: readonly TransactionState[]
  readonly commit: EndRules
  readonly abort: EndRules
  /** Whether another request of this transactional id must wait until the markers are written. */
  readonly isEnding: boolean
  /** Whether an id that rests here for `transactional.id.expiration.ms` is forgotten. */
  readonly expires: boolean
}

const never: EndRules = { sameEpoch: 'INVALID_TXN_STATE', current: 'INVALID_TXN_STATE', retry: 'PRODUCER_FENCED' }
const waits: EndRules = {
  sameEpoch: 'CONCURRENT_TRANSACTIONS',
  current: 'CONCURRENT_TRANSACTIONS',
  retry: 'CONCURRENT_TRANSACTIONS',
}
const ends: EndRules = { sameEpoch: 'end', current: 'end', retry: 'PRODUCER_FENCED' }

export const transactionStates: { readonly [State in TransactionState]: StateRules } = {
  Empty: {
    id: 0,
    after: ['Empty', 'CompleteCommit', 'CompleteAbort'],
    commit: never,
    abort: { ...never, current: 'end empty' },
    isEnding: false,
    expires: true,
  },
  Ongoing: {
    id: 1,
    after: ['Ongoing', 'Empty', 'CompleteCommit', 'CompleteAbort'],
    commit: ends,
    abort: ends,
    isEnding: false,
    expires: false,
  },
  PrepareCommit: { id: 2, after: ['Ongoing'], commit: waits, abort: waits, isEnding: true, expires: false },
  /** A producer that does not know whether anything was begun may abort also what was not. */
  PrepareAbort: {
    id: 3,
    after: ['Ongoing', 'Empty', 'CompleteCommit', 'CompleteAbort'],
    commit: waits,
    abort: waits,
    isEnding: true,
    expires: false,
  },
  CompleteCommit: {
    id: 4,
    after: ['PrepareCommit'],
    commit: { sameEpoch: 'NONE', current: 'INVALID_TXN_STATE', retry: 'NONE' },
    abort: { sameEpoch: 'INVALID_TXN_STATE', current: 'end empty', retry: 'INVALID_TXN_STATE' },
    isEnding: false,
    expires: true,
  },
  CompleteAbort: {
    id: 5,
    after: ['PrepareAbort'],
    commit: { sameEpoch: 'INVALID_TXN_STATE', current: 'INVALID_TXN_STATE', retry: 'INVALID_TXN_STATE' },
    abort: { sameEpoch: 'NONE', current: 'end empty', retry: 'NONE' },
    isEnding: false,
    expires: true,
  },
  /** Never written by a coordinator: an id that expires gets a tombstone. Old logs may hold it. */
  Dead: {
    id: 6,
    after: ['Empty', 'CompleteCommit', 'CompleteAbort'],
    commit: never,
    abort: never,
    isEnding: false,
    expires: true,
  },
  /** A step between two steps in Kafka, which fences before it aborts; here both are one. */
  PrepareEpochFence: { id: 7, after: ['Ongoing'], commit: waits, abort: waits, isEnding: true, expires: false },
}

const stateById = new Map(
  (Object.keys(transactionStates) as TransactionState[]).map((state) => [transactionStates[state].id, state]),
)

export function transactionStateOf(id: number): TransactionState {
  const state = stateById.get(id)
  if (state === undefined) throw new RangeError(`there is no transaction state ${id}`)
  return state
}

/** By its name, as requests have it. */
export function isTransactionState(name: string): name is TransactionState {
  return Object.hasOwn(transactionStates, name)
}
