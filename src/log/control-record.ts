// The marker that ends a transaction in a partition: a control batch of one record, in Kafka's bytes.
// (Kafka: ControlRecordType, EndTransactionMarker)

import { ByteWriter } from '../bytes.ts'
import { attributesOf, type BatchAttributes, RecordBatch } from './record-batch.ts'

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
const KEYS = TYPES.map((_, type) => new ByteWriter().int16(VERSION).int16(type).finish())

/** The same marker for as many partitions as it is asked for: they have its bytes in common. */
export class MarkerBatches {
  readonly #attributes: BatchAttributes
  readonly #key: Uint8Array
  readonly #value: Uint8Array
  readonly #nowMs: number

  constructor({ producerId, producerEpoch, type, coordinatorEpoch }: Marker, nowMs: number) {
    this.#attributes = attributesOf(producerId, producerEpoch, { isTransactional: true, isControl: true })
    this.#key = KEYS[TYPES.indexOf(type)] as Uint8Array
    this.#value = new ByteWriter().int16(VERSION).int32(coordinatorEpoch).finish()
    this.#nowMs = nowMs
  }

  next(): RecordBatch {
    const batch = new RecordBatch()
    batch.attributes = this.#attributes
    batch.push(this.#key, this.#value, this.#nowMs)
    return batch
  }
}

export function markerBatch(marker: Marker, nowMs: number): RecordBatch {
  return new MarkerBatches(marker, nowMs).next()
}

/** null for a batch of records, and for a control batch that ends no transaction. */
export function markerIn(batch: RecordBatch): Marker | null {
  const { producerId, producerEpoch, isControl } = batch.attributes
  if (!isControl) return null
  const key = batch.key(0)
  const value = batch.value(0)
  if (!(key instanceof Uint8Array) || !(value instanceof Uint8Array)) return null
  const type = TYPES[int16At(key, 2)]
  if (type === undefined) return null
  return { producerId, producerEpoch, type, coordinatorEpoch: (int16At(value, 2) << 16) | int16At(value, 4) }
}

/** A reader of its own would cost more than all else about a marker. */
function int16At(bytes: Uint8Array, index: number): number {
  return ((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0)
}
