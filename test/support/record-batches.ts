// Batches for tests of the log.
import { type LogConfig, PartitionLog } from '../../src/log/partition-log.ts'
import type { ProducerExpiry } from '../../src/log/producer-state.ts'
import type { Headers, Payload } from '../../src/log/record.ts'
import { type BatchAttributes, RecordBatch } from '../../src/log/record-batch.ts'

export interface TestRecord {
  readonly key: Payload
  readonly value: Payload
  readonly timestamp: number
  readonly headers?: Headers
}

export interface Carried extends Partial<BatchAttributes> {
  readonly baseOffset?: number
  readonly baseSequence?: number
}

export function batchOf(
  records: readonly TestRecord[],
  { baseOffset, baseSequence, ...rest }: Carried = {},
): RecordBatch {
  const batch = new RecordBatch()
  if (Object.keys(rest).length > 0) batch.attributes = { ...batch.attributes, ...rest }
  if (baseOffset !== undefined) batch.baseOffset = baseOffset
  if (baseSequence !== undefined) batch.baseSequence = baseSequence
  for (const { key, value, timestamp, headers } of records) batch.push(key, value, timestamp, headers)
  return batch
}

/** Records with these values, all of one time. */
export function batchOfValues(values: readonly Payload[], carried: Carried = {}, timestamp = 0): RecordBatch {
  return batchOf(
    values.map((value) => ({ key: null, value, timestamp })),
    carried,
  )
}

/** Every record of the batches with its offset. */
export function recordsOf(batches: readonly RecordBatch[]): (TestRecord & { readonly offset: number })[] {
  return batches.flatMap((batch) =>
    Array.from({ length: batch.count }, (_, i) => ({
      offset: batch.offset(i),
      key: batch.key(i),
      value: batch.value(i),
      timestamp: batch.timestamp(i),
      headers: batch.headers(i),
    })),
  )
}

export function valuesOf(batches: readonly RecordBatch[]): Payload[] {
  return recordsOf(batches).map(({ value }) => value)
}

export const DAILY: ProducerExpiry = {
  producerIdExpirationMs: 86_400_000,
  producerIdExpirationCheckIntervalMs: 600_000,
  logCreatedMs: 0,
}

/** A log with Kafka's defaults, except for what is given, and without bounds for timestamps. */
export function logWith(config: Partial<LogConfig> = {}, expiry = DAILY): PartitionLog {
  const whole: LogConfig = {
    maxMessageBytes: 1_048_588,
    messageTimestampType: 'CreateTime',
    messageTimestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
    messageTimestampAfterMaxMs: Number.MAX_SAFE_INTEGER,
    segmentBytes: 1_073_741_824,
    segmentMs: 604_800_000,
    cleanupPolicy: 'delete',
    minCleanableDirtyRatio: 0.5,
    minCompactionLagMs: 0,
    maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
    deleteRetentionMs: 86_400_000,
    ...config,
  }
  return new PartitionLog('orders', 0, whole, expiry)
}

/** Appends the batch at a time of the broker's clock; returns the offset of its first record. */
export function append(log: PartitionLog, batch: RecordBatch, nowMs = 0): number {
  const { producerId, isControl } = batch.attributes
  const isOfBroker = isControl || (producerId >= 0 && batch.baseSequence < 0)
  const appended = log.append(batch, () => nowMs, isOfBroker ? 'coordinator' : 'client')
  return typeof appended === 'number' ? appended : appended.baseOffset
}

/** One pass of the cleaner, if anything is dirty. */
export function compact(log: PartitionLog, nowMs = 0): void {
  const range = log.dirtyRange(nowMs)
  if (range.cleanableBytes > 0) log.compact(range, nowMs)
}
