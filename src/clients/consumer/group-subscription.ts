// A subscription by topics, carried out inside poll: which topics it means, and the rebalances.
// (Kafka: ConsumerCoordinator.poll, onJoinPrepare, onJoinComplete, onLeavePrepare)

import type { Clock } from '../../clock.ts'
import { KafkaError } from '../../errors.ts'
import { leaderPasses } from '../leader-errors.ts'
import type { MaybePromise } from '../serde.ts'
import { keyOf, type TopicPartition } from '../topic.ts'
import type { TopicCatalog } from '../topic-catalog.ts'
import type { AutoCommit } from './auto-commit.ts'
import type { RebalanceCallbacks } from './consumer.ts'
import type { RebalanceEvent } from './consumer-sight.ts'
import type { Joined, Membership } from './membership.ts'
import { groupPartitions, type Positions, sortedPartitions } from './positions.ts'
import { tellAssigned, tellGone } from './rebalance-callbacks.ts'
import { TopicSelection, type Wanted } from './topic-selection.ts'

export interface GroupSubscriptionParts {
  readonly clock: Clock
  readonly catalog: TopicCatalog
  readonly membership: Membership
  readonly positions: Positions
  readonly callbacks: RebalanceCallbacks
  readonly autoCommit: AutoCommit | null
  readonly metadataMaxAgeMs: number
  /** For onlookers: what this member now has, or has no more. */
  announce(event: RebalanceEvent, partitions: readonly TopicPartition[]): void
  /** What follows is for a poll only, and the poll before may have ended. */
  whenPolled(): MaybePromise<void>
}

export class GroupSubscription {
  readonly #parts: GroupSubscriptionParts
  readonly #selection: TopicSelection
  /** The commit before a rebalance failed: when it is tried again, and when given up, so that the join is not too late. */
  #commitAgain: { readonly atMs: number; readonly untilMs: number } | null = null
  #givingBack: Promise<void> | null = null
  /** Callbacks that a poll has called and that have not ended. */
  #tellings = 0
  #isEnded = false

  constructor(wanted: Wanted, parts: GroupSubscriptionParts) {
    this.#parts = parts
    this.#selection = new TopicSelection(wanted, parts.catalog, parts.metadataMaxAgeMs)
  }

  get isPattern(): boolean {
    return this.#selection.isPattern
  }

  /** A callback is under way: a poll does not end before it. */
  get isTelling(): boolean {
    return this.#tellings > 0
  }

  /** Other topics from the next poll on. */
  change(wanted: Wanted): void {
    this.#selection.change(wanted)
  }

  /** Whether a poll has nothing to do here. */
  isSettled(nowMs: number): boolean {
    return this.#parts.membership.isSettled && !this.#selection.isStale(nowMs)
  }

