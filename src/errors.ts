// Kafka's errors in one table, and the one error class that carries them to a caller.

/** Kafka's name → its number on the wire, whether trying again can help, and what it means. */
const errorTable = {
  UNKNOWN_SERVER_ERROR: [-1, false, 'The broker failed in a way it did not expect.'],
  NONE: [0, false, 'No error.'],
  OFFSET_OUT_OF_RANGE: [1, false, "The offset lies below the log's start or beyond its end."],
  CORRUPT_MESSAGE: [2, true, 'The record batch is damaged.'],
  UNKNOWN_TOPIC_OR_PARTITION: [3, true, 'The topic or partition does not exist.'],
  INVALID_FETCH_SIZE: [4, false, ''],
  LEADER_NOT_AVAILABLE: [5, true, 'The partition has no leader at the moment.'],
  NOT_LEADER_OR_FOLLOWER: [6, true, 'This broker does not hold the partition.'],
  REQUEST_TIMED_OUT: [7, true, 'The request was not answered in time.'],
  BROKER_NOT_AVAILABLE: [8, false, ''],
  REPLICA_NOT_AVAILABLE: [9, true, ''],
  MESSAGE_TOO_LARGE: [10, false, 'The record batch is larger than the topic accepts (max.message.bytes).'],
  STALE_CONTROLLER_EPOCH: [11, false, ''],
  OFFSET_METADATA_TOO_LARGE: [
    12,
    false,
    'The metadata of the committed offset is too long (offset.metadata.max.bytes).',
  ],
  NETWORK_EXCEPTION: [13, true, 'The connection broke before an answer came.'],
  COORDINATOR_LOAD_IN_PROGRESS: [14, true, 'The coordinator is still reading its topic.'],
  COORDINATOR_NOT_AVAILABLE: [15, true, 'The coordinator cannot answer at the moment.'],
  NOT_COORDINATOR: [16, true, 'This broker does not coordinate the group.'],
  INVALID_TOPIC_EXCEPTION: [17, false, 'The topic name is not valid, or a client must not write to it.'],
  RECORD_LIST_TOO_LARGE: [18, false, 'The batch is larger than a segment.'],
  NOT_ENOUGH_REPLICAS: [19, true, ''],
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: [20, true, ''],
  INVALID_REQUIRED_ACKS: [21, false, 'acks must be 0, 1 or -1 (all).'],
  ILLEGAL_GENERATION: [22, false, "The generation is not the group's current one."],
  INCONSISTENT_GROUP_PROTOCOL: [23, false, "The member shares no protocol with the group's members."],
  INVALID_GROUP_ID: [24, false, 'The group id is empty or missing.'],
  UNKNOWN_MEMBER_ID: [25, false, 'The group has no such member.'],
  INVALID_SESSION_TIMEOUT: [
    26,
    false,
    'The session timeout is outside what the broker allows (group.min/max.session.timeout.ms).',
  ],
  REBALANCE_IN_PROGRESS: [27, false, 'The group is rebalancing: join again.'],
  INVALID_COMMIT_OFFSET_SIZE: [28, false, 'The committed offsets do not fit into a record.'],
  TOPIC_AUTHORIZATION_FAILED: [29, false, ''],
  GROUP_AUTHORIZATION_FAILED: [30, false, ''],
  CLUSTER_AUTHORIZATION_FAILED: [31, false, ''],
  INVALID_TIMESTAMP: [32, false, "The record's timestamp lies outside what the topic accepts."],
  UNSUPPORTED_SASL_MECHANISM: [33, false, ''],
  ILLEGAL_SASL_STATE: [34, false, ''],
  UNSUPPORTED_VERSION: [35, false, 'This version of the request, or what it asks for, is not supported.'],
  TOPIC_ALREADY_EXISTS: [36, false, 'A topic of this name exists already.'],
  INVALID_PARTITIONS: [37, false, 'The number of partitions is not valid.'],
  INVALID_REPLICATION_FACTOR: [38, false, 'The replication factor is larger than the number of brokers.'],
  INVALID_REPLICA_ASSIGNMENT: [39, false, ''],
  INVALID_CONFIG: [40, false, 'The configuration is not valid.'],
  NOT_CONTROLLER: [41, true, ''],
  INVALID_REQUEST: [42, false, 'The request contradicts itself.'],
  UNSUPPORTED_FOR_MESSAGE_FORMAT: [43, false, ''],
  POLICY_VIOLATION: [44, false, "The request goes against the topic's policy."],
  OUT_OF_ORDER_SEQUENCE_NUMBER: [45, false, 'The batch does not follow the last one of its producer.'],
  DUPLICATE_SEQUENCE_NUMBER: [46, false, 'The batch was written before.'],
  INVALID_PRODUCER_EPOCH: [
    47,
    false,
    "The producer's epoch is an old one: another producer, or a timeout, has ended it.",
  ],
  INVALID_TXN_STATE: [48, false, 'The transaction is in no state for this: it may be ended already.'],
  INVALID_PRODUCER_ID_MAPPING: [49, false, 'The producer id is not that of the transactional id.'],
  INVALID_TRANSACTION_TIMEOUT: [50, false, ''],
  CONCURRENT_TRANSACTIONS: [51, true, 'The transaction before is still being ended.'],
  TRANSACTION_COORDINATOR_FENCED: [52, false, ''],
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: [53, false, ''],
  SECURITY_DISABLED: [54, false, ''],
  OPERATION_NOT_ATTEMPTED: [55, false, ''],
  KAFKA_STORAGE_ERROR: [56, true, ''],
  LOG_DIR_NOT_FOUND: [57, false, ''],
  SASL_AUTHENTICATION_FAILED: [58, false, ''],
  UNKNOWN_PRODUCER_ID: [59, false, 'The partition knows nothing of the producer.'],
  REASSIGNMENT_IN_PROGRESS: [60, false, ''],
  DELEGATION_TOKEN_AUTH_DISABLED: [61, false, ''],
  DELEGATION_TOKEN_NOT_FOUND: [62, false, ''],
  DELEGATION_TOKEN_OWNER_MISMATCH: [63, false, ''],
  DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: [64, false, ''],
  DELEGATION_TOKEN_AUTHORIZATION_FAILED: [65, false, ''],
  DELEGATION_TOKEN_EXPIRED: [66, false, ''],
  INVALID_PRINCIPAL_TYPE: [67, false, ''],
  NON_EMPTY_GROUP: [68, false, 'The group has members.'],
  GROUP_ID_NOT_FOUND: [69, false, 'The group does not exist.'],
  FETCH_SESSION_ID_NOT_FOUND: [70, true, ''],
  INVALID_FETCH_SESSION_EPOCH: [71, true, ''],
  LISTENER_NOT_FOUND: [72, true, ''],
  TOPIC_DELETION_DISABLED: [73, false, ''],
  FENCED_LEADER_EPOCH: [74, true, ''],
  UNKNOWN_LEADER_EPOCH: [75, true, ''],
  UNSUPPORTED_COMPRESSION_TYPE: [76, false, ''],
  STALE_BROKER_EPOCH: [77, false, ''],
  OFFSET_NOT_AVAILABLE: [78, true, ''],
  MEMBER_ID_REQUIRED: [79, false, 'Join again with the member id of this answer.'],
  PREFERRED_LEADER_NOT_AVAILABLE: [80, true, ''],
  GROUP_MAX_SIZE_REACHED: [81, false, 'The group has as many members as it may have (group.max.size).'],
  FENCED_INSTANCE_ID: [82, false, 'Another member has taken this group.instance.id.'],
  ELIGIBLE_LEADERS_NOT_AVAILABLE: [83, true, ''],
  ELECTION_NOT_NEEDED: [84, true, ''],
  NO_REASSIGNMENT_IN_PROGRESS: [85, false, ''],
  GROUP_SUBSCRIBED_TO_TOPIC: [86, false, 'Members of the group subscribe to the topic.'],
  INVALID_RECORD: [87, false, 'The record is not valid for this topic.'],
  UNSTABLE_OFFSET_COMMIT: [88, true, 'A transaction that commits this offset is not finished.'],
  THROTTLING_QUOTA_EXCEEDED: [89, true, ''],
  PRODUCER_FENCED: [90, false, 'A newer producer has this transactional id.'],
  RESOURCE_NOT_FOUND: [91, false, ''],
  DUPLICATE_RESOURCE: [92, false, 'The request names the same thing twice.'],
  UNACCEPTABLE_CREDENTIAL: [93, false, ''],
  INCONSISTENT_VOTER_SET: [94, false, ''],
  INVALID_UPDATE_VERSION: [95, false, ''],
  FEATURE_UPDATE_FAILED: [96, false, ''],
  PRINCIPAL_DESERIALIZATION_FAILURE: [97, false, ''],
  SNAPSHOT_NOT_FOUND: [98, false, ''],
  POSITION_OUT_OF_RANGE: [99, false, ''],
  UNKNOWN_TOPIC_ID: [100, true, 'No topic has this id.'],
  DUPLICATE_BROKER_REGISTRATION: [101, false, ''],
  BROKER_ID_NOT_REGISTERED: [102, false, ''],
  INCONSISTENT_TOPIC_ID: [103, true, ''],
  INCONSISTENT_CLUSTER_ID: [104, false, ''],
  TRANSACTIONAL_ID_NOT_FOUND: [105, false, ''],
  FETCH_SESSION_TOPIC_ID_ERROR: [106, true, ''],
  INELIGIBLE_REPLICA: [107, false, ''],
  NEW_LEADER_ELECTED: [108, false, ''],
  OFFSET_MOVED_TO_TIERED_STORAGE: [109, false, ''],
  FENCED_MEMBER_EPOCH: [110, false, ''],
  UNRELEASED_INSTANCE_ID: [111, false, ''],
  UNSUPPORTED_ASSIGNOR: [112, false, ''],
  STALE_MEMBER_EPOCH: [113, false, ''],
  MISMATCHED_ENDPOINT_TYPE: [114, false, ''],
  UNSUPPORTED_ENDPOINT_TYPE: [115, false, ''],
  UNKNOWN_CONTROLLER_ID: [116, false, ''],
  UNKNOWN_SUBSCRIPTION_ID: [117, false, ''],
  TELEMETRY_TOO_LARGE: [118, false, ''],
  INVALID_REGISTRATION: [119, false, ''],
  TRANSACTION_ABORTABLE: [120, false, 'The transaction must be aborted; the producer may go on.'],
  INVALID_RECORD_STATE: [121, false, ''],
  SHARE_SESSION_NOT_FOUND: [122, true, ''],
  INVALID_SHARE_SESSION_EPOCH: [123, true, ''],
  FENCED_STATE_EPOCH: [124, false, ''],
  INVALID_VOTER_KEY: [125, false, ''],
  DUPLICATE_VOTER: [126, false, ''],
  VOTER_NOT_FOUND: [127, false, ''],
  INVALID_REGULAR_EXPRESSION: [128, false, ''],
} as const satisfies Record<string, readonly [code: number, retriable: boolean, text: string]>

