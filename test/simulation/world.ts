// A seeded world: two groups of consumers that come, go, crash, fall silent and come back, topics that come, go and grow,
// coordinators that are lost, and time that passes.
import { coordinatorPartition, Kafkalet } from 'kafkalet'
import { loseCoordinator, ManualClock } from 'kafkalet/testing'
import { insidesOf } from '../../src/kafkalet.ts'
import { seededRandom } from '../../src/random.ts'
import { Chance } from './chance.ts'
import { CommittedOffsets } from './committed-offsets.ts'
import { GroupPlan } from './group-plan.ts'
import { Member } from './member.ts'
import { Network } from './network.ts'
import { Ownership } from './ownership.ts'
import { Readings } from './readings.ts'
import { Story } from './story.ts'
import { WorldTopics } from './topics.ts'

const MOST_MEMBERS = 6
/** Rounds in which a group comes to rest by itself. */
const PATIENCE = 30
const OFFSETS_TOPIC = '__consumer_offsets'

export class World {
  readonly clock = new ManualClock()
  readonly story = new Story()
  readonly readings = new Readings(this.story)
  readonly offsets = new CommittedOffsets(this.story, (groupId) => this.ownership.groupOf(groupId))
  readonly kafka: Kafkalet
  readonly broker: NonNullable<ReturnType<typeof insidesOf>>['broker']
  readonly ownership: Ownership
  readonly topics: WorldTopics
  readonly plans: readonly GroupPlan[]
  members: Member[] = []
  readonly #chance: Chance
  readonly #network: Network
  readonly #offsetsPartitions: number
  /** Losses that wait for their moment: what calls each of them off. */
  readonly #armed = new Set<() => void>()
  #born = 0

