// Which errors each API can answer, and where in its answer they stand: for a partition, a topic, a group, or as a whole.
// (Kafka: the lists of possible errors in …Response.java, and what its handlers answer)

import type { ApiName } from '../broker/api.ts'
import { ErrorCode } from '../errors.ts'
import { ANYWHERE, COORDINATOR, type ErrorsAt } from './errors-at.ts'
import { refuseTopics } from './refuse-metadata.ts'
import { refuseCommit, refuseCommitted, refuseGroups } from './refuse-offsets.ts'
import { refuseListed, refuseNested, refuseWhole } from './refuse-parts.ts'
import { transactionErrors } from './transaction-errors.ts'

const GROUP = [...COORDINATOR, 'GROUP_AUTHORIZATION_FAILED', 'INVALID_GROUP_ID'] as const
const MEMBER = [
  ...GROUP,
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
] as const
const LEADER = [
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'REPLICA_NOT_AVAILABLE',
  'KAFKA_STORAGE_ERROR',
  'TOPIC_AUTHORIZATION_FAILED',
] as const
const READ = [...LEADER, 'FENCED_LEADER_EPOCH', 'UNKNOWN_LEADER_EPOCH', 'OFFSET_NOT_AVAILABLE'] as const
const CONTROLLER = [
  'NOT_CONTROLLER',
  'REQUEST_TIMED_OUT',
  'INVALID_REQUEST',
  'INVALID_TOPIC_EXCEPTION',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'POLICY_VIOLATION',
  'THROTTLING_QUOTA_EXCEEDED',
] as const
const NO_BYTES = new Uint8Array()
const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

