// What is expected of the requests that clients made.

import type { MatcherState } from 'vitest'
import type { ApiName, RequestOf, ResponseOf } from '../broker/api.ts'
import { ErrorCode, type ErrorName, KafkaError } from '../errors.ts'
import { didYouMean } from '../suggest.ts'
import { errorsOf } from '../testing/answer-errors.ts'
import { checkFilter, type FaultFilter, PART_FIELDS } from '../testing/fault-filter.ts'
import { requestsOf } from '../testing/faults.ts'
import { instance } from '../testing/instance.ts'
import { type KeptRequest, often, type RequestHistory } from '../testing/request-history.ts'
import { checkApi, type RequestPart } from '../testing/request-parts.ts'
import { equal, isAsymmetric } from './equality.ts'
import { oneLine } from './one-line.ts'
import type { MatcherResult } from './record-matchers.ts'

/** Of an object those fields that are named; of an array all entries. */
export type Named<Whole> = Whole extends Uint8Array | string | number | boolean | null
  ? Whole
  : Whole extends readonly (infer Entry)[]
    ? readonly Named<Entry>[]
    : { readonly [Field in keyof Whole]?: Named<Whole[Field]> }

/** A request by what matters of it; whatever is given must agree, and each can be an asymmetric matcher. */
export interface ExpectedRequest<Api extends ApiName = ApiName> extends Omit<FaultFilter<Api>, 'where'> {
  /** Fields of the request; others may be there. */
  readonly request?: Named<RequestOf<Api>>
  /** Fields of its answer; others may be there. null: there is none, or none yet. */
  readonly response?: Named<ResponseOf<Api>> | null
  /** An error that its answer names, or for which there was none; 'NONE' where all went well. */
  readonly error?: ErrorName
  /** How many such requests, no more and no fewer. Default: at least one. */
  readonly times?: number
}

const CALL = 'expect(kafka).toHaveBeenRequested'
const OTHER_FIELDS = ['clientId', 'request', 'response', 'error', 'times']
const MOST_SHOWN = 20
const MOST_PLACES_SHOWN = 5

export function toHaveBeenRequested<Api extends ApiName>(
  this: MatcherState,
  kafka: unknown,
  api: Api,
  expected: ExpectedRequest<Api> = {},
): MatcherResult {
  const history = recorded(kafka)
  checkApi(CALL, api)
  checkExpected(api, expected)
  const { times } = expected
  const isMeant = (kept: KeptRequest) => kept.record.api === api && matches(this, kept, expected)
  const meant = history.kept.filter(isMeant)
  const pass = times === undefined ? meant.length > 0 : meant.length === times
  checkMemory(history, meant.length, times)
  const message = () => {
    const wanted = describeExpected(this, api, expected)
    if (pass)
      return `${wanted} was requested ${often(meant.length)}, and should not have been:\n${lines(history, meant)}`
    const found = meant.length === 0 ? 'was not' : `was ${often(meant.length)}`
    const missing =
      times === undefined
        ? `${wanted} was not requested.`
        : `${wanted} should be requested ${often(times)}, and ${found}.`
    return `${missing}${difference(this, history, api, expected)}\n\n${instead(history, api)}`
  }
  return { pass, message }
}

function recorded(kafka: unknown): RequestHistory {
  instance(CALL, kafka)
  const history = requestsOf(kafka as object)
  if (history) return history
  const why =
    `${CALL}: nothing is written down of what is requested. Begin before what it is about, such as right after ` +
    'new Kafkalet(): faultsOf(kafka).record(). The instance of kafkaFixtures does so from the start; faults.clear() ends it.'
  throw new KafkaError('ILLEGAL_STATE', why)
}

function checkExpected(api: ApiName, expected: ExpectedRequest): void {
  checkFilter(CALL, api, expected, OTHER_FIELDS)
  const { times, error } = expected
  if (times !== undefined && !(Number.isSafeInteger(times) && times >= 0)) {
    const why = `${CALL}: times is a whole number of at least 0, not ${String(times)}.`
    throw new KafkaError('INVALID_ARGUMENT', why)
  }
  if (error === undefined || isAsymmetric(error) || Object.hasOwn(ErrorCode, error)) return
  const why = `${CALL}: Kafka has no error '${String(error)}'.${didYouMean(String(error), Object.keys(ErrorCode))}`
  throw new KafkaError('INVALID_ARGUMENT', why)
}

