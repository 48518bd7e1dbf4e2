// The waiting of one poll: until something happens, or until its time is over.

import type { Clock, TimerHandle } from '../../clock.ts'
import type { Wakeup } from './wakeup.ts'

export class PollWait {
  readonly #clock: Clock
  readonly #wakeup: Wakeup
  readonly #timeoutMs: number
  #deadline: TimerHandle | null = null
  #isOver: boolean

  constructor(clock: Clock, wakeup: Wakeup, timeoutMs: number) {
    this.#clock = clock
    this.#wakeup = wakeup
    this.#timeoutMs = timeoutMs
    this.#isOver = timeoutMs === 0
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Waits for a notification; not longer than `atMostMs`, where that is given. */
  async once(atMostMs: number | null): Promise<void> {
    // Armed only now: a poll that finds records needs no timer.
    this.#deadline ??= this.#clock.setTimeout(() => {
      this.#isOver = true
      this.#wakeup.notify()
    }, this.#timeoutMs)
    if (atMostMs === null) return this.#wakeup.wait()
    const nudge = this.#clock.setTimeout(() => this.#wakeup.notify(), atMostMs, { background: true })
    await this.#wakeup.wait()
    this.#clock.clearTimeout(nudge)
  }

  end(): void {
    if (this.#deadline !== null) this.#clock.clearTimeout(this.#deadline)
  }
}
