// A record as the application gets it: its payloads read by the topic's serdes.

import { KafkaError } from '../../errors.ts'
import { type Headers, NO_HEADERS, type Payload } from '../../log/record.ts'
import type { RecordBatch } from '../../log/record-batch.ts'
import { isThenable, type MaybePromise } from '../serde.ts'
import type { ConsumerRecord } from '../topic.ts'
import { contextOf, type KnownTopic } from '../topic-catalog.ts'

export type AnyConsumerRecord = ConsumerRecord<unknown, unknown>

/** Whether all of the batch is text that the topic's serdes leave as it is. */
export function isPassed(topic: KnownTopic, batch: RecordBatch): boolean {
  return batch.isText && topic.passesText
}

/**
 * Text that stays text is handed over without a look at it: the string itself may be far away in memory, and whoever
 * handles the record is the first who needs it.
 */
export function passRecord(topic: KnownTopic, partition: number, batch: RecordBatch, index: number): AnyConsumerRecord {
  return recordOf(topic, partition, batch, index, batch.key(index), batch.value(index))
}

export function readRecord(
  topic: KnownTopic,
  partition: number,
  batch: RecordBatch,
  index: number,
): MaybePromise<AnyConsumerRecord> {
  if (isPassed(topic, batch)) return passRecord(topic, partition, batch, index)
  const payload = batch.key(index)
  const offset = batch.offset(index)
  const headers = batch.headers(index)
  const key = payload === null ? null : read(topic, partition, offset, 'key', payload, headers)
  const value = read(topic, partition, offset, 'value', batch.value(index), headers)
  if (!isThenable(key) && !isThenable(value)) return recordOf(topic, partition, batch, index, key, value)
  return Promise.all([key, value]).then(([k, v]) => recordOf(topic, partition, batch, index, k, v))
}

function recordOf(
  topic: KnownTopic,
  partition: number,
  batch: RecordBatch,
  index: number,
  key: unknown,
  value: unknown,
): AnyConsumerRecord {
  return {
    topic: topic.name,
    partition,
    offset: batch.offset(index),
    timestamp: batch.timestamp(index),
    timestampType: batch.attributes.timestampType,
    key,
    value,
    headers: copyHeaders(batch.headers(index)),
  }
}

function copyHeaders(headers: Headers): Headers {
  return headers === NO_HEADERS ? NO_HEADERS : headers.map(([name, bytes]) => [name, bytes.slice()] as const)
}

function read(
  topic: KnownTopic,
  partition: number,
  offset: number,
  part: 'key' | 'value',
  payload: Payload,
  headers: Headers,
): unknown {
  const serde = topic[part]
  try {
    const data = serde.deserialize(payload, contextOf(topic, part, headers))
    if (!isThenable(data)) return data
    return data.then(undefined, (cause: unknown) => Promise.reject(unreadable(topic, partition, offset, part, cause)))
  } catch (cause) {
    throw unreadable(topic, partition, offset, part, cause)
  }
}

function unreadable(
  topic: KnownTopic,
  partition: number,
  offset: number,
  part: 'key' | 'value',
  cause: unknown,
): KafkaError {
  const why = cause instanceof Error ? cause.message : String(cause)
  const message =
    `The ${part} of record ${topic.name}-${partition}@${offset} was refused by its serde '${topic[part].name}': ${why}. ` +
    `To go on behind it: consumer.seek({ topic: '${topic.name}', partition: ${partition} }, ${offset + 1}).`
  return new KafkaError('SERIALIZATION_FAILED', message, { cause })
}
