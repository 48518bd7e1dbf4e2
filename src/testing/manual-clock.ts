// A clock that stands until it is told to go on.

import { type Clock, HostTurns, type TimerOptions } from '../clock.ts'
import { KafkaError } from '../errors.ts'
import { hostTurn } from '../host-turn.ts'
import { quiet } from './quiet.ts'
import { type HeapTimer, TimerHeap } from './timer-heap.ts'

/** The timers that fired at one moment. */
export interface FiredTimers {
  /** How long after the call began. */
  readonly afterMs: number
  /** How many fired at that moment. */
  readonly timers: number
  /** How many of them nobody waited for: heartbeats, session timeouts, retention. The others end a poll or a call. */
  readonly background: number
}

/**
 * Time for tests: `new Kafkalet({ clock: new ManualClock() })`. Nothing that waits for time happens by itself; a week
 * of retention or a session timeout passes with one `advance`.
 *
 * @example
 * const clock = new ManualClock()
 * await using kafka = new Kafkalet({ clock })
 * const polling = kafka.consumer({ groupId: 'g', topics: ['t'] }).poll({ timeoutMs: 1_000 })
 * await clock.advance(1_000)
 * console.log(await polling) // []
 */
export class ManualClock implements Clock {
  /** What timers go by. It only goes forward, whatever the time is set to. */
  #elapsedMs = 0
  /** What `now` adds to it. */
  #startMs: number
  #armed = 0
  readonly #timers = new TimerHeap()
  /** The last of those who let time pass: the next one waits for it, so that two never do it at once. */
  #passing: Promise<unknown> = Promise.resolve()

  /**
   * @param startMs milliseconds since the epoch; default 2026-01-01
   * @throws KafkaError INVALID_ARGUMENT
   */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#startMs = checkedTime('new ManualClock', startMs)
  }

  now(): number {
    return this.#startMs + this.#elapsedMs
  }

  setTimeout(fire: () => void, ms: number, options?: TimerOptions): HeapTimer {
    const dueAtMs = this.#elapsedMs + Math.max(0, ms)
    const timer = { dueAtMs, sequence: this.#armed++, isBackground: options?.background === true, fire, index: -1 }
    this.#timers.add(timer)
    return timer
  }

  clearTimeout(timer: unknown): void {
    this.#timers.remove(timer as HeapTimer)
  }

  /** How many timers are armed. */
  get timerCount(): number {
    return this.#timers.size
  }

  /**
   * Resolves when `ms` milliseconds have passed, which is as soon as you let them pass. For code that waits by itself, as
   * between two attempts, and can be told how: with the host's timers it would wait for ever, or for real.
   *
   * @param options.signal aborted, the promise rejects with its reason
   * @throws KafkaError INVALID_ARGUMENT for a time that is not at least 0
   * @example
   * const service = createService({ kafka, sleep: (ms, options) => clock.sleep(ms, options) })
   */
  async sleep(ms: number, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (typeof ms !== 'number' || !(ms >= 0 && ms < Number.POSITIVE_INFINITY)) {
      throw new KafkaError('INVALID_ARGUMENT', `sleep: ms must be a number of at least 0, not ${String(ms)}.`)
    }
    signal?.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        this.clearTimeout(timer)
        reject(signal?.reason)
      }
      const timer = this.setTimeout(() => {
        signal?.removeEventListener('abort', stop)
        resolve()
      }, ms)
      signal?.addEventListener('abort', stop, { once: true })
    })
  }

  /** Lets everything happen that can happen without time passing. See `settle` for how to do that with any clock. */
  async settle(): Promise<void> {
    await quiet()
  }

  /**
   * Lets `ms` milliseconds pass: fires what becomes due, in order, and lets all that follows from each happen before
   * the next. Resolves with what fired. Called while another call lets time pass, it waits for the end of that.
   *
   * @throws KafkaError INVALID_ARGUMENT for a time that is not at least 0
   * @example
   * await clock.advance(3_000) // [{ afterMs: 3000, timers: 1, background: 1 }]
   */
  async advance(ms: number): Promise<FiredTimers[]> {
    if (typeof ms !== 'number' || !(ms >= 0 && ms < Number.POSITIVE_INFINITY)) {
      const why = `advance: time goes forward, so ms must be a number of at least 0, not ${String(ms)}. To set a clock back, use setTime.`
      throw new KafkaError('INVALID_ARGUMENT', why)
    }
    return await this.#inTurn(() => this.#advance(ms))
  }

  /**
   * Goes to the next timer and fires that one alone. Resolves with null, and no time passes, where none is armed.
   *
   * @param options.withinMs a timer that is further away counts as none; default: any
   */
  async advanceToNext({
    withinMs = Number.POSITIVE_INFINITY,
  }: {
    readonly withinMs?: number
  } = {}): Promise<FiredTimers | null> {
    return await this.#inTurn(async () => {
      await quiet()
      const next = this.#timers.first
      if (next === undefined || next.dueAtMs > this.#elapsedMs + withinMs) return null
      const beforeMs = this.#elapsedMs
      this.#fire(next)
      await quiet()
      return { afterMs: this.#elapsedMs - beforeMs, timers: 1, background: next.isBackground ? 1 : 0 }
    })
  }

  /**
   * Sets what the clock says, as an operator or NTP does: forward or back, and no time passes. Nothing fires, and what
   * was due in 3 s still is.
   *
   * @param ms milliseconds since the epoch
   * @throws KafkaError INVALID_ARGUMENT
   */
  setTime(ms: number): void {
    this.#startMs = checkedTime('setTime', ms) - this.#elapsedMs
  }

  async #advance(ms: number): Promise<FiredTimers[]> {
    const beforeMs = this.#elapsedMs
    const endMs = beforeMs + ms
    const fired: { afterMs: number; timers: number; background: number }[] = []
    await quiet()
    // Between two timers of millions, a turn is enough where nobody asks for more.
    for (let next = this.#timers.first; next !== undefined && next.dueAtMs <= endMs; next = this.#timers.first) {
      this.#fire(next)
      await hostTurn()
      if (HostTurns.areAwaited) await quiet()
      const afterMs = this.#elapsedMs - beforeMs
      const last = fired.at(-1)
      const moment = last?.afterMs === afterMs ? last : { afterMs, timers: 0, background: 0 }
      if (moment !== last) fired.push(moment)
      moment.timers++
      if (next.isBackground) moment.background++
    }
    this.#elapsedMs = endMs
    return fired
  }

  #fire(timer: HeapTimer): void {
    this.#elapsedMs = Math.max(this.#elapsedMs, timer.dueAtMs)
    this.#timers.remove(timer)
    timer.fire()
  }

  #inTurn<Result>(pass: () => Promise<Result>): Promise<Result> {
    const passed = this.#passing.then(pass)
    this.#passing = passed.catch(() => {})
    return passed
  }
}

function checkedTime(call: string, ms: unknown): number {
  if (Number.isFinite(ms) && Number(ms) >= 0) return Number(ms)
  const why = `${call}: a time is a number of milliseconds since 1970, such as Date.UTC(2026, 0, 1), not ${String(ms)}.`
  throw new KafkaError('INVALID_ARGUMENT', why)
}
