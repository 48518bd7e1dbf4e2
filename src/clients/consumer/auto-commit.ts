// Commits what was consumed: when the interval has passed, before partitions are given back, and on close.

import type { OffsetToCommit } from '../offsets-client.ts'
import type { Positions } from './positions.ts'

export class AutoCommit {
  readonly #positions: Positions
  readonly #intervalMs: number
  readonly #commit: (offsets: readonly OffsetToCommit[]) => Promise<void>
  readonly #committed = new Map<string, number>()
  #dueAtMs: number

  constructor(
    positions: Positions,
    intervalMs: number,
    nowMs: number,
    commit: (offsets: readonly OffsetToCommit[]) => Promise<void>,
  ) {
    this.#positions = positions
    this.#intervalMs = intervalMs
    this.#dueAtMs = nowMs + intervalMs
    this.#commit = commit
  }

  isDue(nowMs: number): boolean {
    return nowMs >= this.#dueAtMs
  }

  /** How long until there is something to do; null while there is nothing. */
  dueInMs(nowMs: number): number | null {
    return this.#consumed().length > 0 ? Math.max(0, this.#dueAtMs - nowMs) : null
  }

  /** Positions that have moved. A commit that fails is made up for by the next one. */
  async run(nowMs: number): Promise<void> {
    this.#dueAtMs = nowMs + this.#intervalMs
    const offsets = this.#consumed()
    if (offsets.length === 0) return
    try {
      await this.#commit(offsets)
      for (const each of offsets) this.#committed.set(placeOf(each), each.offset)
    } catch {
      // As in Kafka: whoever must know commits himself. The membership has learned from the answer what it needs.
    }
  }

  /** A position that was taken from the group's commit needs no commit. */
  startsAt(each: OffsetToCommit): void {
    this.#committed.set(placeOf(each), each.offset)
  }

  #consumed(): OffsetToCommit[] {
    return this.#positions.all.flatMap(({ topic, partition, position }) =>
      position === null || this.#committed.get(placeOf({ topic, partition })) === position
        ? []
        : [{ topic, partition, offset: position }],
    )
  }
}

function placeOf({ topic, partition }: { readonly topic: string; readonly partition: number }): string {
  return `${topic}-${partition}`
}
