// A fault that holds requests back, as a test sees it.

import { KafkaError } from '../errors.ts'
import { afterHostTime } from '../host-turn.ts'
import type { Fault, SetFault } from './fault.ts'
import type { RequestHistory } from './request-history.ts'
import type { Held } from './waits.ts'

export interface ArrivedOptions {
  /**
   * How long to wait for it, in ms of the host's own time, whatever clock the instance has. Default 4000, so that it ends
   * before a test runner's 5 s do.
   */
  readonly timeoutMs?: number
}

/** A fault that holds requests back. */
export interface HeldRequests extends Fault {
  /** How many are held at the moment. */
  readonly count: number
  /**
   * Resolves when a request is held; at once if one was. No time of a ManualClock passes meanwhile.
   *
   * @throws KafkaError REQUEST_TIMED_OUT, with what was requested instead; ILLEGAL_STATE where the fault was released,
   *   removed or cleared before
   */
  arrived(options?: ArrivedOptions): Promise<void>
  /** Lets all go that are held, in order, and holds no more. */
  release(): void
}

const TIMEOUT_MS = 4_000

export function heldRequests(fault: SetFault, held: Held, history: RequestHistory): HeldRequests {
  const arrived = async ({ timeoutMs = TIMEOUT_MS }: ArrivedOptions = {}) => {
    if (typeof timeoutMs !== 'number' || !(timeoutMs >= 0)) {
      const why = `arrived: timeoutMs must be a number of milliseconds of at least 0, not ${String(timeoutMs)}.`
      throw new KafkaError('INVALID_ARGUMENT', why)
    }
    await new Promise<void>((resolve, reject) => {
      const stop = afterHostTime(timeoutMs, () => reject(inVain(fault, history, timeoutMs)))
      const ended = () => {
        stop()
        reject(tooLate(fault))
      }
      const come = () => {
        stop()
        resolve()
      }
      held.whenArrived({ arrived: come, ended })
    })
  }
  return {
    get fired() {
      return fault.fired
    },
    get count() {
      return held.count
    },
    arrived,
    release: () => {
      fault.isRemoved = true
      held.end()
    },
    remove: () => {
      fault.isRemoved = true
      if (held.count === 0) held.end()
    },
  }
}

function inVain(fault: SetFault, history: RequestHistory, timeoutMs: number): KafkaError {
  const why =
    `No request came in ${timeoutMs} ms that a fault could hold: ${fault}. Requested was ${history.summary()}. ` +
    'A request that comes with time, such as a heartbeat or an auto commit, needs a clock.advance beside it.'
  return new KafkaError('REQUEST_TIMED_OUT', why)
}

function tooLate(fault: SetFault): KafkaError {
  const why = `Nothing will be held by this fault any more, and nothing was: ${fault}. It was released, removed or cleared.`
  return new KafkaError('ILLEGAL_STATE', why)
}
