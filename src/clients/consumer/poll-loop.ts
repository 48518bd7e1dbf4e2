// The poll loop: group, positions, commits, records; then waiting until something happens.
// (Kafka: ClassicKafkaConsumer.poll)

import { HostTurns } from '../../clock.ts'
import { KafkaError } from '../../errors.ts'
import { hostTurn } from '../../host-turn.ts'
import type { Connection } from '../connection.ts'
import { leaderPasses } from '../leader-errors.ts'
import type { MaybePromise } from '../serde.ts'
import type { TopicCatalog } from '../topic-catalog.ts'
import type { AutoCommit } from './auto-commit.ts'
import type { Delivery } from './delivery.ts'
import type { Fetcher } from './fetcher.ts'
import type { GroupSubscription } from './group-subscription.ts'
import type { Membership } from './membership.ts'
import { PollWait } from './poll-wait.ts'
import type { PositionLookup } from './position-lookup.ts'
import type { Positions } from './positions.ts'
import { NOTHING_TO_PREPARE, Preparation, type Prepared } from './preparation.ts'
import type { Wakeup } from './wakeup.ts'

export interface PollLoopParts {
  readonly connection: Connection
  readonly wakeup: Wakeup
  readonly catalog: TopicCatalog
  readonly positions: Positions
  readonly membership: Membership | null
  readonly autoCommit: AutoCommit | null
  readonly lookup: PositionLookup
  readonly fetcher: Fetcher
  readonly maxPollRecords: number
  /** How long to wait before what failed, or a topic that is gone, is tried again. */
  readonly retryBackoffMs: number
}

interface NextOptions {
  readonly signal?: AbortSignal | undefined
  readonly until?: AbortSignal
  readonly goesOn?: boolean
}

/** Nothing to hand over: try again when something happens, or after this long at the latest. */
interface Nothing {
  readonly againInMs: number | null
}

export class PollLoop {
  /** What the group shall read; null while partitions are assigned by hand, or nothing is read. */
  subscription: GroupSubscription | null = null
  isManual = false
  isClosed = false
  /** Whether a poll is under way. */
  isPolling = false
  readonly #parts: PollLoopParts
  readonly #turns = new HostTurns()
  /** A poll waits, and for nothing that has a time. */
  #isAtRest = false
  readonly #whenPolled: (() => void)[] = []
  /** Of this poll, or of an earlier one whose time was over. */
  #preparation: Preparation | null = null

  constructor(parts: PollLoopParts) {
    this.#parts = parts
  }

  /**
   * Records as soon as there are any; none after `timeoutMs`, when closed, or when `until` aborts. With `goesOn` the next
   * call follows at once.
   */
  async next(timeoutMs: number, { signal, until, goesOn = false }: NextOptions = {}): Promise<Delivery[]> {
    if (!this.subscription && !this.isManual) {
      const why = 'This consumer has nothing to read. Call subscribe (in a group) or assign first, or give it topics.'
      throw new KafkaError('ILLEGAL_STATE', why)
    }
    const { connection, wakeup, membership, autoCommit } = this.#parts
    if (this.#turns.isDue) await this.#turns.take()
    const idleForMs = goesOn ? () => this.#idleRoundForMs() : () => 0
    const wait = new PollWait(connection.clock, wakeup, timeoutMs, idleForMs, signal, until)
    membership?.pollBegins()
    this.#enter()
    try {
      for (;;) {
        signal?.throwIfAborted()
        if (this.isClosed || until?.aborted) return []
        if (connection.isFrozen) {
          await connection.thawed()
          continue
        }
        const found = await this.#tryOnce(wait, timeoutMs > 0)
        if (found === null) continue
        this.#turns.count(recordsIn(found))
        if (Array.isArray(found)) return found
        if (wait.isOver) return []
        if (found.againInMs === 0) continue
        const hasNothingToCommit = autoCommit?.hasNothing === true
        this.#isAtRest = found.againInMs === null
        await wait.once(found.againInMs)
        this.#isAtRest = false
        if (hasNothingToCommit) autoCommit?.waitedUntil(connection.clock.now())
      }
    } finally {
      this.isPolling = false
      wait.end()
      if (!this.isClosed) membership?.pollEnds()
    }
  }

  /** For how many ms the poll that waits has nothing to do but to fetch, if nothing happens; 0 where that is not sure. */
  idleForMs(): number {
    const { connection, wakeup, catalog, positions, autoCommit, lookup } = this.#parts
    const nowMs = connection.clock.now()
    if (!this.#isAtRest || wakeup.isPending || !connection.isUnseen || lookup.isNeeded) return 0
    if (positions.all.some(({ error }) => error !== null)) return 0
    if (autoCommit?.hasNothing === false) return 0
    if (this.subscription) return this.subscription.idleForMs(nowMs)
    return this.isManual && positions.all.every(({ topic }) => catalog.known(topic)) ? Number.POSITIVE_INFINITY : 0
  }

  #idleRoundForMs(): number {
    return this.#parts.positions.all.some(({ isFetchable }) => isFetchable) ? 0 : this.idleForMs()
  }

  /** Resolves inside a poll: at once where one is under way. */
  whenPolled(): MaybePromise<void> {
    if (this.isPolling) return
    return new Promise((resolve) => this.#whenPolled.push(resolve))
  }

  #enter(): void {
    this.isPolling = true
    for (const goOn of this.#whenPolled.splice(0)) goOn()
  }

  /** Null where it was interrupted. */
  async #tryOnce(wait: PollWait, mayWait: boolean): Promise<Delivery[] | Nothing | null> {
    const { connection } = this.#parts
    const nowMs = connection.clock.now()
    if (!this.#mustPrepare(nowMs)) {
      this.#commitIfDue(nowMs)
      if (this.#preparation?.isOpen === false) this.#preparation = null
      return this.#read(mayWait, NOTHING_TO_PREPARE, nowMs)
    }
    const preparation = this.#currentPreparation(nowMs)
    await this.#finish(preparation, wait)
    if (preparation.isOpen) {
      if (!wait.isOver || this.isClosed || connection.isFrozen) return null
      return preparation.isLookingUp ? this.#read(false, NOTHING_TO_PREPARE, nowMs) : { againInMs: null }
    }
    this.#preparation = null
    return this.#read(mayWait, preparation.result(), nowMs)
  }

  #mustPrepare(nowMs: number): boolean {
    const { lookup, positions, catalog } = this.#parts
    if (this.subscription && !this.subscription.isSettled(nowMs)) return true
    return lookup.isNeeded || (this.isManual && positions.all.some(({ topic }) => !catalog.known(topic)))
  }

  #currentPreparation(nowMs: number): Preparation {
    const subject = this.subscription ?? this.#parts.positions.all
    if (this.#preparation?.subject !== subject) {
      this.#preparation = new Preparation(subject, (own) => this.#prepare(own, nowMs))
    }
    return this.#preparation
  }

