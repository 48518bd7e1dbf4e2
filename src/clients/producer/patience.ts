// How long to wait before something is tried again: longer each time, and no longer than until it is too late.
// (Kafka: ExponentialBackoff)

import type { Clock, TimerHandle } from '../../clock.ts'

interface Sleeper {
  readonly timer: TimerHandle
  wake(): void
}

export class Patience {
  readonly #clock: Clock
  readonly #config: { readonly retryBackoffMs: number; readonly retryBackoffMaxMs: number }
  readonly #sleepers = new Set<Sleeper>()
  readonly #limits = new Set<TimerHandle>()
  #isOver = false

  constructor(clock: Clock, config: { readonly retryBackoffMs: number; readonly retryBackoffMaxMs: number }) {
    this.#clock = clock
    this.#config = config
  }

  /** Nobody waits for anything any more. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** False where the deadline has come, or comes before the next try. */
  async backOff(attempt: number, deadlineMs: number): Promise<boolean> {
    const leftMs = deadlineMs - this.#clock.now()
    if (leftMs <= 0) return false
    const { retryBackoffMs, retryBackoffMaxMs } = this.#config
    await this.#sleep(Math.min(retryBackoffMs * 2 ** attempt, retryBackoffMaxMs, leftMs))
    return this.#clock.now() < deadlineMs
  }

  /** Calls `late` after as long, unless that is called off, or nobody waits for anything any more. */
  limit(ms: number, late: () => void): () => void {
    const timer = this.#clock.setTimeout(late, ms)
    const callOff = () => {
      this.#clock.clearTimeout(timer)
      this.#limits.delete(timer)
    }
    if (this.#isOver) callOff()
    else this.#limits.add(timer)
    return callOff
  }

  /** Whoever waits tries now. */
  hurry(): void {
    for (const { timer, wake } of this.#sleepers) {
      this.#clock.clearTimeout(timer)
      wake()
    }
  }

  /** Nobody tries again, and nobody is told. */
  discard(): void {
    this.#isOver = true
    for (const { timer } of this.#sleepers) this.#clock.clearTimeout(timer)
    this.#sleepers.clear()
    for (const timer of this.#limits) this.#clock.clearTimeout(timer)
    this.#limits.clear()
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isOver) return
      const wake = () => {
        this.#sleepers.delete(sleeper)
        resolve()
      }
      const sleeper: Sleeper = { timer: this.#clock.setTimeout(wake, ms), wake }
      this.#sleepers.add(sleeper)
    })
  }
}
