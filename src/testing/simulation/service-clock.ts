// The time of one process: it stands still with the process, and ends with it.

import { ClientClock } from '../../clients/client-clock.ts'
import type { Clock, TimerHandle, TimerOptions } from '../../clock.ts'

export class ServiceClock implements Clock {
  readonly #clock: ClientClock
  readonly #armed = new Set<TimerHandle>()
  #isOver = false

  constructor(clock: Clock) {
    this.#clock = new ClientClock(clock)
  }

  now(): number {
    return this.#clock.now()
  }

  setTimeout(fire: () => void, ms: number, options?: TimerOptions): TimerHandle {
    // What a process that is dead still asks for never comes.
    if (this.#isOver) return null
    const timer = this.#clock.setTimeout(
      () => {
        this.#armed.delete(timer)
        fire()
      },
      ms,
      options,
    )
    this.#armed.add(timer)
    return timer
  }

  clearTimeout(timer: TimerHandle): void {
    if (this.#armed.delete(timer)) this.#clock.clearTimeout(timer)
  }

  freeze(): void {
    this.#clock.freeze()
  }

  thaw(): void {
    this.#clock.thaw()
  }

  end(): void {
    this.#isOver = true
    for (const timer of this.#armed) this.clearTimeout(timer)
  }
}
