// Time comes into kafkalet here and nowhere else.

export type TimerHandle = unknown

export interface TimerOptions {
  /** Nobody waits for this timer: it must not keep the process alive. */
  readonly background?: boolean
}

/** The time of one instance. Give `new Kafkalet({ clock })` one of your own to control it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  setTimeout(fire: () => void, ms: number, options?: TimerOptions): TimerHandle
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

// Fairness towards the host is measured and made with the host's own means, taken at import: fake timers must
// neither stop it nor be moved by it.
const hostNow = Date.now
const hostTimeout = globalThis.setTimeout
const hostImmediate = (globalThis as { setImmediate?: (fire: () => void) => unknown }).setImmediate
const LONGEST_STINT_MS = 8

/**
 * Lets a loop that always has work give the host's event loop a turn every few milliseconds. That the loop had to wait
 * says nothing: what woke it may have been a promise job, and the host had no turn.
 */
export class HostTurns {
  #lastTurnMs = hostNow()

  /** Whether the loop has run long enough without a turn. */
  isDue(): boolean {
    return hostNow() - this.#lastTurnMs >= LONGEST_STINT_MS
  }

  take(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#lastTurnMs = hostNow()
        resolve()
      }
      if (hostImmediate) hostImmediate(done)
      else hostTimeout(done, 0)
    })
  }
}
