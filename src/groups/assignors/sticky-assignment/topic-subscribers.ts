// Who wants which topic, where members want different ones.

import type { StickyGroup } from './sticky-group.ts'

export class TopicSubscribers {
  /** Member → the places of the topics it subscribes to and that exist. */
  readonly topicsOf: readonly ReadonlySet<number>[]
  /** Topic → how many subscribe to it. A member that names it twice counts twice, as it does in Kafka. */
  readonly #subscribers: Int32Array
  /** Member → how many partitions it could have at most. */
  readonly #capacity: readonly number[]

  constructor({ members, partitions }: StickyGroup) {
    const named = members.map(({ subscription }) =>
      subscription.topics.flatMap((topic) => partitions.placeOfTopic(topic) ?? []),
    )
    this.topicsOf = named.map((topics) => new Set(topics))
    this.#subscribers = new Int32Array(partitions.topics.length)
    for (const topics of named) {
      for (const topic of topics) this.#subscribers[topic] = (this.#subscribers[topic] ?? 0) + 1
    }
    this.#capacity = named.map((topics) => {
      if (topics.length === partitions.topics.length) return partitions.count
      return topics.reduce((sum, topic) => sum + partitions.end(topic) - partitions.start(topic), 0)
    })
  }

  isSubscribed(member: number, topic: number): boolean {
    return this.topicsOf[member]?.has(topic) ?? false
  }

  count(topic: number): number {
    return this.#subscribers[topic] ?? 0
  }

  /** Whether two members could take its partitions from each other. */
  isShared(topic: number): boolean {
    return this.count(topic) >= 2
  }

  capacity(member: number): number {
    return this.#capacity[member] ?? 0
  }
}
