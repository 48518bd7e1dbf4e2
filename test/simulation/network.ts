// Between the clients and their broker: a client may fall silent, so that all it sends arrives late.
import type { ApiName, RequestContext, RequestOf, ResponseOf } from '../../src/broker/api.ts'
import type { Broker } from '../../src/broker/broker.ts'
import type { CommittedOffsets } from './committed-offsets.ts'

type Answer<Api extends ApiName> = ResponseOf<Api> | Promise<ResponseOf<Api>>

export class Network {
  readonly #deliver: Broker['handle']
  readonly #offsets: CommittedOffsets
  /** Client → what it has sent since it fell silent. */
  readonly #silent = new Map<string, (() => void)[]>()

  constructor(broker: Broker, offsets: CommittedOffsets) {
    this.#deliver = broker.handle.bind(broker)
    this.#offsets = offsets
    broker.handle = (api, request, context) => this.#handle(api, request, context)
  }

  get silentClients(): readonly string[] {
    return [...this.#silent.keys()]
  }

  silence(clientId: string): void {
    if (!this.#silent.has(clientId)) this.#silent.set(clientId, [])
  }

  /** What was held back arrives, in the order in which it was sent. */
  restore(clientId: string): void {
    const held = this.#silent.get(clientId) ?? []
    this.#silent.delete(clientId)
    for (const send of held) send()
  }

  /** The client is dead: what was held back never arrives. */
  drop(clientId: string): void {
    this.#silent.delete(clientId)
  }

  #handle<Api extends ApiName>(api: Api, request: RequestOf<Api>, context: RequestContext): Answer<Api> {
    const held = this.#silent.get(context.clientId)
    if (held === undefined) return this.#observed(api, request, context)
    return new Promise((resolve, reject) => {
      held.push(() => {
        try {
          resolve(this.#observed(api, request, context))
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  #observed<Api extends ApiName>(api: Api, request: RequestOf<Api>, context: RequestContext): Answer<Api> {
    const answer = this.#deliver(api, request, context)
    if (api === 'OffsetCommit') this.#offsets.committed(request as never, answer as never)
    if (api === 'OffsetFetch') this.#offsets.fetched(answer as never)
    return answer
  }
}
