// The poll loop: group, positions, commits, records; then waiting until something happens.
// (Kafka: ClassicKafkaConsumer.poll)

import { type Clock, HostTurns } from '../../clock.ts'
import { KafkaError } from '../../errors.ts'
import type { TopicCatalog } from '../topic-catalog.ts'
import type { AutoCommit } from './auto-commit.ts'
import type { Delivery } from './delivery.ts'
import type { Fetcher } from './fetcher.ts'
import type { GroupSubscription } from './group-subscription.ts'
import type { Membership } from './membership.ts'
import { PollWait } from './poll-wait.ts'
import type { PositionLookup } from './position-lookup.ts'
import type { Positions } from './positions.ts'
import type { Wakeup } from './wakeup.ts'

export interface PollLoopParts {
  readonly clock: Clock
  readonly wakeup: Wakeup
  readonly catalog: TopicCatalog
  readonly positions: Positions
  readonly membership: Membership | null
  readonly autoCommit: AutoCommit | null
  readonly lookup: PositionLookup
  readonly fetcher: Fetcher
  readonly maxPollRecords: number
  readonly retryBackoffMs: number
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
  readonly #parts: PollLoopParts
  readonly #turns = new HostTurns()

  constructor(parts: PollLoopParts) {
    this.#parts = parts
  }

  /** Records as soon as there are any; none after `timeoutMs`, when closed, or when `until` aborts. */
  async next(timeoutMs: number, signal?: AbortSignal, until?: AbortSignal): Promise<Delivery[]> {
    if (!this.subscription && !this.isManual) {
      const why = 'This consumer has nothing to read. Call subscribe (in a group) or assign first, or give it topics.'
      throw new KafkaError('ILLEGAL_STATE', why)
    }
    const { clock, wakeup, membership } = this.#parts
    if (this.#turns.isDue) await this.#turns.take()
    const wait = new PollWait(clock, wakeup, timeoutMs, signal, until)
    membership?.pollBegins()
    try {
      for (;;) {
        signal?.throwIfAborted()
        if (this.isClosed || until?.aborted) return []
        const found = await this.#tryOnce(timeoutMs > 0)
        this.#turns.count(recordsIn(found))
        if (Array.isArray(found)) return found
        if (wait.isOver) return []
        await wait.once(found.againInMs)
      }
    } finally {
      wait.end()
      if (!this.isClosed) membership?.pollEnds()
    }
  }

  async #tryOnce(mayWait: boolean): Promise<Delivery[] | Nothing> {
    const { clock, autoCommit, lookup, fetcher, maxPollRecords, retryBackoffMs } = this.#parts
    const nowMs = clock.now()
    let againInMs: number | null = null
    if (this.subscription && !this.subscription.isSettled(nowMs)) againInMs = await this.subscription.progress(nowMs)
    if (autoCommit?.isDue(nowMs)) await autoCommit.run(nowMs)
    if (this.isManual) await this.#resolveTopics()
    let allFound = true
    if (lookup.isNeeded) {
      const looked = await lookup.tryRun()
      againInMs = looked.againInMs ?? againInMs
      allFound = looked.allFound
    }
    this.#throwPending()
    const ready = fetcher.collect(maxPollRecords)
    if (ready.length > 0) return ready
    allFound = fetcher.fetch(mayWait) && allFound
    const fetched = fetcher.collect(maxPollRecords)
    if (fetched.length > 0) return fetched
    this.#throwPending()
    if (!allFound) this.subscription?.invalidate()
    // The fetch has shown that a position must be looked up anew.
    if (lookup.isNeeded) return { againInMs: againInMs ?? 0 }
    return { againInMs: againInMs ?? (allFound ? (autoCommit?.dueInMs(nowMs) ?? null) : retryBackoffMs) }
  }

  /** Partitions assigned by hand must exist at first. Later their topics may go, and come back by somebody else's doing. */
  async #resolveTopics(): Promise<void> {
    const { positions, catalog } = this.#parts
    const gone = new Set<string>()
    for (const each of positions.all) {
      if (catalog.known(each.topic)) continue
      if (each.known) gone.add(each.topic)
      else each.known = await catalog.partition(each)
    }
    if (gone.size > 0) await catalog.refresh([...gone])
  }

  /** Once: whoever catches it may seek, or go on with the other partitions. */
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
