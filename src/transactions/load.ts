// A coordinator that has read its partition goes on where the last one stood: what was decided is carried out, what is open
// may stay open for what is left of its timeout. (Kafka: TransactionStateManager.loadTransactionsForTxnTopicPartition)

import type { Reply } from '../coordinator/step.ts'
import type { TransactionShard } from './shard.ts'
import { transactionStates } from './transaction-state.ts'
import type { TransactionStep } from './transaction-step.ts'
import { timersOf } from './transition.ts'

export function resumeTransactions(shard: TransactionShard, nowMs: number): TransactionStep {
  const transactions = [...shard.view.all()]
  return {
    timers: transactions.flatMap((transaction) => timersOf(shard, transaction, nowMs)),
    replies: transactions.filter(({ state }) => transactionStates[state].isEnding).map((each) => shard.markers(each)),
  }
}

/** Nobody waits inside it: every request is answered in its own step. */
export function abandonTransactions(): readonly Reply[] {
  return []
}
