// The topics of a world, and what is sent to them: t and u stay, others come and go; all may grow.
import type { Kafkalet, TopicPartition } from 'kafkalet'
import type { Chance, ManualClock } from 'kafkalet/testing'
import type { CommittedOffsets } from './committed-offsets.ts'
import type { Story } from './story.ts'

const KEYS = 8
const MOST_PARTITIONS = 6

export interface Sent extends TopicPartition {
  readonly offset: number
  readonly key: string
  readonly sequence: number
}

export class WorldTopics {
  /** Topic → the number of its partitions. */
  readonly partitions = new Map<string, number>()
  /** What was acknowledged, by topic. */
  readonly acknowledged = new Map<string, Sent[]>()
  readonly #kafka: Kafkalet
  readonly #story: Story
  readonly #offsets: CommittedOffsets
  readonly #producer: ReturnType<Kafkalet['producer']>
  readonly #clock: ManualClock
  readonly #sequences = new Map<string, number>()
  #made = 0

  constructor(kafka: Kafkalet, clock: ManualClock, story: Story, offsets: CommittedOffsets) {
    this.#clock = clock
    this.#kafka = kafka
    this.#story = story
    this.#offsets = offsets
    this.#producer = kafka.producer({ metadataMaxAgeMs: 10_000 })
  }

  get names(): string[] {
    return [...this.partitions.keys()]
  }

  all(reads: (topic: string) => boolean): TopicPartition[] {
    return [...this.partitions].flatMap(([topic, count]) =>
      reads(topic) ? Array.from({ length: count }, (_, partition) => ({ topic, partition })) : [],
    )
  }

  async begin(chance: Chance): Promise<void> {
    for (const topic of ['t', 'u']) await this.#create(topic, chance)
  }

  async send(chance: Chance): Promise<void> {
    const topic = chance.anyOf(this.names) ?? 't'
    const count = 1 + chance.below(8)
    for (let i = 0; i < count; i++) {
      const key = `k${chance.below(KEYS)}`
      const sequence = (this.#sequences.get(`${topic}/${key}`) ?? 0) + 1
      this.#sequences.set(`${topic}/${key}`, sequence)
      const { partition, offset } = await this.#soon(
        'send',
        this.#producer.send({ topic, key, value: String(sequence) }),
      )
      this.acknowledged.get(topic)?.push({ topic, partition, offset, key, sequence })
    }
    this.#story.tell(`${count} records are sent to ${topic}`)
  }

  async createAnother(chance: Chance): Promise<void> {
    // Never a name that was there before: a reader may still stand in the former one.
    await this.#create(`v${++this.#made}`, chance)
  }

  async delete(chance: Chance): Promise<boolean> {
    const topic = chance.anyOf(this.names.filter((name) => name.startsWith('v')))
    if (topic === undefined) return false
    this.#story.tell(`topic ${topic} is deleted`)
    this.partitions.delete(topic)
    this.acknowledged.delete(topic)
    this.#offsets.forgetTopic(topic)
    await this.#soon('deleteTopics', this.#kafka.admin().deleteTopics([topic]))
    return true
  }

  async grow(chance: Chance): Promise<boolean> {
    const topic = chance.anyOf(this.names) ?? 't'
    const count = (this.partitions.get(topic) ?? 0) + 1 + chance.below(2)
    if (count > MOST_PARTITIONS) return false
    this.#story.tell(`topic ${topic} grows to ${count} partitions`)
    this.partitions.set(topic, count)
    await this.#soon('createPartitions', this.#kafka.admin().createPartitions({ [topic]: count }))
    return true
  }

  async #create(topic: string, chance: Chance): Promise<void> {
    const partitions = 1 + chance.below(4)
    this.#story.tell(`topic ${topic} is created, with ${partitions} partitions`)
    this.partitions.set(topic, partitions)
    this.acknowledged.set(topic, [])
    await this.#soon('createTopics', this.#kafka.admin().createTopics([{ topic, partitions }]))
  }

  /** Nothing of this waits for time. */
  async #soon<Result>(what: string, work: Promise<Result>): Promise<Result> {
    const beforeMs = this.#clock.now()
    const result = await work
    const tookMs = this.#clock.now() - beforeMs
    if (tookMs > 0) this.#story.problem(`${what} has taken ${tookMs} ms`)
    return result
  }
}
