// The faults that a simulation has of its own, and how often each comes unless it is said otherwise.

import { rejectUnknown } from '../../config.ts'
import { KafkaError } from '../../errors.ts'
import { didYouMean } from '../../suggest.ts'

/** Name → its weight among the faults. */
const usualWeights = {
  /** A service dies without a goodbye, and comes again after some time. */
  crash: 3,
  /** A service is asked to end, as by a deployment, and comes again. */
  restart: 2,
  /** A service stands still for a while, as in a long pause of its garbage collector. */
  freeze: 2,
  /** A service is cut off from the broker for a while. */
  disconnect: 2,
  /** A group loses its coordinator; at once, or between what it writes next and its answer. */
  loseCoordinator: 2,
  /** The next request of an API is answered with an error that passes, such as NOT_LEADER_OR_FOLLOWER. */
  failRequest: 3,
  /** The next request of an API arrives late. */
  delayRequest: 2,
  /** The next request of an API never arrives. */
  dropRequest: 2,
  /** The next request of an API is carried out, and its answer never arrives. */
  loseResponse: 3,
  /** For a while every request takes its time. */
  slowBroker: 1,
}

/**
 * A fault that `simulate` causes by itself.
 *
 * - `crash`: a service dies without a goodbye, and comes again after some time
 * - `restart`: a service is asked to end, as by a deployment, and comes again
 * - `freeze`: a service stands still for a while, as in a long pause of its garbage collector
 * - `disconnect`: a service is cut off from the broker for a while
 * - `loseCoordinator`: a group loses its coordinator; at once, or between what it writes next and its answer
 * - `failRequest`, `delayRequest`, `dropRequest`, `loseResponse`: this happens to the next request of some API
 * - `slowBroker`: for a while every request takes its time
 */
export type SimulationFault = keyof typeof usualWeights
export type FaultWeights = Readonly<Record<SimulationFault, number>>

const names = Object.keys(usualWeights) as SimulationFault[]

/** @throws KafkaError INVALID_ARGUMENT */
export function faultWeights(
  given: false | readonly SimulationFault[] | Readonly<Partial<FaultWeights>> | undefined,
): FaultWeights {
  const none = Object.fromEntries(names.map((name) => [name, 0])) as Record<SimulationFault, number>
  if (given === undefined) return usualWeights
  if (given === false) return none
  if (typeof given !== 'object' || given === null) {
    const why = `simulate: faults must be false, names, or names with their weights, not ${String(given)}. There are: ${names.join(', ')}.`
    throw new KafkaError('INVALID_ARGUMENT', why)
  }
  if (isList(given)) {
    for (const name of given) checkName(name)
    return { ...none, ...Object.fromEntries(given.map((name) => [name, usualWeights[name]])) }
  }
  rejectUnknown(given, names, 'simulate: faults')
  for (const [name, weight] of Object.entries(given)) checkWeight(`the fault '${name}'`, weight)
  return { ...none, ...given }
}

/** @throws KafkaError INVALID_ARGUMENT */
export function checkWeight(what: string, weight: unknown): void {
  if (typeof weight === 'number' && weight >= 0 && weight < Number.POSITIVE_INFINITY) return
  const why = `simulate: the weight of ${what} must be a number of at least 0, not ${String(weight)}. One of weight 2 comes twice as often as one of weight 1.`
  throw new KafkaError('INVALID_ARGUMENT', why)
}

function isList(
  given: readonly SimulationFault[] | Readonly<Partial<FaultWeights>>,
): given is readonly SimulationFault[] {
  return Array.isArray(given)
}

function checkName(name: unknown): void {
  if (names.some((each) => each === name)) return
  const why = `simulate: there is no fault '${String(name)}'.${didYouMean(String(name), names)} There are: ${names.join(', ')}.`
  throw new KafkaError('INVALID_ARGUMENT', why)
}
