// A seeded world: two groups of consumers that come, go, crash, fall silent and come back, topics that come, go and grow,
// coordinators that are lost, and time that passes.
import type { Kafkalet } from 'kafkalet'
import { type Act, type Chance, type Simulation, type SimulationAction, watchOwners } from 'kafkalet/testing'
import { insidesOf } from '../../src/kafkalet.ts'
import { CommittedOffsets } from './committed-offsets.ts'
import { GroupPlan } from './group-plan.ts'
import { type Identity, Member } from './member.ts'
import { Network } from './network.ts'
import { Ownership } from './ownership.ts'
import { Readings } from './readings.ts'
import type { Story } from './story.ts'
import { WorldTopics } from './topics.ts'

const MOST_MEMBERS = 6
/** Rounds in which a group comes to rest by itself. */
const PATIENCE = 30

export class World {
  readonly kafka: Kafkalet
  readonly broker: NonNullable<ReturnType<typeof insidesOf>>['broker']
  readonly story: Story
  readonly readings: Readings
  readonly offsets: CommittedOffsets
  readonly ownership: Ownership
  readonly topics: WorldTopics
  readonly plans: readonly GroupPlan[]
  readonly actions: Readonly<Record<string, SimulationAction>>
  members: Member[] = []
  readonly #clock: Simulation['clock']
  readonly #network: Network
  #born = 0

  constructor({ kafka, clock, chance, ...story }: Simulation) {
    this.kafka = kafka
    this.#clock = clock
    this.story = story
    const broker = insidesOf(kafka)?.broker
    if (broker === undefined) throw new Error('an instance has a broker')
    this.broker = broker
    this.readings = new Readings(story)
    this.offsets = new CommittedOffsets(story, (groupId) => this.ownership.groupOf(groupId))
    this.ownership = new Ownership(broker, story)
    watchOwners(kafka, story.problem)
    this.topics = new WorldTopics(kafka, clock, story, this.offsets)
    this.#network = new Network(broker, this.offsets)
    this.plans = ['left', 'right'].map((groupId) => new GroupPlan(groupId, chance))
    this.actions = this.#actions()
  }

  async begin(chance: Chance): Promise<this> {
    for (const plan of this.plans) this.story.tell(plan.describe())
    await this.topics.begin(chance)
    return this
  }

