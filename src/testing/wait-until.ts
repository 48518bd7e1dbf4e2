// Waits until something is so. With a ManualClock it lets the time pass itself; with any other it looks again and again.

import { KafkaError } from '../errors.ts'
import type { Insides } from '../kafkalet.ts'
import { ManualClock } from './manual-clock.ts'
import { quiet } from './quiet.ts'

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
  { host: { clock } }: Insides,
  { timeoutMs }: WaitOptions,
  look: Look<Found>,
): Promise<Found> {
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
      if (fired === null) throw inVain(call, limitMs, 'of the ManualClock ', seen.missing())
      passedMs += fired.afterMs
    } else {
      // A clock that is set back in the meantime begins to count anew.
      startMs = Math.min(startMs, clock.now())
      if (clock.now() - startMs >= limitMs) throw inVain(call, limitMs, '', seen.missing())
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, LOOK_EVERY_MS))
    }
  }
}

function inVain(call: string, limitMs: number, ofWhat: string, missing: string): KafkaError {
  return new KafkaError('REQUEST_TIMED_OUT', `${call} waited ${limitMs} ms ${ofWhat}in vain. ${missing}`)
}
