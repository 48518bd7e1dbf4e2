// Choices of a simulation, each drawn from its seed.

import { KafkaError } from '../../errors.ts'
import { type Random, seededRandom } from '../../random.ts'

/** Choices that are made by the seed: the same ones in every run with that seed, on every machine. */
export interface Chance {
  /** A whole number from 0 to `bound` - 1. */
  below(bound: number): number
  /** True once in `count` times. */
  oneIn(count: number): boolean
  /** One of the items. @throws KafkaError INVALID_ARGUMENT where there is none */
  pick<Item>(items: readonly Item[]): Item
  /** One of the items; undefined where there is none. */
  anyOf<Item>(items: readonly Item[]): Item | undefined
}

class SeededChance implements Chance {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  below(bound: number): number {
    if (Number.isSafeInteger(bound) && bound > 0) return this.#random.integer(bound)
    const why = `chance.below takes a whole number of at least 1, not ${String(bound)}: it chooses one of so many numbers.`
    throw new KafkaError('INVALID_ARGUMENT', why)
  }

  oneIn(count: number): boolean {
    return this.below(count) === 0
  }

  pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) {
      throw new KafkaError(
        'INVALID_ARGUMENT',
        'chance.pick has nothing to choose from. Where that may be so, use anyOf.',
      )
    }
    return items[this.#random.integer(items.length)] as Item
  }

  anyOf<Item>(items: readonly Item[]): Item | undefined {
    // One number is drawn in any case, so that what is drawn next does not depend on how many there are.
    return items[this.#random.integer(Math.max(1, items.length))]
  }
}

/** What a part of a run draws from. Each has a sequence of its own: what one part draws changes nothing for another. */
export function chanceOf(seed: number, part: number): Chance {
  const ofSeed = seededRandom(seed).integer(2 ** 32)
  return new SeededChance(seededRandom(ofSeed ^ Math.imul(part + 1, 0x85ebca6b)))
}

/** One of the things, each as often as it weighs; undefined where nothing weighs anything. */
export function weighted<Thing extends { readonly weight: number }>(
  chance: Chance,
  things: readonly Thing[],
): Thing | undefined {
  const total = things.reduce((sum, { weight }) => sum + weight, 0)
  if (total === 0) return undefined
  let choice = (chance.below(2 ** 32) / 2 ** 32) * total
  for (const thing of things) {
    choice -= thing.weight
    if (choice < 0) return thing
  }
  return things.at(-1)
}
