// Requests and responses about transactions, as api.ts has the others.

import type { ErrorCode } from '../errors.ts'
import type { TransactionState } from '../transactions/transaction-state.ts'

interface TopicPartitions {
  readonly name: string
  readonly partitions: readonly number[]
}

/** Who speaks of its transaction. */
interface ProducerOfTransaction {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

/** Up to version 3 of one transaction, from its producer; from version 4 on of several, from brokers. */
export interface AddPartitionsToTxnRequest {
  readonly transactions: readonly (ProducerOfTransaction & {
    /** Asks whether the partitions are part of the transaction, and adds none. */
    readonly verifyOnly: boolean
    readonly topics: readonly TopicPartitions[]
  })[]
}

export interface AddPartitionsToTxnResponse {
  readonly errorCode: ErrorCode
  readonly resultsByTransaction: readonly {
    readonly transactionalId: string
    readonly topicResults: readonly {
      readonly name: string
      readonly resultsByPartition: readonly {
        readonly partitionIndex: number
        readonly partitionErrorCode: ErrorCode
      }[]
    }[]
  }[]
}

export interface AddOffsetsToTxnRequest extends ProducerOfTransaction {
  readonly groupId: string
}

export interface AddOffsetsToTxnResponse {
  readonly errorCode: ErrorCode
}

export interface EndTxnRequest extends ProducerOfTransaction {
  /** True to commit, false to abort. */
  readonly committed: boolean
}

export interface EndTxnResponse {
  readonly errorCode: ErrorCode
  /** What the producer goes on with (version 5); else -1. */
  readonly producerId: number
  readonly producerEpoch: number
}

export interface WriteTxnMarkersRequest {
  readonly markers: readonly {
    readonly producerId: number
    readonly producerEpoch: number
    /** True for a commit, false for an abort. */
    readonly transactionResult: boolean
    readonly topics: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[]
    readonly coordinatorEpoch: number
  }[]
}

export interface WriteTxnMarkersResponse {
  readonly markers: readonly {
    readonly producerId: number
    readonly topics: readonly {
      readonly name: string
      readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: ErrorCode }[]
    }[]
  }[]
}

export interface TxnOffsetCommitRequest extends ProducerOfTransaction {
  readonly groupId: string
  /** -1, '' and null where the committer is no member. */
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly {
      readonly partitionIndex: number
      readonly committedOffset: number
      readonly committedLeaderEpoch: number
      readonly committedMetadata: string | null
    }[]
  }[]
}

export interface TxnOffsetCommitResponse {
  readonly errorMessage: string | null
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: ErrorCode }[]
  }[]
}

export interface DescribeTransactionsRequest {
  readonly transactionalIds: readonly string[]
}

export interface DescribeTransactionsResponse {
  readonly transactionStates: readonly {
    readonly errorCode: ErrorCode
    readonly errorMessage: string | null
    readonly transactionalId: string
    /** '' where there is an error. */
    readonly transactionState: TransactionState | ''
    readonly transactionTimeoutMs: number
    readonly transactionStartTimeMs: number
    readonly producerId: number
    readonly producerEpoch: number
    readonly topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[]
  }[]
}

export interface DescribeProducersRequest {
  readonly topics: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[]
}

export interface DescribeProducersResponse {
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly {
      readonly partitionIndex: number
      readonly errorCode: ErrorCode
      readonly errorMessage: string | null
      readonly activeProducers: readonly {
        readonly producerId: number
        readonly producerEpoch: number
        /** -1 where its batches have none, as are the others below. */
        readonly lastSequence: number
        readonly lastTimestamp: number
        readonly coordinatorEpoch: number
        readonly currentTxnStartOffset: number
      }[]
    }[]
  }[]
}

export interface ListTransactionsRequest {
  /** Empty for any, as is the next. */
  readonly stateFilters: readonly string[]
  readonly producerIdFilters: readonly number[]
  /** Only those that have been open for longer, in ms; below 0 for any. */
  readonly durationFilter: number
  /** A regular expression that the whole id must match; null or '' for any. */
  readonly transactionalIdPattern: string | null
}

export interface ListTransactionsResponse {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
  readonly unknownStateFilters: readonly string[]
  readonly transactionStates: readonly {
    readonly transactionalId: string
    readonly producerId: number
    readonly transactionState: TransactionState
  }[]
}
