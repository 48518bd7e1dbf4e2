// The waiting of one poll: until something happens, or until its time is over.

import type { Clock, TimerHandle } from '../../clock.ts'
import type { Wakeup } from './wakeup.ts'

export class PollWait {
  readonly #clock: Clock
  readonly #wakeup: Wakeup
  readonly #timeoutMs: number
  readonly #idleForMs: () => number
  readonly #signals: readonly (AbortSignal | undefined)[]
  #deadline: TimerHandle | null = null
  #isOver: boolean

  /** `idleForMs`: when its time is over, for how long another one that follows at once would find nothing to do; else 0. */
  constructor(
    clock: Clock,
    wakeup: Wakeup,
    timeoutMs: number,
    idleForMs: () => number,
    ...signals: readonly (AbortSignal | undefined)[]
  ) {
    this.#clock = clock
    this.#wakeup = wakeup
    this.#timeoutMs = timeoutMs
    this.#idleForMs = idleForMs
    this.#signals = signals
    this.#isOver = timeoutMs === 0
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get isAborted(): boolean {
    return this.#signals.some((signal) => signal?.aborted)
  }

  /** Waits for a notification, or until a signal is aborted; not longer than `atMostMs`, where that is given. */
  async once(atMostMs: number | null): Promise<void> {
    if (this.isAborted) return
    const notify = this.#listen()
    const nudge = atMostMs === null ? null : this.#clock.setTimeout(notify, atMostMs, { background: true })
    await this.#wakeup.wait()
    this.#listenNoMore(notify)
    if (nudge !== null) this.#clock.clearTimeout(nudge)
  }

  /** Waits for `ended`, or until something is notified, time is over or a signal aborted; notified it stays. */
  async until(ended: Promise<void>): Promise<void> {
    const notify = this.#listen()
    await Promise.race([ended, this.#wakeup.notified()])
    this.#listenNoMore(notify)
  }

  /** Armed and listened to only where there is something to wait for: a poll that finds records needs neither. */
  #listen(): () => void {
    const notify = () => this.#wakeup.notify()
    this.#deadline ??= this.#arm(0)
    for (const signal of this.#signals) signal?.addEventListener('abort', notify)
    return notify
  }

  #listenNoMore(notify: () => void): void {
    for (const signal of this.#signals) signal?.removeEventListener('abort', notify)
  }

  end(): void {
    if (this.#deadline !== null) this.#clock.clearTimeout(this.#deadline)
  }

  #arm(idleForMs: number): TimerHandle {
    this.#deadline = this.#clock.setTimeout(this.#expire, this.#timeoutMs, { idleForMs })
    return this.#deadline
  }

  readonly #expire = (): TimerHandle => {
    const idleForMs = this.#idleForMs()
    // As if the next one had begun.
    if (idleForMs > 0) return this.#arm(idleForMs)
    this.#isOver = true
    this.#wakeup.notify()
    return null
  }
}
