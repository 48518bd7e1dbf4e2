// Requests and responses of the seam, by API name: Kafka's names and fields in camelCase, Kafka's error codes.
// Types only. `errorMessage` is ours where Kafka has none: it is for the typed clients and does not go over the wire.

import type { ErrorCode } from '../errors.ts'
import type { RecordBatch } from '../log/record-batch.ts'
import type {
  DeleteGroupsRequest,
  DeleteGroupsResponse,
  DescribeGroupsRequest,
  DescribeGroupsResponse,
  FindCoordinatorRequest,
  FindCoordinatorResponse,
  HeartbeatRequest,
  HeartbeatResponse,
  JoinGroupRequest,
  JoinGroupResponse,
  LeaveGroupRequest,
  LeaveGroupResponse,
  ListGroupsRequest,
  ListGroupsResponse,
  OffsetCommitRequest,
  OffsetCommitResponse,
  OffsetDeleteRequest,
  OffsetDeleteResponse,
  OffsetFetchRequest,
  OffsetFetchResponse,
  SyncGroupRequest,
  SyncGroupResponse,
} from './group-api.ts'
import type {
  AddOffsetsToTxnRequest,
  AddOffsetsToTxnResponse,
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnResponse,
  DescribeProducersRequest,
  DescribeProducersResponse,
  DescribeTransactionsRequest,
  DescribeTransactionsResponse,
  EndTxnRequest,
  EndTxnResponse,
  ListTransactionsRequest,
  ListTransactionsResponse,
  TxnOffsetCommitRequest,
  TxnOffsetCommitResponse,
  WriteTxnMarkersRequest,
  WriteTxnMarkersResponse,
} from './transaction-api.ts'

/** What is known of whoever sends a request. */
export interface RequestContext {
  readonly clientId: string
  readonly clientHost: string
  /** Requests of one connection that still wait are dropped when it is closed. */
  readonly connection: object
  /** The version of the API that the client speaks; the latest where it is not given. */
  readonly apiVersion?: number
  /** For how many ms the client, whenever this is answered with nothing, does no more than ask the same again at once; else 0. */
  readonly asksAgainForMs?: (request: FetchRequest) => number
}

// --- records ---------------------------------------------------------------------------------------------------

export interface ProduceRequest {
  /** In whose transaction the batches are that belong to one; null for a producer that has none. */
  readonly transactionalId: string | null
  /** 0: the client does not want an answer; 1 and -1 (all) are the same with one replica. */
  readonly acks: number
  readonly timeoutMs: number
  readonly topicData: readonly {
    readonly name: string
    readonly partitionData: readonly {
      readonly index: number
      /** Belongs to the log from here on. */
      readonly records: RecordBatch
    }[]
  }[]
}

export interface ProduceResponse {
  readonly responses: readonly {
    readonly name: string
    readonly partitionResponses: readonly ProducePartitionResponse[]
  }[]
}

export interface ProducePartitionResponse {
  readonly index: number
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
  readonly baseOffset: number
  /** -1 unless the topic stamps records with the broker's time, or the batch was written before: then its largest time. */
  readonly logAppendTimeMs: number
  readonly logStartOffset: number
}

export interface InitProducerIdRequest {
  /** null for a producer that has no transactions. */
  readonly transactionalId: string | null
  /** After how long the coordinator aborts a transaction of this producer. */
  readonly transactionTimeoutMs: number
  /** What the producer was given before, to go on with; -1 for a new one. */
  readonly producerId: number
  readonly producerEpoch: number
  /** Two-phase commit (version 6). */
  readonly enable2Pc: boolean
  /** The transaction that is open stays open (version 6). */
  readonly keepPreparedTxn: boolean
}

export interface InitProducerIdResponse {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
  readonly producerId: number
  readonly producerEpoch: number
  /** Whose transaction was kept open; -1 for none. */
  readonly ongoingTxnProducerId: number
  readonly ongoingTxnProducerEpoch: number
}

export interface FetchRequest {
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly isolationLevel: 'read_uncommitted' | 'read_committed'
  readonly topics: readonly {
    readonly topicId: string
    readonly partitions: readonly FetchPartition[]
  }[]
}

export interface FetchPartition {
  readonly partition: number
  readonly fetchOffset: number
  readonly partitionMaxBytes: number
}

export interface FetchResponse {
  readonly errorCode: ErrorCode
  readonly responses: readonly {
    readonly topicId: string
    readonly partitions: readonly FetchPartitionResponse[]
  }[]
}

export interface FetchPartitionResponse {
  readonly partitionIndex: number
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  /** Of the records: which of them belong to transactions that were aborted, from which offset on. null unless `read_committed`. */
  readonly abortedTransactions: readonly { readonly producerId: number; readonly firstOffset: number }[] | null
  /** Whole batches: the first may begin before the offset that was asked for. */
  readonly records: readonly RecordBatch[]
}

export interface ListOffsetsRequest {
  readonly isolationLevel: 'read_uncommitted' | 'read_committed'
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly {
      readonly partitionIndex: number
      /** Milliseconds since the epoch, or -1 latest, -2 earliest, -3 the record with the largest timestamp. */
      readonly timestamp: number
    }[]
  }[]
}

export interface ListOffsetsResponse {
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly {
      readonly partitionIndex: number
      readonly errorCode: ErrorCode
      readonly errorMessage: string | null
      readonly timestamp: number
      /** -1 where no record is as young as asked for. */
      readonly offset: number
      readonly leaderEpoch: number
    }[]
  }[]
}

// --- topics ----------------------------------------------------------------------------------------------------

