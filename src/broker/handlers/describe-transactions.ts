// DescribeTransactions: what is known of transactional ids, each on its own.

import { ErrorCode, type ErrorName, errorText } from '../../errors.ts'
import { type DescribedTransaction, describeTransaction } from '../../transactions/describe.ts'
import type { Handler } from '../handler.ts'
import type { DescribeTransactionsResponse } from '../transaction-api.ts'

type Described = DescribeTransactionsResponse['transactionStates'][number]

export const describeTransactions: Handler<'DescribeTransactions'> = (broker, { transactionalIds }) => ({
  transactionStates: transactionalIds.map((transactionalId) =>
    broker.transactions.look<Described>(
      transactionalId,
      (shard) => {
        const found = describeTransaction(shard, transactionalId)
        return typeof found === 'string' ? failed(transactionalId, found) : described(found)
      },
      (error) => failed(transactionalId, error),
    ),
  ),
})

function described(transaction: DescribedTransaction): Described {
  const byTopic = new Map<string, number[]>()
  for (const { topic, partition } of transaction.openPartitions) {
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), partition])
  }
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    transactionalId: transaction.transactionalId,
    transactionState: transaction.state,
    transactionTimeoutMs: transaction.transactionTimeoutMs,
    transactionStartTimeMs: transaction.startTimestampMs,
    producerId: transaction.producerId,
    producerEpoch: transaction.producerEpoch,
    topics: [...byTopic].map(([topic, partitions]) => ({ topic, partitions })),
  }
}

function failed(transactionalId: string, error: ErrorName): Described {
  const isUnknown = error === 'TRANSACTIONAL_ID_NOT_FOUND'
  return {
    errorCode: ErrorCode[error],
    errorMessage: isUnknown ? `Transactional id '${transactionalId}' does not exist.` : errorText(error),
    transactionalId,
    transactionState: '',
    transactionTimeoutMs: 0,
    transactionStartTimeMs: 0,
    producerId: 0,
    producerEpoch: 0,
    topics: [],
  }
}
