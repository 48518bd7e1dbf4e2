// Consumers of one group on a broker whose requests are written down, and can be refused: what each member sends and is
// told, as a transcript.
import type { ConsumerOptions, TopicPartition } from 'kafkalet'
import { ManualClock } from 'kafkalet/testing'
import type { ApiName, BrokerSeam, RequestContext, RequestOf, ResponseOf } from '../../src/broker/api.ts'
import { Broker } from '../../src/broker/broker.ts'
import { type BrokerConfig, brokerConfigs } from '../../src/broker/configs.ts'
import type { ClientHost } from '../../src/clients/connection.ts'
import { EmbeddedConsumer } from '../../src/clients/consumer/embedded-consumer.ts'
import type { AnyTopics } from '../../src/clients/topic.ts'
import { readConfig } from '../../src/config.ts'
import { ErrorCode, type ErrorName } from '../../src/errors.ts'
import type { Assignor, AssignorMember, MemberAssignment } from '../../src/groups/assignors/assignor.ts'
import { RecordBatch } from '../../src/log/record-batch.ts'
import { seededRandom } from '../../src/random.ts'

export type TestConsumer = EmbeddedConsumer<AnyTopics, string>

interface Sent {
  readonly client: string
  readonly api: ApiName
  readonly request: unknown
}

export class ConsumerWorld implements BrokerSeam {
  /** What is sent is written down. */
  readonly isWatched = true
  readonly clock = new ManualClock()
  readonly broker: Broker
  /** What the members' callbacks were told, in order. */
  readonly told: string[] = []
  /** The group requests that were sent, in order. */
  readonly sent: Sent[] = []
  readonly #host: ClientHost
  readonly #refusals: { api: ApiName; error: ErrorName; times: number }[] = []
  readonly #consumers: TestConsumer[] = []

  constructor(topics: Readonly<Record<string, number>> = { t: 4 }, config: BrokerConfig = {}) {
    const random = seededRandom(1)
    this.broker = new Broker({ clock: this.clock, random, config: readConfig(brokerConfigs, config, 'test') })
    for (const [name, numPartitions] of Object.entries(topics)) this.createTopic(name, numPartitions)
    const { events } = this.broker
    this.#host = { seam: this, clock: this.clock, random, events, declared: null, closed: () => {} }
  }

  createTopic(name: string, numPartitions: number): void {
    this.broker.createTopic({ name, numPartitions, replicationFactor: 1, configs: [] })
  }

  append(topic: string, partition: number, ...values: string[]): void {
    const log = this.broker.topics.get(topic)?.partitions[partition]
    if (log === undefined) throw new Error(`there is no ${topic}-${partition}`)
    for (const value of values) {
      const batch = new RecordBatch()
      batch.push(null, value, this.clock.now())
      this.broker.append(log, batch, 'client')
    }
  }

  /** A member of group g that tells what its callbacks are told. */
  member(name: string, options: ConsumerOptions & { topics?: readonly string[] | RegExp } = {}): TestConsumer {
    const tell = (what: string) => (partitions: readonly TopicPartition[]) =>
      void this.told.push(`${name} ${what}[${placesOf(partitions)}]`)
    const consumer = new EmbeddedConsumer<AnyTopics, string>(
      this.#host,
      {
        groupId: 'g',
        topics: ['t'],
        autoOffsetReset: 'earliest',
        enableAutoCommit: false,
        onPartitionsAssigned: tell('+'),
        onPartitionsRevoked: tell('-'),
        onPartitionsLost: tell('lost '),
        ...options,
      },
      name,
    )
    this.#consumers.push(consumer)
    return consumer
  }

  /** Polls of all members at once, again and again for as long. */
  async settle(members: readonly TestConsumer[], forMs = 8_000, stepMs = 1_000) {
    const records = []
    for (let passedMs = 0; passedMs < forMs; passedMs += stepMs) {
      const polls = Promise.all(members.map((each) => each.poll({ timeoutMs: stepMs })))
      polls.catch(() => {})
      await this.clock.advance(stepMs)
      records.push(...(await polls).flat())
    }
    return records
  }

  /** What was told since this was last asked. */
  news(): string[] {
    return this.told.splice(0)
  }

