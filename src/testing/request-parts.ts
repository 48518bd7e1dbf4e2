// What a request is about: topics, partitions, groups, members and transactional ids, part by part, in the order in which it names them.

import type { ApiName, RequestOf } from '../broker/api.ts'
import { KafkaError } from '../errors.ts'
import { didYouMean } from '../suggest.ts'

export interface RequestPart {
  readonly topic?: string
  readonly partition?: number
  readonly groupId?: string
  readonly memberId?: string
  readonly transactionalId?: string
}

export type PartField = keyof RequestPart

/** The topics of the broker, for requests that name them by id, or name all of them by naming none. */
export interface TopicDirectory {
  nameOf(topicId: string): string
  names(): readonly string[]
}

interface PartsOf<Api extends ApiName> {
  /** What a filter can ask for. */
  readonly fields: readonly PartField[]
  list(request: RequestOf<Api>, topics: TopicDirectory): readonly RequestPart[]
}

const PLACE = ['topic', 'partition'] as const
const GROUP = ['groupId'] as const
const MEMBER = ['groupId', 'memberId'] as const
const TRANSACTION = ['transactionalId'] as const
const TRANSACTION_KEY_TYPE = 1

export const requestParts: { readonly [Api in ApiName]: PartsOf<Api> } = {
  Produce: {
    fields: [...TRANSACTION, ...PLACE],
    list: ({ transactionalId, topicData }) => {
      const transaction = transactionalId === null ? {} : { transactionalId }
      return topicData.flatMap(({ name, partitionData }) =>
        partitionData.map(({ index }) => ({ ...transaction, ...at(name, index) })),
      )
    },
  },
  InitProducerId: {
    fields: TRANSACTION,
    list: ({ transactionalId }) => (transactionalId === null ? [] : [{ transactionalId }]),
  },
  AddPartitionsToTxn: {
    fields: TRANSACTION,
    list: ({ transactions }) => transactions.map(({ transactionalId }) => ({ transactionalId })),
  },
  AddOffsetsToTxn: {
    fields: [...TRANSACTION, ...GROUP],
    list: ({ transactionalId, groupId }) => [{ transactionalId, groupId }],
  },
  EndTxn: { fields: TRANSACTION, list: ({ transactionalId }) => [{ transactionalId }] },
  WriteTxnMarkers: {
    fields: PLACE,
    list: ({ markers }) =>
      markers.flatMap(({ topics }) =>
        topics.flatMap(({ name, partitionIndexes }) => partitionIndexes.map((partition) => at(name, partition))),
      ),
  },
  TxnOffsetCommit: {
    fields: [...TRANSACTION, ...MEMBER, ...PLACE],
    list: ({ transactionalId, groupId, memberId, topics }) =>
      topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex }) => ({ transactionalId, groupId, memberId, ...at(name, partitionIndex) })),
      ),
  },
  DescribeTransactions: {
    fields: TRANSACTION,
    list: ({ transactionalIds }) => transactionalIds.map((transactionalId) => ({ transactionalId })),
  },
  DescribeProducers: {
    fields: PLACE,
    list: ({ topics }) =>
      topics.flatMap(({ name, partitionIndexes }) => partitionIndexes.map((partition) => at(name, partition))),
  },
  ListTransactions: { fields: [], list: () => [] },
  Fetch: {
    fields: PLACE,
    list: ({ topics }, { nameOf }) =>
      topics.flatMap(({ topicId, partitions }) => partitions.map(({ partition }) => at(nameOf(topicId), partition))),
  },
  ListOffsets: {
    fields: PLACE,
    list: ({ topics }) =>
      topics.flatMap(({ name, partitions }) => partitions.map(({ partitionIndex }) => at(name, partitionIndex))),
  },
  Metadata: {
    fields: ['topic'],
    list: ({ topics }, { nameOf, names }) =>
      topics?.map(({ name, topicId }) => ({ topic: name ?? nameOf(topicId ?? '') })) ??
      names().map((topic) => ({ topic })),
  },
  CreateTopics: { fields: ['topic'], list: ({ topics }) => topics.map(({ name }) => ({ topic: name })) },
  DeleteTopics: {
    fields: ['topic'],
    list: ({ topics }, { nameOf }) => topics.map(({ name, topicId }) => ({ topic: name ?? nameOf(topicId ?? '') })),
  },
  CreatePartitions: { fields: ['topic'], list: ({ topics }) => topics.map(({ name }) => ({ topic: name })) },
  FindCoordinator: {
    fields: [...GROUP, ...TRANSACTION],
    list: ({ keyType, coordinatorKeys }) =>
      coordinatorKeys.map((key) => (keyType === TRANSACTION_KEY_TYPE ? { transactionalId: key } : { groupId: key })),
  },
  JoinGroup: { fields: MEMBER, list: member },
  SyncGroup: { fields: MEMBER, list: member },
  Heartbeat: { fields: MEMBER, list: member },
  LeaveGroup: {
    fields: MEMBER,
    list: ({ groupId, members }) => members.map(({ memberId }) => ({ groupId, memberId })),
  },
  OffsetCommit: {
    fields: [...MEMBER, ...PLACE],
    list: ({ groupId, memberId, topics }) =>
      topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex }) => ({ groupId, memberId, ...at(name, partitionIndex) })),
      ),
  },
  OffsetFetch: {
    fields: [...GROUP, ...PLACE],
    list: ({ groups }) =>
      groups.flatMap(
        ({ groupId, topics }) =>
          topics?.flatMap(({ name, partitionIndexes }) =>
            partitionIndexes.map((partition) => ({ groupId, ...at(name, partition) })),
          ) ?? [{ groupId }],
      ),
  },
  OffsetDelete: {
    fields: [...GROUP, ...PLACE],
    list: ({ groupId, topics }) =>
      topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex }) => ({ groupId, ...at(name, partitionIndex) })),
      ),
  },
  ListGroups: { fields: [], list: () => [] },
  DescribeGroups: { fields: GROUP, list: ({ groups }) => groups.map((groupId) => ({ groupId })) },
  DeleteGroups: { fields: GROUP, list: ({ groupsNames }) => groupsNames.map((groupId) => ({ groupId })) },
}

export function checkApi(call: string, api: unknown): asserts api is ApiName {
  if (typeof api === 'string' && Object.hasOwn(requestParts, api)) return
  const known = Object.keys(requestParts)
  const why = `${call}: there is no API '${String(api)}'.${didYouMean(String(api), known)} Known: ${known.join(', ')}.`
  throw new KafkaError('INVALID_ARGUMENT', why)
}

function at(topic: string, partition: number): { topic: string; partition: number } {
  return { topic, partition }
}

function member({ groupId, memberId }: { readonly groupId: string; readonly memberId: string }): RequestPart[] {
  return [{ groupId, memberId }]
}
