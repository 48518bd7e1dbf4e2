// Which partitions were moved from whom to whom while a group was balanced. Rather than move a second partition of a topic
// back the other way, the first one is taken back. (Kafka: AbstractStickyAssignor.PartitionMovements.)

import { bucketOf, tableSizeFor } from '../../hash-map-order.ts'
import { javaHashCode } from '../../java-hash-code.ts'
import type { TopicPartitions } from './topic-partitions.ts'

interface Movement {
  readonly from: number
  readonly to: number
}

export class PartitionMovements {
  readonly #partitions: TopicPartitions
  readonly #movements = new Map<number, Movement>()
  readonly #moved = new Map<string, MovedPartitions>()

  constructor(partitions: TopicPartitions) {
    this.#partitions = partitions
  }

  /** The partition to move in place of this one: one that came the other way, if there is one. */
  actualPartition(partition: number, from: number, to: number): number {
    const origin = this.#movements.get(partition)?.from ?? from
    return this.#moved.get(this.#key(partition, to, origin))?.first() ?? partition
  }

  record(partition: number, from: number, to: number): void {
    const earlier = this.#movements.get(partition)
    if (earlier) this.#forget(partition, earlier)
    const origin = earlier?.from ?? from
    if (origin === to) return
    this.#movements.set(partition, { from: origin, to })
    const key = this.#key(partition, origin, to)
    const moved = this.#moved.get(key) ?? new MovedPartitions(this.#partitions)
    moved.add(partition)
    this.#moved.set(key, moved)
  }

  /** A text that says where every moved partition came from. */
  origins(): string {
    return [...this.#movements]
      .map(([partition, { from }]) => `${partition}:${from}`)
      .sort()
      .join()
  }

  #forget(partition: number, { from, to }: Movement): void {
    this.#movements.delete(partition)
    const key = this.#key(partition, from, to)
    const moved = this.#moved.get(key)
    moved?.delete(partition)
    if (moved?.size === 0) this.#moved.delete(key)
  }

  #key(partition: number, from: number, to: number): string {
    return `${this.#partitions.topicOf[partition]} ${from} ${to}`
  }
}

/** Partitions of one topic, of which the first is the one that a Java HashSet would name first. */
class MovedPartitions {
  readonly #partitions: TopicPartitions
  readonly #moved = new Set<number>()
  #tableSize = tableSizeFor(0)

  constructor(partitions: TopicPartitions) {
    this.#partitions = partitions
  }

  get size(): number {
    return this.#moved.size
  }

  add(partition: number): void {
    this.#moved.add(partition)
    this.#tableSize = tableSizeFor(this.#moved.size, this.#tableSize)
  }

  delete(partition: number): void {
    this.#moved.delete(partition)
  }

  first(): number | undefined {
    let first: number | undefined
    let firstBucket = this.#tableSize
    for (const partition of this.#moved) {
      const bucket = bucketOf(this.#hashCode(partition), this.#tableSize)
      if (bucket >= firstBucket) continue
      first = partition
      firstBucket = bucket
    }
    return first
  }

  /** Java's TopicPartition.hashCode. */
  #hashCode(partition: number): number {
    const { topics, topicOf, numberOf } = this.#partitions
    const topic = topics[topicOf[partition] ?? 0] ?? ''
    return (Math.imul(31, 31 + (numberOf[partition] ?? 0)) + javaHashCode(topic)) | 0
  }
}