/** Conditions that Kafka's clients detect themselves; on the wire they have no number. */
const clientErrorTable = {
  ILLEGAL_STATE: 'The call does not fit what the client is doing.',
  INVALID_ARGUMENT: 'The argument is not valid.',
  NO_OFFSET_FOR_PARTITION: 'There is no committed offset and no policy that says where to begin.',
  SERIALIZATION_FAILED: 'The serde refused the data.',
  CALLBACK_FAILED: "A rebalance callback, or an assignor of the application's own, threw an error.",
  TRANSACTION_ABORTED: 'The transaction was aborted before this was sent.',
} as const

export type ErrorName = keyof typeof errorTable
export type ClientErrorName = keyof typeof clientErrorTable
export type ErrorCode = number

/** Kafka's number for each name: `ErrorCode.UNKNOWN_MEMBER_ID` is 25. */
export const ErrorCode = Object.fromEntries(Object.entries(errorTable).map(([name, [code]]) => [name, code])) as {
  readonly [Name in ErrorName]: (typeof errorTable)[Name][0]
}

const nameByCode = new Map<ErrorCode, ErrorName>(
  (Object.keys(errorTable) as ErrorName[]).map((name) => [errorTable[name][0], name]),
)

export function errorName(code: ErrorCode): ErrorName {
  return nameByCode.get(code) ?? 'UNKNOWN_SERVER_ERROR'
}