  /** The requests of one kind since this was last asked, of one client. */
  requests<Api extends ApiName>(api: Api, client?: string): RequestOf<Api>[] {
    const found = this.sent.filter((each) => each.api === api && (client === undefined || each.client === client))
    return found.map(({ request }) => request as RequestOf<Api>)
  }

  apis(client: string): ApiName[] {
    return this.sent.filter((each) => each.client === client).map(({ api }) => api)
  }

  /** The next requests of this kind are answered with this error, and do not reach the broker. */
  refuse(api: ApiName, error: ErrorName, times = 1): void {
    this.#refusals.push({ api, error, times })
  }

  handle<Api extends ApiName>(
    api: Api,
    request: RequestOf<Api>,
    context: RequestContext,
  ): ResponseOf<Api> | Promise<ResponseOf<Api>> {
    if (groupApis.has(api)) this.sent.push({ client: context.clientId, api, request })
    const refusal = this.#refusals.find((each) => each.api === api && each.times > 0)
    if (refusal) {
      refusal.times--
      return refused(api, request, ErrorCode[refusal.error]) as ResponseOf<Api>
    }
    return this.broker.handle(api, request, context)
  }

  disconnect(connection: object): void {
    this.broker.disconnect(connection)
  }

  async end(): Promise<void> {
    for (const consumer of this.#consumers) consumer.crash()
    this.broker.close()
    await this.clock.settle()
  }
}

const groupApis: ReadonlySet<ApiName> = new Set([
  'FindCoordinator',
  'JoinGroup',
  'SyncGroup',
  'Heartbeat',
  'LeaveGroup',
  'OffsetCommit',
  'OffsetFetch',
])

/** As the broker would say it; fields that do not matter to a refusal are left out. */
function refused(api: ApiName, request: unknown, errorCode: number): unknown {
  const empty = { errorCode, errorMessage: null, memberId: '', members: [], assignment: new Uint8Array() }
  if (api === 'FindCoordinator') return { coordinators: [{ ...empty, key: 'g' }] }
  if (api === 'OffsetFetch') return { groups: [{ groupId: 'g', errorCode, topics: [] }] }
  if (api === 'JoinGroup') return { ...empty, memberId: (request as RequestOf<'JoinGroup'>).memberId }
  if (api !== 'OffsetCommit') return empty
  const topics = (request as RequestOf<'OffsetCommit'>).topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
  }))
  return { errorMessage: null, topics }
}

/** `0,1` of topic t; `u-0` of any other. */
export function placesOf(partitions: readonly TopicPartition[]): string {
  return partitions.map(({ topic, partition }) => (topic === 't' ? `${partition}` : `${topic}-${partition}`)).join(',')
}

export const owned = (...members: TestConsumer[]) => members.map(({ assignment }) => placesOf(assignment)).join(' | ')

/**
 * Cooperative, as simple as can be: the members in the order of their client ids take turns, and what another one still
 * owns is given to nobody until that one has given it up.
 */
export const takingTurns: Assignor = {
  name: 'taking-turns',
  supportedProtocols: ['cooperative', 'eager'],
  assign(members, partitionCounts) {
    const result = new Map<string, MemberAssignment & { partitions: Map<string, number[]> }>()
    for (const { memberId } of members) result.set(memberId, { partitions: new Map() })
    for (const [topic, count] of partitionCounts) {
      const takers = members
        .filter(({ subscription }) => subscription.topics.includes(topic))
        .sort((a, b) => (a.memberId < b.memberId ? -1 : 1))
      for (let partition = 0; partition < count; partition++) {
        const taker = takers[partition % takers.length]
        if (taker === undefined || isOwnedByAnother(members, taker, topic, partition)) continue
        const partitions = result.get(taker.memberId)?.partitions
        partitions?.set(topic, [...(partitions.get(topic) ?? []), partition])
      }
    }
    return result
  },
}

function isOwnedByAnother(
  members: readonly AssignorMember[],
  { memberId }: AssignorMember,
  topic: string,
  partition: number,
): boolean {
  const owner = members.find(({ subscription }) => subscription.ownedPartitions.get(topic)?.includes(partition))
  return owner !== undefined && owner.memberId !== memberId
}
