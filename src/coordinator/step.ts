// What a coordinator answers to a request: a Step. Handlers make it from the request, the state and the time, and
// await nothing; the runtime carries it out.

import type { ErrorCode } from '../errors.ts'

/** A record of a coordinator's internal topic. A null value is a tombstone. */
export interface CoordinatorRecord {
  readonly key: Uint8Array
  readonly value: Uint8Array | null
}

/** In whose transaction records are written: they count once that is committed. */
export interface RecordProducer {
  readonly producerId: number
  readonly producerEpoch: number
}

/** A request that waits for its answer. It is answered once. */
export interface Waiting<Response> {
  answer(response: Response): void
}

export interface Reply {
  deliver(): void
}

export function reply<Response>(to: Waiting<Response>, response: Response): Reply {
  return { deliver: () => to.answer(response) }
}

/** Arms the timer of this key, or cancels it. One that is armed is armed anew, unless it is to be kept where it is due earlier. */
export type TimerChange<Event> =
  | {
      readonly key: string
      readonly delayMs: number
      readonly keepIfEarlier?: boolean
      readonly fire: (nowMs: number) => Step<Event>
    }
  | { readonly key: string; readonly delayMs: null }

export interface Step<Event> {
  /** Appended to the internal topic together, before anything below happens. */
  readonly records?: readonly CoordinatorRecord[]
  /** Where they belong to a transaction. */
  readonly producer?: RecordProducer
  readonly replies?: readonly Reply[]
  readonly timers?: readonly TimerChange<Event>[]
  /** What an onlooker may want to know. */
  readonly events?: readonly Event[]
  /** What follows once the records stand in the log and are replayed (error 0), or were refused. */
  readonly settle?: (error: ErrorCode) => Step<Event>
}

export const NOTHING: Step<never> = Object.freeze({})

/** One step after the other; at most one of them may have records that wait to be settled. */
export function sequence<Event>(...steps: readonly Step<Event>[]): Step<Event> {
  const real = steps.filter((step) => step !== NOTHING)
  const [only] = real
  if (only === undefined) return NOTHING
  if (real.length === 1) return only
  if (real.some(({ producer }) => producer)) throw new Error('what belongs to a transaction is a step of its own')
  const settling = real.filter((step) => step.settle !== undefined)
  if (settling.length > 1) throw new Error('two steps of one sequence want to settle')
  return {
    records: joined(real.map((step) => step.records)),
    replies: joined(real.map((step) => step.replies)),
    timers: joined(real.map((step) => step.timers)),
    events: joined(real.map((step) => step.events)),
    ...(settling[0]?.settle && { settle: settling[0].settle }),
  }
}

const NONE: readonly never[] = Object.freeze([])

function joined<Item>(lists: readonly (readonly Item[] | undefined)[]): readonly Item[] {
  const present = lists.filter((list) => list !== undefined && list.length > 0)
  return present.length > 1 ? present.flatMap((list) => list ?? NONE) : (present[0] ?? NONE)
}
