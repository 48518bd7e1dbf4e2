// A transactional producer's line to a coordinator: that of its transactions, or of a group whose offsets it commits. It is
// looked for when it is needed, and asked until it answers. (Kafka: TransactionManager.TxnRequestHandler, lookupCoordinator)

import type { ApiName, RequestOf, ResponseOf } from '../../broker/api.ts'
import { ErrorCode, errorFrom, KafkaError } from '../../errors.ts'
import type { Connection } from '../connection.ts'
import { isThenable } from '../serde.ts'
import type { Patience } from './patience.ts'

/** `keyType` in FindCoordinator. */
export const GROUP = 0
export const TRANSACTION = 1

/** Another broker may be the coordinator by now. */
const lost: ReadonlySet<string> = new Set([
  'NOT_COORDINATOR',
  'COORDINATOR_NOT_AVAILABLE',
  'REQUEST_TIMED_OUT',
  'NETWORK_EXCEPTION',
])

export class CoordinatorLine {
  readonly key: string
  readonly #keyType: typeof GROUP | typeof TRANSACTION
  readonly #connection: Connection
  readonly #patience: Patience
  readonly #requestTimeoutMs: number
  #isKnown = false

  constructor(
    connection: Connection,
    patience: Patience,
    requestTimeoutMs: number,
    keyType: typeof GROUP | typeof TRANSACTION,
    key: string,
  ) {
    this.#connection = connection
    this.#patience = patience
    this.#requestTimeoutMs = requestTimeoutMs
    this.#keyType = keyType
    this.key = key
  }

  /**
   * Asks until the question, which throws what the answer says, has no error that `mayRetry`. That has no end of its own:
   * whoever waits for it does not wait for ever.
   */
  async ask<Answer>(
    question: () => Promise<Answer>,
    mayRetry: (error: KafkaError) => boolean = ({ retriable }) => retriable,
  ): Promise<Answer> {
    for (;;) {
      try {
        await this.#find()
        return await question()
      } catch (error) {
        if (!(error instanceof KafkaError && mayRetry(error))) throw error
        if (lost.has(error.code)) this.#isKnown = false
      }
      await this.#patience.backOff(0, Number.POSITIVE_INFINITY)
    }
  }

  /** One request and its answer. A producer that has crashed sends none, and gets none. */
  async request<Api extends ApiName>(api: Api, request: RequestOf<Api>): Promise<ResponseOf<Api>> {
    await this.#unlessOver()
    try {
      const answer = this.#connection.request(api, request)
      if (!isThenable(answer)) return answer
      return await this.#inTime(answer)
    } finally {
      // What comes while the client is frozen is learnt when it is back.
      if (this.#connection.isFrozen) await this.#connection.thawed()
      await this.#unlessOver()
    }
  }

  /** Without an answer in time, the connection is given up, with all that waits on it. */
  async #inTime<Answer>(answer: Promise<Answer>): Promise<Answer> {
    const { seam } = this.#connection.host
    const callOff = this.#patience.limit(this.#requestTimeoutMs, () => seam.disconnect(this.#connection))
    try {
      return await answer
    } finally {
      callOff()
    }
  }

  #unlessOver(): Promise<void> | null {
    return this.#patience.isOver ? new Promise(() => {}) : null
  }

  async #find(): Promise<void> {
    if (this.#isKnown) return
    const { coordinators } = await this.request('FindCoordinator', {
      keyType: this.#keyType,
      coordinatorKeys: [this.key],
    })
    const { errorCode, errorMessage } = coordinators[0] ?? { errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE }
    if (errorCode !== ErrorCode.NONE) throw errorFrom(errorCode, errorMessage)
    this.#isKnown = true
  }
}
