// What can be said of a fault: how often it happens, and what.

import type { ApiName, RequestContext, RequestOf, ResponseOf } from '../broker/api.ts'
import { connectionBroke } from '../broker/interceptors.ts'
import { ErrorCode, type ErrorName, errorText, KafkaError } from '../errors.ts'
import { didYouMean } from '../suggest.ts'
import { apiErrors } from './api-errors.ts'
import type { Action, Fault, SetFault } from './fault.ts'
import { type HeldRequests, heldRequests } from './held-requests.ts'
import type { Refuse } from './refuse-parts.ts'
import type { RecordedRequest, RequestHistory } from './request-history.ts'
import type { Waits } from './waits.ts'

/**
 * What happens to which requests. It is set by its last call, the one that says what happens; how often comes before:
 * once, unless `times`, `always` or `withProbability` say otherwise.
 */
export interface FaultRule<Api extends ApiName> {
  /** To the next `count` requests. */
  times(count: number): FaultRule<Api>
  /** To every request. */
  always(): FaultRule<Api>
  /** To every request with this probability (0 to 1), by the seed of the instance, unless `times` says how often. */
  withProbability(probability: number): FaultRule<Api>
  /**
   * Answers with this error, where Kafka would put it: for each partition, topic, group or member that is meant, while
   * the broker carries out the rest; or as a whole.
   *
   * @throws KafkaError INVALID_ARGUMENT for an error that this API cannot answer
   */
  fail(code: ErrorName): Fault
  /** The request arrives `ms` later, and with it whatever its connection sends behind it. */
  delay(ms: number): Fault
  /** The request does not arrive until it is released, nor does what its connection sends behind it. */
  hold(): HeldRequests
  /** The request never arrives, and its connection breaks: clients see NETWORK_EXCEPTION, which is retriable. */
  drop(): Fault
  /** The request is carried out, but its answer never arrives, and its connection breaks. */
  loseResponse(): Fault
  /** What this returns is answered instead. */
  rewrite(
    change: (response: ResponseOf<Api>, request: RequestOf<Api>, context: RequestContext) => ResponseOf<Api>,
  ): Fault
  /** Looks at every request and what came of it, and changes nothing; not only at one, unless `times` says so. */
  observe(look: (seen: RecordedRequest<Api>) => void): Fault
}

type Look<Api extends ApiName> = (seen: RecordedRequest<Api>) => void

/** What a rule needs of the instance whose fault it is. */
export interface RuleHost {
  readonly waits: Waits
  readonly history: RequestHistory
  /** The fault is complete, and in force. */
  set(fault: SetFault, look?: Look<ApiName>): void
}

export class Rule<Api extends ApiName> implements FaultRule<Api> {
  readonly #api: Api
  readonly #fault: SetFault
  readonly #host: RuleHost

  constructor(api: Api, fault: SetFault, host: RuleHost) {
    this.#api = api
    this.#fault = fault
    this.#host = host
  }

  times(count: number): this {
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new KafkaError(
        'INVALID_ARGUMENT',
        `faults: times takes a whole number of at least 1, not ${String(count)}.`,
      )
    }
    this.#fault.limit(count)
    return this
  }

  always(): this {
    this.#fault.limit(Number.POSITIVE_INFINITY)
    return this
  }

  withProbability(probability: number): this {
    if (!(probability >= 0 && probability <= 1)) {
      throw new KafkaError('INVALID_ARGUMENT', `faults: a probability is a number from 0 to 1, not ${probability}.`)
    }
    this.#fault.chance(probability)
    return this
  }

  fail(code: ErrorName): Fault {
    const refuse = refusing(this.#api, code)
    const refusal = { errorCode: ErrorCode[code], errorMessage: `${errorText(code) || code} (A fault of the test.)` }
    return this.#set(`fail(${code})`, ({ request }, isHit) => ({
      around: (carryOut) => refuse(request as RequestOf<Api>, isHit, refusal, carryOut as CarryOutOf<Api>),
    }))
  }

  delay(ms: number): Fault {
    if (!Number.isSafeInteger(ms) || ms < 0) {
      const why = `faults: delay takes a whole number of milliseconds of at least 0, not ${String(ms)}.`
      throw new KafkaError('INVALID_ARGUMENT', why)
    }
    return this.#set(`delay(${ms})`, () => ({ wait: this.#host.waits.until(ms) }))
  }

  hold(): HeldRequests {
    const { waits, history } = this.#host
    const held = waits.hold(this.#fault)
    this.#set('hold()', ({ api, context }) => ({ wait: held.wait(`${api} of ${context.clientId}`) }))
    return heldRequests(this.#fault, held, history)
  }

  drop(): Fault {
    return this.#set('drop()', () => ({ around: () => Promise.reject(connectionBroke()) }))
  }

  loseResponse(): Fault {
    return this.#set('loseResponse()', () => ({
      around: async (carryOut) => {
        await carryOut()
        throw connectionBroke()
      },
    }))
  }

  rewrite(
    change: (response: ResponseOf<Api>, request: RequestOf<Api>, context: RequestContext) => ResponseOf<Api>,
  ): Fault {
    checkFunction('rewrite', change)
    return this.#set('rewrite()', ({ request, context }) => ({
      around: (carryOut) => {
        const rewritten = (response: ResponseOf<Api>) => {
          const changed = change(response, request as RequestOf<Api>, context)
          if (typeof changed === 'object' && changed !== null) return changed
          const why = `faults: rewrite must return the response of ${this.#api}, not ${String(changed)}.`
          throw new KafkaError('INVALID_ARGUMENT', why)
        }
        const response = carryOut() as ResponseOf<Api> | Promise<ResponseOf<Api>>
        return response instanceof Promise ? response.then(rewritten) : rewritten(response)
      },
    }))
  }

  observe(look: Look<Api>): Fault {
    checkFunction('observe', look)
    this.#fault.does('observe()', null)
    this.#host.set(this.#fault, (seen) => look(seen as RecordedRequest<Api>))
    return this.#fault
  }

  #set(name: string, act: Action): Fault {
    this.#fault.does(name, act)
    this.#host.set(this.#fault)
    return this.#fault
  }
}

type CarryOutOf<Api extends ApiName> = (rest: RequestOf<Api>) => ResponseOf<Api> | Promise<ResponseOf<Api>>

function refusing<Api extends ApiName>(api: Api, code: ErrorName): Refuse<RequestOf<Api>, ResponseOf<Api>> {
  const ways = apiErrors[api]
  const way = ways.find(({ errors }) => errors.includes(code))
  if (way) return way.refuse
  const known = ways.flatMap(({ errors }) => errors)
  const why = `faults: ${api} cannot answer '${String(code)}'.${didYouMean(String(code), known)} It can answer: ${known.join(', ')}.`
  throw new KafkaError('INVALID_ARGUMENT', why)
}

function checkFunction(name: string, given: unknown): void {
  if (typeof given === 'function') return
  throw new KafkaError('INVALID_ARGUMENT', `faults: ${name} takes a function, not ${typeof given}.`)
}
