// A consumer in a classroom: it polls when it is told to, or by itself, and remembers what it was given.
import { type AnyTopics, type Consumer, KafkaError, type Kafkalet } from 'kafkalet'
import { crash, freeze, type ManualClock, thaw } from 'kafkalet/testing'
import type { Action } from './action.ts'
import type { ConsumerSight, ConsumerState } from './sight.ts'

/** As long as a poll waits where nothing comes. */
const POLL_MS = 1_000

export class Reader {
  readonly name: string
  readonly group: string
  readonly #consumer: Consumer<AnyTopics>
  readonly #clock: ManualClock
  readonly #received: string[] = []
  #state: ConsumerState = 'rests'
  #isFrozen = false
  /** While it runs: how long it works on a record. */
  #handlerMs: number | null = null
  #error: string | null = null

  constructor(kafka: Kafkalet, clock: ManualClock, action: Extract<Action, { type: 'start' }>) {
    const { consumer, group, topics, options } = action
    const { strategy, ...config } = options
    this.name = consumer
    this.group = group
    this.#clock = clock
    this.#consumer = kafka.consumer({
      ...config,
      clientId: consumer,
      groupId: group,
      topics,
      ...(strategy && { partitionAssignmentStrategy: strategy }),
    })
  }

  /** Whether it still takes part. */
  get isOpen(): boolean {
    return this.#state !== 'closed' && this.#state !== 'crashed'
  }

  get sight(): ConsumerSight {
    return {
      consumer: this.name,
      group: this.group,
      state: this.#isFrozen && this.isOpen ? 'frozen' : this.#state,
      isRunning: this.#handlerMs !== null,
      owns: this.isOpen ? this.#consumer.assignment.map(({ topic, partition }) => `${topic}-${partition}`) : [],
      received: [...this.#received],
      error: this.#error,
    }
  }

  poll(): void {
    if (this.#state === 'rests') void this.#poll()
  }

  run(handlerMs: number): void {
    this.#handlerMs = handlerMs
    this.poll()
  }

  stop(): void {
    this.#handlerMs = null
  }

  commit(): void {
    void this.#tried(this.#consumer.commit())
  }

  seek(topic: string, partition: number, offset: number): void {
    this.#consumer.seek({ topic, partition }, offset)
  }

  close(): void {
    this.#end('closed')
    void this.#tried(this.#consumer.close())
  }

  crash(): void {
    this.#end('crashed')
    crash(this.#consumer)
  }

  freeze(): void {
    this.#isFrozen = true
    freeze(this.#consumer)
  }

  thaw(): void {
    this.#isFrozen = false
    thaw(this.#consumer)
  }

  #end(state: 'closed' | 'crashed'): void {
    this.#handlerMs = null
    this.#state = state
  }

  async #poll(): Promise<void> {
    do {
      this.#state = 'waits'
      const records = (await this.#tried(this.#consumer.poll({ timeoutMs: POLL_MS }))) ?? []
      if (!this.isOpen) return
      this.#state = 'works'
      for (const record of records) await this.#handle(`${record.topic}-${record.partition}@${record.offset}`)
      if (!this.isOpen) return
      this.#state = 'rests'
    } while (this.#handlerMs !== null && this.#error === null)
  }

  async #handle(record: string): Promise<void> {
    const handlerMs = this.#handlerMs ?? 0
    if (handlerMs > 0) await new Promise<void>((resolve) => this.#clock.setTimeout(resolve, handlerMs))
    if (this.isOpen) this.#received.push(record)
  }

  async #tried<Result>(call: Promise<Result>): Promise<Result | null> {
    try {
      const result = await call
      this.#error = null
      return result
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      if (this.isOpen) this.#error = `${error.code}: ${error.message}`
      return null
    }
  }
}
