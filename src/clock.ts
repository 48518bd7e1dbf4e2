// Time comes into kafkalet here and nowhere else.

import { hostTurn } from './host-turn.ts'

export type TimerHandle = unknown

export interface TimerOptions {
  /** Nobody waits for this timer: it must not keep the process alive. */
  readonly background?: boolean
  /**
   * A hint that may be ignored, for a timer that was armed in its own place by a firing that did nothing else that lasts:
   * for so many ms, if nothing else happens between, each further firing would do the same, and the last of them alone
   * would do for all. Default 0.
   */
  readonly idleForMs?: number
}

/** The time of one instance. Give `new Kafkalet({ clock })` one of your own to control it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /**
   * What `fire` returns may be ignored: the timer that it armed in its own place where it did nothing else, so that nothing
   * follows from it.
   */
  setTimeout(fire: () => unknown, ms: number, options?: TimerOptions): TimerHandle
  clearTimeout(timer: TimerHandle): void
}

/** The host's timers take 31 bits; a longer wait is made of several. */
const LONGEST_HOST_TIMER_MS = 2 ** 31 - 1

interface SystemTimer {
  host: ReturnType<typeof globalThis.setTimeout>
}

/** The host's clock and timers, looked up at each call so that fake timers installed later are honoured. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout(fire, ms, options) {
    const timer: SystemTimer = { host: arm(Math.max(0, ms)) }
    return timer

    function arm(remainingMs: number): SystemTimer['host'] {
      const stepMs = Math.min(remainingMs, LONGEST_HOST_TIMER_MS)
      const host = globalThis.setTimeout(() => {
        if (remainingMs > stepMs) timer.host = arm(remainingMs - stepMs)
        else fire()
      }, stepMs)
      if (options?.background) unref(host)
      return host
    }
  },
  clearTimeout(timer) {
    globalThis.clearTimeout((timer as SystemTimer).host)
  },
}

function unref(host: unknown): void {
  if (typeof host === 'object' && host !== null && 'unref' in host && typeof host.unref === 'function') host.unref()
}

const MOST_ROUNDS_A_STINT = 32
const MOST_RECORDS_A_STINT = 2048
let waitingForTurns = 0

/**
 * Lets a loop that always has work give the host's event loop its turns. Rounds and records are counted, not
 * milliseconds: the same calls give the same turns. That the loop had to wait says nothing: what woke it may have been
 * a promise job, and the host had no turn.
 */
export class HostTurns {
  #rounds = 0
  #records = 0

  /** Whether anybody in this process waits for a turn. */
  static get areAwaited(): boolean {
    return waitingForTurns > 0
  }

  /** A round of the loop has handled this many records. */
  count(records: number): void {
    this.#rounds++
    this.#records += records
  }

  get isDue(): boolean {
    return this.#rounds >= MOST_ROUNDS_A_STINT || this.#records >= MOST_RECORDS_A_STINT
  }

  async take(): Promise<void> {
    this.#rounds = 0
    this.#records = 0
    waitingForTurns++
    await hostTurn()
    waitingForTurns--
  }
}
