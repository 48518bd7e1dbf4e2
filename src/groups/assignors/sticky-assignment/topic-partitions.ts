// Every partition of every topic that someone subscribes to, as one row of numbers: topics by name, partitions ascending.

export class TopicPartitions {
  /** By name. */
  readonly topics: readonly string[]
  readonly count: number
  /** Partition's place in the row → its topic's place in `topics`. */
  readonly topicOf: Int32Array
  /** Partition's place in the row → its number within the topic. */
  readonly numberOf: Int32Array
  readonly #placeOfTopic: ReadonlyMap<string, number>
  /** Where a topic's partitions begin; one more entry says where the last one's end. */
  readonly #starts: Int32Array

  /** Topics without partitions do not exist. */
  constructor(subscribed: Iterable<string>, partitionCounts: ReadonlyMap<string, number>) {
    this.topics = [...new Set(subscribed)].filter((topic) => (partitionCounts.get(topic) ?? 0) > 0).sort()
    this.#placeOfTopic = new Map(this.topics.map((topic, place) => [topic, place]))
    this.#starts = new Int32Array(this.topics.length + 1)
    for (const [place, topic] of this.topics.entries()) {
      this.#starts[place + 1] = this.start(place) + (partitionCounts.get(topic) ?? 0)
    }
    this.count = this.start(this.topics.length)
    this.topicOf = new Int32Array(this.count)
    this.numberOf = new Int32Array(this.count)
    for (let topic = 0; topic < this.topics.length; topic++) {
      const start = this.start(topic)
      for (let at = start; at < this.end(topic); at++) {
        this.topicOf[at] = topic
        this.numberOf[at] = at - start
      }
    }
  }

  start(topic: number): number {
    return this.#starts[topic] ?? 0
  }

  end(topic: number): number {
    return this.start(topic + 1)
  }

  placeOfTopic(topic: string): number | undefined {
    return this.#placeOfTopic.get(topic)
  }

  /** The places of those partitions of a topic that exist. */
  forEachPlace(topic: string, partitions: readonly number[], visit: (place: number) => void): void {
    const topicPlace = this.#placeOfTopic.get(topic)
    if (topicPlace === undefined) return
    const start = this.start(topicPlace)
    const count = this.end(topicPlace) - start
    for (const partition of partitions) if (partition >= 0 && partition < count) visit(start + partition)
  }
}
