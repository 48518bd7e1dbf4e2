// How long a call of a transaction may wait. What it has asked for goes on without it. (Kafka: max.block.ms,
// TransactionalRequestResult.await)

import type { Clock, TimerHandle } from '../../clock.ts'
import { KafkaError } from '../../errors.ts'

interface Waiting {
  readonly timer: TimerHandle
  reject(error: KafkaError): void
}

export class CallLimit {
  readonly #clock: Clock
  readonly #maxBlockMs: number
  readonly #waiting = new Set<Waiting>()

  constructor(clock: Clock, maxBlockMs: number) {
    this.#clock = clock
    this.#maxBlockMs = maxBlockMs
  }

  /** `result`, or REQUEST_TIMED_OUT where that takes too long. */
  within<Result>(call: string, result: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimeout(() => {
        this.#waiting.delete(waiting)
        reject(this.#timedOut(call))
      }, this.#maxBlockMs)
      const waiting: Waiting = { timer, reject }
      this.#waiting.add(waiting)
      const over = () => {
        this.#clock.clearTimeout(timer)
        this.#waiting.delete(waiting)
      }
      result.then(
        (value) => {
          over()
          resolve(value)
        },
        (error: unknown) => {
          over()
          reject(error)
        },
      )
    })
  }

  /** Nobody waits any more: all get this error, or are never told. */
  end(error: KafkaError | null): void {
    for (const { timer, reject } of this.#waiting) {
      this.#clock.clearTimeout(timer)
      if (error !== null) reject(error)
    }
    this.#waiting.clear()
  }

  #timedOut(call: string): KafkaError {
    const why =
      `${call}: the coordinator has not answered within ${this.#maxBlockMs} ms (maxBlockMs). It is still being asked: the same ` +
      'call waits for the same answer.'
    return new KafkaError('REQUEST_TIMED_OUT', why)
  }
}
