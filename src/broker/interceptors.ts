// What may stand before or after a handler: faults, latency, history. The broker asks here only while somebody stands
// there. Both doors come through, so it knows requests and answers of the seam, and nothing of who sent them.

import { KafkaError } from '../errors.ts'
import type { ApiName, RequestContext, RequestOf, ResponseOf } from './api.ts'

export interface Exchange<Api extends ApiName = ApiName> {
  readonly api: Api
  readonly request: RequestOf<Api>
  readonly context: RequestContext
}

export type AnyExchange = { readonly [Api in ApiName]: Exchange<Api> }[ApiName]
export type AnyAnswer = ResponseOf<ApiName>
/** Carries the request out: the whole of it, or what is left of it. */
export type CarryOut = (request?: RequestOf<ApiName>) => AnyAnswer | Promise<AnyAnswer>

/** What an interceptor does with one request. */
export interface Plan {
  /** The request waits for this, and so does whatever its connection sends after it. It must not be rejected. */
  readonly wait?: Promise<void>
  /** Stands in the handler's place; `carryOut` is the handler, or who stands behind. */
  readonly around?: (carryOut: CarryOut) => AnyAnswer | Promise<AnyAnswer>
}

export interface Interceptor {
  /** Called in the order in which requests arrive; null lets one pass. */
  arrive(exchange: AnyExchange): Plan | null
}

/**
 * A client speaks to the leader of a partition and to the coordinator of its group or transaction over connections of their own: what
 * waits on one holds up nothing on the other.
 */
const coordinatorApis: ReadonlySet<ApiName> = new Set([
  'JoinGroup',
  'SyncGroup',
  'Heartbeat',
  'LeaveGroup',
  'OffsetCommit',
  'OffsetFetch',
  'OffsetDelete',
  'AddPartitionsToTxn',
  'AddOffsetsToTxn',
  'EndTxn',
  'TxnOffsetCommit',
])

/** By connection, what its next request has to wait for. */
type Lane = Map<object, Promise<void>>

export class Interceptors {
  readonly #onIdle: () => void
  #all: readonly Interceptor[] = []
  readonly #toLeader: Lane = new Map()
  readonly #toCoordinator: Lane = new Map()
  /** By connection, how those that wait learn that it broke. */
  readonly #waiting = new Map<object, Set<(error: KafkaError) => void>>()

  /** `onIdle` is called when nobody stands here any more, and nothing waits. */
  constructor(onIdle: () => void) {
    this.#onIdle = onIdle
  }

  add(interceptor: Interceptor): void {
    this.#all = [...this.#all, interceptor]
  }

  remove(interceptor: Interceptor): void {
    this.#all = this.#all.filter((each) => each !== interceptor)
    this.#tellIdle()
  }

  handle(exchange: AnyExchange, handler: CarryOut): AnyAnswer | Promise<AnyAnswer> {
    const plans: Plan[] = []
    try {
      for (const interceptor of this.#all) {
        const plan = interceptor.arrive(exchange)
        if (plan !== null) plans.push(plan)
      }
    } catch (error) {
      return Promise.reject(error)
    }
    const carryOut = () => attempt(plans.reduceRight(enclose, handler))
    const waits = plans.flatMap(({ wait }) => wait ?? [])
    const lane = coordinatorApis.has(exchange.api) ? this.#toCoordinator : this.#toLeader
    const { connection } = exchange.context
    if (waits.length === 0 && !lane.has(connection)) return carryOut()
    return this.#inTurn(lane, connection, waits, carryOut)
  }

  /** What the connection still waits for will not come. */
  lose(connection: object): void {
    for (const lane of [this.#toLeader, this.#toCoordinator]) lane.delete(connection)
    const waiting = this.#waiting.get(connection)
    this.#waiting.delete(connection)
    for (const tell of waiting ?? []) tell(connectionBroke())
    this.#tellIdle()
  }

  #inTurn(
    lane: Lane,
    connection: object,
    waits: readonly Promise<void>[],
    carryOut: () => AnyAnswer | Promise<AnyAnswer>,
  ): Promise<AnyAnswer> {
    const turn = Promise.all([lane.get(connection), ...waits]).then(() => {})
    lane.set(connection, turn)
    return new Promise((resolve, reject) => {
      this.#addWaiting(connection, reject)
      turn.then(() => {
        if (!this.#removeWaiting(connection, reject)) return
        resolve(carryOut())
        if (lane.get(connection) === turn) lane.delete(connection)
        this.#tellIdle()
      })
    })
  }

  #addWaiting(connection: object, tell: (error: KafkaError) => void): void {
    const waiting = this.#waiting.get(connection)
    if (waiting) waiting.add(tell)
    else this.#waiting.set(connection, new Set([tell]))
  }

  /** False where the connection broke meanwhile. */
  #removeWaiting(connection: object, tell: (error: KafkaError) => void): boolean {
    const waiting = this.#waiting.get(connection)
    if (!waiting?.delete(tell)) return false
    if (waiting.size === 0) this.#waiting.delete(connection)
    return true
  }

  #tellIdle(): void {
    if (this.#all.length === 0 && this.#waiting.size === 0) this.#onIdle()
  }
}

function enclose(inner: CarryOut, { around }: Plan): CarryOut {
  return around ? () => around(inner) : inner
}

/** Whoever waits for an answer gets a rejection, never a throw in the middle of sending. */
function attempt(carryOut: CarryOut): AnyAnswer | Promise<AnyAnswer> {
  try {
    return carryOut()
  } catch (error) {
    return Promise.reject(error)
  }
}

/** What a client learns where no answer comes: on the wire, that its connection is closed. */
export function connectionBroke(): KafkaError {
  return new KafkaError('NETWORK_EXCEPTION')
}
