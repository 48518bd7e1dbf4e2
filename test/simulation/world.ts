// A seeded world: producers, two groups of consumers that come, go, crash and commit, and time that passes.
import { decodeOffsetsRecord, Kafkalet, type Payload, type TopicPartition } from 'kafkalet'
import { crash, ManualClock } from 'kafkalet/testing'
import { GroupsView } from '../../src/groups/view.ts'
import { type Random, seededRandom } from '../../src/random.ts'

interface Member {
  readonly name: string
  readonly groupId: string
  readonly consumer: ReturnType<Kafkalet['consumer']>
  polling: Promise<void> | null
}

export interface Delivered {
  readonly groupId: string
  readonly member: string
  readonly partition: number
  readonly offset: number
  readonly key: string
  readonly sequence: number
}

const GROUPS = ['left', 'right']
const TOPIC = 't'
const KEYS = 12

export class World {
  readonly clock = new ManualClock()
  readonly kafka: Kafkalet
  /** What happened, as one would tell it. */
  readonly transcript: string[] = []
  readonly delivered: Delivered[] = []
  /** Partition → the keys and sequences acknowledged, by offset. */
  readonly acknowledged = new Map<string, { key: string; sequence: number }>()
  /** `group/generation/partition` → who was told that it owns it. */
  readonly owners = new Map<string, string>()
  readonly problems: string[] = []
  readonly #random: Random
  readonly #producer: ReturnType<Kafkalet['producer']>
  readonly #sequences = new Map<string, number>()
  #members: Member[] = []
  #born = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    const numPartitions = 1 + this.#random.integer(5)
    this.kafka = new Kafkalet({ clock: this.clock, seed, config: { numPartitions } })
    this.#producer = this.kafka.producer()
  }

  async step(): Promise<void> {
    const actions: [weight: number, act: () => Promise<void> | void][] = [
      [6, () => this.#produce()],
      [8, () => this.#poll()],
      [3, () => this.#commit()],
      [2, () => (this.#members.length < 6 ? this.#join() : undefined)],
      [1, () => this.#leave()],
      [1, () => this.#crash()],
      [6, () => this.#pass(1 + this.#random.integer(3_000))],
      [1, () => this.#pass(20_000 + this.#random.integer(60_000))],
    ]
    let choice = this.#random.integer(actions.reduce((sum, [weight]) => sum + weight, 0))
    for (const [weight, act] of actions) {
      choice -= weight
      if (choice < 0) return act()
    }
  }

  /** Lets everybody poll until each group has read all there is and committed it. */
  async drain(): Promise<void> {
    for (const groupId of GROUPS) if (!this.#members.some((each) => each.groupId === groupId)) this.#join(groupId)
    // Whoever crashed in the middle of a join is noticed within 75 s; then a round without a record is the end.
    for (let round = 0, before = -1; round < 30 || this.delivered.length > before; round++) {
      before = this.delivered.length
      for (const member of this.#members) this.#beginPoll(member, 3_000)
      await this.#pass(3_500)
    }
    for (const member of this.#members) await this.#tryCommit(member)
  }

  async end(): Promise<void> {
    await this.kafka.close()
    await this.clock.settle()
  }

  /** Committed offsets by group, as the admin tells them. */
  async committed(groupId: string) {
    return this.kafka.admin().listConsumerGroupOffsets(groupId)
  }

  /** The durable view, made again from the records of __consumer_offsets. */
  async rebuiltView(): Promise<GroupsView> {
    const view = new GroupsView()
    for (const { key, value } of await this.#readAll('__consumer_offsets')) view.replay(asRecord(key, value))
    return view
  }

  get groups(): readonly string[] {
    return GROUPS
  }

  async log() {
    return (await this.#readAll(TOPIC)).map(({ partition, offset, key, value }) => ({
      partition,
      offset,
      key: String(key),
      sequence: Number(value),
    }))
  }

  async #readAll(topic: string) {
    const admin = this.kafka.admin()
    const [description] = await admin.describeTopics([topic]).catch(() => [])
    const consumer = this.kafka.consumer({ autoOffsetReset: 'earliest', maxPollRecords: 1_000_000 })
    const records = []
    if (description) {
      consumer.assign(description.partitions.map(({ partition }) => ({ topic, partition })))
      for (let polled = await consumer.poll({ timeoutMs: 0 }); polled.length > 0; ) {
        records.push(...polled)
        polled = await consumer.poll({ timeoutMs: 0 })
      }
    }
    await consumer.close()
    return records
  }

  async #produce(): Promise<void> {
    const count = 1 + this.#random.integer(8)
    for (let i = 0; i < count; i++) {
      const key = `k${this.#random.integer(KEYS)}`
      const sequence = (this.#sequences.get(key) ?? 0) + 1
      this.#sequences.set(key, sequence)
      const { partition, offset } = await this.#producer.send({ topic: TOPIC, key, value: String(sequence) })
      this.acknowledged.set(`${partition}@${offset}`, { key, sequence })
    }
    this.transcript.push(`${count} records are sent`)
  }

  #join(groupId = GROUPS[this.#random.integer(2)] ?? 'left'): void {
    const name = `m${++this.#born}`
    const own = (partitions: readonly TopicPartition[]) => this.#own(member, partitions)
    const consumer = this.kafka.consumer({
      groupId,
      clientId: name,
      topics: [TOPIC],
      autoOffsetReset: 'earliest',
      enableAutoCommit: this.#random.integer(2) === 0,
      maxPollRecords: 1 + this.#random.integer(20),
      maxPollIntervalMs: 30_000,
      onPartitionsAssigned: own,
    })
    const member: Member = { name, groupId, consumer, polling: null }
    this.#members.push(member)
    this.transcript.push(`${name} comes into ${groupId}`)
  }

  #own({ name, groupId, consumer }: Member, partitions: readonly TopicPartition[]): void {
    const { generation } = consumer.groupMetadata()
    for (const { partition } of partitions) {
      const place = `${groupId}/${generation}/${partition}`
      const other = this.owners.get(place)
      if (other !== undefined && other !== name) this.problems.push(`${place} is owned by ${other} and ${name}`)
      this.owners.set(place, name)
    }
    this.transcript.push(`${name} owns ${partitions.map(({ partition }) => partition)} in generation ${generation}`)
  }

  #poll(): void {
    const member = this.#any()
    if (member) this.#beginPoll(member, this.#random.integer(5_000))
  }

  #beginPoll(member: Member, timeoutMs: number): void {
    if (member.polling) return
    member.polling = member.consumer
      .poll({ timeoutMs })
      .then((records) => {
        for (const { partition, offset, key, value } of records) {
          const { groupId, name } = member
          const sequence = Number(value)
          this.delivered.push({ groupId, member: name, partition, offset, key: String(key), sequence })
        }
        if (records.length > 0) this.transcript.push(`${member.name} gets ${records.length} records`)
      })
      .catch((error: unknown) => {
        this.problems.push(`the poll of ${member.name} failed: ${String(error)}`)
      })
      .finally(() => {
        member.polling = null
      })
  }

  async #commit(): Promise<void> {
    const member = this.#any()
    if (member) await this.#tryCommit(member)
  }

  async #tryCommit({ name, consumer }: Member): Promise<void> {
    const outcome = await consumer.commit().then(
      () => 'commits',
      (error: { code: string }) => `may not commit: ${error.code}`,
    )
    this.transcript.push(`${name} ${outcome}`)
  }

  async #leave(): Promise<void> {
    const member = this.#remove()
    if (!member) return
    this.transcript.push(`${member.name} leaves`)
    await member.consumer.close()
  }

  #crash(): void {
    const member = this.#remove()
    if (!member) return
    this.transcript.push(`${member.name} crashes`)
    crash(member.consumer)
  }

  async #pass(ms: number): Promise<void> {
    this.transcript.push(`${ms} ms pass`)
    await this.clock.advance(ms)
  }

  #any(): Member | undefined {
    return this.#members[this.#random.integer(Math.max(1, this.#members.length))]
  }

  #remove(): Member | undefined {
    const member = this.#any()
    this.#members = this.#members.filter((each) => each !== member)
    return member
  }
}

function asRecord(key: Payload, value: Payload) {
  if (!(key instanceof Uint8Array) || typeof value === 'string') throw new Error('a record that is not bytes')
  decodeOffsetsRecord({ key, value })
  return { key, value }
}