export interface MetadataRequest {
  /** By name or by id; null for all topics. */
  readonly topics: readonly { readonly topicId: string | null; readonly name: string | null }[] | null
  readonly allowAutoTopicCreation: boolean
}

export interface MetadataResponse {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[]
  readonly clusterId: string
  readonly controllerId: number
  readonly topics: readonly MetadataTopic[]
}

export interface MetadataTopic {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
  readonly name: string | null
  readonly topicId: string
  readonly isInternal: boolean
  readonly partitions: readonly {
    readonly errorCode: ErrorCode
    readonly partitionIndex: number
    readonly leaderId: number
    readonly leaderEpoch: number
    readonly replicaNodes: readonly number[]
    readonly isrNodes: readonly number[]
    readonly offlineReplicas: readonly number[]
  }[]
}

export interface CreateTopicsRequest {
  readonly topics: readonly {
    readonly name: string
    /** -1 for the broker's default (`num.partitions`). */
    readonly numPartitions: number
    /** -1 for the broker's default; there is one broker, so only 1 is possible. */
    readonly replicationFactor: number
    /** By Kafka's names: `cleanup.policy`, `max.message.bytes`, … */
    readonly configs: readonly { readonly name: string; readonly value: string | null }[]
  }[]
  readonly timeoutMs: number
  readonly validateOnly: boolean
}

export interface CreateTopicsResponse {
  readonly topics: readonly {
    readonly name: string
    readonly topicId: string
    readonly errorCode: ErrorCode
    readonly errorMessage: string | null
    readonly numPartitions: number
    readonly replicationFactor: number
  }[]
}

export interface DeleteTopicsRequest {
  readonly topics: readonly { readonly name: string | null; readonly topicId: string | null }[]
  readonly timeoutMs: number
}

export interface DeleteTopicsResponse {
  readonly responses: readonly {
    readonly name: string | null
    readonly topicId: string
    readonly errorCode: ErrorCode
    readonly errorMessage: string | null
  }[]
}

export interface CreatePartitionsRequest {
  readonly topics: readonly { readonly name: string; readonly count: number }[]
  readonly timeoutMs: number
  readonly validateOnly: boolean
}

export interface CreatePartitionsResponse {
  readonly results: readonly {
    readonly name: string
    readonly errorCode: ErrorCode
    readonly errorMessage: string | null
  }[]
}

export interface Apis {
  Produce: { request: ProduceRequest; response: ProduceResponse }
  InitProducerId: { request: InitProducerIdRequest; response: InitProducerIdResponse }
  AddPartitionsToTxn: { request: AddPartitionsToTxnRequest; response: AddPartitionsToTxnResponse }
  AddOffsetsToTxn: { request: AddOffsetsToTxnRequest; response: AddOffsetsToTxnResponse }
  EndTxn: { request: EndTxnRequest; response: EndTxnResponse }
  WriteTxnMarkers: { request: WriteTxnMarkersRequest; response: WriteTxnMarkersResponse }
  TxnOffsetCommit: { request: TxnOffsetCommitRequest; response: TxnOffsetCommitResponse }
  DescribeTransactions: { request: DescribeTransactionsRequest; response: DescribeTransactionsResponse }
  DescribeProducers: { request: DescribeProducersRequest; response: DescribeProducersResponse }
  ListTransactions: { request: ListTransactionsRequest; response: ListTransactionsResponse }
  Fetch: { request: FetchRequest; response: FetchResponse }
  ListOffsets: { request: ListOffsetsRequest; response: ListOffsetsResponse }
  Metadata: { request: MetadataRequest; response: MetadataResponse }
  CreateTopics: { request: CreateTopicsRequest; response: CreateTopicsResponse }
  DeleteTopics: { request: DeleteTopicsRequest; response: DeleteTopicsResponse }
  CreatePartitions: { request: CreatePartitionsRequest; response: CreatePartitionsResponse }
  FindCoordinator: { request: FindCoordinatorRequest; response: FindCoordinatorResponse }
  JoinGroup: { request: JoinGroupRequest; response: JoinGroupResponse }
  SyncGroup: { request: SyncGroupRequest; response: SyncGroupResponse }
  Heartbeat: { request: HeartbeatRequest; response: HeartbeatResponse }
  LeaveGroup: { request: LeaveGroupRequest; response: LeaveGroupResponse }
  OffsetCommit: { request: OffsetCommitRequest; response: OffsetCommitResponse }
  OffsetFetch: { request: OffsetFetchRequest; response: OffsetFetchResponse }
  OffsetDelete: { request: OffsetDeleteRequest; response: OffsetDeleteResponse }
  ListGroups: { request: ListGroupsRequest; response: ListGroupsResponse }
  DescribeGroups: { request: DescribeGroupsRequest; response: DescribeGroupsResponse }
  DeleteGroups: { request: DeleteGroupsRequest; response: DeleteGroupsResponse }
}

export type ApiName = keyof Apis
export type RequestOf<Api extends ApiName> = Apis[Api]['request']
export type ResponseOf<Api extends ApiName> = Apis[Api]['response']

/**
 * The seam, as clients see it: an answer when there is one at once, a promise when it has to wait. A promise rejected with
 * NETWORK_EXCEPTION is no answer: the connection broke, and whether the request was carried out is not known.
 */
export interface BrokerSeam {
  handle<Api extends ApiName>(
    api: Api,
    request: RequestOf<Api>,
    context: RequestContext,
  ): ResponseOf<Api> | Promise<ResponseOf<Api>>
  /** The connection is closed or broke: what it still waits for is rejected with NETWORK_EXCEPTION. */
  disconnect(connection: object): void
  /** Whether anybody looks on: then each request is carried out, though nobody else could tell that it was. */
  readonly isWatched: boolean
}
