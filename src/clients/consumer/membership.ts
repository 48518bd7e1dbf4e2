// The client's half of a group: join, sync, heartbeat, rejoin, leave.
// (Kafka: AbstractCoordinator, and ConsumerCoordinator where it speaks to the group)

import type { JoinGroupResponse, SyncGroupResponse } from '../../broker/group-api.ts'
import type { TimerHandle } from '../../clock.ts'
import { ErrorCode, errorFrom, errorName, type KafkaError } from '../../errors.ts'
import type { Assignor, LastAssignment, RebalanceProtocol } from '../../groups/assignors/assignor.ts'
import {
  type Assignment,
  CONSUMER_PROTOCOL_TYPE,
  decodeAssignment,
  encodeSubscription,
  type PartitionsByTopic,
} from '../../groups/subscription.ts'
import type { Connection } from '../connection.ts'
import type { CoordinatorRetry } from '../coordinator-retry.ts'
import type { TopicCatalog } from '../topic-catalog.ts'
import type { GroupMetadata } from './consumer.ts'
import { fenced } from './consumer-errors.ts'
import { Heartbeats } from './heartbeats.ts'
import { type Division, divide } from './leader.ts'
import { callbackFailed } from './rebalance-callbacks.ts'

export interface MembershipConfig {
  readonly groupId: string
  readonly groupInstanceId: string | null
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly maxPollIntervalMs: number
  readonly assignors: readonly Assignor[]
  readonly rebalanceProtocol: RebalanceProtocol
}

export interface Joined {
  readonly assignor: Assignor
  readonly assignment: Assignment
  /** What the leader divided by; only the leader knows. */
  readonly partitionCounts: ReadonlyMap<string, number> | null
}

/** What a member says of itself when it joins. */
export interface JoinIntent {
  readonly topics: readonly string[]
  readonly ownedPartitions: PartitionsByTopic
}

type Outcome = { readonly joined: Joined } | { readonly error: unknown } | null

/** An id, a rebalance that another begins meanwhile: a few answers to a join are no reason to wait. */
const MOST_ATTEMPTS_AT_ONCE = 5

export class Membership {
  readonly config: MembershipConfig
  readonly coordinator: CoordinatorRetry
  memberId = ''
  generation = -1
  /** As of the last assignment that was taken; it outlives the membership, as in Kafka. */
  metadata: GroupMetadata
  needsRejoin = true
  /** Before a join, what must not be kept through it is given back; once for each rebalance. */
  needsPrepare = true
  /** Another instance has taken the instance id. What every poll and commit throws from then on. */
  fencedBy: KafkaError | null = null
  readonly #connection: Connection
  readonly #catalog: TopicCatalog
  readonly #notify: () => void
  readonly #heartbeats: Heartbeats
  /** Assignor → what it was told last. It outlives what was assigned, as in Kafka. */
  readonly #last = new Map<string, LastAssignment>()
  #joining: Promise<void> | null = null
  #outcome: Outcome = null
  /** Ahead of `generation` while the assignment is awaited: through a join, what is owned is claimed in it, as in Kafka. */
  #joinedGeneration = -1
  /** Raised when the membership begins anew; what belongs to an earlier one is ignored. */
  #life = 0
  #pollTimer: TimerHandle | null = null

