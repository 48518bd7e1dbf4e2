// Requests that a fault keeps from arriving, until their time has come or somebody lets them go.

import type { Clock } from '../clock.ts'

/** What one fault holds. */
export interface Held {
  readonly count: number
  /** What is held, in words. */
  readonly requests: readonly string[]
  wait(request: string): Promise<void>
  /** Tells when a request is held, at once if one was, or that none will be. */
  whenArrived(listener: ArrivalListener): void
  /** Lets go what is held. */
  release(): void
  /** The same, and no request will be held any more. */
  end(): void
}

export interface ArrivalListener {
  arrived(): void
  ended(): void
}

export class Waits {
  readonly #clock: Clock
  /** What lets each of them go. */
  readonly #releases = new Set<() => void>()
  readonly #held = new Map<Held, object>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  until(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        this.#clock.clearTimeout(timer)
        this.#releases.delete(go)
        resolve()
      }
      const timer = this.#clock.setTimeout(go, ms)
      this.#releases.add(go)
    })
  }

  hold(owner: object): Held {
    const releases = new Map<() => void, string>()
    const listeners = new Set<ArrivalListener>()
    let hasArrived = false
    let hasEnded = false
    const held: Held = {
      get count() {
        return releases.size
      },
      get requests() {
        return [...releases.values()]
      },
      wait: (request) => {
        hasArrived = true
        for (const { arrived } of listeners) arrived()
        listeners.clear()
        return new Promise((resolve) => releases.set(resolve, request))
      },
      whenArrived: (listener) => {
        if (hasArrived) listener.arrived()
        else if (hasEnded) listener.ended()
        else listeners.add(listener)
      },
      release: () => {
        for (const go of releases.keys()) go()
        releases.clear()
      },
      end: () => {
        hasEnded = true
        held.release()
        for (const { ended } of listeners) ended()
        listeners.clear()
      },
    }
    this.#held.set(held, owner)
    return held
  }

  /** The faults that hold requests, and what these are. */
  heldBy(): (readonly [fault: object, requests: readonly string[]])[] {
    return [...this.#held].flatMap(([{ requests }, owner]) => (requests.length > 0 ? [[owner, requests] as const] : []))
  }

  /** Nothing waits any more. */
  releaseAll(): void {
    for (const go of this.#releases) go()
    for (const held of this.#held.keys()) held.end()
    this.#held.clear()
  }
}
