// The waiting of one poll: until something happens, or until its time is over.

import type { Clock, TimerHandle } from '../../clock.ts'
import type { Wakeup } from './wakeup.ts'

export class PollWait {
  readonly #clock: Clock
  readonly #wakeup: Wakeup
  readonly #timeoutMs: number
  readonly #signals: readonly (AbortSignal | undefined)[]
  #deadline: TimerHandle | null = null
  #isOver: boolean

  constructor(clock: Clock, wakeup: Wakeup, timeoutMs: number, ...signals: readonly (AbortSignal | undefined)[]) {
    this.#clock = clock
    this.#wakeup = wakeup
    this.#timeoutMs = timeoutMs
    this.#signals = signals
    this.#isOver = timeoutMs === 0
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Waits for a notification, or until a signal is aborted; not longer than `atMostMs`, where that is given. */
  async once(atMostMs: number | null): Promise<void> {
    if (this.#signals.some((signal) => signal?.aborted)) return
    const notify = () => this.#wakeup.notify()
    // Armed and listened to only now: a poll that finds records needs neither.
    this.#deadline ??= this.#clock.setTimeout(() => {
      this.#isOver = true
      notify()
    }, this.#timeoutMs)
    const nudge = atMostMs === null ? null : this.#clock.setTimeout(notify, atMostMs, { background: true })
    for (const signal of this.#signals) signal?.addEventListener('abort', notify)
    await this.#wakeup.wait()
    for (const signal of this.#signals) signal?.removeEventListener('abort', notify)
    if (nudge !== null) this.#clock.clearTimeout(nudge)
  }

  end(): void {
    if (this.#deadline !== null) this.#clock.clearTimeout(this.#deadline)
  }
}
