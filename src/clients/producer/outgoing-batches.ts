// The records of one sendBatch, by the partition they go to.

import { RecordBatch } from '../../log/record-batch.ts'
import type { KnownTopic } from '../topic-catalog.ts'
import type { Outgoing } from './outgoing.ts'

export interface PartitionBatch {
  readonly topic: KnownTopic
  readonly partition: number
  readonly batch: RecordBatch
}

type Partitions = Map<number, PartitionBatch>

export class OutgoingBatches {
  readonly #maxBytes: number
  readonly #topics = new Map<KnownTopic, Partitions>()
  /** In the order in which they became full. */
  readonly #full: PartitionBatch[] = []
  /** Most batches have one topic: the last one is at hand. */
  #topic: KnownTopic | null = null
  #partitions: Partitions = new Map()

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  add({ topic, key, value, timestamp, headers }: Outgoing, partition: number): void {
    if (topic !== this.#topic) this.#turnTo(topic)
    const open = this.#partitions.get(partition)
    const { batch } =
      open === undefined || open.batch.sizeBound >= this.#maxBytes ? this.#open(topic, partition, open) : open
    batch.push(key, value, timestamp, headers)
  }

  /** Groups of batches that may go together: of each partition one, the older ones first. */
  *rounds(): Iterable<readonly PartitionBatch[]> {
    for (const batch of this.#full) yield [batch]
    const last = [...this.#topics.values()].flatMap((partitions) => [...partitions.values()])
    if (last.length > 0) yield last
  }

  #turnTo(topic: KnownTopic): void {
    this.#topic = topic
    this.#partitions = this.#topics.get(topic) ?? new Map()
    this.#topics.set(topic, this.#partitions)
  }

  #open(topic: KnownTopic, partition: number, full: PartitionBatch | undefined): PartitionBatch {
    if (full) this.#full.push(full)
    const opened = { topic, partition, batch: new RecordBatch() }
    this.#partitions.set(partition, opened)
    return opened
  }
}
