// A story: what the clients of one Kafkalet do, and what becomes of it, line by line with the time at which it happens.
import { type ConsumerOptions, KafkaError, Kafkalet, type TopicPartition } from 'kafkalet'
import { ManualClock } from 'kafkalet/testing'

type Topics = Readonly<Record<string, number>>
type Config = NonNullable<ConstructorParameters<typeof Kafkalet>[0]>['config']

export type StoryConsumer = ReturnType<Kafkalet['consumer']>

export class Story implements AsyncDisposable {
  readonly clock = new ManualClock()
  readonly kafka: Kafkalet
  readonly startMs = this.clock.now()
  readonly #names = new Map<unknown, string>()
  readonly #lines: string[] = []

  private constructor(config: Config) {
    this.kafka = new Kafkalet({ clock: this.clock, seed: 1, ...(config && { config }) })
  }

  /** With topic `t` of two partitions, unless other topics are asked for; `ofGroups` also tells what groups go through. */
  static async begin({
    topics = { t: 2 },
    config = {},
    ofGroups = true,
  }: {
    readonly topics?: Topics
    readonly config?: Config
    readonly ofGroups?: boolean
  } = {}): Promise<Story> {
    const story = new Story(config)
    const { events } = story.kafka
    const newTopics = Object.entries(topics).map(([topic, partitions]) => ({ topic, partitions }))
    await story.kafka.admin().createTopics(newTopics)
    if (!ofGroups) return story
    events.on('groupStateChanged', ({ to, generation }) => story.tell(`the group is ${to}, generation ${generation}`))
    events.on('memberJoined', ({ clientId }) => story.tell(`${clientId} is a member`))
    events.on('memberLeft', ({ clientId, reason }) => story.tell(`${clientId} is no member any more: ${reason}`))
    events.on('offsetsCommitted', ({ offsets }) => {
      story.tell(`committed: ${offsets.map((each) => `${placesOf([each])}=${each.offset}`).join(' ')}`)
    })
    return story
  }

  /** A consumer that tells what its callbacks are told; of group g, and subscribed to t, unless the options say otherwise. */
  consumer(name: string, options: ConsumerOptions & { topics?: readonly string[] | RegExp } = {}): StoryConsumer {
    const hears = (what: string) => (partitions: readonly TopicPartition[]) =>
      this.tell(`${name} ${what} ${placesOf(partitions)}`)
    const consumer = this.kafka.consumer({
      clientId: name,
      groupId: 'g',
      topics: ['t'],
      autoOffsetReset: 'earliest',
      enableAutoCommit: false,
      onPartitionsAssigned: hears('is assigned'),
      onPartitionsRevoked: hears('gives back'),
      onPartitionsLost: hears('has lost'),
      ...options,
    })
    this.#names.set(consumer, name)
    return consumer
  }

  /** A consumer without a group. */
  reader(name: string, partitions: readonly TopicPartition[], options: ConsumerOptions = {}): StoryConsumer {
    const consumer = this.kafka.consumer({ clientId: name, autoOffsetReset: 'earliest', ...options })
    consumer.assign(partitions)
    this.#names.set(consumer, name)
    return consumer
  }

  async send(topic: string, partition: number, ...values: readonly string[]): Promise<void> {
    await this.kafka.producer().sendBatch(values.map((value) => ({ topic, partition, value })))
  }

  /** Each polls, again and again, for as long; what it reads or is refused is told. */
  async polls(consumers: readonly StoryConsumer[], forMs = 1_000, stepMs = Math.min(forMs, 1_000)): Promise<void> {
    for (let passedMs = 0; passedMs < forMs; passedMs += stepMs) {
      const polls = consumers.map((each) => this.#poll(each, stepMs))
      await this.clock.advance(stepMs)
      await Promise.all(polls)
    }
  }

  async passes(ms: number): Promise<void> {
    await this.clock.advance(ms)
  }

  /** Tells what comes of it: its result, or the code of its error. */
  async tries<Result>(what: string, attempt: () => Result | Promise<Result>): Promise<void> {
    try {
      const result = await attempt()
      this.tell(`${what}${result === undefined ? '' : `: ${JSON.stringify(result)}`}`)
    } catch (error) {
      this.tell(`${what}: refused, ${codeOf(error)}`)
    }
  }

  tell(what: string): void {
    this.#lines.push(`${(this.clock.now() - this.startMs) / 1_000} s: ${what}`)
  }

  /** What was told since this was last asked. */
  told(): string {
    return this.#lines.splice(0).join('\n')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kafka.close()
  }

  async #poll(consumer: StoryConsumer, timeoutMs: number): Promise<void> {
    const name = this.#names.get(consumer)
    try {
      const read = new Map<string, string[]>()
      for (const { topic, partition, offset, value } of await consumer.poll({ timeoutMs })) {
        const place = placesOf([{ topic, partition }])
        read.set(place, [...(read.get(place) ?? []), `${value}@${offset}`])
      }
      for (const [place, records] of read) this.tell(`${name} reads ${place}: ${records.join(' ')}`)
    } catch (error) {
      this.tell(`${name} polls: refused, ${codeOf(error)}`)
    }
  }
}

export const t0 = { topic: 't', partition: 0 } as const
export const t1 = { topic: 't', partition: 1 } as const

export function placesOf(partitions: readonly TopicPartition[]): string {
  return partitions.map(({ topic, partition }) => `${topic}-${partition}`).join(' ') || 'nothing'
}

function codeOf(error: unknown): string {
  if (error instanceof KafkaError) return error.code
  throw error
}