/** The first entry of an API that has an error says where it stands. */
export const apiErrors: { readonly [Api in ApiName]: readonly ErrorsAt<Api>[] } = {
  Produce: [
    {
      errors: [
        ...ANYWHERE,
        ...LEADER,
        'CORRUPT_MESSAGE',
        'REQUEST_TIMED_OUT',
        'MESSAGE_TOO_LARGE',
        'INVALID_TOPIC_EXCEPTION',
        'RECORD_LIST_TOO_LARGE',
        'NOT_ENOUGH_REPLICAS',
        'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
        'INVALID_REQUIRED_ACKS',
        'INVALID_TIMESTAMP',
        'UNSUPPORTED_FOR_MESSAGE_FORMAT',
        'UNSUPPORTED_COMPRESSION_TYPE',
        'INVALID_RECORD',
        'POLICY_VIOLATION',
        'CLUSTER_AUTHORIZATION_FAILED',
        'OUT_OF_ORDER_SEQUENCE_NUMBER',
        'DUPLICATE_SEQUENCE_NUMBER',
        'UNKNOWN_PRODUCER_ID',
        'INVALID_PRODUCER_EPOCH',
        'INVALID_PRODUCER_ID_MAPPING',
        'INVALID_TXN_STATE',
        'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
        'TRANSACTION_ABORTABLE',
      ],
      refuse: refuseNested({
        things: ({ topicData }) => topicData,
        parts: ({ partitionData }) => partitionData,
        keep: ({ name }, partitionData) => ({ name, partitionData }),
        ask: (request, topicData) => ({ ...request, topicData }),
        answers: ({ responses }) => responses.flatMap(({ partitionResponses }) => partitionResponses),
        refused: ({ index }, refusal) => ({
          index,
          ...refusal,
          baseOffset: -1,
          logAppendTimeMs: -1,
          logStartOffset: -1,
        }),
        respond: (answers) => ({
          responses: answers.map(([{ name }, partitionResponses]) => ({ name, partitionResponses })),
        }),
      }),
    },
  ],
  ...transactionErrors,
  Fetch: [
    {
      errors: [
        ...ANYWHERE,
        ...READ,
        'OFFSET_OUT_OF_RANGE',
        'CORRUPT_MESSAGE',
        'UNKNOWN_TOPIC_ID',
        'INCONSISTENT_TOPIC_ID',
        'UNSUPPORTED_COMPRESSION_TYPE',
        'OFFSET_MOVED_TO_TIERED_STORAGE',
      ],
      refuse: refuseNested({
        things: ({ topics }) => topics,
        parts: ({ partitions }) => partitions,
        keep: ({ topicId }, partitions) => ({ topicId, partitions }),
        // A partition in error is a reason to answer at once.
        ask: (request, topics) => ({ ...request, topics, maxWaitMs: 0 }),
        answers: ({ responses }) => responses.flatMap(({ partitions }) => partitions),
        refused: ({ partition }, refusal) => ({
          partitionIndex: partition,
          ...refusal,
          highWatermark: -1,
          lastStableOffset: -1,
          logStartOffset: -1,
          abortedTransactions: null,
          records: [],
        }),
        respond: (answers) => ({
          errorCode: ErrorCode.NONE,
          responses: answers.map(([{ topicId }, partitions]) => ({ topicId, partitions })),
        }),
      }),
    },
    {
      errors: ['FETCH_SESSION_ID_NOT_FOUND', 'INVALID_FETCH_SESSION_EPOCH', 'FETCH_SESSION_TOPIC_ID_ERROR'],
      refuse: refuseWhole((_request, { errorCode }) => ({ errorCode, responses: [] })),
    },
  ],
  ListOffsets: [
    {
      errors: [...ANYWHERE, ...READ, 'UNSUPPORTED_FOR_MESSAGE_FORMAT', 'INVALID_REQUEST', 'REQUEST_TIMED_OUT'],
      refuse: refuseNested({
        things: ({ topics }) => topics,
        parts: ({ partitions }) => partitions,
        keep: ({ name }, partitions) => ({ name, partitions }),
        ask: (request, topics) => ({ ...request, topics }),
        answers: ({ topics }) => topics.flatMap(({ partitions }) => partitions),
        refused: ({ partitionIndex }, refusal) => ({
          partitionIndex,
          ...refusal,
          timestamp: -1,
          offset: -1,
          leaderEpoch: -1,
        }),
        respond: (answers) => ({ topics: answers.map(([{ name }, partitions]) => ({ name, partitions })) }),
      }),
    },
  ],
  Metadata: [
    {
      errors: [
        ...ANYWHERE,
        'UNKNOWN_TOPIC_OR_PARTITION',
        'LEADER_NOT_AVAILABLE',
        'INVALID_TOPIC_EXCEPTION',
        'TOPIC_AUTHORIZATION_FAILED',
        'UNKNOWN_TOPIC_ID',
        'INVALID_REPLICATION_FACTOR',
      ],
      refuse: refuseTopics,
    },
  ],
  CreateTopics: [
    {
      errors: [
        ...ANYWHERE,
        ...CONTROLLER,
        'TOPIC_ALREADY_EXISTS',
        'INVALID_PARTITIONS',
        'INVALID_REPLICATION_FACTOR',
        'INVALID_REPLICA_ASSIGNMENT',
        'INVALID_CONFIG',
      ],
      refuse: refuseListed({
        parts: ({ topics }) => topics,
        ask: (request, topics) => ({ ...request, topics }),
        answers: ({ topics }) => topics,
        refused: ({ name }, refusal) => ({
          name,
          topicId: NO_ID,
          ...refusal,
          numPartitions: -1,
          replicationFactor: -1,
        }),
        respond: (topics) => ({ topics }),
      }),
    },
  ],
  DeleteTopics: [
    {
      errors: [...ANYWHERE, ...CONTROLLER, 'UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID', 'TOPIC_DELETION_DISABLED'],
      refuse: refuseListed({
        parts: ({ topics }) => topics,
        ask: (request, topics) => ({ ...request, topics }),
        answers: ({ responses }) => responses,
        refused: ({ name, topicId }, refusal) => ({ name, topicId: topicId ?? NO_ID, ...refusal }),
        respond: (responses) => ({ responses }),
      }),
    },
  ],
  CreatePartitions: [
    {
      errors: [
        ...ANYWHERE,
        ...CONTROLLER,
        'UNKNOWN_TOPIC_OR_PARTITION',
        'INVALID_PARTITIONS',
        'INVALID_REPLICA_ASSIGNMENT',
        'REASSIGNMENT_IN_PROGRESS',
      ],
      refuse: refuseListed({
        parts: ({ topics }) => topics,
        ask: (request, topics) => ({ ...request, topics }),
        answers: ({ results }) => results,
        refused: ({ name }, refusal) => ({ name, ...refusal }),
        respond: (results) => ({ results }),
      }),
    },
  ],
  FindCoordinator: [
    {
      errors: [...ANYWHERE, ...GROUP, 'INVALID_REQUEST', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'],
      refuse: refuseListed({
        parts: ({ coordinatorKeys }) => coordinatorKeys,
        ask: (request, coordinatorKeys) => ({ ...request, coordinatorKeys }),
        answers: ({ coordinators }) => coordinators,
        refused: (key, refusal) => ({ key, nodeId: -1, host: '', port: -1, ...refusal }),
        respond: (coordinators) => ({ coordinators }),
      }),
    },
  ],
  JoinGroup: [
    {
      errors: [
        ...ANYWHERE,
        ...MEMBER,
        'INCONSISTENT_GROUP_PROTOCOL',
        'INVALID_SESSION_TIMEOUT',
        'MEMBER_ID_REQUIRED',
        'GROUP_MAX_SIZE_REACHED',
      ],
      refuse: refuseWhole(({ memberId }, refusal) => ({
        ...refusal,
        generationId: -1,
        protocolType: null,
        protocolName: null,
        leader: null,
        skipAssignment: false,
        memberId,
        members: [],
      })),
    },
  ],
  SyncGroup: [
    {
      errors: [...ANYWHERE, ...MEMBER, 'INCONSISTENT_GROUP_PROTOCOL'],
      refuse: refuseWhole((_request, refusal) => ({
        ...refusal,
        protocolType: null,
        protocolName: null,
        assignment: NO_BYTES,
      })),
    },
  ],
  Heartbeat: [{ errors: [...ANYWHERE, ...MEMBER], refuse: refuseWhole((_request, refusal) => refusal) }],
  LeaveGroup: [
    {
      errors: ['UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID'],
      refuse: refuseListed({
        parts: ({ members }) => members,
        ask: (request, members) => ({ ...request, members }),
        answers: ({ errorCode, members }) => (errorCode === ErrorCode.NONE ? members : null),
        refused: ({ memberId, groupInstanceId }, { errorCode }) => ({ memberId, groupInstanceId, errorCode }),
        respond: (members) => ({ errorCode: ErrorCode.NONE, members }),
      }),
    },
    {
      errors: [...ANYWHERE, ...GROUP],
      refuse: refuseWhole((_request, { errorCode }) => ({ errorCode, members: [] })),
    },
  ],
  OffsetCommit: [
    {
      errors: [
        ...ANYWHERE,
        ...MEMBER,
        'UNKNOWN_TOPIC_OR_PARTITION',
        'TOPIC_AUTHORIZATION_FAILED',
        'OFFSET_METADATA_TOO_LARGE',
        'INVALID_COMMIT_OFFSET_SIZE',
        'GROUP_ID_NOT_FOUND',
        'STALE_MEMBER_EPOCH',
      ],
      refuse: refuseCommit,
    },
  ],
  OffsetFetch: [
    {
      errors: [...ANYWHERE, ...GROUP, 'UNKNOWN_MEMBER_ID', 'STALE_MEMBER_EPOCH', 'GROUP_ID_NOT_FOUND'],
      refuse: refuseGroups,
    },
    {
      errors: ['UNKNOWN_TOPIC_OR_PARTITION', 'TOPIC_AUTHORIZATION_FAILED', 'UNSTABLE_OFFSET_COMMIT'],
      refuse: refuseCommitted,
    },
  ],
  OffsetDelete: [
    {
      errors: ['GROUP_SUBSCRIBED_TO_TOPIC', 'UNKNOWN_TOPIC_OR_PARTITION', 'TOPIC_AUTHORIZATION_FAILED'],
      refuse: refuseNested({
        things: ({ topics }) => topics,
        parts: ({ partitions }) => partitions,
        keep: ({ name }, partitions) => ({ name, partitions }),
        ask: (request, topics) => ({ ...request, topics }),
        answers: ({ errorCode, topics }) =>
          errorCode === ErrorCode.NONE ? topics.flatMap(({ partitions }) => partitions) : null,
        refused: ({ partitionIndex }, { errorCode }) => ({ partitionIndex, errorCode }),
        respond: (answers) => ({
          errorCode: ErrorCode.NONE,
          errorMessage: null,
          topics: answers.map(([{ name }, partitions]) => ({ name, partitions })),
        }),
      }),
    },
    {
      errors: [...ANYWHERE, ...GROUP, 'NON_EMPTY_GROUP', 'GROUP_ID_NOT_FOUND'],
      refuse: refuseWhole((_request, refusal) => ({ ...refusal, topics: [] })),
    },
  ],
  ListGroups: [
    {
      errors: [...ANYWHERE, ...COORDINATOR, 'GROUP_AUTHORIZATION_FAILED'],
      refuse: refuseWhole((_request, { errorCode }) => ({ errorCode, groups: [] })),
    },
  ],
  DescribeGroups: [
    {
      errors: [...ANYWHERE, ...GROUP, 'GROUP_ID_NOT_FOUND'],
      refuse: refuseListed({
        parts: ({ groups }) => groups,
        ask: (_request, groups) => ({ groups }),
        answers: ({ groups }) => groups,
        refused: (groupId, refusal) => ({
          ...refusal,
          groupId,
          groupState: '',
          protocolType: '',
          protocolData: '',
          members: [],
        }),
        respond: (groups) => ({ groups }),
      }),
    },
  ],
  DeleteGroups: [
    {
      errors: [...ANYWHERE, ...GROUP, 'NON_EMPTY_GROUP', 'GROUP_ID_NOT_FOUND'],
      refuse: refuseListed({
        parts: ({ groupsNames }) => groupsNames,
        ask: (_request, groupsNames) => ({ groupsNames }),
        answers: ({ results }) => results,
        refused: (groupId, refusal) => ({ groupId, ...refusal }),
        respond: (results) => ({ results }),
      }),
    },
  ],
}
