// Waits until something is so. With a ManualClock it lets the time pass itself; with any other it looks again and again.

import type { Clock } from '../clock.ts'
import { rejectUnknown } from '../config.ts'
import { KafkaError } from '../errors.ts'
import { afterHostTime } from '../host-turn.ts'
import { instance } from './instance.ts'
import { ManualClock } from './manual-clock.ts'
import { quiet } from './quiet.ts'
import { hindrancesOf } from './standstill.ts'

export interface WaitOptions {
  /**
   * How long to wait, by the instance's clock. Default: 60 s of a ManualClock, which take no time; else 4 s, so that it
   * ends before a test runner's 5 s do.
   */
  readonly timeoutMs?: number
}

/** What was waited for, or what is there instead: asked for only where the wait has been in vain. */
export type Look<Found> = () => { readonly found: Found } | { readonly missing: () => string }

const MANUAL_TIMEOUT_MS = 60_000
const TIMEOUT_MS = 4_000
const LOOK_EVERY_MS = 5

export async function waitUntil<Found>(
  call: string,
  kafka: object,
  options: WaitOptions,
  look: Look<Found>,
): Promise<Found> {
  const { clock } = instance(call, kafka).host
  const { timeoutMs } = options
  const isManual = clock instanceof ManualClock
  const limitMs = timeoutMs ?? (isManual ? MANUAL_TIMEOUT_MS : TIMEOUT_MS)
  if (typeof limitMs !== 'number' || !(limitMs >= 0)) {
    const why = `${call}: timeoutMs must be a number of milliseconds of at least 0, not ${String(limitMs)}.`
    throw new KafkaError('INVALID_ARGUMENT', why)
  }
  for (let passedMs = 0, startMs = clock.now(); ; ) {
    await quiet()
    const seen = look()
    if ('found' in seen) return seen.found
    if (clock instanceof ManualClock) {
      const fired = await clock.advanceToNext({ withinMs: limitMs - passedMs })
      if (fired === null) throw inVain(call, kafka, `${limitMs} ms of the ManualClock`, seen.missing())
      passedMs += fired.afterMs
    } else {
      // A clock that is set back in the meantime begins to count anew.
      startMs = Math.min(startMs, clock.now())
      if (clock.now() - startMs >= limitMs) throw inVain(call, kafka, `${limitMs} ms`, seen.missing())
      await pause(call, clock)
    }
  }
}

/** Whatever there is to wait for, these are its options. */
export function checkOptions(call: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    const why = `${call}: the options are an object such as { timeoutMs: 1000 }, not ${String(options)}.`
    throw new KafkaError('INVALID_ARGUMENT', why)
  }
  rejectUnknown(options, known, call)
}

/** Fake timers that nobody moves would keep it waiting for ever. */
function pause(call: string, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const goOn = () => {
      stop()
      resolve()
    }
    const timer = clock.setTimeout(goOn, LOOK_EVERY_MS)
    const stop = afterHostTime(TIMEOUT_MS, () => {
      clock.clearTimeout(timer)
      const why =
        `${call}: time stands still, as with fake timers. Let it pass beside the wait, such as by ` +
        'vi.advanceTimersByTimeAsync, or give the Kafkalet a ManualClock: then the wait lets it pass.'
      reject(new KafkaError('ILLEGAL_STATE', why))
    })
  })
}

function inVain(call: string, kafka: object, howLong: string, missing: string): KafkaError {
  const hindrances = hindrancesOf(kafka)
  const because = hindrances.length === 0 ? '' : `\nWhat cannot go on by itself:\n  ${hindrances.join('\n  ')}`
  return new KafkaError('REQUEST_TIMED_OUT', `${call} waited ${howLong} in vain. ${missing}${because}`)
}
