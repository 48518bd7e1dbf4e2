// A clock that stands until it is told to go on.

import { type Clock, HostTurns, hostTurn } from '../clock.ts'
import { KafkaError } from '../errors.ts'

interface Timer {
  readonly dueAtMs: number
  readonly fire: () => void
}

/**
 * Time for tests: `new Kafkalet({ clock: new ManualClock() })`. Nothing that waits for time happens by itself; a week
 * of retention or a session timeout passes with one `advance`.
 */
export class ManualClock implements Clock {
  #nowMs: number
  readonly #timers = new Set<Timer>()

  /** @param startMs milliseconds since the epoch; default 2026-01-01 */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs
  }

  now(): number {
    return this.#nowMs
  }

  setTimeout(fire: () => void, ms: number): Timer {
    const timer = { dueAtMs: this.#nowMs + Math.max(0, ms), fire }
    this.#timers.add(timer)
    return timer
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as Timer)
  }

  /** How many timers are armed. */
  get timerCount(): number {
    return this.#timers.size
  }

  /** Lets everything happen that can happen without time passing. */
  async settle(): Promise<void> {
    do await hostTurn()
    while (HostTurns.areAwaited)
  }

  /**
   * Lets `ms` milliseconds pass: fires what becomes due, in order, and lets all that follows from each happen before
   * the next. Resolves with how many timers fired.
   */
  async advance(ms: number): Promise<number> {
    if (!(ms >= 0))
      throw new KafkaError('INVALID_ARGUMENT', `advance: time goes forward, so ms must be at least 0, not ${ms}.`)
    const endMs = this.#nowMs + ms
    let fired = 0
    await this.settle()
    for (let next = this.#next(); next !== undefined && next.dueAtMs <= endMs; next = this.#next()) {
      await this.#fire(next)
      fired++
    }
    this.#nowMs = endMs
    return fired
  }

  /** Goes to the next timer and fires it. Resolves with how many milliseconds that took, or null if none is armed. */
  async advanceToNext(): Promise<number | null> {
    await this.settle()
    const next = this.#next()
    if (next === undefined) return null
    const beforeMs = this.#nowMs
    await this.#fire(next)
    return this.#nowMs - beforeMs
  }

  async #fire(timer: Timer): Promise<void> {
    this.#nowMs = Math.max(this.#nowMs, timer.dueAtMs)
    this.#timers.delete(timer)
    timer.fire()
    await this.settle()
  }

  /** The timer that is due first; of several, the one that was armed first. */
  #next(): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (first === undefined || timer.dueAtMs < first.dueAtMs) first = timer
    }
    return first
  }
}
