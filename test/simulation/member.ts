// One consumer of a group: what it does goes on by itself, and what comes of it is told.
import type { ConsumerOptions, ConsumerRecord, Kafkalet, TopicPartition } from 'kafkalet'
import { type Chance, crash } from 'kafkalet/testing'
import type { GroupPlan } from './group-plan.ts'
import { type Ownership, placeOf } from './ownership.ts'
import type { Readings } from './readings.ts'
import type { Story } from './story.ts'

export interface Surroundings {
  readonly kafka: Kafkalet
  readonly story: Story
  readonly ownership: Ownership
  readonly readings: Readings
}

/** Who a member is. */
export interface Identity {
  readonly name: string
  readonly plan: GroupPlan
  readonly instanceId: string | null
  readonly readsAll: boolean
}

/** Whoever commits must live with these: the group has gone on, or the topic is gone. */
const commitErrors: ReadonlySet<string> = new Set([
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
  'REQUEST_TIMED_OUT',
  'UNKNOWN_TOPIC_OR_PARTITION',
  'ILLEGAL_STATE',
])

export class Member {
  readonly name: string
  readonly plan: GroupPlan
  readonly instanceId: string | null
  /** Of the group's upgrade, when this member was started. */
  readonly stage: number
  readonly readsAll: boolean
  readonly consumer: ReturnType<Kafkalet['consumer']>
  isFenced = false
  /** Of a group that is upgraded: it has no assignor that the others still have. */
  isRefused = false
  isSubscribed = true
  readonly #topics: readonly string[] | RegExp
  readonly #around: Surroundings
  readonly #commitsWhenRevoked: boolean
  #isPolling = false
  #isUnsubscribing = false

  constructor({ name, plan, instanceId, readsAll }: Identity, chance: Chance, around: Surroundings) {
    const { kafka } = around
    this.name = name
    this.plan = plan
    this.instanceId = instanceId
    this.stage = plan.stage
    this.#around = around
    this.#topics = plan.topics(chance, readsAll)
    this.readsAll = this.#topics instanceof RegExp || this.#topics.length > 1
    this.#commitsWhenRevoked = chance.oneIn(2)
    this.consumer = kafka.consumer({
      ...this.#options(chance),
      topics: this.#topics,
      onPartitionsAssigned: (partitions) => this.#assigned(partitions),
      onPartitionsRevoked: (partitions) => this.#gone('revoked', partitions),
      onPartitionsLost: (partitions) => this.#gone('lost', partitions),
    })
    around.ownership.born(this)
  }

  get groupId(): string {
    return this.plan.groupId
  }

  /** What stays through the restart of a static member. */
  get identity(): string {
    return this.instanceId ?? this.name
  }

  get mayPoll(): boolean {
    return this.isSubscribed && !this.isFenced && !this.#isPolling && !this.#isUnsubscribing
  }

