// A client's line to the broker: who asks, and what the instance gives its clients.

import type { ApiName, BrokerSeam, RequestContext, RequestOf, ResponseOf } from '../broker/api.ts'
import type { EventFeed } from '../broker/events.ts'
import type { Clock } from '../clock.ts'
import { KafkaError } from '../errors.ts'
import type { Random } from '../random.ts'
import { ClientClock } from './client-clock.ts'
import type { TopicMap } from './topic.ts'

/** What an instance shares with its clients. */
export interface ClientHost {
  readonly seam: BrokerSeam
  readonly clock: Clock
  readonly random: Random
  /** Where a client tells what it does that the broker cannot see. */
  readonly events: Pick<EventFeed, 'isHeard' | 'announce'>
  /** The topics that were declared; null where any name is allowed. */
  readonly declared: TopicMap | null
  /** Called once by each client when it is closed. */
  closed(client: object): void
}

export class Connection {
  readonly host: ClientHost
  readonly context: RequestContext
  /** For the client's timers: they stand still while it is frozen. */
  readonly clock: ClientClock
  /** Neither frozen nor cut off: all that a request asks for. */
  #isOpen = true
  #isCut = false
  #isClosed = false
  /** What a frozen client does when it comes back; null while it is none. */
  #frozen: (() => void)[] | null = null

  constructor(host: ClientHost, clientId: string) {
    this.host = host
    this.clock = new ClientClock(host.clock)
    this.context = { clientId, clientHost: '/127.0.0.1', connection: this }
  }

  /**
   * A value where the broker has an answer at once, a promise where it has to wait. The promise is rejected with
   * NETWORK_EXCEPTION where no answer comes.
   */
  request<Api extends ApiName>(
    api: Api,
    request: RequestOf<Api>,
    context = this.context,
  ): ResponseOf<Api> | Promise<ResponseOf<Api>> {
    if (!this.#isOpen) return this.#requestLater(api, request)
    return this.host.seam.handle(api, request, context)
  }

  /** Requests go out at once, and nobody looks at them. */
  get isUnseen(): boolean {
    return this.#isOpen && !this.host.seam.isWatched
  }

  get isFrozen(): boolean {
    return this.#frozen !== null
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get isCut(): boolean {
    return this.#isCut
  }

  /** Resolves when the client is no longer frozen. */
  async thawed(): Promise<void> {
    while (this.#frozen !== null) await this.#whenThawed()
  }

  /** From here on nothing happens on this side: no request goes out, no timer fires. */
  freeze(): void {
    this.#frozen ??= []
    this.#isOpen = false
    this.clock.freeze()
  }

  /** What waits is done: first what was asked meanwhile, then the timers that became due. */
  thaw(): void {
    const waiting = this.#frozen
    if (waiting === null) return
    this.#frozen = null
    this.#isOpen = !this.#isCut
    for (const goOn of waiting) goOn()
    this.clock.thaw()
  }

  /** The network is gone: what waits for an answer gets none, and no request reaches the broker. */
  cut(): void {
    this.#isCut = true
    this.#isOpen = false
    this.host.seam.disconnect(this)
  }

  mend(): void {
    this.#isCut = false
    this.#isOpen = this.#frozen === null
  }

  /** Neither frozen nor cut off any more, as when the world around the client ends. */
  restore(): void {
    this.mend()
    this.thaw()
  }

  close(): void {
    this.#isClosed = true
    if (this.#frozen !== null) this.#frozen = []
    this.clock.discard()
    this.host.seam.disconnect(this)
  }

  #whenThawed(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#frozen === null) resolve()
      else this.#frozen.push(resolve)
    })
  }

  #requestLater<Api extends ApiName>(api: Api, request: RequestOf<Api>): Promise<ResponseOf<Api>> {
    const waiting = this.#frozen
    if (waiting !== null) {
      return new Promise((resolve) => waiting.push(() => resolve(this.request(api, request))))
    }
    const why = `${this.context.clientId} is disconnected: ${api} did not reach the broker.`
    return Promise.reject(new KafkaError('NETWORK_EXCEPTION', why))
  }
}
