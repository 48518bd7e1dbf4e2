// Commits what was consumed: when the interval has passed, before partitions are given back, and on close.

import type { OffsetToCommit } from '../offsets-client.ts'
import type { AssignedPartition, Positions } from './positions.ts'

export class AutoCommit {
  readonly #positions: Positions
  readonly #intervalMs: number
  readonly #commit: (offsets: readonly OffsetToCommit[]) => Promise<void>
  /** How long to wait after this failure before the same is committed again; null where that does not help. */
  readonly #retryInMs: (error: unknown) => number | null
  #dueAtMs: number

  constructor(
    positions: Positions,
    intervalMs: number,
    nowMs: number,
    commit: (offsets: readonly OffsetToCommit[]) => Promise<void>,
    retryInMs: (error: unknown) => number | null,
  ) {
    this.#positions = positions
    this.#intervalMs = intervalMs
    this.#dueAtMs = nowMs + intervalMs
    this.#commit = commit
    this.#retryInMs = retryInMs
  }

  isDue(nowMs: number): boolean {
    return nowMs >= this.#dueAtMs
  }

  /** How long until there is something to do; null while there is nothing. What has just failed is not due at once. */
  dueInMs(nowMs: number): number | null {
    return this.hasNothing ? null : Math.max(1, this.#dueAtMs - nowMs)
  }

  /** No position has moved since it was committed. */
  get hasNothing(): boolean {
    return this.#positions.all.every((partition) => !isConsumed(partition))
  }

  /** A poll has waited with nothing to commit: an interval that was over meanwhile has begun anew when it was, as in Kafka. */
  waitedUntil(nowMs: number): void {
    if (nowMs < this.#dueAtMs || this.#intervalMs === 0) return
    this.#dueAtMs += (Math.floor((nowMs - this.#dueAtMs) / this.#intervalMs) + 1) * this.#intervalMs
  }

  /** The interval begins anew. */
  restart(nowMs: number): void {
    this.#dueAtMs = nowMs + this.#intervalMs
  }

  /**
   * Commits positions that have moved. Resolves with how long to wait before that can be tried again, or with null: then
   * it is done, or whatever failed is made up for by the next one. As in Kafka, whoever must know commits himself.
   */
  async run(nowMs: number): Promise<number | null> {
    this.restart(nowMs)
    const consumed = this.#consumed()
    if (consumed.length === 0) return null
    const offsets = consumed.map(({ topic, partition, position }) => ({ topic, partition, offset: position ?? 0 }))
    try {
      await this.#commit(offsets)
      for (const [i, partition] of consumed.entries()) partition.committed = offsets[i]?.offset ?? null
      return null
    } catch (error) {
      const retryInMs = this.#retryInMs(error)
      if (retryInMs !== null) this.#dueAtMs = nowMs + retryInMs
      return retryInMs
    }
  }

  #consumed(): AssignedPartition[] {
    return this.#positions.all.filter(isConsumed)
  }
}

function isConsumed({ position, committed }: AssignedPartition): boolean {
  return position !== null && position !== committed
}