  /** For how many ms a poll has nothing to do here, if nothing happens; 0 where it has, or that cannot be told at once. */
  idleForMs(nowMs: number): number {
    if (!this.#parts.membership.isSettled) return 0
    const isStale = this.#selection.isStale(nowMs) && !this.#selection.confirm(nowMs)
    return isStale ? 0 : this.#selection.staleInMs(nowMs)
  }

  /** What is known of the topics was seen to be wrong. */
  invalidate(): void {
    this.#selection.invalidate()
  }

  /**
   * One step forward: what can be done now is done; a join under way notifies when it has ended. Resolves with how long
   * to wait before the next step can be tried, or null.
   */
  async progress(nowMs: number): Promise<number | null> {
    const { membership } = this.#parts
    if (membership.fencedBy) await this.#endFenced(membership.fencedBy)
    if (this.#selection.isStale(nowMs) && !(await this.#refresh(nowMs))) {
      return membership.coordinator.config.retryBackoffMs
    }
    const joined = this.#isEnded ? null : membership.outcome()
    if (joined) await this.#take(joined, nowMs)
    if (this.#isEnded || !membership.needsRejoin || membership.isJoining) return null
    if (membership.needsPrepare) {
      const againInMs = await this.#prepare(nowMs)
      if (againInMs !== null) return againInMs
    }
    if (this.#isEnded || membership.isJoining) return null
    membership.beginJoin({
      topics: this.#selection.join(),
      ownedPartitions: groupPartitions(this.#parts.positions.list()),
    })
    return null
  }

  /** Gives everything back and leaves the group; a poll that is under way goes no further. */
  async end(): Promise<void> {
    this.abandon()
    const { membership, positions } = this.#parts
    try {
      // What that callback throws is for the poll that called it.
      await this.#givingBack?.catch(() => {})
      const isLost = !membership.isMember || membership.isJoining
      const owned = positions.list()
      if (owned.length > 0) await this.#giveBack(owned, isLost ? 'lost' : 'revoked')
    } finally {
      await membership.leave()
    }
  }

  /** A poll that is under way goes no further; nobody is told. */
  abandon(): void {
    this.#isEnded = true
  }

  /** False where nobody can tell at the moment. */
  async #refresh(nowMs: number): Promise<boolean> {
    try {
      const isOther = await this.#selection.refresh(nowMs)
      await this.#parts.whenPolled()
      if (isOther) this.#parts.membership.needsRejoin = true
      return true
    } catch (error) {
      return orLater(error)
    }
  }

  /** Another has taken this member's place: what it owned is lost, and there is no way back. */
  async #endFenced(error: KafkaError): Promise<never> {
    const owned = this.#parts.positions.list()
    if (owned.length > 0) await this.#telling(this.#giveBack(owned, 'lost'))
    throw error
  }

  /** What must not be kept through the join is given back. Resolves with how long to wait where a commit must be tried again. */
  async #prepare(nowMs: number): Promise<number | null> {
    const { membership, positions } = this.#parts
    const commitInMs = await this.#commitFirst(nowMs)
    if (commitInMs !== null) return commitInMs
    const { retryBackoffMs } = membership.coordinator.config
    try {
      await this.#selection.freshenPattern(nowMs, retryBackoffMs)
    } catch (error) {
      if (!orLater(error)) return retryBackoffMs
    }
    await this.#parts.whenPolled()
    if (this.#isEnded) return null
    // Before the callbacks, which may throw: they are told once for each rebalance.
    membership.needsPrepare = false
    const owned = positions.list()
    if (!membership.isMember) {
      if (owned.length > 0) await this.#telling(this.#giveBack(owned, 'lost'))
    } else if (membership.config.rebalanceProtocol === 'eager') {
      await this.#telling(this.#giveBack(owned, 'revoked'))
    } else {
      const unwanted = owned.filter(({ topic }) => !this.#selection.has(topic))
      if (unwanted.length > 0) await this.#telling(this.#giveBack(unwanted, 'revoked'))
    }
    return null
  }

  async #commitFirst(nowMs: number): Promise<number | null> {
    const { membership, autoCommit } = this.#parts
    const { atMs, untilMs } = this.#commitAgain ?? { atMs: nowMs, untilMs: nowMs + membership.config.maxPollIntervalMs }
    this.#commitAgain = null
    if (!membership.isMember || autoCommit === null || nowMs >= untilMs) return null
    const againInMs = nowMs < atMs ? atMs - nowMs : await autoCommit.run(nowMs)
    if (againInMs !== null) this.#commitAgain = { atMs: nowMs + againInMs, untilMs }
    return againInMs
  }

  /** What the group gave: told to the assignor and to the application, whatever one of them throws. */
  async #take(joined: Joined, nowMs: number): Promise<void> {
    const { membership, positions, autoCommit, callbacks } = this.#parts
    const assigned = sortedPartitions(joined.assignment.partitions)
    this.#selection.watch(joined.partitionCounts)
    if (!assigned.every(({ topic }) => this.#selection.accepts(topic))) {
      // The subscription has changed since the join began: nothing of this is taken, the next join says what is wanted.
      membership.taken()
      membership.needsRejoin = true
      return
    }
    const errors: unknown[] = []
    const keep = (error: unknown) => void errors.push(error)
    if (membership.config.rebalanceProtocol === 'cooperative') await this.#revokeMoved(assigned).catch(keep)
    if (this.#isEnded || !membership.isMember) {
      // Ended or lost while it was told: whoever ended it, or the next step, gives up the rest.
      if (errors.length > 0) throw errors[0]
      return
    }
    const added = assigned.filter((each) => !positions.has(each))
    try {
      membership.tellAssignor(joined)
    } catch (error) {
      keep(error)
    }
    autoCommit?.restart(nowMs)
    positions.assign(assigned)
    // What cannot be asked now is asked with the first fetch.
    await this.#selection.know(assigned).catch(orLater)
    await this.#parts.whenPolled()
    if (this.#isEnded) return
    this.#parts.announce('partitionsAssigned', added)
    await this.#telling(tellAssigned(callbacks, added)).catch(keep)
    if (errors.length > 0) throw errors[0]
    membership.taken()
  }

  /** What was taken away becomes free for others with the next join. */
  async #revokeMoved(assigned: readonly TopicPartition[]): Promise<void> {
    const { membership, positions, autoCommit, clock } = this.#parts
    const kept = new Set(assigned.map(keyOf))
    const moved = positions.list().filter((each) => !kept.has(keyOf(each)))
    if (moved.length === 0) return
    // They were read until now, and this is the last moment to commit that.
    await autoCommit?.run(clock.now())
    await this.#parts.whenPolled()
    if (this.#isEnded) return
    membership.needsRejoin = true
    await this.#telling(this.#giveBack(moved, 'revoked'))
  }

  async #telling(told: Promise<void>): Promise<void> {
    this.#tellings++
    try {
      await told
    } finally {
      this.#tellings--
    }
  }

  /** Once, whoever ends the subscription meanwhile. */
  async #giveBack(partitions: readonly TopicPartition[], how: 'revoked' | 'lost'): Promise<void> {
    const { positions, callbacks, announce } = this.#parts
    this.#givingBack = tellGone(callbacks, how, partitions).finally(() => {
      positions.remove(partitions)
      this.#givingBack = null
      announce(how === 'lost' ? 'partitionsLost' : 'partitionsRevoked', partitions)
    })
    await this.#givingBack
  }
}

/** False, where the same question can be answered later; any other error is thrown. */
function orLater(error: unknown): boolean {
  if (error instanceof KafkaError && leaderPasses(error.code)) return false
  throw error
}

/** Topic names, or the KafkaError INVALID_ARGUMENT that says what is wrong with them. */
export function checkSubscription(wanted: Wanted): void {
  if (wanted instanceof RegExp) return
  if (!Array.isArray(wanted)) {
    throw new KafkaError('INVALID_ARGUMENT', 'subscribe takes an array of topic names, or a regular expression.')
  }
  for (const name of wanted) {
    if (typeof name === 'string' && name !== '') continue
    throw new KafkaError(
      'INVALID_ARGUMENT',
      `subscribe: a topic name must be a text that is not empty, not '${String(name)}'.`,
    )
  }
}
