// The faults of one instance. They stand at the broker's seam, and so before every client of both doors.

import type { ApiName } from '../broker/api.ts'
import type { AnyAnswer, AnyExchange, CarryOut, Interceptor, Plan } from '../broker/interceptors.ts'
import { KafkaError } from '../errors.ts'
import type { Insides } from '../kafkalet.ts'
import { type Random, seededRandom } from '../random.ts'
import { callSiteOf } from './call-site.ts'
import { SetFault } from './fault.ts'
import { checkFilter, type FaultFilter } from './fault-filter.ts'
import { type FaultRule, Rule } from './fault-rule.ts'
import { groupIds, whyNoGroup } from './group-view.ts'
import { instance, openInstance } from './instance.ts'
import { leftoversOf } from './leftovers.ts'
import { type AnyRecordedRequest, type OpenRecord, type RecordedRequest, RequestHistory } from './request-history.ts'
import { checkApi, type TopicDirectory } from './request-parts.ts'
import { Waits } from './waits.ts'

/** The faults' chance is a sequence of its own: a fault that is set changes no id, and no keyless record's partition. */
const CHANCE_OF_FAULTS = 0x0fa17

type Look = (seen: RecordedRequest) => void

/** The faults of one instance. */
export interface Faults {
  /**
   * Chooses requests; what happens to them is said by what is called on the result. Of several faults for a request the
   * one that was set first and is not used up happens; observers see it all the same.
   *
   * @param filter which of them: by `topic`, `partition`, `groupId`, `memberId`, `transactionalId`, `clientId`, or `where(request, context)`
   * @throws KafkaError INVALID_ARGUMENT for an API that there is not, and for a filter that it cannot be filtered by;
   *   ILLEGAL_STATE where the instance is closed
   */
  on<Api extends ApiName>(api: Api, filter?: FaultFilter<Api>): FaultRule<Api>
  /**
   * Writes requests and answers down, of which `history` has the last `limit`. Faults that are set do the same.
   *
   * @param options.limit how many are kept; default 1000
   */
  record(options?: { readonly limit?: number }): void
  /** All requests since the first fault was set or `record` was called, in the order in which they arrived. */
  readonly history: readonly AnyRecordedRequest[]
  /**
   * Passes when every fault has happened as often as it was to.
   *
   * @throws KafkaError ILLEGAL_STATE that lists the others, and where each was set
   */
  assertUsed(): void
  /** Takes all faults away and ends and forgets the history. Requests that were held or delayed go on. */
  clear(): void
}

const all = new WeakMap<object, FaultsOfInstance>()

/**
 * What goes wrong in an instance, as a test wants it. Always the same object for the same instance.
 *
 * @example
 * const faults = faultsOf(kafka)
 * faults.on('Produce', { topic: 'orders' }).fail('NOT_LEADER_OR_FOLLOWER')
 * @throws KafkaError INVALID_ARGUMENT for anything but a Kafkalet
 */
export function faultsOf(kafka: object): Faults {
  return faultsIn(kafka)
}

/** The requests that faults hold in an instance, in words. */
export function heldRequestsOf(kafka: object): readonly string[] {
  return all.get(kafka)?.held() ?? []
}

/** The faults of an instance that happen again and again, in words. */
export function endlessFaultsOf(kafka: object): readonly string[] {
  return all.get(kafka)?.endless() ?? []
}

/** What was requested of an instance; null while nothing is written down. */
export function requestsOf(kafka: object): RequestHistory | null {
  return all.get(kafka)?.requests ?? null
}

function faultsIn(kafka: object): FaultsOfInstance {
  const known = all.get(kafka)
  if (known) return known
  const insides = instance('faultsOf', kafka)
  const faults = new FaultsOfInstance(kafka, insides)
  all.set(kafka, faults)
  leftoversOf(kafka, insides).lookInto({ list: () => faults.leftovers(), end: () => faults.end() })
  return faults
}

class FaultsOfInstance implements Faults, Interceptor {
  readonly #kafka: object
  readonly #insides: Insides
  readonly #random: Random
  readonly #waits: Waits
  readonly #history: RequestHistory
  readonly #topics: TopicDirectory
  #faults: SetFault[] = []
  readonly #looks = new Map<SetFault, Look>()
  /** Takes the faults away from the broker; null while they do not stand there. */
  #leave: (() => void) | null = null

