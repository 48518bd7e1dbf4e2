// One group and its coordinator in a broker of its own: requests are sent by named clients, time is told to pass, and
// everything that can be seen is told in the words of test/vectors/coordinator-scenarios.json.
import { ManualClock } from 'kafkalet/testing'
import type { ApiName, RequestOf, ResponseOf } from '../../src/broker/api.ts'
import { Broker } from '../../src/broker/broker.ts'
import { brokerConfigs } from '../../src/broker/configs.ts'
import { readConfig } from '../../src/config.ts'
import type { ClassicGroup, Member } from '../../src/groups/group.ts'
import { coordinatorPartition } from '../../src/groups/group-partition.ts'
import type { MemberIdentity } from '../../src/groups/member-identity.ts'
import type { PartitionLog } from '../../src/log/partition-log.ts'
import { seededRandom } from '../../src/random.ts'
import { asJson, describeRecord, rebuiltView, recordsFrom } from './offsets-log.ts'

const TOPICS = { orders: 4, payments: 4 }

/** The broker's configs by Kafka's names, values as text. */
export type KafkaConfig = Readonly<Record<string, string>>

export class GroupWorld {
  readonly groupId: string
  readonly clock = new ManualClock()
  readonly broker: Broker
  /** Client → the member id it was given. */
  readonly memberIds = new Map<string, string>()
  readonly #startMs = this.clock.now()
  /** The labels of requests that wait for their answer. */
  readonly #waiting = new Set<string>()
  readonly #answers: string[] = []
  #seenOffset = 0

  constructor(groupId = 'grp', config: KafkaConfig = {}) {
    this.groupId = groupId
    // Kafka ran with its default, which is not ours.
    const given = { groupInitialRebalanceDelayMs: 3000, ...camelCased(config) }
    const random = seededRandom(2)
    this.broker = new Broker({ clock: this.clock, random, config: readConfig(brokerConfigs, given, 'test') })
    for (const [name, numPartitions] of Object.entries(TOPICS)) {
      this.broker.createTopic({ name, numPartitions, replicationFactor: 1, configs: [] })
    }
  }

  get elapsedMs(): number {
    return this.clock.now() - this.#startMs
  }

  /** The partition of `__consumer_offsets` that the group belongs to. */
  get log(): PartitionLog {
    const { partitions } = this.broker.offsetsTopic()
    const log = partitions[coordinatorPartition(this.groupId, partitions.length)]
    if (log === undefined) throw new Error(`no partition of __consumer_offsets for ${this.groupId}`)
    return log
  }

  /** Sends the request and goes on; its answer is among the `answers` once it has come. */
  send<Api extends ApiName>(
    label: string,
    api: Api,
    request: RequestOf<Api>,
    tell: (response: ResponseOf<Api>) => string,
    apiVersion?: number,
  ): void {
    const connection = { clientId: 'client', clientHost: '/127.0.0.1', connection: this }
    const context = apiVersion === undefined ? connection : { ...connection, apiVersion }
    this.#waiting.add(label)
    const answered = (answer: string) => this.#waiting.delete(label) && this.#answers.push(`${label} -> ${answer}`)
    Promise.resolve(this.broker.handle(api, request, context)).then((response) => answered(tell(response)), answered)
  }

  /** The coordinator is lost with all that it had not written; whoever waited for it gives up. */
  async failOver(): Promise<void> {
    this.#waiting.clear()
    this.broker.groups.lose(this.groupId)
    await this.clock.settle()
  }

  /** What was answered since this was last asked, by label: Kafka answers in the order of a hash map. */
  async answers(): Promise<string[]> {
    await this.clock.settle()
    return this.#answers.splice(0).sort()
  }

  /** Labels in the order in which they were sent. */
  get stillWaiting(): string[] {
    return [...this.#waiting]
  }

  /** The records written to the group's partition since this was last asked. */
  appended(): string[] {
    const records = recordsFrom(this.log, this.#seenOffset)
    this.#seenOffset = this.log.endOffset
    return records.map((record) => describeRecord(record, (memberId) => this.nameOf(memberId)))
  }

  describeGroup(): string {
    const group = this.broker.groups.look<ClassicGroup | string | undefined>(
      this.groupId,
      (shard, nowMs) => shard.group(this.groupId, nowMs),
      (error) => error,
    )
    if (group === undefined) return '(group absent)'
    if (typeof group === 'string') return `(${group})`
    const members = [...group.members.values()].map((member) => this.nameWithInstance(member) + whatItWaitsFor(member))
    return (
      `state=${group.state} generation=${group.generation} leader=${this.nameOf(group.leaderId)} ` +
      `protocol=${group.protocolName} members=[${members.sort().join(', ')}] pendingJoin=${group.pendingJoins.size}`
    )
  }

  /** The coordinator's durable state, as JSON. */
  liveView(): unknown {
    return this.broker.groups.look(
      this.groupId,
      ({ view }) => asJson(view),
      (error) => error,
    )
  }

  /** The same, made anew from the topic. */
  rebuiltView(): unknown {
    return rebuiltView(this.log)
  }

  /** `id(A)` for the member id that client A was given. */
  nameOf(memberId: string | null): string {
    for (const [client, id] of this.memberIds) if (id === memberId) return `id(${client})`
    return memberId === '' ? "''" : String(memberId)
  }

  /** `id(A)/i1` for a static member. */
  nameWithInstance({ memberId, groupInstanceId }: MemberIdentity): string {
    return this.nameOf(memberId) + (groupInstanceId === null ? '' : `/${groupInstanceId}`)
  }

  /** Client A got the member id; `id(A#2)` is what its second life is called, where the first one had an id too. */
  learnMemberId(label: string, client: string, memberId: string): void {
    const life = /#\d+$/.exec(label)?.[0] ?? ''
    this.memberIds.set(this.memberIds.has(client) ? client + life : client, memberId)
  }

  /** The other way round. */
  memberIdOf(name: string): string {
    const client = /^id\(([\w#]+)\)$/.exec(name)?.[1]
    if (client === undefined) return name === "''" ? '' : name
    const memberId = this.memberIds.get(client)
    if (memberId === undefined) throw new Error(`client ${client} has no member id`)
    return memberId
  }
}

function whatItWaitsFor({ awaitingJoin, awaitingSync }: Member): string {
  return `${awaitingJoin ? '*join' : ''}${awaitingSync ? '*sync' : ''}`
}

function camelCased(config: KafkaConfig): Record<string, number> {
  const camelCase = (name: string) => name.replace(/\.(\w)/g, (_, letter: string) => letter.toUpperCase())
  return Object.fromEntries(Object.entries(config).map(([name, value]) => [camelCase(name), Number(value)]))
}
