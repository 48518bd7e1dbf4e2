// The partitions a consumer reads, and how far it is with each. (Kafka: SubscriptionState)

import { KafkaError } from '../../errors.ts'
import type { PartitionsByTopic } from '../../groups/subscription.ts'
import type { RecordBatch } from '../../log/record-batch.ts'
import type { OffsetReset } from '../offset-reset-strategy.ts'
import { groupByTopic } from '../offsets-client.ts'
import { keyOf, type TopicPartition } from '../topic.ts'
import type { KnownTopic } from '../topic-catalog.ts'

/** What was fetched and is not handed over yet; its first record to hand over is `offset`. */
export interface Fetched {
  offset: number
  readonly batches: readonly RecordBatch[]
  /** The batch that `offset` lies in, or a batch before it. */
  batchIndex: number
}

export class AssignedPartition {
  readonly topic: string
  readonly partition: number
  /** The offset of the next record for the application; null until it is looked up. */
  position: number | null = null
  /** A look-up that was asked for: by `seek`, or because there is no position. */
  reset: OffsetReset | null = null
  /** The group has committed nothing here, so `reset` is what auto.offset.reset says. */
  isUncommitted = false
  /** Where `latest` let it begin: what lies before was skipped. */
  begunAtEnd: number | null = null
  /** What the group's commit was when it was last looked at: a position that is there needs no commit. */
  committed: number | null = null
  isPaused = false
  fetched: Fetched | null = null
  /** The offset that a fetch under way asks for. */
  asking: number | null = null
  /** The fetch that asked last. */
  askedBy: object | null = null
  /** A fetch has failed: the next one is not before this time. */
  againAtMs = 0
  /** What the next poll throws. The partition is asked for again by the one after. */
  error: KafkaError | null = null
  /** Until it is given back, lost or replaced; asked for with every record. */
  isAssigned = true
  /** What the last fetch knew of its topic; where it was assigned by hand, what the look at whether it exists found. */
  known: KnownTopic | null = null

  constructor({ topic, partition }: TopicPartition) {
    this.topic = topic
    this.partition = partition
  }

  /** From here on; what was fetched for elsewhere is void. */
  moveTo(position: number | null, reset: OffsetReset | null = null): void {
    this.position = position
    this.reset = reset
    this.isUncommitted = false
    this.error = null
    this.fetched = null
  }

  /** A fetch under way asks for what is still wanted. */
  get isStillAsked(): boolean {
    const { position, asking } = this
    return position !== null && asking === position && !this.isPaused && this.fetched === null && !this.error
  }

  get isFetchable(): boolean {
    return (
      this.position !== null && !this.isPaused && this.fetched === null && this.asking !== this.position && !this.error
    )
  }
}

export class Positions {
  #partitions: ReadonlyMap<string, AssignedPartition> = new Map()
  #all: readonly AssignedPartition[] = []

  /** A list that stays as it is: the next assignment makes another one. */
  get all(): readonly AssignedPartition[] {
    return this.#all
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
    this.#replace(
      new Map(partitions.map((each) => [keyOf(each), before.get(keyOf(each)) ?? new AssignedPartition(each)])),
    )
  }

  remove(partitions: readonly TopicPartition[]): void {
    const rest = new Map(this.#partitions)
    for (const each of partitions) rest.delete(keyOf(each))
    this.#replace(rest)
  }

  #replace(partitions: ReadonlyMap<string, AssignedPartition>): void {
    for (const [key, partition] of this.#partitions) partition.isAssigned = partitions.has(key)
    this.#partitions = partitions
    this.#all = [...partitions.values()]
  }

  clear(): void {
    this.assign([])
  }

  list(): TopicPartition[] {
    return this.all.map(({ topic, partition }) => ({ topic, partition }))
  }
}

/** By topic, in UTF-16 units, then by number: the order in which Kafka tells them. */
export function sortedPartitions(partitionsByTopic: PartitionsByTopic): TopicPartition[] {
  const topics = [...partitionsByTopic].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return topics.flatMap(([topic, partitions]) =>
    [...partitions].sort((a, b) => a - b).map((partition) => ({ topic, partition })),
  )
}

export function groupPartitions(partitions: readonly TopicPartition[]): PartitionsByTopic {
  const topics = [...groupByTopic(partitions)]
  return new Map(topics.map(([topic, entries]) => [topic, entries.map(({ partition }) => partition)]))
}
