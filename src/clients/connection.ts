// A client's line to the broker: who asks, and what the instance gives its clients.

import type { ApiName, BrokerSeam, RequestContext, RequestOf, ResponseOf } from '../broker/api.ts'
import type { EventFeed } from '../broker/events.ts'
import type { Clock } from '../clock.ts'
import type { Random } from '../random.ts'
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

  constructor(host: ClientHost, clientId: string) {
    this.host = host
    this.context = { clientId, clientHost: '/127.0.0.1', connection: this }
  }

  /** A value where the broker has an answer at once, a promise where it has to wait. */
  request<Api extends ApiName>(api: Api, request: RequestOf<Api>): ResponseOf<Api> | Promise<ResponseOf<Api>> {
    return this.host.seam.handle(api, request, this.context)
  }

  close(): void {
    this.host.seam.disconnect(this)
  }
}
