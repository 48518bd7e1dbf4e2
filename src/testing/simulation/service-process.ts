// One process of a service, from its start to its end: its clients, its time, and what becomes of it.

import { EmbeddedAdmin } from '../../clients/admin/embedded-admin.ts'
import type { Connection } from '../../clients/connection.ts'
import type { AnyTopics, TopicMap } from '../../clients/topic.ts'
import type { Clock } from '../../clock.ts'
import { type Kafkalet, standFor } from '../../kafkalet.ts'
import { lineOf } from '../client-line.ts'
import { crash } from '../crash.ts'
import { ServiceClock } from './service-clock.ts'

/** What a service is started with. All of it belongs to this one process. */
export interface ServiceHost<M extends TopicMap = AnyTopics> {
  /** The service's name, and the client id of its clients unless they have one of their own. */
  readonly name: string
  /** The simulation's instance. The clients that are made here are this process's: they crash and freeze with it. */
  readonly kafka: Kafkalet<M>
  /** For what the service waits for by itself, such as a backoff. */
  readonly clock: Clock
  /** Aborted when the service is asked to end, as by SIGTERM. */
  readonly signal: AbortSignal
}

/**
 * Starts a service. It returns a promise of the service's end, which comes after `signal` is aborted, or with the error
 * that ends it. Where the promise resolves with something disposable, the service has started, and is disposed of when it
 * is asked to end.
 */
export type StartService<M extends TopicMap = AnyTopics> = (host: ServiceHost<M>) => PromiseLike<unknown>

export type ProcessEnd = { readonly error: unknown } | null

type Ended = (end: ProcessEnd) => void

export class ServiceProcess<M extends TopicMap> {
  readonly #name: string
  readonly #kafka: Kafkalet<M>
  readonly #clock: ServiceClock
  readonly #stop = new AbortController()
  readonly #clients = new Map<AsyncDisposable, Connection>()
  readonly #connections: Set<object>
  #isFrozen = false
  #isCut = false
  #isDead = false

  /** `connections` gets those of its clients, for as long as it lives. */
  constructor(name: string, kafka: Kafkalet<M>, clock: Clock, connections: Set<object>) {
    this.#name = name
    this.#kafka = kafka
    this.#clock = new ServiceClock(clock)
    this.#connections = connections
  }

  /** Nobody hears of the end of one that is dead. */
  start(start: StartService<M>, ended: Ended): void {
    const end = (what: ProcessEnd) => {
      if (this.#isDead) return
      this.die()
      ended(what)
    }
    const host = { name: this.#name, kafka: this.#ownKafka(), clock: this.#clock, signal: this.#stop.signal }
    const run = async () => {
      const started = await start(host)
      if (!isDisposable(started)) return
      await this.#stopped()
      await started[Symbol.asyncDispose]()
    }
    run().then(
      () => end(null),
      (error: unknown) => end({ error }),
    )
  }

  get isFrozen(): boolean {
    return this.#isFrozen
  }

  get isCut(): boolean {
    return this.#isCut
  }

  get isStopping(): boolean {
    return this.#stop.signal.aborted
  }

  stop(): void {
    this.#stop.abort()
  }

  /** No goodbye. Its code cannot be stopped, but its clients are dead and its clock stands still. */
  die(): void {
    this.#isDead = true
    this.#clock.end()
    for (const client of [...this.#clients.keys()]) bury(client)
    for (const connection of this.#clients.values()) this.#connections.delete(connection)
    this.#clients.clear()
  }

  freeze(): void {
    this.#isFrozen = true
    for (const connection of this.#clients.values()) connection.freeze()
    this.#clock.freeze()
  }

  thaw(): void {
    this.#isFrozen = false
    for (const connection of this.#clients.values()) connection.thaw()
    this.#clock.thaw()
  }

  cut(): void {
    this.#isCut = true
    for (const connection of this.#clients.values()) connection.cut()
  }

  mend(): void {
    this.#isCut = false
    for (const connection of this.#clients.values()) connection.mend()
  }

  #stopped(): Promise<void> {
    const { signal } = this.#stop
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
  }

  /** The instance, seen from the process: what it makes and closes is its own. */
  #ownKafka(): Kafkalet<M> {
    const kafka = this.#kafka
    const make = (kind: 'producer' | 'consumer' | 'admin') => (options: object) => {
      const client = kafka[kind]({ clientId: this.#name, ...options })
      return this.#adopt(client)
    }
    const own: Record<PropertyKey, unknown> = {
      producer: make('producer'),
      consumer: make('consumer'),
      admin: make('admin'),
      close: () => this.#close(),
      [Symbol.asyncDispose]: () => this.#close(),
    }
    const view = new Proxy(kafka, {
      get: (target, name) => {
        if (Object.hasOwn(own, name)) return own[name]
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    standFor(view, kafka)
    return view
  }

  #adopt<Client extends AsyncDisposable>(client: Client): Client {
    const connection = lineOf(client, 'simulate')
    // Its code goes on, as far as it can.
    if (this.#isDead) bury(client)
    if (this.#isDead) return client
    this.#clients.set(client, connection)
    this.#connections.add(connection)
    if (this.#isFrozen) connection.freeze()
    if (this.#isCut) connection.cut()
    return client
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#clients.keys()].map((client) => client[Symbol.asyncDispose]()))
  }
}

function isDisposable(started: unknown): started is AsyncDisposable {
  return typeof started === 'object' && started !== null && Symbol.asyncDispose in started
}

function bury(client: AsyncDisposable): void {
  if (client instanceof EmbeddedAdmin) void client.close()
  else crash(client)
}
