// Keys and values of __transaction_state, byte for byte Kafka's.
// (Kafka: TransactionLogKey/Value; written as Kafka 4 writes them, read in every version.)

import { ByteReader, ByteWriter, encodeUtf8 } from '../bytes.ts'
import type { CoordinatorRecord } from '../coordinator/step.ts'
import { KafkaError } from '../errors.ts'
import type { Payload } from '../log/record.ts'
import { NO_PRODUCER_ID, type Transaction, type TransactionPartition } from './transaction.ts'
import { type TransactionState, transactionStateOf, transactionStates } from './transaction-state.ts'

const KEY_VERSION = 0
/** The first flexible one. */
const VALUE_VERSION = 1

const PREVIOUS_PRODUCER_ID_TAG = 0
const NEXT_PRODUCER_ID_TAG = 1
const CLIENT_TRANSACTION_VERSION_TAG = 2
const NEXT_PRODUCER_EPOCH_TAG = 3

export interface TransactionLogValue {
  readonly producerId: number
  /** -1 unless the record says so, as are the next two. */
  readonly previousProducerId: number
  readonly nextProducerId: number
  readonly nextProducerEpoch: number
  readonly producerEpoch: number
  readonly transactionTimeoutMs: number
  readonly state: TransactionState
  readonly partitions: readonly TransactionPartition[]
  /** Milliseconds since the epoch, as the next. */
  readonly lastUpdateTimestamp: number
  /** -1 where no transaction has begun. */
  readonly startTimestamp: number
  readonly clientTransactionVersion: number
}

/** A record of `__transaction_state`, read. A null value is a tombstone: the id is forgotten. */
export type TransactionRecord =
  | { readonly type: 'transaction'; readonly transactionalId: string; readonly value: TransactionLogValue | null }
  | { readonly type: 'unknown'; readonly keyVersion: number }

export function transactionRecord(transaction: Transaction): CoordinatorRecord {
  return { key: keyOf(transaction.transactionalId), value: encodeValue(transaction) }
}

export function transactionTombstone(transactionalId: string): CoordinatorRecord {
  return { key: keyOf(transactionalId), value: null }
}

/**
 * Turns a record of `__transaction_state` into an object. Give it any record a consumer read from that topic.
 *
 * @throws KafkaError INVALID_RECORD when the bytes are not what Kafka writes there
 * @see TransactionCoordinatorRecordSerde in Apache Kafka
 */
export function decodeTransactionRecord(record: { readonly key: Payload; readonly value: Payload }): TransactionRecord {
  const keyBytes = toBytes(record.key)
  if (keyBytes === null) {
    throw new KafkaError('INVALID_RECORD', 'A record of __transaction_state has a key; this one has none.')
  }
  const valueBytes = toBytes(record.value)
  const key = new ByteReader(keyBytes)
  const keyVersion = decoded('key', () => key.int16())
  if (keyVersion !== KEY_VERSION) return { type: 'unknown', keyVersion }
  const transactionalId = decoded('key', () => key.string())
  return { type: 'transaction', transactionalId, value: valueBytes && decoded('value', () => decodeValue(valueBytes)) }
}

function keyOf(transactionalId: string): Uint8Array {
  return new ByteWriter().int16(KEY_VERSION).string(transactionalId).finish()
}

function encodeValue(transaction: Transaction): Uint8Array {
  const writer = new ByteWriter()
    .int16(VALUE_VERSION)
    .int64(transaction.producerId)
    .int16(transaction.producerEpoch)
    .int32(transaction.transactionTimeoutMs)
    .int8(transactionStates[transaction.state].id)
  writePartitions(writer, transaction)
  writer.int64(transaction.lastUpdateTimestampMs).int64(transaction.startTimestampMs)
  // Kafka 4.1 keeps the next producer id in memory alone, and a coordinator that takes over then answers for an id that
  // the producer no longer has. The field is in its schema, and is written where there is one.
  const { nextProducerId, clientTransactionVersion } = transaction
  const hasNext = nextProducerId !== NO_PRODUCER_ID
  writer.unsignedVarint((hasNext ? 1 : 0) + (clientTransactionVersion === 0 ? 0 : 1))
  if (hasNext) writer.unsignedVarint(NEXT_PRODUCER_ID_TAG).unsignedVarint(8).int64(nextProducerId)
  if (clientTransactionVersion !== 0) {
    writer.unsignedVarint(CLIENT_TRANSACTION_VERSION_TAG).unsignedVarint(2).int16(clientTransactionVersion)
  }
  return writer.finish()
}

function writePartitions(writer: ByteWriter, { state, partitions }: Transaction): void {
  if (state === 'Empty') {
    writer.unsignedVarint(0)
    return
  }
  const byTopic = new Map<string, number[]>()
  for (const { topic, partition } of partitions) {
    const ids = byTopic.get(topic)
    if (ids) ids.push(partition)
    else byTopic.set(topic, [partition])
  }
  writer.compactArray([...byTopic], (each, [topic, ids]) => {
    each
      .compactString(topic)
      .compactArray(ids, (inner, id) => inner.int32(id))
      .unsignedVarint(0)
  })
}

function decodeValue(bytes: Uint8Array): TransactionLogValue {
  const reader = new ByteReader(bytes)
  const version = reader.int16()
  if (version < 0 || version > VALUE_VERSION) throw new RangeError(`version ${version} is not known`)
  const isCompact = version >= 1
  const fixed = {
    producerId: reader.int64(),
    producerEpoch: reader.int16(),
    transactionTimeoutMs: reader.int32(),
    state: transactionStateOf(reader.int8()),
    partitions: readPartitions(reader, isCompact),
    lastUpdateTimestamp: reader.int64(),
    startTimestamp: reader.int64(),
  }
  const tags = isCompact ? reader.taggedFields() : new Map<number, Uint8Array>()
  const tagged = (tag: number, read: (value: ByteReader) => number, none: number) => {
    const value = tags.get(tag)
    return value ? read(new ByteReader(value)) : none
  }
  return {
    ...fixed,
    previousProducerId: tagged(PREVIOUS_PRODUCER_ID_TAG, (value) => value.int64(), NO_PRODUCER_ID),
    nextProducerId: tagged(NEXT_PRODUCER_ID_TAG, (value) => value.int64(), NO_PRODUCER_ID),
    nextProducerEpoch: tagged(NEXT_PRODUCER_EPOCH_TAG, (value) => value.int16(), -1),
    clientTransactionVersion: tagged(CLIENT_TRANSACTION_VERSION_TAG, (value) => value.int16(), 0),
  }
}

function readPartitions(reader: ByteReader, isCompact: boolean): TransactionPartition[] {
  const readTopic = () => {
    const topic = isCompact ? reader.compactString() : reader.string()
    const ids = isCompact ? reader.compactArray((each) => each.int32()) : reader.array((each) => each.int32())
    if (isCompact) reader.taggedFields()
    return ids.map((partition) => ({ topic, partition }))
  }
  return (isCompact ? reader.compactArray(readTopic) : reader.array(readTopic)).flat()
}

function decoded<Part>(what: 'key' | 'value', read: () => Part): Part {
  try {
    return read()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new KafkaError('INVALID_RECORD', `The ${what} is not one that Kafka writes to __transaction_state: ${why}.`, {
      cause,
    })
  }
}

function toBytes(payload: Payload): Uint8Array | null {
  return typeof payload === 'string' ? encodeUtf8(payload) : payload
}