  poll(timeoutMs: number): boolean {
    if (!this.mayPoll) return false
    this.#isPolling = true
    void this.#poll(timeoutMs).finally(() => {
      this.#isPolling = false
    })
    return true
  }

  commit(offsets?: readonly (TopicPartition & { readonly offset: number })[]): void {
    void this.#commit(offsets)
  }

  seekBack(chance: Chance): boolean {
    const place = chance.anyOf(this.consumer.assignment)
    if (place === undefined) return false
    const offset = this.#around.readings.anyRead(this.groupId, place, chance)
    this.#tell(`seeks ${placeOf(place)} back to ${offset ?? 'its beginning'}`)
    this.consumer.seek(place, offset ?? 'beginning')
    return true
  }

  /** Commits again what the group has read long ago. */
  commitLower(chance: Chance): boolean {
    const place = chance.anyOf(this.consumer.assignment)
    const offset = place && this.#around.readings.anyRead(this.groupId, place, chance)
    if (place === undefined || offset === undefined) return false
    this.commit([{ ...place, offset }])
    return true
  }

  pauseOrResume(chance: Chance): boolean {
    const isPaused = this.consumer.paused().length > 0
    const place = chance.anyOf(this.consumer.assignment)
    if (isPaused) this.resume()
    else if (place === undefined) return false
    else {
      this.#tell(`pauses ${placeOf(place)}`)
      this.consumer.pause([place])
    }
    return true
  }

  resume(): void {
    this.consumer.resume(this.consumer.paused())
  }

  unsubscribe(): boolean {
    if (!this.isSubscribed || this.isFenced || this.#isUnsubscribing) return false
    this.#tell('unsubscribes')
    this.#isUnsubscribing = true
    this.isSubscribed = false
    void this.#end('unsubscribe', () => this.consumer.unsubscribe()).finally(() => {
      this.#isUnsubscribing = false
    })
    return true
  }

  resubscribe(): boolean {
    if (this.isSubscribed || this.#isUnsubscribing || this.#isPolling) return false
    this.#tell('subscribes again')
    this.isSubscribed = true
    this.consumer.subscribe(this.#topics)
    return true
  }

  rebalance(): void {
    this.#tell('asks for a rebalance')
    this.consumer.enforceRebalance()
  }

  async close(): Promise<void> {
    this.#tell('closes')
    await this.#end('close', () => this.consumer.close())
    this.#around.ownership.dead(this)
  }

  crash(): void {
    this.#tell('crashes')
    crash(this.consumer)
    this.#around.ownership.dead(this)
  }

  #options(chance: Chance): ConsumerOptions {
    return {
      groupId: this.groupId,
      ...(this.instanceId !== null && { groupInstanceId: this.instanceId }),
      clientId: this.name,
      partitionAssignmentStrategy: this.plan.strategy,
      autoOffsetReset: 'earliest',
      allowAutoCreateTopics: false,
      enableAutoCommit: chance.oneIn(2),
      maxPollRecords: 4 + chance.below(20),
      maxPollIntervalMs: 30_000,
      metadataMaxAgeMs: chance.pick([5_000, 30_000]),
      fetchMaxWaitMs: chance.pick([500, 5_000]),
    }
  }

  async #poll(timeoutMs: number): Promise<void> {
    try {
      const records = await this.consumer.poll({ timeoutMs })
      this.#around.readings.read(this.groupId, this.name, records as ConsumerRecord<string, string>[])
      if (records.length > 0) this.#tell(`gets ${records.length} records`)
    } catch (error) {
      const code = codeOf(error)
      this.#tell(`cannot poll: ${code}`)
      if (code === 'FENCED_INSTANCE_ID' && this.instanceId !== null) this.isFenced = true
      else if (code === 'INCONSISTENT_GROUP_PROTOCOL' && this.plan.isRolling) this.isRefused = true
      else this.#around.story.problem(`the poll of ${this.name} failed: ${String(error)}`)
    }
  }

  async #commit(offsets?: readonly (TopicPartition & { readonly offset: number })[]): Promise<void> {
    const what = offsets ? offsets.map((each) => `${placeOf(each)} as ${each.offset}`).join(', ') : 'its positions'
    try {
      await this.consumer.commit(offsets)
      this.#tell(`commits ${what}`)
    } catch (error) {
      const code = codeOf(error)
      this.#tell(`may not commit ${what}: ${code}`)
      if (!commitErrors.has(code)) this.#around.story.problem(`the commit of ${this.name} failed: ${String(error)}`)
    }
  }

  async #end(what: string, end: () => Promise<void>): Promise<void> {
    try {
      await end()
    } catch (error) {
      // A goodbye that the coordinator does not hear, or hears from one that is no member any more.
      const mayBe = ['REQUEST_TIMED_OUT', 'UNKNOWN_MEMBER_ID', 'ILLEGAL_STATE'].includes(codeOf(error))
      if (!mayBe) this.#around.story.problem(`${what} of ${this.name} failed: ${String(error)}`)
    }
  }

  #assigned(partitions: readonly TopicPartition[]): void {
    const { generation } = this.consumer.groupMetadata()
    this.#tell(`is given [${partitions.map(placeOf)}] in generation ${generation}`)
    this.#around.ownership.assigned(this, partitions)
  }

  async #gone(how: 'revoked' | 'lost', partitions: readonly TopicPartition[]): Promise<void> {
    this.#tell(`has [${partitions.map(placeOf)}] ${how}`)
    if (how === 'revoked' && this.#commitsWhenRevoked) await this.#commit()
    this.#around.ownership.gone(this, partitions)
  }

  #tell(what: string): void {
    this.#around.story.tell(`${this.name} ${what}`)
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