  #actions(): Record<string, SimulationAction> {
    const { topics } = this
    /** Of one of the members, if there is one. */
    const of = (act: (member: Member, chance: Chance) => unknown): Act => {
      return (chance) => {
        const member = chance.anyOf(this.members)
        return member ? act(member, chance) : false
      }
    }
    return {
      'records are sent': { weight: 6, act: (chance) => topics.send(chance) },
      'a member polls': { weight: 12, act: of((member, chance) => member.poll(chance.below(5_000))) },
      'all poll': { weight: 4, act: (chance) => this.#pollAll(chance.below(3_000)) },
      'a member commits': { weight: 3, act: of((member) => member.commit()) },
      'a member joins': { weight: 4, act: (chance) => this.#joinAny(chance) },
      'a member leaves': of((member) => this.#leave(member)),
      'a member crashes': of((member) => this.#crash(member)),
      'a member unsubscribes': of((member) => member.unsubscribe()),
      'a member subscribes again': { weight: 2, act: of((member) => member.resubscribe()) },
      'a member seeks back': of((member, chance) => member.seekBack(chance)),
      'a member commits what is long past': of((member, chance) => member.commitLower(chance)),
      'a member pauses or resumes': of((member, chance) => member.pauseOrResume(chance)),
      'a member asks for a rebalance': of((member) => member.rebalance()),
      'a member falls silent': of((member) => this.#silence(member)),
      'a silent member is heard again': { weight: 2, act: (chance) => this.#restore(chance) },
      'a member hangs': of((member, chance) => this.#stall(member, chance)),
      'a group is upgraded': { weight: 2, act: (chance) => this.#upgrade(chance) },
      'a topic is created': (chance) => topics.createAnother(chance),
      'a topic is deleted': (chance) => topics.delete(chance),
      'a topic grows': (chance) => topics.grow(chance),
    }
  }

  /** Nothing fails any more, and everybody polls, until each group has read all there is; or for so long that it never will. */
  async drain(chance: Chance): Promise<void> {
    for (const client of this.#network.silentClients) this.#network.restore(client)
    for (let round = 0; round < 100 && !(round > 2 && this.isQuiet()); round++) {
      for (const fenced of this.members.filter(({ isFenced }) => isFenced)) this.#leave(fenced)
      for (const refused of this.members.filter(({ isRefused }) => isRefused)) {
        this.#leave(refused)
        this.#join(refused.plan, chance)
      }
      for (const plan of this.plans)
        if (!this.#of(plan).some(({ readsAll }) => readsAll)) this.#join(plan, chance, true)
      for (const member of this.members) {
        member.resubscribe()
        member.resume()
      }
      if (round === PATIENCE) this.#rebalanceStaticGroups()
      this.#pollAll(3_000)
      await this.#clock.advance(3_500)
    }
    for (const member of this.members) member.commit()
    await this.#clock.settle()
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

  #pollAll(timeoutMs: number): boolean {
    return this.members.filter((member) => member.poll(timeoutMs)).length > 0
  }

  #joinAny(chance: Chance): boolean {
    const plan = chance.pick(this.plans)
    if (this.members.length >= MOST_MEMBERS) return false
    this.#join(plan, chance)
    return true
  }

  /** A static member comes under an id that is free, or now and then under one that another one still has. */
  #join(plan: GroupPlan, chance: Chance, readsAll = false): void {
    const name = `m${++this.#born}`
    const taken = new Set(this.#of(plan).map(({ instanceId }) => instanceId))
    const id = chance.pick(plan.instanceIds)
    const isStatic = chance.oneIn(2) && (!taken.has(id) || chance.oneIn(3))
    this.story.tell(
      `${name} comes into ${plan.groupId}${isStatic ? ` as ${id}` : ''}, with ${plan.strategy.join(' or ')}`,
    )
    const identity: Identity = { name, plan, instanceId: isStatic ? id : null, readsAll }
    this.members.push(new Member(identity, chance, this))
  }

  #leave(member: Member): void {
    this.members = this.members.filter((each) => each !== member)
    void member.close()
  }

  #crash(member: Member): void {
    this.members = this.members.filter((each) => each !== member)
    member.crash()
    this.#network.drop(member.name)
  }

  #silence(member: Member): void {
    this.story.tell(`${member.name} falls silent`)
    this.#network.silence(member.name)
  }

  /** A member hangs while the others go on without it; what it says then comes too late. */
  async #stall(member: Member, chance: Chance): Promise<void> {
    this.story.tell(`${member.name} hangs`)
    this.#network.silence(member.name)
    member.commit()
    if (this.members.length < MOST_MEMBERS) this.#join(member.plan, chance)
    for (let i = 0; i < 8; i++) {
      for (const other of this.members) if (other !== member) other.poll(4_000)
      await this.#clock.advance(5_000)
    }
    this.story.tell(`${member.name} goes on`)
    this.#network.restore(member.name)
  }

  #restore(chance: Chance): boolean {
    const client = chance.anyOf(this.#network.silentClients)
    if (client === undefined) return false
    this.story.tell(`${client} is heard again`)
    this.#network.restore(client)
    return true
  }

  /** One member after the other is replaced; when all are, the next stage begins. */
  #upgrade(chance: Chance): boolean {
    const plan = this.plans.find(({ isRolling }) => isRolling)
    if (plan === undefined) return false
    const behind = this.#of(plan).find(({ stage }) => stage < plan.stage)
    if (behind) {
      this.#leave(behind)
      this.#join(plan, chance)
      return true
    }
    const living = [...(this.ownership.groupOf(plan.groupId)?.members.values() ?? [])]
    const isReady = living.every(({ protocols }) => protocols.some(({ name }) => plan.nextStrategy.includes(name)))
    if (plan.nextStrategy.length === 0 || !isReady) return false
    plan.stage++
    this.story.tell(`group ${plan.groupId} is upgraded to ${plan.strategy.join(' or ')}`)
    return true
  }
}

function differing(what: string, found: readonly string[], expected: readonly string[]): string[] {
  const [a, b] = [found, expected].map((names) => [...names].sort().join(' '))
  return a === b ? [] : [`${what} are ${a || 'nobody'}, and should be ${b || 'nobody'}`]
}
