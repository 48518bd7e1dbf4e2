// A subscription by topics, carried out inside poll: which topics it means, the rebalances, the three callbacks.
// (Kafka: ConsumerCoordinator.poll, onJoinPrepare, onJoinComplete)

import type { Clock } from '../../clock.ts'
import { KafkaError } from '../../errors.ts'
import type { TopicCatalog } from '../topic-catalog.ts'
import type { RebalanceCallbacks } from './consumer.ts'
import type { Joined, Membership } from './membership.ts'
import type { Positions } from './positions.ts'

export interface GroupSubscriptionParts {
  readonly clock: Clock
  readonly catalog: TopicCatalog
  readonly membership: Membership
  readonly positions: Positions
  readonly callbacks: RebalanceCallbacks
  readonly metadataMaxAgeMs: number
  /** Commits what has been consumed, before it is given back. */
  commitConsumed(): Promise<void>
}

export class GroupSubscription {
  readonly #parts: GroupSubscriptionParts
  readonly #wanted: readonly string[] | RegExp
  #topics: readonly string[] | null = null
  #refreshedAtMs = Number.NEGATIVE_INFINITY
  #joinedTopics: readonly string[] = []
  /** The partitions that were divided; only the leader has to watch them. */
  #divided: ReadonlyMap<string, number> | null = null
  #givingBack: Promise<void> | null = null
  #isEnded = false

  constructor(wanted: readonly string[] | RegExp, parts: GroupSubscriptionParts) {
    this.#wanted = wanted
    this.#parts = parts
  }

  /** Whether a poll has nothing to do here. */
  isSettled(nowMs: number): boolean {
    return this.#parts.membership.isSettled && !this.#isStale(nowMs)
  }

  /** What is known of the topics was seen to be wrong. */
  invalidate(): void {
    this.#refreshedAtMs = Number.NEGATIVE_INFINITY
  }

  /** One step forward: what can be done now is done; a join under way notifies when it has ended. */
  async progress(nowMs: number): Promise<void> {
    const { membership } = this.#parts
    if (this.#isStale(nowMs)) await this.#refresh(nowMs)
    const joined = this.#isEnded ? null : membership.takeOutcome()
    if (joined) await this.#take(joined)
    if (this.#isEnded || !membership.needsRejoin || membership.isJoining) return
    await this.#giveBack()
    if (this.#isEnded) return
    this.#joinedTopics = this.#topics ?? []
    membership.beginJoin(this.#joinedTopics)
  }

  /** Gives everything back and leaves the group; a poll that is under way goes no further. */
  async end(): Promise<void> {
    this.abandon()
    try {
      await this.#giveBack()
    } finally {
      await this.#parts.membership.leave()
    }
  }

  /** A poll that is under way goes no further; nobody is told. */
  abandon(): void {
    this.#isEnded = true
  }

  /** Eager: every partition is given back before the group divides them anew. Once, whoever asks meanwhile. */
  async #giveBack(): Promise<void> {
    this.#givingBack ??= this.#revokeAll()
    try {
      await this.#givingBack
    } finally {
      this.#givingBack = null
    }
  }

  async #revokeAll(): Promise<void> {
    const { membership, positions, callbacks } = this.#parts
    const owned = positions.list()
    const isLost = membership.isLost
    if (owned.length === 0) return
    if (!isLost) await this.#parts.commitConsumed()
    try {
      if (isLost && callbacks.onPartitionsLost) await callbacks.onPartitionsLost(owned)
      else await callbacks.onPartitionsRevoked?.(owned)
    } finally {
      positions.clear()
    }
  }

  async #take({ partitions, partitionCounts }: Joined): Promise<void> {
    const { positions, callbacks, catalog } = this.#parts
    this.#divided = partitionCounts
    positions.clear()
    positions.assign(partitions)
    const unknown = [...new Set(partitions.map(({ topic }) => topic))].filter((topic) => !catalog.known(topic))
    if (unknown.length > 0) await catalog.refresh(unknown)
    if (this.#isEnded) return
    await callbacks.onPartitionsAssigned?.(positions.list())
  }

  #isStale(nowMs: number): boolean {
    return nowMs - this.#refreshedAtMs >= this.#parts.metadataMaxAgeMs
  }

  /** New topics that match, and new partitions, are a reason to rebalance. */
  async #refresh(nowMs: number): Promise<void> {
    const { catalog, membership } = this.#parts
    const isFirst = this.#topics === null
    const names = this.#wanted instanceof RegExp ? await this.#matching(this.#wanted) : this.#wanted
    // Only subscribing may create a topic: one that is deleted later is not brought back by its readers.
    const found = await catalog.refresh([...new Set([...names, ...(this.#divided?.keys() ?? [])])], isFirst)
    if (isFirst && !(this.#wanted instanceof RegExp)) await this.#checkFirst(names, found)
    this.#refreshedAtMs = nowMs
    this.#topics = names
    const hasOtherTopics = membership.isMember && !sameNames(names, this.#joinedTopics)
    const hasOtherPartitions = [...(this.#divided ?? [])].some(
      ([topic, count]) => (found.get(topic)?.partitionCount ?? 0) !== count,
    )
    if (hasOtherTopics || hasOtherPartitions) membership.needsRejoin = true
  }

  /** A topic that does not exist and cannot be created is an error at the first poll; later it may come and go. */
  async #checkFirst(names: readonly string[], found: ReadonlyMap<string, unknown>): Promise<void> {
    for (const name of names) {
      if (!found.has(name)) await this.#parts.catalog.resolve(name)
    }
  }

  async #matching(pattern: RegExp): Promise<string[]> {
    const names = await this.#parts.catalog.names()
    // A pattern with the flag g or y would remember where it was.
    const matcher = new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, ''))
    return names.filter((name) => matcher.test(name))
  }
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name))
}

/** Topic names, or the KafkaError INVALID_ARGUMENT that says what is wrong with them. */
export function checkSubscription(wanted: readonly string[] | RegExp): void {
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
