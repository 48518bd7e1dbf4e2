// A member's word that it is alive, again and again; the answer says whether it has to join again.
// (Kafka: AbstractCoordinator.HeartbeatThread)

import type { HeartbeatResponse } from '../../broker/group-api.ts'
import type { TimerHandle } from '../../clock.ts'
import { ErrorCode, KafkaError } from '../../errors.ts'
import type { Connection } from '../connection.ts'
import type { CoordinatorRetry } from '../coordinator-retry.ts'
import { isThenable, type MaybePromise } from '../serde.ts'

export interface HeartbeatConfig {
  readonly groupId: string
  readonly groupInstanceId: string | null
  readonly heartbeatIntervalMs: number
}

/** Whose heart it is. */
export interface LivingMember {
  readonly memberId: string
  readonly generation: number
  readonly isMember: boolean
  readonly isJoining: boolean
  learn(errorCode: ErrorCode): void
}

export class Heartbeats {
  readonly #connection: Connection
  readonly #coordinator: CoordinatorRetry
  readonly #config: HeartbeatConfig
  readonly #member: LivingMember
  #timer: TimerHandle | null = null

  constructor(connection: Connection, coordinator: CoordinatorRetry, config: HeartbeatConfig, member: LivingMember) {
    this.#connection = connection
    this.#coordinator = coordinator
    this.#config = config
    this.#member = member
  }

  begin(): void {
    this.#arm(this.#config.heartbeatIntervalMs, 0)
  }

  stop(): void {
    if (this.#timer !== null) this.#connection.clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  #arm(delayMs: number, idleForMs: number): TimerHandle {
    this.stop()
    const timer = this.#connection.clock.setTimeout(this.#beat, delayMs, { background: true, idleForMs })
    this.#timer = timer
    return timer
  }

  /** An answer that comes at once needs no promise: then all is done when this returns. */
  readonly #beat = (): TimerHandle => {
    this.#timer = null
    const found = this.#coordinator.find()
    const answer = found === undefined ? this.#ask() : found.then(() => this.#ask())
    if (!isThenable(answer)) return this.#answered(answer.errorCode)
    void this.#whenAnswered(answer)
    return null
  }

  #ask(): MaybePromise<HeartbeatResponse> {
    const { groupId, groupInstanceId } = this.#config
    const { generation: generationId, memberId } = this.#member
    return this.#connection.request('Heartbeat', { groupId, generationId, memberId, groupInstanceId })
  }

  async #whenAnswered(answer: Promise<HeartbeatResponse>): Promise<void> {
    const { generation, memberId } = this.#member
    const errorCode = await errorCodeOf(answer)
    // An answer about what this member no longer is says nothing.
    if (generation === this.#member.generation && memberId === this.#member.memberId) this.#answered(errorCode)
  }

  #answered(errorCode: ErrorCode): TimerHandle {
    const mayRetry = this.#coordinator.mayRetryCode(errorCode)
    if (!mayRetry) this.#member.learn(errorCode)
    if (!this.#member.isMember || this.#member.isJoining) return null
    if (mayRetry) return this.#arm(this.#coordinator.config.retryBackoffMs, 0)
    // Where all is well, a heartbeat does no more than put off the end of the session.
    const isIdle = errorCode === ErrorCode.NONE && this.#connection.isUnseen
    return this.#arm(this.#config.heartbeatIntervalMs, isIdle ? Number.POSITIVE_INFINITY : 0)
  }
}

async function errorCodeOf(answer: Promise<HeartbeatResponse>): Promise<ErrorCode> {
  try {
    return (await answer).errorCode
  } catch (error) {
    if (error instanceof KafkaError && error.errorCode !== null) return error.errorCode
    throw error
  }
}
