// Which errors the APIs of transactions can answer, and where in their answers they stand.

import type { ApiName } from '../broker/api.ts'
import { ErrorCode } from '../errors.ts'
import { ANYWHERE, COORDINATOR, type ErrorsAt } from './errors-at.ts'
import { refuseCommit } from './refuse-offsets.ts'
import { refuseListed, refuseNested, refuseWhole } from './refuse-parts.ts'

type TransactionApi =
  | 'InitProducerId'
  | 'AddPartitionsToTxn'
  | 'AddOffsetsToTxn'
  | 'EndTxn'
  | 'WriteTxnMarkers'
  | 'TxnOffsetCommit'
  | 'DescribeTransactions'
  | 'DescribeProducers'
  | 'ListTransactions'

const PRODUCER = [
  ...ANYWHERE,
  ...COORDINATOR,
  'INVALID_REQUEST',
  'CONCURRENT_TRANSACTIONS',
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'TRANSACTION_ABORTABLE',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
] as const
const OPEN_TRANSACTION = [...PRODUCER, 'INVALID_PRODUCER_ID_MAPPING', 'INVALID_TXN_STATE'] as const

export const transactionErrors: { readonly [Api in TransactionApi & ApiName]: readonly ErrorsAt<Api>[] } = {
  InitProducerId: [
    {
      errors: [...PRODUCER, 'INVALID_TRANSACTION_TIMEOUT', 'CLUSTER_AUTHORIZATION_FAILED'],
      refuse: refuseWhole((_request, refusal) => ({
        ...refusal,
        producerId: -1,
        producerEpoch: -1,
        ongoingTxnProducerId: -1,
        ongoingTxnProducerEpoch: -1,
      })),
    },
  ],
  AddPartitionsToTxn: [
    {
      errors: [
        ...OPEN_TRANSACTION,
        'UNKNOWN_TOPIC_OR_PARTITION',
        'TOPIC_AUTHORIZATION_FAILED',
        'OPERATION_NOT_ATTEMPTED',
      ],
      refuse: refuseListed({
        parts: ({ transactions }) => transactions,
        ask: (_request, transactions) => ({ transactions }),
        answers: ({ resultsByTransaction }) => resultsByTransaction,
        refused: ({ transactionalId, topics }, { errorCode: partitionErrorCode }) => ({
          transactionalId,
          topicResults: topics.map(({ name, partitions }) => ({
            name,
            resultsByPartition: partitions.map((partitionIndex) => ({ partitionIndex, partitionErrorCode })),
          })),
        }),
        respond: (resultsByTransaction) => ({ errorCode: ErrorCode.NONE, resultsByTransaction }),
      }),
    },
  ],
  AddOffsetsToTxn: [
    {
      errors: [...OPEN_TRANSACTION, 'GROUP_AUTHORIZATION_FAILED'],
      refuse: refuseWhole((_request, { errorCode }) => ({ errorCode })),
    },
  ],
  EndTxn: [
    {
      errors: OPEN_TRANSACTION,
      refuse: refuseWhole((_request, { errorCode }) => ({ errorCode, producerId: -1, producerEpoch: -1 })),
    },
  ],
  WriteTxnMarkers: [
    {
      errors: [
        ...ANYWHERE,
        'CORRUPT_MESSAGE',
        'INVALID_PRODUCER_EPOCH',
        'UNKNOWN_TOPIC_OR_PARTITION',
        'NOT_LEADER_OR_FOLLOWER',
        'MESSAGE_TOO_LARGE',
        'RECORD_LIST_TOO_LARGE',
        'NOT_ENOUGH_REPLICAS',
        'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
        'INVALID_REQUIRED_ACKS',
        'TRANSACTION_COORDINATOR_FENCED',
        'REQUEST_TIMED_OUT',
        'CLUSTER_AUTHORIZATION_FAILED',
        'KAFKA_STORAGE_ERROR',
      ],
      refuse: refuseNested({
        things: ({ markers }) => markers.flatMap((marker) => marker.topics.map((topic) => ({ marker, topic }))),
        parts: ({ topic }) => topic.partitionIndexes,
        keep: ({ marker, topic: { name } }, partitionIndexes) => ({ marker, topic: { name, partitionIndexes } }),
        ask: (_request, things) => ({
          markers: things.map(({ marker, topic }) => ({ ...marker, topics: [topic] })),
        }),
        answers: ({ markers }) => markers.flatMap(({ topics }) => topics.flatMap(({ partitions }) => partitions)),
        refused: (partitionIndex, { errorCode }) => ({ partitionIndex, errorCode }),
        respond: (answers) => {
          const producers = new Map<number, { name: string; partitions: (typeof answers)[number][1] }[]>()
          for (const [{ marker, topic }, partitions] of answers) {
            const topics = producers.get(marker.producerId) ?? []
            topics.push({ name: topic.name, partitions })
            producers.set(marker.producerId, topics)
          }
          return { markers: [...producers].map(([producerId, topics]) => ({ producerId, topics })) }
        },
      }),
    },
  ],
  TxnOffsetCommit: [
    {
      errors: [
        ...OPEN_TRANSACTION,
        'ILLEGAL_GENERATION',
        'UNKNOWN_MEMBER_ID',
        'FENCED_INSTANCE_ID',
        'INVALID_GROUP_ID',
        'OFFSET_METADATA_TOO_LARGE',
        'UNKNOWN_TOPIC_OR_PARTITION',
        'UNSUPPORTED_FOR_MESSAGE_FORMAT',
        'GROUP_AUTHORIZATION_FAILED',
        'TOPIC_AUTHORIZATION_FAILED',
      ],
      refuse: refuseCommit,
    },
  ],
  DescribeTransactions: [
    {
      errors: [
        ...ANYWHERE,
        ...COORDINATOR,
        'INVALID_REQUEST',
        'TRANSACTIONAL_ID_NOT_FOUND',
        'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
      ],
      refuse: refuseListed({
        parts: ({ transactionalIds }) => transactionalIds,
        ask: (_request, transactionalIds) => ({ transactionalIds }),
        answers: ({ transactionStates }) => transactionStates,
        refused: (transactionalId, refusal) => ({
          ...refusal,
          transactionalId,
          transactionState: '' as const,
          transactionTimeoutMs: 0,
          transactionStartTimeMs: 0,
          producerId: 0,
          producerEpoch: 0,
          topics: [],
        }),
        respond: (transactionStates) => ({ transactionStates }),
      }),
    },
  ],
  DescribeProducers: [
    {
      errors: [
        ...ANYWHERE,
        'UNKNOWN_TOPIC_OR_PARTITION',
        'NOT_LEADER_OR_FOLLOWER',
        'INVALID_TOPIC_EXCEPTION',
        'TOPIC_AUTHORIZATION_FAILED',
      ],
      refuse: refuseNested({
        things: ({ topics }) => topics,
        parts: ({ partitionIndexes }) => partitionIndexes,
        keep: ({ name }, partitionIndexes) => ({ name, partitionIndexes }),
        ask: (_request, topics) => ({ topics }),
        answers: ({ topics }) => topics.flatMap(({ partitions }) => partitions),
        refused: (partitionIndex, refusal) => ({ partitionIndex, ...refusal, activeProducers: [] }),
        respond: (answers) => ({ topics: answers.map(([{ name }, partitions]) => ({ name, partitions })) }),
      }),
    },
  ],
  ListTransactions: [
    {
      errors: [...ANYWHERE, ...COORDINATOR, 'INVALID_REGULAR_EXPRESSION'],
      refuse: refuseWhole((_request, refusal) => ({ ...refusal, unknownStateFilters: [], transactionStates: [] })),
    },
  ],
}
