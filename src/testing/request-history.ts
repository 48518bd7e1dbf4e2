// What was asked of the broker and what it answered, in the order in which it was asked.

import type { ApiName, RequestOf, ResponseOf } from '../broker/api.ts'
import type { AnyAnswer, AnyExchange } from '../broker/interceptors.ts'
import type { Clock } from '../clock.ts'
import { type RequestPart, requestParts, type TopicDirectory } from './request-parts.ts'

/** One request, and what came of it. `api` tells which fields request and response have. */
export interface RecordedRequest<Api extends ApiName = ApiName> {
  readonly api: Api
  readonly clientId: string
  /** When it arrived, in milliseconds since the epoch. */
  readonly atMs: number
  readonly request: RequestOf<Api>
  /** Null while there is none, and where none came. */
  readonly response: ResponseOf<Api> | null
  /** Why no answer came; null where one did. */
  readonly error: unknown
}

export type AnyRecordedRequest = { readonly [Api in ApiName]: RecordedRequest<Api> }[ApiName]

/** Filled in when the answer is there. */
export interface OpenRecord {
  readonly api: ApiName
  readonly clientId: string
  readonly atMs: number
  readonly request: RequestOf<ApiName>
  response: AnyAnswer | null
  error: unknown
}

/** A request, and what it was about when it arrived: a topic that it names by id may be gone later. */
export interface KeptRequest {
  readonly record: RecordedRequest
  readonly parts: readonly RequestPart[]
}

export class RequestHistory {
  readonly #clock: Clock
  readonly #topics: TopicDirectory
  readonly #kept: { readonly record: OpenRecord; readonly parts: readonly RequestPart[] }[] = []
  limit = 1_000
  /** When it began; null while nothing is written down. */
  beganAtMs: number | null = null
  /** How many were there and are not kept any more. */
  forgotten = 0

  constructor(clock: Clock, topics: TopicDirectory) {
    this.#clock = clock
    this.#topics = topics
  }

  get all(): readonly AnyRecordedRequest[] {
    return this.#kept.map(({ record }) => record) as AnyRecordedRequest[]
  }

  get kept(): readonly KeptRequest[] {
    return this.#kept as readonly KeptRequest[]
  }

  open(): void {
    this.beganAtMs ??= this.#clock.now()
  }

  begin({ api, request, context }: AnyExchange): OpenRecord {
    const seen = api === 'Produce' ? withHeads(request) : request
    const record = {
      api,
      clientId: context.clientId,
      atMs: this.#clock.now(),
      request: seen,
      response: null,
      error: null,
    }
    const parts = requestParts[api].list as (of: RequestOf<ApiName>, topics: TopicDirectory) => readonly RequestPart[]
    this.#kept.push({ record, parts: parts(request, this.#topics) })
    while (this.#kept.length > this.limit) {
      this.#kept.shift()
      this.forgotten++
    }
    return record
  }

  /** How often each API was requested, in words. */
  summary(): string {
    const counts = new Map<string, number>()
    for (const { record } of this.#kept) counts.set(record.api, (counts.get(record.api) ?? 0) + 1)
    return [...counts].map(([api, count]) => `${api} ${often(count)}`).join(', ') || 'nothing'
  }

  clear(): void {
    this.#kept.length = 0
    this.beganAtMs = null
    this.forgotten = 0
  }
}

export function often(times: number): string {
  return times === 1 ? 'once' : `${times} times`
}

/** A batch grows when it is the log's: what was sent is what it held then. */
function withHeads(request: RequestOf<'Produce'>): RequestOf<'Produce'> {
  return {
    ...request,
    topicData: request.topicData.map(({ name, partitionData }) => ({
      name,
      partitionData: partitionData.map(({ index, records }) => ({ index, records: records.head() })),
    })),
  }
}
