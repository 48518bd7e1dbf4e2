// One client's timers. While the client is frozen, as by a long pause of its process, what becomes due waits.

import type { Clock, TimerHandle, TimerOptions } from '../clock.ts'

interface ClientTimer {
  readonly fire: () => unknown
  host: TimerHandle
}

export class ClientClock implements Clock {
  readonly #clock: Clock
  readonly #due = new Set<ClientTimer>()
  #isFrozen = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  setTimeout(fire: () => unknown, ms: number, options?: TimerOptions): ClientTimer {
    const timer: ClientTimer = { fire, host: null }
    const ring = () => {
      if (!this.#isFrozen) return hostOf(fire())
      this.#due.add(timer)
      return null
    }
    timer.host = this.#clock.setTimeout(ring, ms, options)
    return timer
  }

  clearTimeout(timer: TimerHandle): void {
    const { host } = timer as ClientTimer
    this.#clock.clearTimeout(host)
    this.#due.delete(timer as ClientTimer)
  }

  freeze(): void {
    this.#isFrozen = true
  }

  /** What became due meanwhile fires, in the order in which it became due. */
  thaw(): void {
    this.#isFrozen = false
    for (const timer of this.#due) {
      this.#due.delete(timer)
      timer.fire()
    }
  }

  /** What became due is forgotten. */
  discard(): void {
    this.#due.clear()
  }
}

/** The host's timer of one that a firing has armed; null for whatever else it has returned. */
function hostOf(returned: unknown): TimerHandle {
  return typeof returned === 'object' && returned !== null && 'host' in returned ? returned.host : null
}
