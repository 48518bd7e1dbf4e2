// A clock that stands until it is told to go on.

import { type Clock, HostTurns, type TimerOptions } from '../clock.ts'
import { KafkaError } from '../errors.ts'
import { hostTurn } from '../host-turn.ts'
import { quiet } from './quiet.ts'
import { type HeapTimer, TimerHeap } from './timer-heap.ts'

/** How often it is looked whether something can be passed over, while each timer that is armed fires once. */
const LOOKS_A_ROUND = 2

const NONE: readonly never[] = Object.freeze([])

/** However long nothing but idle timers fire, the host gets its turns. */
const MOST_IDLE_FIRINGS_A_TURN = 10_000

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
  /** By the timer that fires now; null while none does. */
  #armedNow: HeapTimer[] | null = null
  /** Timers with a lower sequence were armed before something happened last. */
  #idleSince = 0
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

  setTimeout(fire: () => unknown, ms: number, options?: TimerOptions): HeapTimer {
    const delayMs = Math.max(0, ms)
    const idleForMs = options?.idleForMs ?? 0
    const timer = {
      dueAtMs: this.#elapsedMs + delayMs,
      sequence: this.#armed++,
      delayMs,
      isBackground: options?.background === true,
      idleUntilMs: idleForMs > 0 && delayMs > 0 ? this.#elapsedMs + idleForMs : 0,
      putsOff: NONE,
      putOffBy: null,
      fire,
      index: -1,
    }
    this.#timers.add(timer)
    this.#armedNow?.push(timer)
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
   * the next. Resolves with what fired. Where heartbeats and long polls do nothing but go on for hours, they are counted
   * and not carried out one by one, unless faults, a history or listeners look at requests. Called while another call lets time pass, it waits for the end of that.
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
    const endMs = this.#elapsedMs + ms
    const fired = new FiredMoments(this.#elapsedMs)
    await quiet()
    this.#idleSince = this.#armed
    let idleFirings = 0
    for (let next = this.#timers.first; next !== undefined && next.dueAtMs <= endMs; next = this.#timers.first) {
      const isIdle = this.#fire(next)
      fired.count(this.#elapsedMs, 1, next.isBackground)
      if (isIdle && ++idleFirings % MOST_IDLE_FIRINGS_A_TURN > 0) {
        if (idleFirings % Math.ceil(this.#timers.size / LOOKS_A_ROUND) === 0) this.#passOver(endMs, fired)
        continue
      }
      // Between two timers of millions, a turn is enough where nobody asks for more.
      await hostTurn()
      if (HostTurns.areAwaited) await quiet()
      this.#idleSince = this.#armed
    }
    this.#elapsedMs = endMs
    return fired.moments
  }

  /** True where nothing follows from it: it has done nothing but arm itself anew, and that is known of the next firings too. */
  #fire(timer: HeapTimer): boolean {
    this.#elapsedMs = Math.max(this.#elapsedMs, timer.dueAtMs)
    this.#timers.remove(timer)
    const armed: HeapTimer[] = []
    this.#armedNow = armed
    try {
      const returned = timer.fire()
      const next = armed.find((each) => each === returned)
      if (next === undefined || next.idleUntilMs === 0) return false
      if (armed.length > 1) {
        next.putsOff = armed.filter((each) => each !== next)
        for (const each of next.putsOff) each.putOffBy = next
      }
      return true
    } finally {
      this.#armedNow = null
    }
  }

  /**
   * Where timers do nothing but arm themselves anew until something else happens, the last such firing of each does for
   * all: they go straight there, and the ones before it are only counted.
   */
  #passOver(endMs: number, fired: FiredMoments): void {
    let untilMs = endMs + 1
    for (const timer of this.#timers.all) untilMs = Math.min(untilMs, this.#changesAtMs(timer))
    const leaps: Leap[] = []
    for (const timer of this.#timers.all) {
      const times = this.#isIdle(timer) ? firingsBefore(timer, untilMs, endMs) - 1 : 0
      if (times > 0) leaps.push({ timer, times, armedAtMs: timer.dueAtMs + (times - 1) * timer.delayMs })
    }
    if (leaps.length === 0) return
    // Of timers that are due at the same moment, the one that was armed first fires first.
    leaps.sort(inOrderOfArming)
    fired.countAll(leaps)
    for (const { timer, times } of leaps) {
      for (const each of [...timer.putsOff, timer]) {
        each.dueAtMs += times * timer.delayMs
        each.sequence = this.#armed++
      }
    }
    this.#timers.reorder()
  }

  /** What it did when it last fired says what it will do, as long as nothing else has happened since. */
  #isIdle(timer: HeapTimer): boolean {
    return timer.sequence >= this.#idleSince && timer.dueAtMs < timer.idleUntilMs
  }

  /** When it fires for the first time with more to do than to arm itself anew. */
  #changesAtMs(timer: HeapTimer): number {
    const { dueAtMs, idleUntilMs, delayMs, putOffBy } = timer
    if (this.#isIdle(timer)) return dueAtMs + Math.ceil((idleUntilMs - dueAtMs) / delayMs) * delayMs
    const isPutOff = putOffBy !== null && this.#isIdle(putOffBy) && putOffBy.index >= 0 && putOffBy.dueAtMs < dueAtMs
    return isPutOff ? Number.POSITIVE_INFINITY : dueAtMs
  }

  #inTurn<Result>(pass: () => Promise<Result>): Promise<Result> {
    const passed = this.#passing.then(pass)
    this.#passing = passed.catch(() => {})
    return passed
  }
}

