// An admin's patience with a broker that cannot answer, such as a group coordinator that moves or still loads: it asks
// again, as Kafka's admin does. (Kafka: KafkaAdminClient.Call, CoordinatorStrategy and AdminApiDriver; retry.backoff.ms, retry.backoff.max.ms, default.api.timeout.ms)

import type { Clock } from '../../clock.ts'
import { KafkaError } from '../../errors.ts'
import { leaderPasses } from '../leader-errors.ts'

const BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 1000
const TIMEOUT_MS = 60_000
const passing: ReadonlySet<string> = new Set([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'NOT_CONTROLLER',
  'REQUEST_TIMED_OUT',
  'THROTTLING_QUOTA_EXCEEDED',
])

export class AdminRetries {
  readonly #clock: Clock
  readonly #checkOpen: () => void
  readonly #waits = new Set<() => void>()

  constructor(clock: Clock, checkOpen: () => void) {
    this.#clock = clock
    this.#checkOpen = checkOpen
  }

  /** Tries until it succeeds, fails for a reason that stays, or has been tried for a minute. */
  async run<Result>(attempt: () => Promise<Result>): Promise<Result> {
    const deadlineMs = this.#clock.now() + TIMEOUT_MS
    for (let backoffMs = BACKOFF_MS; ; backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS)) {
      this.#checkOpen()
      try {
        return await attempt()
      } catch (error) {
        const passes = error instanceof KafkaError && (passing.has(error.code) || leaderPasses(error.code))
        if (!passes || this.#clock.now() + backoffMs > deadlineMs) throw error
      }
      await this.#wait(backoffMs)
    }
  }

  /** Whoever waits looks at once whether the admin is still open. */
  wake(): void {
    for (const wake of this.#waits) wake()
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#clock.clearTimeout(timer)
        this.#waits.delete(wake)
        resolve()
      }
      const timer = this.#clock.setTimeout(wake, ms, { background: false })
      this.#waits.add(wake)
    })
  }
}
