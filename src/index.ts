// The public names, and nothing else.

export type { BrokerConfig, TopicConfig } from './broker/configs.ts'
export type { EventMap, Events } from './broker/events.ts'
export type * from './clients/admin/admin.ts'
export type * from './clients/consumer/consumer.ts'
export type { ClientOptions, ConsumerConfig, ProducerConfig } from './clients/options.ts'
export { type PartitionChoice, type Partitioner, partitionForKey } from './clients/producer/partitioner.ts'
export type * from './clients/producer/producer.ts'
export type * from './clients/producer/transaction.ts'
export {
  bytes,
  fromCodec,
  int32,
  type JsonOptions,
  type JsonSchemaOptions,
  json,
  type MaybePromise,
  nullable,
  type Serde,
  type SerdeContext,
  string,
} from './clients/serde.ts'
export type { StandardSchemaV1 } from './clients/standard-schema.ts'
export type {
  AnyTopics,
  ConsumerRecord,
  HeadersIn,
  InternalTopics,
  Offset,
  PartitionMetadata,
  ProducerRecord,
  RecordIn,
  RecordMetadata,
  RecordOut,
  TopicMap,
  TopicName,
  TopicPartition,
} from './clients/topic.ts'
export { type TopicDefinition, topic } from './clients/topic.ts'
export type { Clock, TimerHandle, TimerOptions } from './clock.ts'
export { type ClientErrorName, type ErrorName, KafkaError } from './errors.ts'
export type {
  Assignor,
  AssignorMember,
  LastAssignment,
  MemberAssignment,
  RebalanceProtocol,
} from './groups/assignors/assignor.ts'
export { coordinatorPartition } from './groups/group-partition.ts'
export {
  decodeOffsetsRecord,
  type GroupMetadataMember,
  type GroupMetadataValue,
  type OffsetCommitValue,
  type OffsetsRecord,
} from './groups/group-records.ts'
export type { GroupEvent, MemberLeaveReason } from './groups/group-step.ts'
export type { Assignment, PartitionsByTopic, Subscription } from './groups/subscription.ts'
export { Kafkalet, type KafkaletOptions } from './kafkalet.ts'
export type { Headers, Payload, TimestampType } from './log/record.ts'
export {
  decodeTransactionRecord,
  type TransactionLogValue,
  type TransactionRecord,
} from './transactions/transaction-records.ts'
