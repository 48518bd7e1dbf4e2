// What a world is made with, and what its actions and checks see: the instance, its time, chance, services, and the story.

import type { AnyTopics, TopicMap } from '../../clients/topic.ts'
import type { Kafkalet } from '../../kafkalet.ts'
import type { ManualClock } from '../manual-clock.ts'
import type { Chance } from './chance.ts'
import type { StartService } from './service-process.ts'

/** One run of a simulation, as its world sees it. */
export interface Simulation<M extends TopicMap = AnyTopics> {
  /** The instance of this run. What is done with it directly is the test's own doing: only services meet faults. */
  readonly kafka: Kafkalet<M>
  /** The time of this run. An action may let it pass; the schedule then waits for it. */
  readonly clock: ManualClock
  /** For what the world chooses when it is made. Actions get a chance of their own. */
  readonly chance: Chance
  /**
   * Starts a service, which the faults then crash, restart, freeze and cut off. It is started again when it has ended, as
   * a supervisor does: an error that ends it is no problem, unless it does not stay up though nothing goes wrong any more.
   *
   * @param start gets `kafka`, `clock` and `signal` of its own; returns a promise of the service's end
   * @throws KafkaError INVALID_ARGUMENT for a name that another service has
   * @example
   * sim.service('worker-1', async ({ kafka, signal }) => {
   *   await using consumer = kafka.consumer({ groupId: 'workers', topics: ['orders'] })
   *   await consumer.run({ eachRecord: handle }, { signal })
   * })
   */
  service(name: string, start: StartService<M>): void
  /** Writes a line into the story. */
  tell(text: string): void
  /** Something is as it must not be: the run ends here, and fails. */
  problem(text: string): void
}

/**
 * Something that may happen in a world. What it does may go on while the schedule does: it must only have ended when all is
 * over. An error is a problem. Returning false says that there was nothing to do, and leaves it out of the story.
 */
export type Act = (chance: Chance) => unknown

/** An action: what it does, and how often it comes compared with the others (`weight`, default 1). */
export type SimulationAction = Act | { readonly weight?: number; readonly act: Act }

/** What `world` makes: the actions by their names, and whatever `check` wants to see. */
export interface SimulatedWorld {
  readonly actions: Readonly<Record<string, SimulationAction>>
}