export function errorText(name: ErrorName | ClientErrorName): string {
  return name in errorTable ? errorTable[name as ErrorName][2] : clientErrorTable[name as ClientErrorName]
}

/**
 * What every rejected call of kafkalet rejects with.
 *
 * `code` is Kafka's own name of the error (`UNKNOWN_TOPIC_OR_PARTITION`, `ILLEGAL_GENERATION`, …), or, where
 * Kafka's clients throw without asking the broker, one of `ILLEGAL_STATE`, `INVALID_ARGUMENT`,
 * `NO_OFFSET_FOR_PARTITION`, `SERIALIZATION_FAILED`, `CALLBACK_FAILED`, `TRANSACTION_ABORTED`. `errorCode` is Kafka's
 * number for it (null for those six).
 * `retriable` says whether the same call can succeed later. The message names the thing and the remedy.
 */
export class KafkaError extends Error {
  override readonly name = 'KafkaError'
  readonly code: ErrorName | ClientErrorName
  readonly errorCode: ErrorCode | null
  readonly retriable: boolean

  constructor(code: ErrorName | ClientErrorName, message?: string, options?: ErrorOptions) {
    super(message || errorText(code) || code, options)
    this.code = code
    this.errorCode = code in errorTable ? errorTable[code as ErrorName][0] : null
    this.retriable = code in errorTable && errorTable[code as ErrorName][1]
  }
}

/** The error for an answer of the broker: its code, and its message where it gave one. */
export function errorFrom(code: ErrorCode, message?: string | null): KafkaError {
  return new KafkaError(errorName(code), message ?? undefined)
}