  constructor(
    connection: Connection,
    catalog: TopicCatalog,
    coordinator: CoordinatorRetry,
    config: MembershipConfig,
    notify: () => void,
  ) {
    this.#connection = connection
    this.#catalog = catalog
    this.coordinator = coordinator
    this.config = config
    this.metadata = this.#currentMetadata()
    this.#notify = notify
    this.#heartbeats = new Heartbeats(connection, coordinator, config, this)
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

  /** Begins to join; `outcome` has the result once the consumer was notified. */
  beginJoin(intent: JoinIntent): void {
    this.needsRejoin = false
    this.#outcome = null
    this.#heartbeats.stop()
    const life = this.#life
    const done = (outcome: Outcome) => {
      if (life !== this.#life) return
      this.#joining = null
      this.#outcome = outcome
      this.#notify()
    }
    this.#joining = this.#join(intent, life).then(
      (joined) => done(joined && { joined }),
      (error: unknown) => done({ error }),
    )
  }

  /** The result of a join that has ended, until it is `taken`; throws what ended it. */
  outcome(): Joined | null {
    const outcome = this.#outcome
    if (outcome === null) return null
    if ('joined' in outcome) {
      this.metadata = this.#currentMetadata()
      return outcome.joined
    }
    this.#outcome = null
    this.needsRejoin = true
    throw outcome.error
  }

  /** The assignment is in force, and everybody was told. */
  taken(): void {
    this.#outcome = null
    this.needsPrepare = true
  }

  /** The assignment is about to be in force: tells its assignor, and keeps for the next join what that was told. */
  tellAssignor({ assignor, assignment }: Joined): void {
    this.#last.set(assignor.name, { generation: this.generation, partitions: assignment.partitions })
    try {
      assignor.onAssignment?.(assignment, this.generation)
    } catch (cause) {
      throw callbackFailed(`onAssignment of the assignor '${assignor.name}'`, cause)
    }
  }

  /** What an answer says about this member: whether it is still one, and whether it has to join again. */
  learn(errorCode: ErrorCode): void {
    const name = errorName(errorCode)
    if (name === 'REBALANCE_IN_PROGRESS') this.requestRejoin()
    else if (name === 'UNKNOWN_MEMBER_ID') this.#lose('')
    else if (name === 'ILLEGAL_GENERATION') this.#lose(this.memberId)
    else if (name === 'FENCED_INSTANCE_ID') this.#fence()
  }

  requestRejoin(): void {
    this.needsRejoin = true
    this.#notify()
  }

  /** A poll begins: the application is alive. */
  pollBegins(): void {
    if (this.#pollTimer !== null) this.#connection.clock.clearTimeout(this.#pollTimer)
    this.#pollTimer = null
  }

  /** A poll has ended; without another one in max.poll.interval.ms the member leaves by itself. */
  pollEnds(): void {
    if (!this.isMember && !this.isJoining) return
    const leave = () => {
      this.#pollTimer = null
      if (this.fencedBy) return
      // Nobody waits for this goodbye: if it fails, the session times out.
      this.leave().catch(() => {})
    }
    this.#pollTimer = this.#connection.clock.setTimeout(leave, this.config.maxPollIntervalMs, { background: true })
  }

  /**
   * Says goodbye, so that the others need not wait for the session to time out. A static member does not: it may come
   * back, and is missed only when its session is over.
   */
  async leave(): Promise<void> {
    const { memberId } = this
    const { groupId, groupInstanceId } = this.config
    const isInGroup = this.isMember || this.isJoining
    this.stop()
    if (memberId === '' || groupInstanceId !== null || !isInGroup) return
    const members = [{ memberId, groupInstanceId: null }]
    await this.coordinator.ask('leave', async () => {
      const { errorCode } = await this.#connection.request('LeaveGroup', { groupId, members })
      if (errorCode !== ErrorCode.NONE) throw errorFrom(errorCode)
    })
  }

  /** Stops without a word; whoever polls again joins again. */
  stop(): void {
    this.#life++
    this.#joining = null
    this.#outcome = null
    this.memberId = ''
    this.#forgetGeneration()
    this.needsRejoin = true
    this.needsPrepare = true
    this.fencedBy = null
    this.#heartbeats.stop()
    this.pollBegins()
  }

  #currentMetadata(): GroupMetadata {
    const { groupId, groupInstanceId } = this.config
    return { groupId, generation: this.generation, memberId: this.memberId, groupInstanceId }
  }

  #lose(memberId: string): void {
    this.memberId = memberId
    this.#forgetGeneration()
    this.#outcome = null
    this.needsPrepare = true
    this.#heartbeats.stop()
    this.requestRejoin()
  }

