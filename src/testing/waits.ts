// Requests that a fault keeps from arriving, until their time has come or somebody lets them go.

import type { Clock } from '../clock.ts'

/** What one fault holds. */
export interface Held {
  readonly count: number
  wait(): Promise<void>
  arrived(): Promise<void>
  release(): void
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
    const releases = new Set<() => void>()
    let tellArrived: () => void = () => {}
    const arrived = new Promise<void>((resolve) => {
      tellArrived = resolve
    })
    const held: Held = {
      get count() {
        return releases.size
      },
      wait: () => {
        tellArrived()
        return new Promise((resolve) => releases.add(resolve))
      },
      arrived: () => arrived,
      release: () => {
        for (const go of releases) go()
        releases.clear()
      },
    }
    this.#held.set(held, owner)
    return held
  }

  /** The faults that hold requests, and how many. */
  heldBy(): (readonly [fault: object, count: number])[] {
    return [...this.#held].flatMap(([{ count }, owner]) => (count > 0 ? [[owner, count] as const] : []))
  }

  /** Nothing waits any more. */
  releaseAll(): void {
    for (const go of this.#releases) go()
    for (const held of this.#held.keys()) held.release()
    this.#held.clear()
  }
}