/** A timer that goes straight to a later firing. */
interface Leap {
  readonly timer: HeapTimer
  /** How many firings it passes over. */
  readonly times: number
  /** When the last of those would have armed it. */
  readonly armedAtMs: number
}

/**
 * What fires at the same moment arms itself anew in the order in which it was armed for that: the longest delay first, and
 * of equal delays the one that has fired already since the other did.
 */
function inOrderOfArming(a: Leap, b: Leap): number {
  return (
    a.armedAtMs - b.armedAtMs ||
    b.timer.delayMs - a.timer.delayMs ||
    a.times - b.times ||
    a.timer.sequence - b.timer.sequence
  )
}

/** How often the timer fires before `untilMs`, and not after `endMs`. */
function firingsBefore({ dueAtMs, delayMs }: HeapTimer, untilMs: number, endMs: number): number {
  const times = Math.floor((Math.min(untilMs, endMs) - dueAtMs) / delayMs)
  return dueAtMs + times * delayMs < untilMs ? times + 1 : times
}

/** What fired, moment by moment. */
class FiredMoments {
  readonly moments: { readonly afterMs: number; timers: number; background: number }[] = []
  readonly #beginMs: number

  constructor(beginMs: number) {
    this.#beginMs = beginMs
  }

  count(atMs: number, timers: number, isBackground: boolean): void {
    const moment = this.#at(atMs - this.#beginMs)
    moment.timers += timers
    if (isBackground) moment.background += timers
  }

  countAll(leaps: readonly Leap[]): void {
    const stretches: { timer: HeapTimer; times: number; timers: number }[] = []
    for (const { timer, times } of leaps) {
      const last = stretches.at(-1)
      const isSame =
        last?.times === times &&
        last.timer.dueAtMs === timer.dueAtMs &&
        last.timer.delayMs === timer.delayMs &&
        last.timer.isBackground === timer.isBackground
      if (isSame) last.timers++
      else stretches.push({ timer, times, timers: 1 })
    }
    const counts = stretches.flatMap(({ timer, times, timers }) =>
      Array.from({ length: times }, (_, i) => ({ atMs: timer.dueAtMs + i * timer.delayMs, timers, timer })),
    )
    counts.sort((a, b) => a.atMs - b.atMs)
    for (const { atMs, timers, timer } of counts) this.count(atMs, timers, timer.isBackground)
  }

  /** Mostly the last one: what is passed over is counted a little ahead of what fires. */
  #at(afterMs: number): { timers: number; background: number } {
    let index = this.moments.length
    for (let before = this.moments[index - 1]; before && before.afterMs >= afterMs; before = this.moments[index - 1]) {
      if (before.afterMs === afterMs) return before
      index--
    }
    const moment = { afterMs, timers: 0, background: 0 }
    this.moments.splice(index, 0, moment)
    return moment
  }
}

function checkedTime(call: string, ms: unknown): number {
  if (Number.isFinite(ms) && Number(ms) >= 0) return Number(ms)
  const why = `${call}: a time is a number of milliseconds since 1970, such as Date.UTC(2026, 0, 1), not ${String(ms)}.`
  throw new KafkaError('INVALID_ARGUMENT', why)
}
