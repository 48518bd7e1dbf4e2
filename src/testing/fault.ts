// One fault: which requests it is for, how often, and what it does to them.

import type { ApiName } from '../broker/api.ts'
import type { AnyExchange, Plan } from '../broker/interceptors.ts'
import type { Random } from '../random.ts'
import { describeFilter, type FaultFilter, hitsOf } from './fault-filter.ts'
import type { TopicDirectory } from './request-parts.ts'

/** A fault that is set. */
export interface Fault {
  /** How many requests it was done to. */
  readonly fired: number
  /** From here on it is done to no request; what it holds goes on. */
  remove(): void
}

/** What is done to one request; `isHit` tells which of its parts are meant. */
export type Action = (exchange: AnyExchange, isHit: readonly boolean[]) => Plan

export class SetFault {
  readonly api: ApiName
  readonly setAt: string
  readonly filter: FaultFilter
  /** Null until it is said. */
  #times: number | null = null
  #probability: number | null = null
  #what: { readonly name: string; readonly act: Action | null } | null = null
  fired = 0
  isRemoved = false

  constructor(api: ApiName, filter: FaultFilter, setAt: string) {
    this.api = api
    this.filter = filter
    this.setAt = setAt
  }

  limit(times: number): void {
    this.#times = times
  }

  chance(probability: number): void {
    this.#probability = probability
  }

  /** Without an action it looks on. */
  does(name: string, act: Action | null): void {
    this.#what = { name, act }
  }

  get isObserver(): boolean {
    return this.#what !== null && this.#what.act === null
  }

  get isUsedUp(): boolean {
    return this.isRemoved || this.fired >= this.#limit
  }

  /** Whether it was set for something that did not happen. With a probability that may be so. */
  get isUnused(): boolean {
    if (this.isRemoved || this.#probability !== null) return false
    return Number.isFinite(this.#limit) ? this.fired < this.#limit : this.fired === 0
  }

  /** Whether this request is one of its own; counts it if so. Null otherwise. */
  take(exchange: AnyExchange, topics: TopicDirectory, random: Random): readonly boolean[] | null {
    if (this.#what === null || exchange.api !== this.api || this.isUsedUp) return null
    const isHit = hitsOf<ApiName>(this.filter, exchange, topics)
    if (isHit === null || !this.#happens(random)) return null
    this.fired++
    return isHit
  }

  plan(exchange: AnyExchange, isHit: readonly boolean[]): Plan {
    return this.#what?.act?.(exchange, isHit) ?? {}
  }

  remove(): void {
    this.isRemoved = true
  }

  /** Set and used up by nobody, it goes on for ever. */
  get isEndless(): boolean {
    return !this.isRemoved && !this.isObserver && !Number.isFinite(this.#limit)
  }

  toString(): string {
    const what = this.#what?.name ?? 'nothing (it was not said what happens)'
    const limit = Number.isFinite(this.#limit) ? ` of ${this.#limit}` : ''
    const often = this.fired > 0 ? `, happened ${this.fired}${limit} times` : ''
    return `${describeFilter(this.api, this.filter)}: ${what}${often}, set at ${this.setAt}`
  }

  get #limit(): number {
    return this.#times ?? (this.isObserver || this.#probability !== null ? Number.POSITIVE_INFINITY : 1)
  }

  #happens(random: Random): boolean {
    return this.#probability === null || random.integer(CHANCES) < this.#probability * CHANCES
  }
}

const CHANCES = 2 ** 32
