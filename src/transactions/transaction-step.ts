// What a step of the transaction coordinator is made of, and what onlookers are told.

import type { Step, TimerChange } from '../coordinator/step.ts'
import type { TransactionState } from './transaction-state.ts'

/** What a transactional id's onlookers are told. */
export interface TransactionEvent {
  readonly type: 'transactionStateChanged'
  readonly transactionalId: string
  readonly from: TransactionState
  readonly to: TransactionState
  readonly producerId: number
  readonly producerEpoch: number
}

export type TransactionStep = Step<TransactionEvent>
export type TransactionTimer = TimerChange<TransactionEvent>
