// Handing records over: a record is made when it is handed over, and a position moves when the application is done
// with a record, not before.

import type { RecordBatch } from '../../log/record-batch.ts'
import { isThenable, type MaybePromise } from '../serde.ts'
import type { KnownTopic } from '../topic-catalog.ts'
import type { BatchHandler, HandlerContext, Handlers } from './consumer.ts'
import type { AssignedPartition, Fetched } from './positions.ts'
import { type AnyConsumerRecord, isPassed, passRecord, readRecord } from './record-reader.ts'

interface AllRead {
  readonly records: AnyConsumerRecord[]
  /** Behind the last record that could be read. */
  readonly nextOffset: number
  /** Why the next one could not. */
  readonly error: unknown
}

/** What is taken of fetched batches. Where compaction has made gaps, there are fewer records than offsets, or none. */
export interface Stretch {
  readonly offset: number
  readonly nextOffset: number
  readonly count: number
  readonly firstBatch: number
  readonly lastBatch: number
}

/** At most `max` records from `offset` on, and with the last one of the batches what lies behind it. */
export function stretchOf({ batches, offset, batchIndex: firstBatch }: Fetched, max: number): Stretch {
  let left = max
  for (let lastBatch = firstBatch; lastBatch < batches.length; lastBatch++) {
    const batch = batches[lastBatch] as RecordBatch
    const from = batch.indexOf(offset)
    if (batch.count - from >= left) {
      return { offset, nextOffset: batch.offset(from + left - 1) + 1, count: max, firstBatch, lastBatch }
    }
    left -= batch.count - from
  }
  const nextOffset = batches.at(-1)?.nextOffset ?? offset
  return { offset, nextOffset, count: max - left, firstBatch, lastBatch: batches.length }
}

/** Records of one partition, from where it stood to where it stands when all of them are done with. */
export class Delivery {
  readonly partition: AssignedPartition
  readonly offset: number
  readonly nextOffset: number
  readonly count: number
  readonly #topic: KnownTopic
  readonly #batches: readonly RecordBatch[]
  #batchIndex: number
  /** Of the next record in its batch. */
  #index: number
  #left: number
  #position: number

  constructor(
    partition: AssignedPartition,
    topic: KnownTopic,
    batches: readonly RecordBatch[],
    { offset, nextOffset, count, firstBatch }: Stretch,
  ) {
    this.partition = partition
    this.offset = offset
    this.nextOffset = nextOffset
    this.count = count
    this.#topic = topic
    this.#batches = batches
    this.#batchIndex = firstBatch
    this.#index = batches[firstBatch]?.indexOf(offset) ?? 0
    this.#left = count
    this.#position = offset
  }

  /** The offset behind the record that `next` gave last; behind all of the delivery where that was its last. */
  get position(): number {
    return this.#position
  }