  constructor(seed: number) {
    this.#chance = new Chance(seededRandom(seed))
    // In one partition, the groups share their coordinator.
    this.#offsetsPartitions = this.#chance.pick([1, 50])
    this.kafka = new Kafkalet({
      clock: this.clock,
      seed,
      config: {
        offsetsTopicNumPartitions: this.#offsetsPartitions,
        groupInitialRebalanceDelayMs: this.#chance.pick([0, 0, 3_000]),
      },
    })
    const broker = insidesOf(this.kafka)?.broker
    if (broker === undefined) throw new Error('an instance has a broker')
    this.broker = broker
    this.ownership = new Ownership(broker, this.story)
    this.topics = new WorldTopics(this.kafka, this.clock, this.#chance, this.story, this.offsets)
    this.#network = new Network(broker, this.offsets)
    this.plans = ['left', 'right'].map((groupId) => new GroupPlan(groupId, this.#chance))
  }

  async begin(): Promise<void> {
    for (const plan of this.plans) this.story.tell(plan.describe())
    await this.topics.begin()
  }

  async step(): Promise<void> {
    await this.#chance.act([
      [6, () => this.topics.send()],
      [12, () => this.#any()?.poll(this.#chance.below(5_000))],
      [4, () => this.#pollAll()],
      [3, () => this.#any()?.commit()],
      [4, () => (this.members.length < MOST_MEMBERS ? this.#join(this.#anyPlan()) : undefined)],
      [1, () => this.#leave(this.#any())],
      [1, () => this.#crash()],
      [1, () => this.#any()?.unsubscribe()],
      [2, () => this.#any()?.resubscribe()],
      [1, () => this.#any()?.seekBack()],
      [1, () => this.#any()?.commitLower()],
      [1, () => this.#any()?.pauseOrResume()],
      [1, () => this.#any()?.rebalance()],
      [1, () => this.#silence()],
      [2, () => this.#restore()],
      [1, () => this.#stall()],
      [2, () => this.#upgrade()],
      [2, () => this.#lose()],
      [1, () => this.#loseAtTheNextWrite()],
      [1, () => this.topics.createAnother()],
      [1, () => this.topics.delete()],
      [1, () => this.topics.grow()],
      [8, () => this.#pass(1 + this.#chance.below(3_000))],
      [1, () => this.#pass(20_000 + this.#chance.below(60_000))],
    ])
    await this.clock.settle()
  }

  /** Nothing fails any more, and everybody polls, until each group has read all there is; or for so long that it never will. */
  async drain(): Promise<void> {
    this.story.tell('from here on all goes well')
    for (const disarm of this.#armed) disarm()
    for (const client of this.#network.silentClients) this.#network.restore(client)
    for (let round = 0; round < 100 && !(round > 2 && this.isQuiet()); round++) {
      for (const fenced of this.members.filter(({ isFenced }) => isFenced)) this.#leave(fenced)
      for (const plan of this.plans) if (!this.#of(plan).some(({ readsAll }) => readsAll)) this.#join(plan, true)
      for (const member of this.members) {
        member.resubscribe()
        member.resume()
      }
      if (round === PATIENCE) this.#rebalanceStaticGroups()
      this.#pollAll(3_000)
      await this.#pass(3_500)
    }
    for (const member of this.members) member.commit()
    await this.clock.settle()
  }

  /** All partitions are owned and read, by members that are all in their group. */
  isQuiet(): boolean {
    return this.plans.every((plan) => this.unrest(plan).length === 0)
  }

  /** What is not as it should be in a group that is left in peace. */
  unrest(plan: GroupPlan): string[] {
    const { groupId } = plan
    const group = this.ownership.groupOf(groupId)
    const members = this.#of(plan)
    const owned = members.flatMap(({ consumer }) =>
      consumer.assignment.map(({ topic, partition }) => `${topic}-${partition}`),
    )
    const places = this.topics.all((topic) => plan.reads(topic))
    const expected = places.map(({ topic, partition }) => `${topic}-${partition}`)
    // A static member keeps the client id of its former self.
    const identities = [...(group?.members.values() ?? [])].map((each) => each.groupInstanceId ?? each.clientId)
    const behind = places.filter((place) => this.readings.end(groupId, place) < this.#end(place))
    return [
      ...(group?.state === 'Stable' ? [] : [`group ${groupId} is ${group?.state}`]),
      ...differing(
        `the members of ${groupId}`,
        identities,
        members.map(({ identity }) => identity),
      ),
      ...differing(`what the members of ${groupId} own`, owned, expected),
      ...behind.map(({ topic, partition }) => `group ${groupId} has not read all of ${topic}-${partition}`),
    ]
  }

  async end(): Promise<void> {
    let isClosed = false
    const closing = this.kafka.close().finally(() => {
      isClosed = true
    })
    await this.clock.settle()
    for (let round = 0; round < 60 && !isClosed; round++) await this.clock.advance(1_000)
    if (isClosed) await closing
    else this.story.problem('the instance does not close')
    await this.clock.settle()
    if (this.clock.timerCount > 0) this.story.problem(`${this.clock.timerCount} timers are left`)
  }

  /** A static leader that comes back does not notice what has changed about the topics meanwhile; nor does it in Kafka. */
  #rebalanceStaticGroups(): void {
    const hasStatic = (plan: GroupPlan) => this.#of(plan).some(({ instanceId }) => instanceId !== null)
    for (const member of this.members) if (hasStatic(member.plan) && member.isSubscribed) member.rebalance()
  }

  #end({ topic, partition }: { topic: string; partition: number }): number {
    return this.broker.topics.get(topic)?.partitions[partition]?.endOffset ?? 0
  }

  #of({ groupId }: GroupPlan): Member[] {
    return this.members.filter((each) => each.groupId === groupId)
  }

  #anyPlan(): GroupPlan {
    const [left, right] = this.plans
    if (left === undefined || right === undefined) throw new Error('there are two groups')
    return this.#chance.pick([left, right])
  }

  #any(): Member | undefined {
    return this.#chance.any(this.members)
  }

  #pollAll(timeoutMs = this.#chance.below(3_000)): void {
    for (const member of this.members) member.poll(timeoutMs)
  }

  /** A static member comes under an id that is free, or now and then under one that another one still has. */
  #join(plan: GroupPlan, readsAll = false): void {
    const name = `m${++this.#born}`
    const taken = new Set(this.#of(plan).map(({ instanceId }) => instanceId))
    const id = this.#chance.pick(plan.instanceIds)
    const isStatic = this.#chance.oneIn(2) && (!taken.has(id) || this.#chance.oneIn(3))
    this.story.tell(
      `${name} comes into ${plan.groupId}${isStatic ? ` as ${id}` : ''}, with ${plan.strategy.join(' or ')}`,
    )
    const { kafka, story, ownership, readings } = this
    const around = { kafka, story, ownership, readings, chance: this.#chance }
    this.members.push(new Member(name, plan, isStatic ? id : null, readsAll, around))
  }

  #leave(member: Member | undefined): void {
    if (member === undefined) return
    this.members = this.members.filter((each) => each !== member)
    void member.close()
  }

  #crash(): void {
    const member = this.#any()
    if (member === undefined) return
    this.members = this.members.filter((each) => each !== member)
    member.crash()
    this.#network.drop(member.name)
  }

  #silence(): void {
    const member = this.#any()
    if (member === undefined) return
    this.story.tell(`${member.name} falls silent`)
    this.#network.silence(member.name)
  }

  /** A member hangs while the others go on without it; what it says then comes too late. */
  async #stall(): Promise<void> {
    const member = this.#any()
    if (member === undefined) return
    this.story.tell(`${member.name} hangs`)
    this.#network.silence(member.name)
    member.commit()
    if (this.members.length < MOST_MEMBERS) this.#join(member.plan)
    for (let i = 0; i < 8; i++) {
      for (const other of this.members) if (other !== member) other.poll(4_000)
      await this.#pass(5_000)
    }
    this.story.tell(`${member.name} goes on`)
    this.#network.restore(member.name)
  }

  #restore(): void {
    const client = this.#chance.any(this.#network.silentClients)
    if (client === undefined) return
    this.story.tell(`${client} is heard again`)
    this.#network.restore(client)
  }

  /** One member after the other is replaced; when all are, the next stage begins. */
  #upgrade(): void {
    const plan = this.plans.find(({ isRolling }) => isRolling)
    if (plan === undefined) return
    const behind = this.#of(plan).find(({ stage }) => stage < plan.stage)
    if (behind) {
      this.#leave(behind)
      this.#join(plan)
      return
    }
    const living = [...(this.ownership.groupOf(plan.groupId)?.members.values() ?? [])]
    const isReady = living.every(({ protocols }) => protocols.some(({ name }) => plan.nextStrategy.includes(name)))
    if (plan.nextStrategy.length === 0 || !isReady) return
    plan.stage++
    this.story.tell(`group ${plan.groupId} is upgraded to ${plan.strategy.join(' or ')}`)
  }

  #lose(): void {
    const { groupId } = this.#anyPlan()
    const loadMs = this.#chance.pick([0, 1 + this.#chance.below(5_000)])
    this.story.tell(`group ${groupId} loses its coordinator; the next one loads for ${loadMs} ms`)
    loseCoordinator(this.kafka, groupId, { loadMs })
  }

  #loseAtTheNextWrite(): void {
    const { groupId } = this.#anyPlan()
    const loadMs = this.#chance.pick([0, 1 + this.#chance.below(2_000)])
    const own = coordinatorPartition(groupId, this.#offsetsPartitions)
    this.story.tell(`group ${groupId} is to lose its coordinator with the next write`)
    const lose = ({ topic, partition }: { readonly topic: string; readonly partition: number }) => {
      if (topic !== OFFSETS_TOPIC || partition !== own) return
      disarm()
      this.story.tell(`group ${groupId} loses its coordinator before it answers; the next one loads for ${loadMs} ms`)
      loseCoordinator(this.kafka, groupId, { loadMs })
    }
    const disarm = () => {
      this.kafka.events.off('recordsAppended', lose)
      this.#armed.delete(disarm)
    }
    this.kafka.events.on('recordsAppended', lose)
    this.#armed.add(disarm)
  }

  async #pass(ms: number): Promise<void> {
    this.story.tell(`${ms} ms pass`)
    await this.clock.advance(ms)
  }
}

function differing(what: string, found: readonly string[], expected: readonly string[]): string[] {
  const [a, b] = [found, expected].map((names) => [...names].sort().join(' '))
  return a === b ? [] : [`${what} are ${a || 'nobody'}, and should be ${b || 'nobody'}`]
}
