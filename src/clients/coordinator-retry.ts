// A client's patience with the broker: the coordinator of its group is looked for when it is needed, and again when it was
// lost; whoever cannot answer is asked again. (Kafka: AbstractCoordinator.ensureCoordinatorReady, ExponentialBackoff; of
// the admin, KafkaAdminClient.Call and CoordinatorStrategy)

import type { TimerHandle } from '../clock.ts'
import { ErrorCode, errorFrom, errorName, KafkaError } from '../errors.ts'
import type { Connection } from './connection.ts'
import { leaderPasses } from './leader-errors.ts'
import type { RetryConfig } from './options.ts'
import type { MaybePromise } from './serde.ts'

/** Another broker may be the coordinator by now. */
const lost: ReadonlySet<string> = new Set([
  'NOT_COORDINATOR',
  'COORDINATOR_NOT_AVAILABLE',
  'REQUEST_TIMED_OUT',
  'NETWORK_EXCEPTION',
])
/** Whoever was asked is the right one, and will answer later. */
const busy: ReadonlySet<string> = new Set([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'UNSTABLE_OFFSET_COMMIT',
  'CONCURRENT_TRANSACTIONS',
  'NOT_CONTROLLER',
  'THROTTLING_QUOTA_EXCEEDED',
])

const PROMISE_JOBS_OF_AN_ANSWER = 16
const NO_ANSWER = Symbol('no answer came in time')

interface Sleeper {
  readonly timer: TimerHandle
  wake(): void
}

export class CoordinatorRetry {
  readonly config: Required<RetryConfig>
  readonly #connection: Connection
  /** Null without a group, or with many: then no coordinator is looked for. */
  readonly #groupId: string | null
  readonly #sleepers = new Set<Sleeper>()
  /** What ends the questions that have no answer yet: to a frozen client none comes. */
  readonly #waiting = new Set<() => void>()
  #isKnown = false
  #stoppedBy: (() => KafkaError) | null = null

  constructor(connection: Connection, groupId: string | null, config: Required<RetryConfig>) {
    this.#connection = connection
    this.#groupId = groupId
    this.config = config
  }

  /** Sends FindCoordinator where the coordinator is not known; throws what it answers. */
  find(): MaybePromise<void> {
    // With every heartbeat: what is known costs no promise.
    return this.#isKnown || this.#groupId === null ? undefined : this.#find(this.#groupId)
  }

  async #find(groupId: string): Promise<void> {
    const { coordinators } = await this.#connection.request('FindCoordinator', {
      keyType: 0,
      coordinatorKeys: [groupId],
    })
    const [coordinator] = coordinators
    if (coordinator && coordinator.errorCode !== ErrorCode.NONE) {
      throw errorFrom(coordinator.errorCode, coordinator.errorMessage)
    }
    this.#isKnown = true
  }

  /** Whether the same question can be answered later. Remembers that a coordinator is lost. */
  mayRetry(error: unknown): error is KafkaError {
    return error instanceof KafkaError && this.#learn(error.code)
  }

  /** The same for the error code of an answer. */
  mayRetryCode(errorCode: ErrorCode): boolean {
    return errorCode !== ErrorCode.NONE && this.#learn(errorName(errorCode))
  }

  #learn(name: string): boolean {
    if (lost.has(name)) this.#isKnown = false
    return lost.has(name) || busy.has(name) || leaderPasses(name)
  }

  /**
   * Asks the coordinator until there is an answer, or an error that asking again does not mend.
   *
   * @throws KafkaError REQUEST_TIMED_OUT after `default.api.timeout.ms`
   */
  ask<Answer>(what: string, question: () => Answer | Promise<Answer>): Promise<Answer> {
    return this.askBroker(what, async () => {
      await this.find()
      return await question()
    })
  }

  /** The same where any broker can answer, or where it is the question that looks for the coordinator. */
  async askBroker<Answer>(what: string, question: () => Answer | Promise<Answer>): Promise<Answer> {
    const { defaultApiTimeoutMs } = this.config
    const { clock } = this.#connection
    let last: KafkaError | null = null
    for (let attempt = 0, waitedMs = 0; ; attempt++) {
      if (this.#stoppedBy) throw this.#stoppedBy()
      const askedAtMs = clock.now()
      try {
        return await this.#inTime(question, defaultApiTimeoutMs - waitedMs)
      } catch (error) {
        if (error === NO_ANSWER) throw timedOut(what, this.#groupId, defaultApiTimeoutMs, last)
        if (!this.mayRetry(error)) throw error
        last = error
        waitedMs += Math.max(0, clock.now() - askedAtMs)
        const waitMs = Math.min(this.#backoffMs(attempt), defaultApiTimeoutMs - waitedMs)
        if (waitMs <= 0) throw timedOut(what, this.#groupId, defaultApiTimeoutMs, last)
        await this.sleep(waitMs)
        waitedMs += waitMs
      }
    }
  }

  /** What comes too late is nobody's; NO_ANSWER is thrown instead. */
  async #inTime<Answer>(question: () => Answer | Promise<Answer>, timeoutMs: number): Promise<Answer> {
    const { clock } = this.#connection
    let isOpen = true
    const answered = () => {
      isOpen = false
    }
    const asking = (async () => await question())()
    asking.then(answered, answered)
    // Most answers take a few promise jobs, and a timer costs more than these.
    for (let jobs = 0; isOpen && jobs < PROMISE_JOBS_OF_AN_ANSWER; jobs++) await null
    if (!isOpen) return await asking
    if (this.#stoppedBy) throw this.#stoppedBy()
    return await new Promise((resolve, reject) => {
      const timer = clock.setTimeout(() => reject(NO_ANSWER), timeoutMs)
      const end = (settle: () => void) => {
        clock.clearTimeout(timer)
        this.#waiting.delete(stop)
        settle()
      }
      const stop = () => end(() => reject(this.#stoppedBy?.()))
      this.#waiting.add(stop)
      asking.then(
        (answer) => end(() => resolve(answer)),
        (error: unknown) => end(() => reject(error)),
      )
    })
  }

  /** Waits; when the client stops, no longer. */
  sleep(ms: number): Promise<void> {
    if (this.#stoppedBy) return Promise.resolve()
    const { clock } = this.#connection
    return new Promise((resolve) => {
      const wake = () => {
        this.#sleepers.delete(sleeper)
        resolve()
      }
      const sleeper: Sleeper = { timer: clock.setTimeout(wake, ms), wake }
      this.#sleepers.add(sleeper)
    })
  }

  /** Whoever still asks gets this error. */
  stop(why: () => KafkaError): void {
    this.#stoppedBy = why
    for (const { timer, wake } of this.#sleepers) {
      this.#connection.clock.clearTimeout(timer)
      wake()
    }
    for (const stop of this.#waiting) stop()
  }

  #backoffMs(attempt: number): number {
    return Math.min(this.config.retryBackoffMs * 2 ** attempt, this.config.retryBackoffMaxMs)
  }
}

function timedOut(what: string, groupId: string | null, timeoutMs: number, last: KafkaError | null): KafkaError {
  const heard = last === null ? 'no answer came' : `its last answer was ${last.code}`
  const whom = groupId === null ? 'the broker' : `the coordinator of group '${groupId}'`
  const why =
    `${what}: ${whom} could not answer within ${timeoutMs} ms (defaultApiTimeoutMs); ` +
    `${heard}. The same call may succeed later.`
  return new KafkaError('REQUEST_TIMED_OUT', why, last === null ? {} : { cause: last })
}