  /** Waits for its end: through all promise jobs, then until time is over. A callback is awaited beyond that, as in Kafka. */
  async #finish(preparation: Preparation, wait: PollWait): Promise<void> {
    let hadTurn = false
    while (preparation.isOpen) {
      if (!this.subscription?.isTelling) {
        if (this.isClosed || wait.isAborted || (wait.isOver && hadTurn)) return
        if (wait.isOver) {
          await Promise.race([preparation.ended, hostTurn()])
          hadTurn = true
          continue
        }
      }
      await wait.until(preparation.ended)
    }
  }

  async #prepare(own: Preparation, nowMs: number): Promise<Prepared> {
    const { lookup } = this.#parts
    let againInMs: number | null = null
    if (this.subscription && !this.subscription.isSettled(nowMs)) againInMs = await this.subscription.progress(nowMs)
    this.#commitIfDue(nowMs)
    if (this.isManual) againInMs = await this.#resolveTopics()
    if (!lookup.isNeeded) return { againInMs, allFound: true }
    own.isLookingUp = true
    const looked = await lookup.tryRun()
    return { againInMs: looked.againInMs ?? againInMs, allFound: looked.allFound }
  }

  /** As in Kafka, nobody waits for it; requests of one connection are answered in order. */
  #commitIfDue(nowMs: number): void {
    const { autoCommit } = this.#parts
    if (autoCommit?.isDue(nowMs)) void autoCommit.run(nowMs)
  }

  #read(mayWait: boolean, prepared: Prepared, nowMs: number): Delivery[] | Nothing {
    const { lookup, fetcher, autoCommit, maxPollRecords, retryBackoffMs } = this.#parts
    const { againInMs } = prepared
    this.#throwPending()
    const ready = fetcher.collect(maxPollRecords)
    if (ready.length > 0) return ready
    const allFound = fetcher.fetch(mayWait) && prepared.allFound
    const fetched = fetcher.collect(maxPollRecords)
    if (fetched.length > 0) return fetched
    this.#throwPending()
    if (!allFound) this.subscription?.invalidate()
    // The fetch has shown that a position must be looked up anew.
    if (lookup.isNeeded) return { againInMs: againInMs ?? 0 }
    return { againInMs: againInMs ?? (allFound ? (autoCommit?.dueInMs(nowMs) ?? null) : retryBackoffMs) }
  }

  /**
   * Partitions assigned by hand must exist at first. Later their topics may go, and come back by somebody else's doing.
   * Resolves with how long to wait where that cannot be asked, or null.
   */
  async #resolveTopics(): Promise<number | null> {
    const { positions, catalog, retryBackoffMs } = this.#parts
    const gone = new Set<string>()
    try {
      for (const each of positions.all) {
        if (catalog.known(each.topic)) continue
        if (each.known) gone.add(each.topic)
        else each.known = await catalog.partition(each)
      }
      if (gone.size > 0) await catalog.refresh([...gone])
      return null
    } catch (error) {
      if (error instanceof KafkaError && leaderPasses(error.code)) return retryBackoffMs
      throw error
    }
  }

  /** What the broker said of a partition is told once; if it still stands, the next fetch says so again. */
  #throwPending(): void {
    for (const partition of this.#parts.positions.all) {
      const { error } = partition
      if (error === null) continue
      partition.error = null
      throw error
    }
  }
}

function recordsIn(found: Delivery[] | Nothing): number {
  return Array.isArray(found) ? found.reduce((sum, { count }) => sum + count, 0) : 0
}
