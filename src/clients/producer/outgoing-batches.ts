// The records of one sendBatch, by the partition they go to, as a Produce request wants them.

import type { KnownTopic } from '../topic-catalog.ts'
import type { PartitionSorter, ReadyRecord, Sorted } from './partition-sorter.ts'

export interface TopicBatches extends Sorted {
  readonly topic: KnownTopic
}

/** Records of one topic in the order in which they were added. */
interface OpenTopic {
  readonly topic: KnownTopic
  readonly records: ReadyRecord[]
  readonly partitions: number[]
  count: number
}

export class OutgoingBatches {
  readonly #sorter: PartitionSorter
  readonly #maxBytes: number
  readonly #nowMs: number
  readonly #expected: number
  readonly #rounds: (readonly TopicBatches[])[] = []
  #topics: OpenTopic[] = []
  /** The topic of the last record: mostly it is that of the next one. */
  #open: OpenTopic | null = null

  /** @param expected about how many records will come */
  constructor(sorter: PartitionSorter, maxBytes: number, nowMs: number, expected: number) {
    this.#sorter = sorter
    this.#maxBytes = maxBytes
    this.#nowMs = nowMs
    this.#expected = expected
  }

  /** The record is read when a round is made of it: until then it must not change. */
  add(topic: KnownTopic, partition: number, record: ReadyRecord): void {
    let open = this.#open
    if (open === null || open.topic.name !== topic.name) open = this.#turnTo(topic)
    open.records[open.count] = record
    open.partitions[open.count] = partition
    open.count++
  }

  /**
   * What may go together in a request: of each partition one batch, and of all that was added since the last call. Those
   * that no more fits into go before, as they became full.
   */
  makeRound(): void {
    const round = this.#topics.map(({ topic, records, partitions, count }) => {
      const onFull = (full: Sorted) => this.#rounds.push([{ topic, ...full }])
      return { topic, ...this.#sorter.sort(records, partitions, count, this.#nowMs, this.#maxBytes, onFull) }
    })
    if (round.length > 0) this.#rounds.push(round)
    this.#topics = []
    this.#open = null
  }

  /** In the order in which they are to be sent. */
  get rounds(): readonly (readonly TopicBatches[])[] {
    return this.#rounds
  }

  #turnTo(topic: KnownTopic): OpenTopic {
    let open = this.#topics.find((each) => each.topic.name === topic.name)
    if (open === undefined) {
      // In one step: arrays that are pushed to leave twice their size behind.
      open = { topic, records: new Array(this.#expected), partitions: new Array(this.#expected), count: 0 }
      this.#topics.push(open)
    }
    this.#open = open
    return open
  }
}