  constructor(kafka: object, insides: Insides) {
    this.#kafka = kafka
    const { broker, host, seed } = insides
    const { clock } = host
    this.#insides = insides
    this.#random = seededRandom(seed ^ CHANCE_OF_FAULTS)
    this.#waits = new Waits(clock)
    this.#topics = {
      nameOf: (topicId) => broker.topics.byId(topicId)?.name ?? '',
      names: () => [...broker.topics.all()].map(({ name }) => name),
    }
    this.#history = new RequestHistory(clock, this.#topics)
  }

  on<Api extends ApiName>(api: Api, filter: FaultFilter<Api> = {}): FaultRule<Api> {
    openInstance('faults.on', this.#kafka)
    checkApi('faults', api)
    checkFilter('faults', api, filter, ['clientId', 'where'])
    const fault = new SetFault(api, filter, callSiteOf(this.on))
    this.#faults.push(fault)
    const set = (_fault: SetFault, look?: Look) => {
      if (look) this.#looks.set(fault, look)
      this.#stand()
    }
    return new Rule(api, fault, { waits: this.#waits, history: this.#history, set })
  }

  record({ limit = 1_000 }: { readonly limit?: number } = {}): void {
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw new KafkaError(
        'INVALID_ARGUMENT',
        `faults: limit must be a whole number of at least 1, not ${String(limit)}.`,
      )
    }
    openInstance('faults.record', this.#kafka)
    this.#history.limit = limit
    this.#stand()
  }

  get history(): readonly AnyRecordedRequest[] {
    return this.#history.all
  }

  get requests(): RequestHistory | null {
    return this.#history.beganAtMs === null ? null : this.#history
  }

  assertUsed(): void {
    const unused = this.#unused()
    if (unused.length === 0) return
    const why = `These faults did not happen, or not as often as they were to:\n  ${unused.join('\n  ')}`
    throw new KafkaError('ILLEGAL_STATE', why)
  }

  clear(): void {
    this.#history.clear()
    this.#leave?.()
    this.#leave = null
    this.end()
  }

  /** Nothing stands in anybody's way any more; what is requested is still written down. */
  end(): void {
    this.#faults = []
    this.#looks.clear()
    this.#waits.releaseAll()
  }

  leftovers(): string[] {
    const held = this.#waits.heldBy().map(([fault, { length }]) => `${length} request(s) held by a fault: ${fault}`)
    return [...this.#unused().map((fault) => `a fault that did not happen: ${fault}`), ...held]
  }

  held(): string[] {
    return this.#waits.heldBy().map(([fault, requests]) => {
      return `A fault holds ${requests.join(', ')}: ${fault}. Its release() lets that go on.`
    })
  }

  endless(): string[] {
    const atWork = this.#faults.filter(({ isEndless, fired }) => isEndless && fired > 0)
    return atWork.map((fault) => `A fault is at work again and again: ${fault}. Its remove() ends it.`)
  }

  arrive(exchange: AnyExchange): Plan | null {
    const looks: Look[] = []
    let plan: Plan | null = null
    for (const fault of this.#faults) {
      const look = this.#looks.get(fault)
      if (look === undefined && plan !== null) continue
      const isHit = fault.take(exchange, this.#topics, this.#random)
      if (isHit === null) continue
      if (look) looks.push(look)
      else plan = fault.plan(exchange, isHit)
    }
    const record = this.#history.begin(exchange)
    return watched(record, looks, plan ?? {})
  }

  #unused(): string[] {
    return this.#faults.filter(({ isUnused }) => isUnused).map((fault) => `${fault}${this.#slipIn(fault)}`)
  }

  /** A fault for something that there is not may be a slip of the pen. */
  #slipIn({ filter: { topic, groupId } }: SetFault): string {
    const { topics } = this.#insides.broker
    if (topic !== undefined && topics.get(topic) === undefined) return `. ${topics.unknown(topic)}`
    if (groupId === undefined || groupIds(this.#insides).includes(groupId)) return ''
    return `. ${whyNoGroup(this.#insides, groupId)}`
  }

  #stand(): void {
    this.#history.open()
    this.#leave ??= this.#insides.broker.intercept(this)
  }
}

/** The plan, and after it the record is complete and shown to whoever looks on. */
function watched(record: OpenRecord, looks: readonly Look[], { wait, around }: Plan): Plan {
  const done = () => {
    for (const look of looks) look(record as RecordedRequest)
  }
  const answered = (response: AnyAnswer): AnyAnswer => {
    record.response = response
    done()
    return response
  }
  const failed = (error: unknown): never => {
    record.error = error
    done()
    throw error
  }
  const watch = (carryOut: CarryOut): AnyAnswer | Promise<AnyAnswer> => {
    const answer = around ? around(carryOut) : carryOut()
    return answer instanceof Promise ? answer.then(answered, failed) : answered(answer)
  }
  return wait ? { wait, around: watch } : { around: watch }
}
