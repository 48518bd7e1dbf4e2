// The partitions a consumer reads, and how far it is with each. (Kafka: SubscriptionState)

import { KafkaError } from '../../errors.ts'
import type { PartitionsByTopic } from '../../groups/subscription.ts'
import type { RecordBatch } from '../../log/record-batch.ts'
import type { TopicPartition } from '../topic.ts'
import type { KnownTopic } from '../topic-catalog.ts'

/** What was fetched and is not handed over yet; its first record to hand over is `offset`. */
export interface Fetched {
  offset: number
  readonly batches: readonly RecordBatch[]
}

export class AssignedPartition {
  readonly topic: string
  readonly partition: number
  /** The offset of the next record for the application; null until it is looked up. */
  position: number | null = null
  /** A look-up that was asked for: by `seek`, or because there is no position. */
  reset: 'earliest' | 'latest' | null = null
  /** What the group's commit was when it was last looked at: a position that is there needs no commit. */
  committed: number | null = null
  isPaused = false
  fetched: Fetched | null = null
  /** The offset that a fetch under way asks for. */
  asking: number | null = null
  /** A fetch has failed: the next one is not before this time. */
  againAtMs = 0
  /** What the next poll throws. */
  error: KafkaError | null = null
  /** Until it is given back, lost or replaced; asked for with every record. */
  isAssigned = true
  /** What the last fetch knew. */
  known: KnownTopic | null = null

  constructor({ topic, partition }: TopicPartition) {
    this.topic = topic
    this.partition = partition
  }

  /** From here on; what was fetched for elsewhere is void. */
  moveTo(position: number | null, reset: 'earliest' | 'latest' | null = null): void {
    this.position = position
    this.reset = reset
    this.error = null
    this.fetched = null
  }

  get isFetchable(): boolean {
    return (
      this.position !== null && !this.isPaused && this.fetched === null && this.asking !== this.position && !this.error
    )
  }
}

export class Positions {
  #partitions = new Map<string, AssignedPartition>()

  get all(): AssignedPartition[] {
    return [...this.#partitions.values()]
  }

  get size(): number {
    return this.#partitions.size
  }

  has(partition: TopicPartition): boolean {
    return this.#partitions.has(keyOf(partition))
  }

  /** Throws ILLEGAL_STATE for a partition that is not assigned. */
  get(partition: TopicPartition): AssignedPartition {
    const assigned = this.#partitions.get(keyOf(partition))
    if (assigned) return assigned
    const others = this.all.map(keyOf).join(', ') || 'none'
    throw new KafkaError(
      'ILLEGAL_STATE',
      `Partition ${keyOf(partition)} is not assigned to this consumer (it has ${others}).`,
    )
  }

  /** Partitions that stay keep their position and their pause; what is new begins without. */
  assign(partitions: readonly TopicPartition[]): void {
    const before = this.#partitions
    this.#partitions = new Map(
      partitions.map((each) => [keyOf(each), before.get(keyOf(each)) ?? new AssignedPartition(each)]),
    )
    for (const [key, partition] of before) partition.isAssigned = this.#partitions.has(key)
  }

  remove(partitions: readonly TopicPartition[]): void {
    for (const each of partitions) {
      const assigned = this.#partitions.get(keyOf(each))
      if (assigned) assigned.isAssigned = false
      this.#partitions.delete(keyOf(each))
    }
  }

  clear(): void {
    this.assign([])
  }

  list(): TopicPartition[] {
    return this.all.map(({ topic, partition }) => ({ topic, partition }))
  }
}

export function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

/** By topic, in UTF-16 units, then by number: the order in which Kafka tells them. */
export function sortedPartitions(partitionsByTopic: PartitionsByTopic): TopicPartition[] {
  const topics = [...partitionsByTopic].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return topics.flatMap(([topic, partitions]) =>
    [...partitions].sort((a, b) => a - b).map((partition) => ({ topic, partition })),
  )
}

export function groupPartitions(partitions: readonly TopicPartition[]): PartitionsByTopic {
  const byTopic = new Map<string, number[]>()
  for (const { topic, partition } of partitions) {
    const known = byTopic.get(topic)
    if (known) known.push(partition)
    else byTopic.set(topic, [partition])
  }
  return byTopic
}
