// A topic at one moment, as a test wants to see it: its records decoded, its segments, its offsets.

import { type Topic, TRANSACTIONS_TOPIC } from '../broker/topics.ts'
import { decodeUtf8 } from '../bytes.ts'
import type { ClientHost } from '../clients/connection.ts'
import { isThenable, type MaybePromise, raw, type Serde } from '../clients/serde.ts'
import type { Offset } from '../clients/topic.ts'
import { KafkaError } from '../errors.ts'
import { decodeOffsetsRecord } from '../groups/group-records.ts'
import { markerIn } from '../log/control-record.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import type { Headers, Payload } from '../log/record.ts'
import type { RecordBatch } from '../log/record-batch.ts'
import { decodeTransactionRecord } from '../transactions/transaction-records.ts'
import { instance } from './instance.ts'
import { type RecordTransaction, transactionsIn } from './transaction-of-record.ts'

/** A record as it stands in the log, read by its topic's serdes. */
export interface RecordView {
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly key: unknown
  /** In internal topics: what `decodeOffsetsRecord` or `decodeTransactionRecord` reads from the record. */
  readonly value: unknown
  /** By name, as text where they are text. Of several with one name, the last. */
  readonly headers: Readonly<Record<string, string | Uint8Array>>
  /** What became of the transaction that it belongs to; absent where it belongs to none. */
  readonly transaction?: RecordTransaction
  /** Why a serde refuses the record; key and value are then what was sent. */
  readonly error?: string
}

/** The end of a transaction in one partition. */
export interface MarkerView {
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly type: 'COMMIT' | 'ABORT'
  readonly producerId: number
  readonly producerEpoch: number
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
  /** Where a `read_committed` reader stops: at the first record of an open transaction, or at the end. */
  readonly lastStableOffset: Offset
  readonly segments: readonly SegmentView[]
}

export interface TopicView {
  readonly topic: string
  readonly topicId: string
  readonly isInternal: boolean
  readonly partitions: readonly PartitionView[]
  /**
   * All records, partition by partition, in the order of their offsets: also those of transactions that are open or were
   * aborted, which say so. Offsets of markers are missing among theirs.
   */
  readonly records: readonly RecordView[]
  /** What ended transactions, likewise. */
  readonly markers: readonly MarkerView[]
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
    markers: topic.partitions.flatMap(markersIn),
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
    lastStableOffset: log.lastStableOffset,
    segments: log.segments.map((segment) => ({
      baseOffset: segment.baseOffset,
      nextOffset: segment.nextOffset,
      sizeBytes: segment.sizeInBytes(),
    })),
  }
}

function readLog(host: ClientHost, topic: Topic, log: PartitionLog): MaybePromise<RecordView>[] {
  const records: MaybePromise<RecordView>[] = []
  const transactionOf = transactionsIn(log, host.clock.now())
  for (const batch of log.read(log.startOffset)) {
    if (batch.attributes.isControl) continue
    const transaction = transactionOf(batch)
    for (let i = batch.indexOf(log.startOffset); i < batch.count; i++) {
      records.push(readRecord(host, topic, log.partition, batch, i, transaction))
    }
  }
  return records
}

function markersIn(log: PartitionLog): MarkerView[] {
  const { topic, partition } = log
  return log.read(log.startOffset).flatMap((batch) => {
    const marker = markerIn(batch)
    if (marker === null || batch.count === 0) return []
    const { type, producerId, producerEpoch } = marker
    return [
      { topic, partition, offset: batch.offset(0), timestamp: batch.timestamp(0), type, producerId, producerEpoch },
    ]
  })
}

function readRecord(
  { declared }: ClientHost,
  topic: Topic,
  partition: number,
  batch: RecordBatch,
  index: number,
  transaction: RecordTransaction | undefined,
): MaybePromise<RecordView> {
  const headers = batch.headers(index)
  const key = batch.key(index)
  const value = batch.value(index)
  const place = { topic: topic.name, partition, offset: batch.offset(index), timestamp: batch.timestamp(index) }
  const become = transaction === undefined ? {} : { transaction }
  const record = (data: { key: unknown; value: unknown; error?: string }): RecordView => {
    return { ...place, ...data, headers: readHeaders(headers), ...become }
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
    if (topic.isInternal) {
      const decode = topic.name === TRANSACTIONS_TOPIC ? decodeTransactionRecord : decodeOffsetsRecord
      return record({ key, value: decode({ key, value }) })
    }
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
