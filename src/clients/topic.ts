// Topics as types: which data goes into a topic, and which comes out; and what a partition is called.

import type { TopicConfig } from '../broker/configs.ts'
import type { Headers, Payload, TimestampType } from '../log/record.ts'
import type { Serde } from './serde.ts'

/** A safe integer. */
export type Offset = number

/** What a topic holds, how many partitions it has, how it is configured. */
export interface TopicDefinition<K = unknown, V = unknown, KIn = K, VIn = V> {
  readonly key: Serde<K, KIn>
  readonly value: Serde<V, VIn>
  /** Default: the broker's `numPartitions`. */
  readonly partitions?: number
  readonly config?: TopicConfig
}

/** A topic of any data. `never` on the way in: what may be sent is known only of a topic that is known. */
type AnyTopic = TopicDefinition<unknown, unknown, never, never>

/** Topic name → definition. Let it be inferred from what you pass; an `interface` does not fit, for it has no index. */
export type TopicMap = Record<string, AnyTopic>

/** Any topic name, with strings or bytes: what an instance without declared topics has. */
export type AnyTopics = Record<string, TopicDefinition<Payload, Payload>>

/** Topics that every instance has. */
export interface InternalTopics {
  readonly __consumer_offsets: TopicDefinition<Uint8Array, Uint8Array | null>
}

/** A topic's name as it may be read: declared, or internal. */
export type TopicName<M extends TopicMap> = (keyof M | keyof InternalTopics) & string

/** The names a consumer is typed by: those it was given, or any where none are declared. */
export type NamesRead<M extends TopicMap, T extends TopicName<M>> = string extends keyof M ? TopicName<M> : T

type Known<M extends TopicMap, T extends string> = T extends keyof InternalTopics
  ? InternalTopics[T]
  : T extends keyof M
    ? M[T]
    : never

/**
 * Declares a topic. It only helps the types along: `topics: { orders: topic({ key: string, value: json<Order>() }) }`.
 */
export function topic<K, V, KIn = K, VIn = V>(
  definition: TopicDefinition<K, V, KIn, VIn>,
): TopicDefinition<K, V, KIn, VIn> {
  return definition
}

export type HeadersIn =
  | Readonly<Record<string, string | Uint8Array>>
  | ReadonlyArray<readonly [name: string, value: string | Uint8Array]>

export interface ProducerRecord<K, V, T extends string = string> {
  readonly topic: T
  readonly value: V
  readonly key?: K | null
  /** Where it goes, whatever the partitioner would say. */
  readonly partition?: number
  /** Milliseconds since the epoch; default: now. */
  readonly timestamp?: number
  readonly headers?: HeadersIn
}

export interface ConsumerRecord<K, V, T extends string = string> {
  readonly topic: T
  readonly partition: number
  readonly offset: Offset
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly timestampType: TimestampType
  readonly key: K | null
  readonly value: V
  readonly headers: Headers
}

export interface TopicPartition<T extends string = string> {
  readonly topic: T
  readonly partition: number
}

/** `orders-0`, as Kafka writes it. */
export function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

/** Where a record went. With `acks: 0` nobody told, and the offset is -1. */
export interface RecordMetadata {
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
  readonly timestamp: number
}

/** What one partition took of a batch: `count` records from `baseOffset` on. */
export interface PartitionMetadata {
  readonly topic: string
  readonly partition: number
  readonly baseOffset: Offset
  readonly count: number
}

/** One union over the declared topics: `record.topic` narrows `key` and `value`. */
export type RecordIn<M extends TopicMap> = {
  [T in keyof M & string]: M[T] extends TopicDefinition<infer _K, infer _V, infer KIn, infer VIn>
    ? ProducerRecord<KIn, VIn, T>
    : never
}[keyof M & string]

/** One union over the topics read: `record.topic` narrows `key` and `value`. */
export type RecordOut<M extends TopicMap, T extends TopicName<M> = TopicName<M>> = {
  [P in T]: Known<M, P> extends TopicDefinition<infer K, infer V, infer _KIn, infer _VIn>
    ? ConsumerRecord<K, V, P>
    : never
}[T]
