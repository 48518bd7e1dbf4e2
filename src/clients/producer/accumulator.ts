// Records that wait for others to the same partition (linger.ms), up to batch.size.

import type { ProducePartitionResponse } from '../../broker/api.ts'
import type { Clock, TimerHandle } from '../../clock.ts'
import type { KafkaError } from '../../errors.ts'
import { RecordBatch } from '../../log/record-batch.ts'
import type { RecordMetadata } from '../topic.ts'
import type { KnownTopic } from '../topic-catalog.ts'
import { type Outgoing, toMetadata } from './outgoing.ts'

type Send = (
  topic: KnownTopic,
  partition: number,
  batch: RecordBatch,
) => ProducePartitionResponse | Promise<ProducePartitionResponse>

interface Lingering {
  readonly topic: KnownTopic
  readonly partition: number
  readonly batch: RecordBatch
  readonly timer: TimerHandle
  readonly answer: Promise<ProducePartitionResponse>
  readonly settle: (answer: Promise<ProducePartitionResponse>) => void
}

export class Accumulator {
  readonly #clock: Clock
  readonly #config: { readonly lingerMs: number; readonly batchSize: number }
  readonly #send: Send
  readonly #lingering = new Map<string, Lingering>()

  constructor(clock: Clock, config: { readonly lingerMs: number; readonly batchSize: number }, send: Send) {
    this.#clock = clock
    this.#config = config
    this.#send = send
  }

  get isEmpty(): boolean {
    return this.#lingering.size === 0
  }

  /** Resolves when the batch that the record joins is in the log. */
  async add({ topic, key, value, timestamp, headers }: Outgoing, partition: number): Promise<RecordMetadata> {
    const place = `${topic.id}-${partition}`
    const lingering = this.#lingering.get(place) ?? this.#open(place, topic, partition)
    const index = lingering.batch.count
    lingering.batch.push(key, value, timestamp, headers)
    if (lingering.batch.sizeBound >= this.#config.batchSize) this.#dispatch(place, lingering)
    return toMetadata(topic, partition, await lingering.answer, index, timestamp)
  }

  /** Sends everything that waits, in the order in which it came. */
  async flush(): Promise<void> {
    const all = [...this.#lingering]
    for (const [place, lingering] of all) this.#dispatch(place, lingering)
    await Promise.allSettled(all.map(([, { answer }]) => answer))
  }

  /** Nothing that waits is sent: all of it gets this error. */
  abort(error: KafkaError): void {
    const all = [...this.#lingering.values()]
    this.discard()
    for (const { settle } of all) settle(Promise.reject(error))
  }

  discard(): void {
    for (const { timer } of this.#lingering.values()) this.#clock.clearTimeout(timer)
    this.#lingering.clear()
  }

  #open(place: string, topic: KnownTopic, partition: number): Lingering {
    let settle: Lingering['settle'] = () => {}
    const answer = new Promise<ProducePartitionResponse>((resolve) => {
      settle = resolve
    })
    const timer = this.#clock.setTimeout(() => {
      const present = this.#lingering.get(place)
      if (present) this.#dispatch(place, present)
    }, this.#config.lingerMs)
    const lingering = { topic, partition, batch: new RecordBatch(), timer, answer, settle }
    this.#lingering.set(place, lingering)
    return lingering
  }

  #dispatch(place: string, { topic, partition, batch, timer, settle }: Lingering): void {
    this.#clock.clearTimeout(timer)
    this.#lingering.delete(place)
    settle((async () => this.#send(topic, partition, batch))())
  }
}
