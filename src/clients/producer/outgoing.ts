// A record on its way out: checked, serialized, and with a partition.

import type { ProducePartitionResponse } from '../../broker/api.ts'
import { encodeUtf8 } from '../../bytes.ts'
import { KafkaError } from '../../errors.ts'
import type { Headers, Payload } from '../../log/record.ts'
import { recordSize, recordSizeBound } from '../../log/record-size.ts'
import { copyOf, describe, isThenable, type MaybePromise, type Serde, type SerdeContext } from '../serde.ts'
import type { HeadersIn, ProducerRecord, RecordMetadata } from '../topic.ts'
import type { KnownTopic } from '../topic-catalog.ts'
import { contextOf } from '../topic-catalog.ts'

export type AnyRecord = ProducerRecord<unknown, unknown>

export interface Outgoing {
  readonly topic: KnownTopic
  readonly partition: number | undefined
  readonly key: Payload
  readonly value: Payload
  readonly timestamp: number
  readonly headers: Headers | undefined
}

const FIELDS = ['topic', 'value', 'key', 'partition', 'timestamp', 'headers']

/** Spelled out: this is asked for every field of every record. */
function isField(name: string): boolean {
  return (
    name === 'topic' ||
    name === 'value' ||
    name === 'key' ||
    name === 'partition' ||
    name === 'timestamp' ||
    name === 'headers'
  )
}

/** The hot path: what is wrong, if anything is, is told by `refuse`. */
export function checkRecord(record: AnyRecord): void {
  if (typeof record !== 'object' || record === null || typeof record.topic !== 'string') refuse(record)
  if (record.value === undefined || !isWhole(record.timestamp) || !isWhole(record.partition)) refuse(record)
  for (const field in record) if (!isField(field)) refuse(record)
}

function isWhole(number: number | undefined): boolean {
  return number === undefined || (Number.isSafeInteger(number) && number >= 0)
}

function refuse(record: AnyRecord): never {
  throw new KafkaError('INVALID_ARGUMENT', problemWith(record))
}

function problemWith(record: AnyRecord): string {
  if (typeof record !== 'object' || record === null)
    return `A record is an object { topic, value, … }, not ${describe(record)}.`
  const { topic, value, timestamp, partition } = record
  if (typeof topic !== 'string') return `A record's topic must be a string, not ${describe(topic)}.`
  const stranger = Object.keys(record).find((field) => !isField(field))
  if (stranger !== undefined)
    return `A record for topic '${topic}' has no field '${stranger}'. Known: ${FIELDS.join(', ')}.`
  if (value === undefined) {
    return `The value of a record for topic '${topic}' is undefined. Send null for a tombstone, or leave the record out.`
  }
  return isWhole(timestamp)
    ? `The partition of a record for topic '${topic}' must be a whole number of at least 0, not ${partition}.`
    : `The timestamp of a record for topic '${topic}' must be whole milliseconds since 1970, not ${timestamp}.`
}

interface TextRecord extends AnyRecord {
  readonly key?: string | null
  readonly value: string
  readonly headers?: never
}

/** Text that stays text goes its way without a serde and without an object of its own: most records are such. */
export function isText(topic: KnownTopic, record: AnyRecord, maxRequestSize: number): record is TextRecord {
  const { key, value } = record
  return (
    topic.passesText &&
    typeof value === 'string' &&
    (key === undefined || key === null || typeof key === 'string') &&
    record.headers === undefined &&
    record.partition === undefined &&
    recordSizeBound(key ?? null, value, undefined) <= maxRequestSize
  )
}

/** A promise only where a serde gives one. */
export function serializeRecord(topic: KnownTopic, record: AnyRecord, nowMs: number): MaybePromise<Outgoing> {
  const headers = record.headers === undefined ? undefined : normalizeHeaders(record.headers, topic.name)
  const key =
    record.key === undefined || record.key === null ? null : serialize(topic, 'key', topic.key, record.key, headers)
  const value = serialize(topic, 'value', topic.value, record.value, headers)
  const { partition, timestamp = nowMs } = record
  if (isThenable(key) || isThenable(value)) {
    return Promise.all([key, value]).then(([k, v]) => ({ topic, partition, key: k, value: v, timestamp, headers }))
  }
  return { topic, partition, key, value, timestamp, headers }
}

/** Kafka's client refuses a record above max.request.size before it asks anybody. */
export function checkSize({ topic, key, value, headers }: Outgoing, maxRequestSize: number): void {
  if (recordSizeBound(key, value, headers) <= maxRequestSize) return
  const size = recordSize(0, 0, key, value, headers)
  if (size > maxRequestSize) throw tooLarge(topic, size, maxRequestSize)
}

function tooLarge({ name }: KnownTopic, size: number, maxRequestSize: number): KafkaError {
  const why =
    `A record of ${size} bytes for topic '${name}' is above the producer's maxRequestSize of ${maxRequestSize} bytes ` +
    "(max.request.size). Send less in one record, or raise it here and the topic's maxMessageBytes."
  return new KafkaError('MESSAGE_TOO_LARGE', why)
}

function serialize(
  topic: KnownTopic,
  part: 'key' | 'value',
  serde: Serde<unknown, unknown>,
  data: unknown,
  headers: Headers | undefined,
): MaybePromise<Payload> {
  const context = contextOf(topic, part, headers)
  try {
    const payload = serde.serialize(data, context)
    if (typeof payload === 'string') return payload
    return isThenable(payload) ? ownLater(payload, context, serde) : own(payload)
  } catch (cause) {
    throw refused(context, serde, cause)
  }
}

function ownLater(payload: Promise<Payload>, context: SerdeContext, serde: Serde<unknown, unknown>): Promise<Payload> {
  return payload.then(own, (cause: unknown) => Promise.reject(refused(context, serde, cause)))
}

/** The log keeps what it was given, so what the caller can still change is copied. */
function own(payload: Payload): Payload {
  return payload instanceof Uint8Array ? copyOf(payload) : payload
}

function refused({ topic, part }: SerdeContext, serde: Serde<unknown, unknown>, cause: unknown): KafkaError {
  const why = cause instanceof Error ? cause.message : String(cause)
  const message = `The ${part} of a record for topic '${topic}' was refused by its serde '${serde.name}': ${why}.`
  return new KafkaError('SERIALIZATION_FAILED', message, { cause })
}

function normalizeHeaders(headers: HeadersIn, topic: string): Headers {
  const entries = (Array.isArray(headers) ? headers : Object.entries(headers)) as [string, string | Uint8Array][]
  return entries.map(([name, value]) => {
    if (typeof value === 'string') return [name, encodeUtf8(value)] as const
    if (value instanceof Uint8Array) return [name, new Uint8Array(value)] as const
    const why = `Header '${name}' of a record for topic '${topic}' must be a string or a Uint8Array, not ${describe(value)}.`
    throw new KafkaError('INVALID_ARGUMENT', why)
  })
}

/** The place of the record that stands at `index` of its batch. */
export function toMetadata(
  topic: KnownTopic,
  partition: number,
  { baseOffset, logAppendTimeMs }: ProducePartitionResponse,
  index: number,
  timestamp: number,
): RecordMetadata {
  return {
    topic: topic.name,
    partition,
    offset: baseOffset < 0 ? -1 : baseOffset + index,
    timestamp: logAppendTimeMs < 0 ? timestamp : logAppendTimeMs,
  }
}
