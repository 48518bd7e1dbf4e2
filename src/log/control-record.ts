// The marker that ends a transaction in a partition: a control batch of one record, in Kafka's bytes.
// (Kafka: ControlRecordType, EndTransactionMarker)

import { ByteReader, ByteWriter } from '../bytes.ts'
import { attributesOf, RecordBatch } from './record-batch.ts'

export type MarkerType = 'ABORT' | 'COMMIT'

/** What a transaction coordinator writes into each partition of a transaction that is over. */
export interface Marker {
  readonly producerId: number
  readonly producerEpoch: number
  readonly type: MarkerType
  /** That of the coordinator's partition: how often another one has taken over. */
  readonly coordinatorEpoch: number
}

const VERSION = 0
const TYPES: readonly MarkerType[] = ['ABORT', 'COMMIT']

export function markerBatch({ producerId, producerEpoch, type, coordinatorEpoch }: Marker, nowMs: number): RecordBatch {
  const batch = new RecordBatch()
  batch.attributes = attributesOf(producerId, producerEpoch, { isTransactional: true, isControl: true })
  const key = new ByteWriter().int16(VERSION).int16(TYPES.indexOf(type)).finish()
  const value = new ByteWriter().int16(VERSION).int32(coordinatorEpoch).finish()
  batch.push(key, value, nowMs)
  return batch
}

/** null for a batch of records, and for a control batch that ends no transaction. */
export function markerIn(batch: RecordBatch): Marker | null {
  const { producerId, producerEpoch, isControl } = batch.attributes
  if (!isControl) return null
  const key = batch.key(0)
  const value = batch.value(0)
  if (!(key instanceof Uint8Array) || !(value instanceof Uint8Array)) return null
  const reader = new ByteReader(key)
  reader.int16()
  const type = TYPES[reader.int16()]
  if (type === undefined) return null
  const content = new ByteReader(value)
  content.int16()
  return { producerId, producerEpoch, type, coordinatorEpoch: content.int32() }
}
