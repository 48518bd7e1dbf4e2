// Choices of a world, each drawn from its seed.
import type { Random } from '../../src/random.ts'

export type Action = readonly [weight: number, act: () => void | Promise<void>]

export class Chance {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  /** A whole number from 0 to `bound` - 1. */
  below(bound: number): number {
    return this.#random.integer(bound)
  }

  oneIn(count: number): boolean {
    return this.#random.integer(count) === 0
  }

  pick<Item>(items: readonly [Item, ...Item[]]): Item {
    return items[this.#random.integer(items.length)] ?? items[0]
  }

  any<Item>(items: readonly Item[]): Item | undefined {
    return items[this.#random.integer(Math.max(1, items.length))]
  }

  async act(actions: readonly Action[]): Promise<void> {
    let choice = this.#random.integer(actions.reduce((sum, [weight]) => sum + weight, 0))
    for (const [weight, act] of actions) {
      choice -= weight
      if (choice < 0) return act()
    }
  }
}