  /** The next record; throws the KafkaError of one that its serde cannot read. */
  next(): MaybePromise<AnyConsumerRecord> | undefined {
    const batch = this.#nextBatch()
    if (batch === undefined) return undefined
    const index = this.#index
    this.#pass(batch, 1)
    return readRecord(this.#topic, this.partition.partition, batch, index)
  }

  /** All that can be read: serdes that take their time do so at the same time. */
  readAll(): AllRead | Promise<AllRead> {
    const records = new Array<MaybePromise<AnyConsumerRecord>>(this.count)
    let count = 0
    let error: unknown = null
    let isWaiting = false
    try {
      for (let batch = this.#nextBatch(); batch !== undefined; batch = this.#nextBatch()) {
        if (isPassed(this.#topic, batch)) {
          count = this.#passText(batch, records, count)
          continue
        }
        const record = this.next() as MaybePromise<AnyConsumerRecord>
        if (record instanceof Promise) isWaiting = true
        records[count++] = record
      }
    } catch (cause) {
      error = cause
    }
    records.length = count
    return isWaiting ? this.#settled(records, error) : this.#allRead(records as AnyConsumerRecord[], error)
  }

  /** All of a batch that needs no serde, in one go; returns how many records there are then. */
  #passText(batch: RecordBatch, records: MaybePromise<AnyConsumerRecord>[], from: number): number {
    const { partition } = this.partition
    const first = this.#index
    const count = Math.min(batch.count - first, this.#left)
    for (let i = 0; i < count; i++) records[from + i] = passRecord(this.#topic, partition, batch, first + i)
    this.#pass(batch, count)
    return from + count
  }

  /** The batch that the next record stands in. */
  #nextBatch(): RecordBatch | undefined {
    if (this.#left === 0) return undefined
    let batch = this.#batches[this.#batchIndex]
    while (batch !== undefined && this.#index >= batch.count) {
      batch = this.#batches[++this.#batchIndex]
      this.#index = 0
    }
    return batch
  }

  #pass(batch: RecordBatch, count: number): void {
    this.#index += count
    this.#left -= count
    this.#position = this.#left === 0 ? this.nextOffset : batch.offset(this.#index - 1) + 1
  }

  async #settled(waiting: readonly MaybePromise<AnyConsumerRecord>[], laterError: unknown): Promise<AllRead> {
    const records: AnyConsumerRecord[] = []
    for (const result of await Promise.allSettled(waiting)) {
      if (result.status === 'rejected') return this.#allRead(records, result.reason)
      records.push(result.value)
    }
    return this.#allRead(records, laterError)
  }

  #allRead(records: AnyConsumerRecord[], error: unknown): AllRead {
    const last = records.at(-1)
    return { records, nextOffset: error === null ? this.nextOffset : last ? last.offset + 1 : this.offset, error }
  }
}

/** What lies before `to` is done with; unless the application has gone elsewhere meanwhile, the position moves. */
export function finish({ partition }: Delivery, from: number, to: number): void {
  if (partition.position === from && partition.isAssigned) partition.position = to
}

/** Whether what comes next of this delivery is still wanted. */
export function isWanted({ partition }: Delivery, offset: number): boolean {
  return partition.position === offset && !partition.isPaused && partition.isAssigned
}

/**
 * All of it at once. What stands before a record that cannot be read comes first; the error comes with the next poll,
 * for the position stays in front of that record.
 */
export async function takeAll(deliveries: readonly Delivery[]): Promise<AnyConsumerRecord[]> {
  let taken: AnyConsumerRecord[] = []
  for (const delivery of deliveries) {
    const all = delivery.readAll()
    const { records, nextOffset, error } = all instanceof Promise ? await all : all
    if (error !== null && taken.length + records.length === 0) throw error
    if (!isWanted(delivery, delivery.offset)) continue
    finish(delivery, delivery.offset, nextOffset)
    taken = taken.length === 0 ? records : taken.concat(records)
    if (error !== null) break
  }
  return taken
}

export async function handOver(
  delivery: Delivery,
  handlers: Handlers<AnyConsumerRecord>,
  context: HandlerContext,
): Promise<void> {
  if ('eachBatch' in handlers) return handOverBatch(delivery, handlers, context)
  for (let at = delivery.offset; !context.signal.aborted && isWanted(delivery, at); at = delivery.position) {
    const read = delivery.next()
    if (read === undefined) return finish(delivery, at, delivery.nextOffset)
    const record = read instanceof Promise ? await read : read
    if (!isWanted(delivery, at)) return
    const done = handlers.eachRecord(record, context)
    if (isThenable(done)) await done
    finish(delivery, at, delivery.position)
  }
}

async function handOverBatch(
  delivery: Delivery,
  handlers: BatchHandler<AnyConsumerRecord>,
  context: HandlerContext,
): Promise<void> {
  const { offset } = delivery
  if (context.signal.aborted || !isWanted(delivery, offset)) return
  const all = delivery.readAll()
  const { records, nextOffset, error } = all instanceof Promise ? await all : all
  if (isWanted(delivery, offset)) {
    const done = records.length > 0 ? handlers.eachBatch(records, context) : undefined
    if (isThenable(done)) await done
    finish(delivery, offset, nextOffset)
  }
  if (error !== null) throw error
}
