// What may happen in a run, and what happens at each of its steps. Each step draws from a sequence of its own, so that a
// step that is left out changes nothing about the others.

import { KafkaError } from '../../errors.ts'
import { type Chance, chanceOf, weighted } from './chance.ts'
import { checkWeight } from './fault-names.ts'
import type { Act, SimulationAction } from './simulation.ts'

export interface Happening {
  readonly name: string
  readonly weight: number
  readonly act: Act
}

/** How the steps are divided; each is a weight. */
export interface Shares {
  /** The world's own actions. Default 2. */
  readonly actions?: number
  /** Default 1. */
  readonly faults?: number
  /** Steps in which time passes. Default 1. */
  readonly time?: number
}

interface Kind {
  readonly weight: number
  readonly happenings: readonly Happening[]
}

export class Schedule {
  readonly #seed: number
  readonly #kinds: readonly Kind[]

  constructor(seed: number, kinds: readonly Kind[]) {
    this.#seed = seed
    this.#kinds = kinds.filter(({ happenings }) => happenings.some(({ weight }) => weight > 0))
  }

  /** What happens at this step, and the chance of which all is drawn that belongs to it. */
  at(step: number): { readonly happening: Happening; readonly chance: Chance } | null {
    const chance = chanceOf(this.#seed, step)
    const kind = weighted(chance, this.#kinds)
    const happening = kind && weighted(chance, kind.happenings)
    return happening ? { happening, chance } : null
  }
}

/** @throws KafkaError INVALID_ARGUMENT */
export function happeningsOf(actions: unknown): Happening[] {
  if (typeof actions !== 'object' || actions === null) {
    const why = `simulate: world must return { actions: { 'what happens': (chance) => … } }, and whatever else its check shall see; its actions are ${String(actions)}.`
    throw new KafkaError('INVALID_ARGUMENT', why)
  }
  return Object.entries(actions as Readonly<Record<string, SimulationAction>>).map(([name, action]) => {
    const { weight = 1, act } = typeof action === 'function' ? { act: action } : action
    checkWeight(`the action '${name}'`, weight)
    if (typeof act === 'function') return { name, weight, act }
    throw new KafkaError('INVALID_ARGUMENT', `simulate: the action '${name}' must be a function, or { weight, act }.`)
  })
}
