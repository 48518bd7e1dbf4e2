// The client's half of a group: join, assign as leader, sync, heartbeat, rejoin, leave.
// (Kafka: AbstractCoordinator and ConsumerCoordinator, eager protocol)

import type { JoinGroupResponse } from '../../broker/group-api.ts'
import type { TimerHandle } from '../../clock.ts'
import { ErrorCode, errorFrom, errorName } from '../../errors.ts'
import type { Assignor } from '../../groups/assignors/assignor.ts'
import {
  CONSUMER_PROTOCOL_TYPE,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../groups/subscription.ts'
import type { Connection } from '../connection.ts'
import { isThenable } from '../serde.ts'
import type { TopicPartition } from '../topic.ts'
import type { TopicCatalog } from '../topic-catalog.ts'

export interface MembershipConfig {
  readonly groupId: string
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly maxPollIntervalMs: number
  readonly assignors: readonly Assignor[]
}

export interface Joined {
  readonly partitions: readonly TopicPartition[]
  /** What the leader assigned by; only the leader knows. */
  readonly partitionCounts: ReadonlyMap<string, number> | null
}

type Outcome = { readonly joined: Joined } | { readonly error: unknown } | null

/** How long to wait before a coordinator that could not answer is asked again (retry.backoff.ms). */
const RETRY_BACKOFF_MS = 100
/** An id, a rebalance that another begins meanwhile: a few answers to a join are no reason to wait. */
const MOST_ATTEMPTS_AT_ONCE = 5

export class Membership {
  readonly config: MembershipConfig
  memberId = ''
  generation = -1
  /** The group has gone on without this member: what it owned is lost, not revoked. */
  isLost = false
  needsRejoin = true
  readonly #connection: Connection
  readonly #catalog: TopicCatalog
  readonly #notify: () => void
  #joining: Promise<void> | null = null
  #outcome: Outcome = null
  /** Raised when the membership begins anew; what belongs to an earlier one is ignored. */
  #life = 0
  #heartbeatTimer: TimerHandle | null = null
  #pollTimer: TimerHandle | null = null

  constructor(connection: Connection, catalog: TopicCatalog, config: MembershipConfig, notify: () => void) {
    this.#connection = connection
    this.#catalog = catalog
    this.config = config
    this.#notify = notify
  }

  get isMember(): boolean {
    return this.generation >= 0
  }

  get isJoining(): boolean {
    return this.#joining !== null
  }

  /** Nothing is left to do for this generation. */
  get isSettled(): boolean {
    return this.isMember && !this.needsRejoin && this.#joining === null && this.#outcome === null
  }

  /** Begins to join; `takeOutcome` has the result once the consumer was notified. */
  beginJoin(topics: readonly string[]): void {
    this.needsRejoin = false
    this.isLost = false
    this.#outcome = null
    this.#stopHeartbeats()
    const life = this.#life
    const done = (outcome: Outcome) => {
      if (life !== this.#life) return
      this.#joining = null
      this.#outcome = outcome
      this.#notify()
    }
    this.#joining = this.#join(topics, life).then(
      (joined) => done(joined && { joined }),
      (error: unknown) => done({ error }),
    )
  }

  /** The result of a join that has ended; throws what ended it. */
  takeOutcome(): Joined | null {
    const outcome = this.#outcome
    this.#outcome = null
    if (outcome === null) return null
    if ('error' in outcome) {
      this.needsRejoin = true
      throw outcome.error
    }
    return outcome.joined
  }

  /** What an answer says about this member: whether it is still one, and whether it has to join again. */
  learn(errorCode: ErrorCode): void {
    const name = errorName(errorCode)
    if (name === 'REBALANCE_IN_PROGRESS') this.#rejoin()
    else if (name === 'UNKNOWN_MEMBER_ID') this.#lose('')
    else if (name === 'ILLEGAL_GENERATION') this.#lose(this.memberId)
  }

  /** A poll begins: the application is alive. */
  pollBegins(): void {
    if (this.#pollTimer !== null) this.#connection.host.clock.clearTimeout(this.#pollTimer)
    this.#pollTimer = null
  }

  /** A poll has ended; without another one in max.poll.interval.ms the member leaves by itself. */
  pollEnds(): void {
    if (!this.isMember && !this.isJoining) return
    const leave = () => {
      this.#pollTimer = null
      void this.leave()
      this.isLost = true
    }
    this.#pollTimer = this.#connection.host.clock.setTimeout(leave, this.config.maxPollIntervalMs, { background: true })
  }

  /** Says goodbye, so that the others need not wait for the session to time out. */
  async leave(): Promise<void> {
    const { memberId } = this
    this.stop()
    this.needsRejoin = true
    if (memberId === '') return
    const members = [{ memberId, groupInstanceId: null }]
    await this.#connection.request('LeaveGroup', { groupId: this.config.groupId, members })
  }

  /** Stops without a word. */
  stop(): void {
    this.#life++
    this.#joining = null
    this.#outcome = null
    this.memberId = ''
    this.generation = -1
    this.#stopHeartbeats()
    this.pollBegins()
  }

  #rejoin(): void {
    this.needsRejoin = true
    this.#notify()
  }

  #lose(memberId: string): void {
    this.memberId = memberId
    this.generation = -1
    this.isLost = true
    this.#stopHeartbeats()
    this.#rejoin()
  }

  async #join(topics: readonly string[], life: number): Promise<Joined | null> {
    await this.#findCoordinator()
    for (let attempt = 1; life === this.#life; attempt++) {
      // A group that sends the member back again and again is given time, and so is everybody else.
      if (attempt > MOST_ATTEMPTS_AT_ONCE) await this.#backOff()
      const response = await this.#requestJoin(topics)
      if (life !== this.#life) return null
      if (response.errorCode === ErrorCode.NONE) {
        this.memberId = response.memberId
        const joined = await this.#sync(response, life)
        if (joined !== 'again') return joined
      } else {
        await this.#afterFailure(response.errorCode, response.errorMessage, response.memberId)
      }
    }
    return null
  }

  async #findCoordinator(): Promise<void> {
    const { coordinators } = await this.#connection.request('FindCoordinator', {
      keyType: 0,
      coordinatorKeys: [this.config.groupId],
    })
    const [coordinator] = coordinators
    if (coordinator && coordinator.errorCode !== ErrorCode.NONE) {
      throw errorFrom(coordinator.errorCode, coordinator.errorMessage)
    }
  }

  #requestJoin(topics: readonly string[]): JoinGroupResponse | Promise<JoinGroupResponse> {
    const subscription = encodeSubscription({
      topics,
      userData: null,
      ownedPartitions: new Map(),
      generationId: this.generation,
      rackId: null,
    })
    return this.#connection.request('JoinGroup', {
      groupId: this.config.groupId,
      sessionTimeoutMs: this.config.sessionTimeoutMs,
      rebalanceTimeoutMs: this.config.maxPollIntervalMs,
      memberId: this.memberId,
      groupInstanceId: null,
      protocolType: CONSUMER_PROTOCOL_TYPE,
      protocols: this.config.assignors.map(({ name }) => ({ name, metadata: subscription })),
    })
  }

  async #sync(join: JoinGroupResponse, life: number): Promise<Joined | null | 'again'> {
    const led = join.leader === join.memberId ? await this.#assign(join) : null
    if (life !== this.#life) return null
    const response = await this.#connection.request('SyncGroup', {
      groupId: this.config.groupId,
      generationId: join.generationId,
      memberId: join.memberId,
      groupInstanceId: null,
      protocolType: join.protocolType,
      protocolName: join.protocolName,
      assignments: led?.assignments ?? [],
    })
    if (life !== this.#life) return null
    if (response.errorCode !== ErrorCode.NONE) {
      await this.#afterFailure(response.errorCode, response.errorMessage, join.memberId)
      return 'again'
    }
    this.generation = join.generationId
    this.#beatLater()
    const assigned = [...decodeAssignment(response.assignment).partitions]
    const partitions = assigned.flatMap(([topic, numbers]) => numbers.map((partition) => ({ topic, partition })))
    return { partitions, partitionCounts: led?.partitionCounts ?? null }
  }

  /** The leader's part: what every member gets. */
  async #assign({ protocolName, members }: JoinGroupResponse) {
    const assignor = this.config.assignors.find(({ name }) => name === protocolName)
    if (assignor === undefined) throw new Error(`the group chose '${protocolName}', which was not offered`)
    const subscribers = members.map(({ memberId, groupInstanceId, metadata }) => ({
      memberId,
      groupInstanceId,
      subscription: decodeSubscription(metadata),
    }))
    const topics = [...new Set(subscribers.flatMap(({ subscription }) => subscription.topics))]
    const known = await this.#catalog.refresh(topics)
    const partitionCounts = new Map(topics.map((topic) => [topic, known.get(topic)?.partitionCount ?? 0]))
    const assignments = [...assignor.assign(subscribers, partitionCounts)].map(
      ([memberId, { partitions, userData = null }]) => ({
        memberId,
        assignment: encodeAssignment({ partitions, userData }),
      }),
    )
    return { assignments, partitionCounts }
  }

  /** Prepares the next try, or throws what trying again cannot mend. */
  async #afterFailure(errorCode: ErrorCode, errorMessage: string | null, memberId: string): Promise<void> {
    const name = errorName(errorCode)
    if (name === 'MEMBER_ID_REQUIRED') {
      this.memberId = memberId
    } else if (name === 'UNKNOWN_MEMBER_ID' || name === 'ILLEGAL_GENERATION') {
      if (name === 'UNKNOWN_MEMBER_ID') this.memberId = ''
      this.generation = -1
    } else if (name !== 'REBALANCE_IN_PROGRESS') {
      const error = errorFrom(errorCode, errorMessage)
      if (!error.retriable) throw error
      await this.#backOff()
    }
  }

  #backOff(): Promise<void> {
    return new Promise((resolve) => {
      this.#connection.host.clock.setTimeout(resolve, RETRY_BACKOFF_MS)
    })
  }

  #beatLater(): void {
    this.#stopHeartbeats()
    const { clock } = this.#connection.host
    const beat = () => void this.#beat(this.#life)
    this.#heartbeatTimer = clock.setTimeout(beat, this.config.heartbeatIntervalMs, { background: true })
  }

  async #beat(life: number): Promise<void> {
    this.#heartbeatTimer = null
    const answer = this.#connection.request('Heartbeat', {
      groupId: this.config.groupId,
      generationId: this.generation,
      memberId: this.memberId,
      groupInstanceId: null,
    })
    const { errorCode } = isThenable(answer) ? await answer : answer
    if (life !== this.#life || !this.isMember) return
    this.learn(errorCode)
    if (this.isMember && !this.isJoining) this.#beatLater()
  }

  #stopHeartbeats(): void {
    if (this.#heartbeatTimer !== null) this.#connection.host.clock.clearTimeout(this.#heartbeatTimer)
    this.#heartbeatTimer = null
  }
}