  #forgetGeneration(): void {
    this.generation = -1
    this.#joinedGeneration = -1
  }

  #fence(): void {
    this.#lose('')
    this.fencedBy = fenced(this.config.groupId, this.config.groupInstanceId)
  }

  /** Null where poll must first give up what is lost, or nobody wants the result any more. */
  async #join(intent: JoinIntent, life: number): Promise<Joined | null> {
    for (let attempt = 1; life === this.#life; attempt++) {
      // A group that sends the member back again and again is given time, and so is everybody else.
      if (attempt > MOST_ATTEMPTS_AT_ONCE) await this.#backOff()
      const joined = await this.#tryToJoin(intent, life)
      if (joined !== 'again') return joined
      if (life === this.#life && !this.isMember && intent.ownedPartitions.size > 0) {
        this.#lose(this.memberId)
        return null
      }
    }
    return null
  }

  async #tryToJoin(intent: JoinIntent, life: number): Promise<Joined | null | 'again'> {
    try {
      await this.coordinator.find()
      if (life !== this.#life) return null
      const response = await this.#requestJoin(intent)
      if (life !== this.#life) return null
      if (response.errorCode === ErrorCode.NONE) {
        this.memberId = response.memberId
        this.#joinedGeneration = response.generationId
        return await this.#sync(response, life)
      }
      await this.#afterFailure(response.errorCode, response.errorMessage, response.memberId)
    } catch (error) {
      if (life !== this.#life) return null
      if (!this.coordinator.mayRetry(error)) throw error
      await this.#backOff()
    }
    return 'again'
  }

  #requestJoin({ topics, ownedPartitions }: JoinIntent): JoinGroupResponse | Promise<JoinGroupResponse> {
    const { groupId, groupInstanceId, sessionTimeoutMs, maxPollIntervalMs, assignors } = this.config
    const subscription = { topics, ownedPartitions, generationId: this.#joinedGeneration, rackId: null }
    const plain = encodeSubscription({ ...subscription, userData: null })
    return this.#connection.request('JoinGroup', {
      groupId,
      sessionTimeoutMs,
      rebalanceTimeoutMs: maxPollIntervalMs,
      memberId: this.memberId,
      groupInstanceId,
      protocolType: CONSUMER_PROTOCOL_TYPE,
      protocols: assignors.map((assignor) => {
        const userData = this.#userDataOf(assignor, topics)
        return { name: assignor.name, metadata: userData ? encodeSubscription({ ...subscription, userData }) : plain }
      }),
    })
  }

  #userDataOf(assignor: Assignor, topics: readonly string[]): Uint8Array | null {
    try {
      return assignor.subscriptionUserData?.(topics, this.#last.get(assignor.name) ?? null) ?? null
    } catch (cause) {
      throw callbackFailed(`subscriptionUserData of the assignor '${assignor.name}'`, cause)
    }
  }

  async #sync(join: JoinGroupResponse, life: number): Promise<Joined | null | 'again'> {
    const { assignors, rebalanceProtocol } = this.config
    const assignor = assignors.find(({ name }) => name === join.protocolName)
    if (assignor === undefined) throw new Error(`the group chose '${join.protocolName}', which was not offered`)
    const isLeader = join.leader === join.memberId
    const led = isLeader ? await divide(join, assignor, rebalanceProtocol, this.#catalog) : null
    if (life !== this.#life) return null
    const response = await this.#requestSync(join, led?.assignments ?? [])
    if (life !== this.#life) return null
    if (response.errorCode !== ErrorCode.NONE) {
      await this.#afterFailure(response.errorCode, response.errorMessage, join.memberId)
      return 'again'
    }
    this.generation = join.generationId
    this.#heartbeats.begin()
    const assignment = decodeAssignment(response.assignment)
    return { assignor, assignment, partitionCounts: led?.partitionCounts ?? null }
  }

  #requestSync(
    { generationId, memberId, protocolType, protocolName }: JoinGroupResponse,
    assignments: Division['assignments'],
  ): SyncGroupResponse | Promise<SyncGroupResponse> {
    const { groupId, groupInstanceId } = this.config
    const member = { groupId, generationId, memberId, groupInstanceId }
    return this.#connection.request('SyncGroup', { ...member, protocolType, protocolName, assignments })
  }

  /** Prepares the next try, or throws what trying again cannot mend. */
  async #afterFailure(errorCode: ErrorCode, errorMessage: string | null, memberId: string): Promise<void> {
    const name = errorName(errorCode)
    if (name === 'MEMBER_ID_REQUIRED') {
      this.memberId = memberId
    } else if (name === 'UNKNOWN_MEMBER_ID' || name === 'ILLEGAL_GENERATION') {
      if (name === 'UNKNOWN_MEMBER_ID') this.memberId = ''
      this.#forgetGeneration()
    } else if (name === 'FENCED_INSTANCE_ID') {
      this.#fence()
      throw this.fencedBy
    } else if (name !== 'REBALANCE_IN_PROGRESS') {
      const error = errorFrom(errorCode, errorMessage)
      if (!this.coordinator.mayRetry(error)) throw error
      await this.#backOff()
    }
  }

  #backOff(): Promise<void> {
    return this.coordinator.sleep(this.coordinator.config.retryBackoffMs)
  }
}
