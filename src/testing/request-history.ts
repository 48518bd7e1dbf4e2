// What was asked of the broker and what it answered, in the order in which it was asked.

import type { ApiName, RequestOf, ResponseOf } from '../broker/api.ts'
import type { AnyAnswer, AnyExchange } from '../broker/interceptors.ts'
import type { Clock } from '../clock.ts'

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

export class RequestHistory {
  readonly #clock: Clock
  readonly #records: OpenRecord[] = []
  limit = 1_000

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get all(): readonly AnyRecordedRequest[] {
    return [...this.#records] as AnyRecordedRequest[]
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
    this.#records.push(record)
    while (this.#records.length > this.limit) this.#records.shift()
    return record
  }

  clear(): void {
    this.#records.length = 0
  }
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
