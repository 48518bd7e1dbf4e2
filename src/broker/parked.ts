// Requests that wait: a value with a place for the answer, never a function suspended half way.

import type { Waiting } from '../coordinator/step.ts'
import type { PartitionLog } from '../log/partition-log.ts'

/** The place for one request's answer. Given at once, the answer is a value; given later, a promise's. */
export class Parked<Response> implements Waiting<Response> {
  #answer: { readonly response: Response } | null = null
  #resolve: ((response: Response) => void) | null = null

  answer(response: Response): void {
    if (this.#answer) return
    this.#answer = { response }
    this.#resolve?.(response)
  }

  get result(): Response | Promise<Response> {
    if (this.#answer) return this.#answer.response
    return new Promise((resolve) => {
      this.#resolve = resolve
    })
  }
}

export interface ParkedFetch {
  readonly connection: object
  readonly logs: readonly PartitionLog[]
  /** Answers if there is enough to answer with, or if it must. True when it is done. */
  tryAnswer(mustAnswer: boolean): boolean
  cancelDeadline(): void
}

/** Fetches that wait for records, by the partitions they read. */
export class ParkedFetches {
  readonly #byLog = new Map<PartitionLog, Set<ParkedFetch>>()
  readonly #touched = new Set<PartitionLog>()

  park(fetch: ParkedFetch): void {
    for (const log of fetch.logs) {
      const waiting = this.#byLog.get(log)
      if (waiting) waiting.add(fetch)
      else this.#byLog.set(log, new Set([fetch]))
    }
  }

  /** The log has changed: whoever waits for it is woken at the end of the broker's turn. */
  touch(log: PartitionLog): void {
    if (this.#byLog.size > 0 && this.#byLog.has(log)) this.#touched.add(log)
  }

  wakeTouched(): void {
    if (this.#touched.size > 0) this.#wake()
  }

  #wake(): void {
    for (const log of this.#touched) {
      this.#touched.delete(log)
      for (const fetch of [...(this.#byLog.get(log) ?? [])]) {
        if (fetch.tryAnswer(false)) this.#forget(fetch)
      }
    }
  }

  /** Answers with what there is. */
  expire(fetch: ParkedFetch): void {
    fetch.tryAnswer(true)
    this.#forget(fetch)
  }

  /** Without an answer: nobody is there to read it. */
  drop(isDropped: (fetch: ParkedFetch) => boolean): void {
    const all = new Set([...this.#byLog.values()].flatMap((fetches) => [...fetches]))
    for (const fetch of all) {
      if (isDropped(fetch)) this.#forget(fetch)
    }
  }

  #forget(fetch: ParkedFetch): void {
    fetch.cancelDeadline()
    for (const log of fetch.logs) {
      const waiting = this.#byLog.get(log)
      waiting?.delete(fetch)
      if (waiting?.size === 0) this.#byLog.delete(log)
    }
  }
}
