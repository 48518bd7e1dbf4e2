// Which assignors a consumer offers its group, and which rebalance protocol they leave it. (Kafka: ConsumerCoordinator)

import { KafkaError } from '../../errors.ts'
import type { Assignor, RebalanceProtocol } from '../../groups/assignors/assignor.ts'
import { builtInAssignors } from '../../groups/assignors/built-in.ts'
import { didYouMean } from '../../suggest.ts'
import type { AssignorName } from './consumer.ts'

const DEFAULT_STRATEGY: readonly AssignorName[] = ['range', 'cooperative-sticky']
const EAGER_ONLY: readonly RebalanceProtocol[] = ['eager']

export interface AssignorSettings {
  /** In the order of preference. */
  readonly assignors: readonly Assignor[]
  readonly rebalanceProtocol: RebalanceProtocol
}

export function readAssignors(given: unknown): AssignorSettings {
  const strategy = given ?? DEFAULT_STRATEGY
  if (!Array.isArray(strategy) || strategy.length === 0) {
    throw refuse("must be a list of at least one assignor, such as ['range'].")
  }
  const assignors = strategy.map(readAssignor)
  const names = assignors.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined)
    throw refuse(`has the assignor '${twice}' twice. Members choose by name, so each needs its own.`)
  return { assignors, rebalanceProtocol: commonProtocol(assignors) }
}

function readAssignor(given: unknown): Assignor {
  if (typeof given === 'string') {
    const builtIn = builtInAssignors.get(given)
    if (builtIn) return builtIn
    const known = [...builtInAssignors.keys()]
    const all = known.map((name) => `'${name}'`).join(', ')
    throw refuse(
      `there is no assignor '${given}'.${didYouMean(given, known)} Known: ${all}, or an assignor of your own.`,
    )
  }
  if (typeof given !== 'object' || given === null) {
    throw refuse(`an assignor is a name, or { name, assign(members, partitionCounts) { … } }, not ${String(given)}.`)
  }
  const { name, assign, supportedProtocols, subscriptionUserData, onAssignment } = given as Record<string, unknown>
  if (typeof name !== 'string' || name === '') throw refuse("an assignor's name must be a text that is not empty.")
  if (typeof assign !== 'function')
    throw refuse(`the assignor '${name}' needs a function assign(members, partitionCounts).`)
  for (const [hook, value] of Object.entries({ subscriptionUserData, onAssignment })) {
    if (value !== undefined && typeof value !== 'function')
      throw refuse(`${hook} of the assignor '${name}' must be a function.`)
  }
  checkProtocols(name, supportedProtocols)
  return given as Assignor
}

function checkProtocols(name: string, protocols: unknown): void {
  if (protocols === undefined) return
  const isList = Array.isArray(protocols) && protocols.length > 0
  if (isList && protocols.every((each) => each === 'eager' || each === 'cooperative')) return
  throw refuse(`supportedProtocols of the assignor '${name}' must be a list of 'eager' and 'cooperative'.`)
}

/** What all of them support; of both, cooperative. */
function commonProtocol(assignors: readonly Assignor[]): RebalanceProtocol {
  const supports = (protocol: RebalanceProtocol) =>
    assignors.every(({ supportedProtocols = EAGER_ONLY }) => supportedProtocols.includes(protocol))
  if (supports('cooperative')) return 'cooperative'
  if (supports('eager')) return 'eager'
  const all = assignors.map(
    ({ name, supportedProtocols = EAGER_ONLY }) => `'${name}' (${supportedProtocols.join(', ')})`,
  )
  throw refuse(
    `${all.join(' and ')} have no rebalance protocol in common. Use assignors that all support the same one.`,
  )
}

function refuse(why: string): KafkaError {
  return new KafkaError('INVALID_ARGUMENT', `consumer: partitionAssignmentStrategy: ${why}`)
}
