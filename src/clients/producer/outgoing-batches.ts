// The records of one sendBatch, by the partition they go to, as a Produce request wants them.

import { RecordBatch } from '../../log/record-batch.ts'
import type { KnownTopic } from '../topic-catalog.ts'
import type { Outgoing } from './outgoing.ts'

export interface PartitionBatch {
  readonly index: number
  readonly records: RecordBatch
}

export interface TopicBatches {
  readonly topic: KnownTopic
  readonly partitionData: PartitionBatch[]
}

interface OpenTopic {
  readonly topic: KnownTopic
  readonly partitions: Map<number, PartitionBatch>
}

export class OutgoingBatches {
  readonly #maxBytes: number
  readonly #topics: OpenTopic[] = []
  /** Batches that no more fits into, in the order in which they became full. */
  readonly #full: TopicBatches[] = []
  /** The topic of the last record: mostly it is that of the next one. */
  #open: OpenTopic | null = null

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  add({ topic, key, value, timestamp, headers }: Outgoing, partition: number): void {
    const { partitions } = this.#open?.topic.name === topic.name ? this.#open : this.#turnTo(topic)
    let batch = partitions.get(partition)
    if (batch === undefined || batch.records.sizeBound >= this.#maxBytes) {
      if (batch) this.#full.push({ topic, partitionData: [batch] })
      batch = { index: partition, records: new RecordBatch() }
      partitions.set(partition, batch)
    }
    batch.records.push(key, value, timestamp, headers)
  }

  /** What may go together: of each partition one batch, the older ones first. */
  *rounds(): Iterable<readonly TopicBatches[]> {
    for (const full of this.#full) yield [full]
    const last = this.#topics.map(({ topic, partitions }) => ({ topic, partitionData: [...partitions.values()] }))
    if (last.length > 0) yield last
  }

  #turnTo(topic: KnownTopic): OpenTopic {
    let open = this.#topics.find((each) => each.topic.name === topic.name)
    if (open === undefined) {
      open = { topic, partitions: new Map() }
      this.#topics.push(open)
    }
    this.#open = open
    return open
  }
}
