// A topic at one moment, as a test wants to see it: its records decoded, its segments, its offsets.

import type { Topic } from '../broker/topics.ts'
import { decodeUtf8 } from '../bytes.ts'
import type { ClientHost } from '../clients/connection.ts'
import { isThenable, type MaybePromise, raw, type Serde } from '../clients/serde.ts'
import type { Offset } from '../clients/topic.ts'
import { KafkaError } from '../errors.ts'
import { decodeOffsetsRecord } from '../groups/group-records.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import type { Headers, Payload } from '../log/record.ts'
import type { RecordBatch } from '../log/record-batch.ts'
import { instance } from './instance.ts'

/** A record as it stands in the log, read by its topic's serdes. */
export interface RecordView {
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly key: unknown
  /** In `__consumer_offsets`: what `decodeOffsetsRecord` reads from the record. */
  readonly value: unknown
  /** By name, as text where they are text. Of several with one name, the last. */
  readonly headers: Readonly<Record<string, string | Uint8Array>>
  /** Why a serde refuses the record; key and value are then what was sent. */
  readonly error?: string
}

/** A segment of a partition's log. */
export interface SegmentView {
  readonly baseOffset: Offset
  /** The offset behind its last record. */
  readonly nextOffset: Offset
  readonly sizeBytes: number
}

export interface PartitionView {
  readonly partition: number
  readonly startOffset: Offset
  readonly endOffset: Offset
  readonly segments: readonly SegmentView[]
}

export interface TopicView {
  readonly topic: string
  readonly topicId: string
  readonly isInternal: boolean
  readonly partitions: readonly PartitionView[]
  /** All records, partition by partition, in the order of their offsets. */
  readonly records: readonly RecordView[]
}

/** The topic, or the KafkaError UNKNOWN_TOPIC_OR_PARTITION that says what may have been meant. */
export function topicNamed(call: string, kafka: unknown, name: unknown): Topic {
  const { topics } = instance(call, kafka).broker
  const topic = topics.get(String(name))
  if (topic) return topic
  throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `${call}: ${topics.unknown(String(name))}`)
}

/** At once where all serdes answer at once. */
export function viewTopic(call: string, kafka: object, name: string): MaybePromise<TopicView> {
  const topic = topicNamed(call, kafka, name)
  const { host } = instance(call, kafka)
  const view = {
    topic: topic.name,
    topicId: topic.id,
    isInternal: topic.isInternal,
    partitions: topic.partitions.map(viewPartition),
  }
  const records = topic.partitions.flatMap((log) => readLog(host, topic, log))
  if (!records.some(isThenable)) return { ...view, records: records as RecordView[] }
  return Promise.all(records).then((read) => ({ ...view, records: read }))
}

function viewPartition(log: PartitionLog): PartitionView {
  return {
    partition: log.partition,
    startOffset: log.startOffset,
    endOffset: log.endOffset,
    segments: log.segments.map((segment) => ({
      baseOffset: segment.baseOffset,
      nextOffset: segment.nextOffset,
      sizeBytes: segment.sizeInBytes(),
    })),
  }
}

function readLog(host: ClientHost, topic: Topic, log: PartitionLog): MaybePromise<RecordView>[] {
  const records: MaybePromise<RecordView>[] = []
  for (const batch of log.read(log.startOffset)) {
    if (batch.attributes.isControl) continue
    for (let i = Math.max(0, log.startOffset - batch.baseOffset); i < batch.count; i++) {
      records.push(readRecord(host, topic, log.partition, batch, i))
    }
  }
  return records
}

function readRecord(
  { declared }: ClientHost,
  topic: Topic,
  partition: number,
  batch: RecordBatch,
  index: number,
): MaybePromise<RecordView> {
  const headers = batch.headers(index)
  const key = batch.key(index)
  const value = batch.value(index)
  const place = { topic: topic.name, partition, offset: batch.baseOffset + index, timestamp: batch.timestamp(index) }
  const record = (data: { key: unknown; value: unknown; error?: string }): RecordView => {
    return { ...place, ...data, headers: readHeaders(headers) }
  }
  const unreadable = (cause: unknown) => {
    return record({ key, value, error: cause instanceof Error ? cause.message : String(cause) })
  }
  const read = (part: 'key' | 'value', payload: Payload): unknown => {
    const definition = declared && Object.hasOwn(declared, topic.name) ? declared[topic.name] : undefined
    const serde = (definition?.[part] ?? raw) as Serde<unknown, never>
    return serde.deserialize(payload, { topic: topic.name, part, headers })
  }
  try {
    if (topic.isInternal) return record({ key, value: decodeOffsetsRecord({ key, value }) })
    const data = [key === null ? null : read('key', key), read('value', value)]
    if (!data.some(isThenable)) return record({ key: data[0], value: data[1] })
    return Promise.all(data).then((settled) => record({ key: settled[0], value: settled[1] }), unreadable)
  } catch (cause) {
    return unreadable(cause)
  }
}

function readHeaders(headers: Headers): Record<string, string | Uint8Array> {
  return Object.fromEntries(headers.map(([name, bytes]) => [name, textOr(bytes)]))
}

/** The bytes themselves where they are not UTF-8. */
function textOr(bytes: Uint8Array): string | Uint8Array {
  const text = decodeUtf8(bytes)
  return text.includes('\uFFFD') ? bytes.slice() : text
}
