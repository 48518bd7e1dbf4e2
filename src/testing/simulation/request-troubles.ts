// What happens to single requests of the services: they fail, come late, get lost, or their answers do.

import type { ApiName } from '../../broker/api.ts'
import type { Clock, TimerHandle } from '../../clock.ts'
import type { ErrorName } from '../../errors.ts'
import { apiErrors } from '../api-errors.ts'
import type { Fault } from '../fault.ts'
import type { FaultRule } from '../fault-rule.ts'
import type { Faults } from '../faults.ts'
import type { Chance } from './chance.ts'
import type { Story } from './story.ts'

/** Those that matter most stand here more than once. */
const apis: readonly ApiName[] = [
  'Produce',
  'Produce',
  'Produce',
  'OffsetCommit',
  'OffsetCommit',
  'OffsetCommit',
  'Fetch',
  'Fetch',
  'OffsetFetch',
  'JoinGroup',
  'SyncGroup',
  'Heartbeat',
  'ListOffsets',
  'Metadata',
]
const slowApis: readonly ApiName[] = [...new Set(apis)]

/** What a broker answers while leaders and coordinators move. All of them pass. */
const passing: readonly ErrorName[] = [
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'NOT_ENOUGH_REPLICAS',
  'KAFKA_STORAGE_ERROR',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
]

export interface TroubleSurroundings {
  readonly faults: Faults
  readonly clock: Clock
  readonly story: Story
  /** Whose requests are meant. */
  readonly connections: ReadonlySet<object>
}

export class RequestTroubles {
  readonly #around: TroubleSurroundings
  readonly #set = new Set<Fault>()
  readonly #timers = new Set<TimerHandle>()

  constructor(around: TroubleSurroundings) {
    this.#around = around
  }

  fail(chance: Chance): void {
    const api = chance.pick(apis)
    const possible = passing.filter((error) => apiErrors[api].some(({ errors }) => errors.includes(error)))
    const error = chance.anyOf(possible) ?? 'UNKNOWN_SERVER_ERROR'
    this.#next(api, `is answered ${error}`, (rule) => rule.fail(error))
  }

  delay(chance: Chance): void {
    const ms = 1 + chance.below(10_000)
    this.#next(chance.pick(apis), `arrives ${ms} ms late`, (rule) => rule.delay(ms))
  }

  drop(chance: Chance): void {
    this.#next(chance.pick(apis), 'never arrives', (rule) => rule.drop())
  }

  loseResponse(chance: Chance): void {
    this.#next(chance.pick(apis), 'is carried out, and its answer is lost', (rule) => rule.loseResponse())
  }

  slow(chance: Chance): void {
    const { clock, story } = this.#around
    const eachMs = 50 + chance.below(1_000)
    const forMs = 1_000 + chance.below(20_000)
    story.tell(`for ${forMs} ms every request takes ${eachMs} ms`)
    const slow = slowApis.map((api) =>
      this.#on(api, () => {})
        .always()
        .delay(eachMs),
    )
    for (const fault of slow) this.#set.add(fault)
    const timer = clock.setTimeout(() => {
      this.#timers.delete(timer)
      this.#remove(slow)
      story.tell('requests are fast again')
    }, forMs)
    this.#timers.add(timer)
  }

  /** From here on nothing happens to any request; what is late still comes. */
  end(): void {
    this.#remove([...this.#set])
    for (const timer of this.#timers) this.#around.clock.clearTimeout(timer)
    this.#timers.clear()
  }

  #next(api: ApiName, what: string, set: (rule: FaultRule<ApiName>) => Fault): void {
    const { story } = this.#around
    story.tell(`the next ${api} of a service ${what}`)
    const fault = set(
      this.#on(api, (clientId) => {
        story.tell(`the ${api} of ${clientId} ${what}`)
        this.#set.delete(fault)
      }),
    )
    this.#set.add(fault)
  }

  #on(api: ApiName, met: (clientId: string) => void): FaultRule<ApiName> {
    const { faults, connections } = this.#around
    const where = (_request: unknown, { connection, clientId }: { connection: object; clientId: string }) => {
      if (!connections.has(connection)) return false
      met(clientId)
      return true
    }
    return faults.on(api, { where })
  }

  #remove(faults: readonly Fault[]): void {
    for (const fault of faults) {
      fault.remove()
      this.#set.delete(fault)
    }
  }
}
