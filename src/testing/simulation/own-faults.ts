// The faults that a simulation has of its own, as what may happen at a step.

import type { Chance } from './chance.ts'
import type { CoordinatorLosses } from './coordinator-losses.ts'
import type { FaultWeights, SimulationFault } from './fault-names.ts'
import type { RequestTroubles } from './request-troubles.ts'
import type { Happening } from './schedule.ts'

/** A service that faults can meet. */
interface Victim {
  crash(downMs: number): void
  restart(downMs: number): void
  freeze(ms: number): void
  disconnect(ms: number): void
}

interface Reach {
  /** Those that nothing is wrong with. */
  services(): readonly Victim[]
  readonly troubles: RequestTroubles
  readonly losses: CoordinatorLosses
}

type Cause = (chance: Chance, reach: Reach) => unknown

/** Mostly shorter than a session, now and then longer. */
const outageMs = (chance: Chance) => (chance.oneIn(3) ? 20_000 + chance.below(60_000) : 1 + chance.below(15_000))
const downMs = (chance: Chance) => 1 + chance.below(20_000)

const causes: Readonly<Record<SimulationFault, Cause>> = {
  crash: meets((victim, chance) => victim.crash(downMs(chance))),
  restart: meets((victim, chance) => victim.restart(downMs(chance))),
  freeze: meets((victim, chance) => victim.freeze(outageMs(chance))),
  disconnect: meets((victim, chance) => victim.disconnect(outageMs(chance))),
  loseCoordinator: (chance, { losses }) => losses.lose(chance),
  failRequest: (chance, { troubles }) => troubles.fail(chance),
  delayRequest: (chance, { troubles }) => troubles.delay(chance),
  dropRequest: (chance, { troubles }) => troubles.drop(chance),
  loseResponse: (chance, { troubles }) => troubles.loseResponse(chance),
  slowBroker: (chance, { troubles }) => troubles.slow(chance),
}

export function ownFaults(weights: FaultWeights, reach: Reach): Happening[] {
  return Object.entries(causes).map(([name, cause]) => {
    return { name, weight: weights[name as SimulationFault], act: (chance) => cause(chance, reach) }
  })
}

/** Nothing happens where there is nobody that it could meet. */
function meets(fault: (victim: Victim, chance: Chance) => void): Cause {
  return (chance, { services }) => {
    const victim = chance.anyOf(services())
    if (victim === undefined) return false
    fault(victim, chance)
    return true
  }
}
