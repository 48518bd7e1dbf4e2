// The records of one sendBatch, by the partition they go to.

import { RecordBatch } from '../../log/record-batch.ts'
import type { KnownTopic } from '../topic-catalog.ts'
import type { Outgoing } from './outgoing.ts'

export interface PartitionBatch {
  readonly topic: KnownTopic
  readonly partition: number
  readonly batch: RecordBatch
}

export class OutgoingBatches {
  readonly #maxBytes: number
  /** Topic → partition → its batches, in order; all but the last are full. */
  readonly #topics = new Map<KnownTopic, Map<number, PartitionBatch[]>>()

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  add({ topic, key, value, timestamp, headers }: Outgoing, partition: number): void {
    const batches = this.#batchesOf(topic, partition)
    let last = batches.at(-1)
    if (last === undefined || last.batch.sizeBound >= this.#maxBytes) {
      last = { topic, partition, batch: new RecordBatch() }
      batches.push(last)
    }
    last.batch.push(key, value, timestamp, headers)
  }

  /** One batch for each partition, then the second ones, and so on. */
  *rounds(): Iterable<PartitionBatch[]> {
    const all = [...this.#topics.values()].flatMap((partitions) => [...partitions.values()])
    for (let round = 0; ; round++) {
      const batches = all.flatMap((each) => each[round] ?? [])
      if (batches.length === 0) return
      yield batches
    }
  }

  #batchesOf(topic: KnownTopic, partition: number): PartitionBatch[] {
    let partitions = this.#topics.get(topic)
    if (partitions === undefined) {
      partitions = new Map()
      this.#topics.set(topic, partitions)
    }
    let batches = partitions.get(partition)
    if (batches === undefined) {
      batches = []
      partitions.set(partition, batches)
    }
    return batches
  }
}
