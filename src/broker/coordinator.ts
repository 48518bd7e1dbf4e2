// A coordinator in its broker: its records are those of an internal topic, its timers the broker's.

import {
  type Appended,
  type CoordinatorKind,
  CoordinatorRuntime,
  type CoordinatorShard,
  type LogEntry,
} from '../coordinator/runtime.ts'
import type { CoordinatorRecord, RecordProducer, Step } from '../coordinator/step.ts'
import { ErrorCode, type ErrorName, KafkaError } from '../errors.ts'
import { coordinatorPartition } from '../groups/group-partition.ts'
import { type Marker, markerBatch, markerIn } from '../log/control-record.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import { attributesOf, RecordBatch } from '../log/record-batch.ts'
import type { Topic } from './topics.ts'

export interface CoordinatorTopicHost<Event> {
  /** Made when it is first needed. */
  topic(): Topic
  append(topic: Topic, partition: number, batch: RecordBatch): number
  nowMs(): number
  schedule(delayMs: number, fire: () => void): () => void
  announce(event: Event): void
}

type MakeStep<Event, Shard> = (shard: Shard, nowMs: number) => Step<Event>

/** Of groups by their id, of transactions by their transactional id: both are called `id` here. */
export class Coordinator<Event, Shard extends CoordinatorShard> {
  readonly #host: CoordinatorTopicHost<Event>
  readonly #runtime: CoordinatorRuntime<Event, Shard>
  #isClosed = false

  constructor(host: CoordinatorTopicHost<Event>, kind: CoordinatorKind<Event, Shard>) {
    this.#host = host
    this.#runtime = new CoordinatorRuntime<Event, Shard>(
      {
        nowMs: () => host.nowMs(),
        append: (partition, records, producer) => this.#append(partition, this.#batchOf(records, producer)),
        appendMarker: (partition, marker) => this.#append(partition, markerBatch(marker, host.nowMs())),
        read: (partition) => {
          const log = host.topic().partitions[partition]
          return log ? entriesIn(log) : []
        },
        // What is looked at after the end is loaded once more, and nothing happens to it.
        schedule: (delayMs, fire) => (this.#isClosed ? () => {} : host.schedule(delayMs, fire)),
        announce: (event) => host.announce(event),
      },
      kind,
    )
  }

  /** One step of the id's shard, or `refuse` while that cannot answer. */
  run(id: string, makeStep: MakeStep<Event, Shard>, refuse: (error: ErrorName) => void): void {
    const partition = this.partitionOf(id)
    if (this.#runtime.isLoading(partition)) refuse('COORDINATOR_LOAD_IN_PROGRESS')
    else this.#runtime.run(partition, makeStep)
  }

  /** A look at the state of the id's shard, without a step. */
  look<Seen>(id: string, see: (shard: Shard, nowMs: number) => Seen, refuse: (error: ErrorName) => Seen): Seen {
    const partition = this.partitionOf(id)
    if (this.#runtime.isLoading(partition)) return refuse('COORDINATOR_LOAD_IN_PROGRESS')
    return see(this.#runtime.shard(partition), this.#host.nowMs())
  }

  lookAtAll<Seen>(see: (shard: Shard, nowMs: number) => readonly Seen[], refuse: (error: ErrorName) => void): Seen[] {
    const partitions = this.#partitions()
    if (partitions.some((partition) => this.#runtime.isLoading(partition))) {
      refuse('COORDINATOR_LOAD_IN_PROGRESS')
      return []
    }
    return partitions.flatMap((partition) => see(this.#runtime.shard(partition), this.#host.nowMs()))
  }

  runAll(makeStep: MakeStep<Event, Shard>): void {
    this.#runtime.runAll(this.#partitions(), makeStep)
  }

  /** Writes the end of a transaction into a partition of the topic. */
  mark(partition: number, marker: Marker): ErrorCode {
    return this.#runtime.isLoading(partition)
      ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
      : this.#runtime.mark(partition, marker)
  }

  /**
   * The coordinator of this id, and of all others in its partition, is lost, with all that was not written: whoever
   * waits for it is sent away, and for `loadMs` another one reads the partition and can answer nothing.
   */
  lose(id: string, { loadMs = 0 }: { readonly loadMs?: number } = {}): void {
    this.#runtime.lose(this.partitionOf(id), loadMs)
  }

  close(): void {
    this.#isClosed = true
    this.#runtime.close()
  }

  /** The partition of the topic that holds everything about the id. */
  partitionOf(id: string): number {
    return coordinatorPartition(id, this.#host.topic().partitions.length)
  }

  /** The partitions with records: no others can hold anything. */
  #partitions(): number[] {
    return this.#host
      .topic()
      .partitions.filter((log) => log.endOffset > 0)
      .map((log) => log.partition)
  }

  #batchOf(records: readonly CoordinatorRecord[], producer: RecordProducer | null): RecordBatch {
    const batch = new RecordBatch()
    if (producer) {
      batch.attributes = attributesOf(producer.producerId, producer.producerEpoch, { isTransactional: true })
    }
    for (const { key, value } of records) batch.push(key, value, this.#host.nowMs())
    return batch
  }

  #append(partition: number, batch: RecordBatch): Appended {
    try {
      return { errorCode: ErrorCode.NONE, baseOffset: this.#host.append(this.#host.topic(), partition, batch) }
    } catch (error) {
      if (error instanceof KafkaError && error.errorCode !== null) return { errorCode: error.errorCode, baseOffset: -1 }
      throw error
    }
  }
}

/** What stands in a partition of an internal topic, as its coordinator reads it. */
export function* entriesIn(log: PartitionLog): Iterable<LogEntry> {
  for (const batch of log.read(log.startOffset)) {
    const marker = markerIn(batch)
    if (marker) yield { offset: batch.baseOffset, marker }
    if (batch.attributes.isControl) continue
    const { isTransactional, producerId, producerEpoch } = batch.attributes
    const producer = isTransactional ? { producerId, producerEpoch } : null
    for (let i = 0; i < batch.count; i++) {
      const key = batch.key(i)
      const value = batch.value(i)
      if (!(key instanceof Uint8Array) || typeof value === 'string') continue
      yield { offset: batch.offset(i), record: { key, value }, producer }
    }
  }
}