/** What is forgotten may be what is looked for. */
function checkMemory({ kept, forgotten }: RequestHistory, found: number, times: number | undefined): void {
  const isCertain = times === undefined ? found > 0 : found > times
  if (forgotten === 0 || isCertain) return
  const all = kept.length + forgotten
  const why = `${CALL} cannot tell: of ${all} requests the first ${forgotten} are forgotten. Keep more: faultsOf(kafka).record({ limit: ${all} }).`
  throw new KafkaError('ILLEGAL_STATE', why)
}

function matches(state: MatcherState, kept: KeptRequest, expected: ExpectedRequest): boolean {
  const { request, response, error } = expected
  const { record } = kept
  if (!isInFilter(state, kept, expected)) return false
  if (request !== undefined && !equal(state, record.request, request, true)) return false
  if (response !== undefined && !equal(state, record.response, response, true)) return false
  return error === undefined || errorsOf(record).some((each) => equal(state, each, error))
}

function isInFilter(state: MatcherState, { record, parts }: KeptRequest, expected: ExpectedRequest): boolean {
  const { clientId } = expected
  if (clientId !== undefined && !equal(state, record.clientId, clientId)) return false
  const asked = PART_FIELDS.filter((field) => expected[field] !== undefined)
  const agrees = (part: RequestPart) => asked.every((field) => equal(state, part[field], expected[field]))
  return asked.length === 0 || parts.some(agrees)
}

function describeExpected(state: MatcherState, api: ApiName, { times: _, ...expected }: ExpectedRequest): string {
  return Object.keys(expected).length === 0 ? api : `${api} ${oneLine(state, expected)}`
}

/** How the last request that the filter means differs from what was expected of it. */
function difference(state: MatcherState, { kept }: RequestHistory, api: ApiName, expected: ExpectedRequest): string {
  const [candidate] = kept.filter((each) => each.record.api === api && isInFilter(state, each, expected)).slice(-1)
  if (candidate === undefined) return ''
  const { record } = candidate
  const differing = (['request', 'response'] as const).filter(
    (field) => expected[field] !== undefined && !equal(state, record[field], expected[field], true),
  )
  const shown = differing.map((field) => {
    const found = state.utils.diff(expected[field], named(record[field], expected[field]))
    return ` The last one's ${field} differs:\n\n${found}`
  })
  return shown.join('')
}

/** Of what is there, that which was asked for. */
function named(actual: unknown, expected: unknown): unknown {
  if (isAsymmetric(expected) || typeof actual !== 'object' || actual === null) return actual
  if (typeof expected !== 'object' || expected === null) return actual
  if (Array.isArray(actual)) return actual.map((each, i) => named(each, Array.isArray(expected) ? expected[i] : each))
  const wanted = new Map(Object.entries(expected))
  const present = Object.entries(actual).filter(([name]) => wanted.has(name))
  return Object.fromEntries(present.map(([name, value]) => [name, named(value, wanted.get(name))]))
}

function instead(history: RequestHistory, api: ApiName): string {
  const { kept } = history
  const same = kept.filter(({ record }) => record.api === api)
  if (same.length > 0) return `What was requested of ${api}:\n${lines(history, same)}`
  return `Requested since it is written down: ${history.summary()}.`
}

/** The last ones, each with the milliseconds since the history began. */
function lines({ beganAtMs }: RequestHistory, kept: readonly KeptRequest[]): string {
  const last = kept.slice(-MOST_SHOWN)
  const afterMs = last.map(({ record }) => `${record.atMs - (beganAtMs ?? 0)}`)
  const widest = Math.max(...afterMs.map(({ length }) => length))
  const shown = last.map(({ record, parts }, i) => {
    const outcome = errorsOf(record).join(', ') || 'no answer yet'
    return `  ${afterMs[i]?.padStart(widest)} ms  ${record.clientId}: ${record.api}${subject(parts)} -> ${outcome}`
  })
  const before = kept.length > MOST_SHOWN ? [`  … ${kept.length - MOST_SHOWN} before`] : []
  return [...before, ...shown].join('\n')
}

function subject(parts: readonly RequestPart[]): string {
  const groups = new Set(parts.flatMap(({ groupId }) => (groupId === undefined ? [] : [`group '${groupId}'`])))
  const places = parts.flatMap(({ topic, partition }) => {
    if (topic === undefined) return []
    return [partition === undefined ? topic : `${topic}-${partition}`]
  })
  const more = places.length > MOST_PLACES_SHOWN ? [`… ${places.length - MOST_PLACES_SHOWN} more`] : []
  const all = [...groups, ...places.slice(0, MOST_PLACES_SHOWN), ...more]
  return all.length === 0 ? '' : ` of ${all.join(', ')}`
}
