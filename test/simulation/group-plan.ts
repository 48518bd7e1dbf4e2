// What the consumers of one group have in common: how they divide the partitions, and what they subscribe to.
import type { AssignorName } from 'kafkalet'
import type { Chance } from 'kafkalet/testing'

type Strategy = readonly AssignorName[]

const strategies: readonly [Strategy, ...Strategy[]] = [
  ['range'],
  ['roundrobin'],
  ['sticky'],
  ['cooperative-sticky'],
  ['cooperative-sticky', 'range'],
]
/** From eager to cooperative, as Kafka documents it: everybody gets both, then everybody loses the former one. */
const rolling: readonly [Strategy, Strategy, Strategy] = [
  ['range'],
  ['cooperative-sticky', 'range'],
  ['cooperative-sticky'],
]

export class GroupPlan {
  readonly groupId: string
  readonly isRolling: boolean
  readonly instanceIds: readonly [string, ...string[]]
  /** How far the upgrade is; 0 where there is none. */
  stage = 0
  readonly #strategy: Strategy
  readonly #subscription: 'names' | 'unequal names' | 'pattern'

  constructor(groupId: string, chance: Chance) {
    this.groupId = groupId
    this.isRolling = chance.oneIn(4)
    this.#strategy = chance.pick(strategies)
    this.#subscription = chance.pick(['names', 'unequal names', 'pattern'])
    this.instanceIds = [`${groupId}-i1`, `${groupId}-i2`, `${groupId}-i3`]
  }

  get strategy(): Strategy {
    return this.isRolling ? (rolling[this.stage] ?? rolling[0]) : this.#strategy
  }

  /** Nothing after the last stage. */
  get nextStrategy(): readonly string[] {
    return rolling[this.stage + 1] ?? []
  }

  /** Whether the whole group reads the topic. */
  reads(topic: string): boolean {
    return this.#subscription === 'pattern' || !topic.startsWith('v')
  }

  /** What a new member subscribes to; `all`: everything that the group reads. */
  topics(chance: Chance, all: boolean): readonly string[] | RegExp {
    if (this.#subscription === 'pattern') return /^[tuv]/
    const one = this.#subscription === 'unequal names' && !all && chance.oneIn(2)
    return one ? ['t'] : ['t', 'u']
  }

  describe(): string {
    const how = this.isRolling ? 'range, to be upgraded' : this.#strategy.join(' or ')
    return `group ${this.groupId} divides by ${how}, and subscribes to ${this.#subscription}`
  }
}
