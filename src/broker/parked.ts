// Requests that wait: a value with a place for the answer, never a function suspended half way.

import type { Waiting } from '../coordinator/step.ts'
import type { PartitionLog } from '../log/partition-log.ts'

/** The place for one request's answer. Given at once, the answer is a value; given later, a promise's. */
export class Parked<Response> implements Waiting<Response> {
  #answer: { readonly response: Response } | null = null
  #resolve: ((response: Response) => void) | null = null
  #reject: ((error: Error) => void) | null = null

  answer(response: Response): void {
    if (this.#answer) return
    this.#answer = { response }
    this.#resolve?.(response)
  }

  /** Whoever waits for the answer learns that none will come. */
  fail(error: Error): void {
    this.#reject?.(error)
  }

  get result(): Response | Promise<Response> {
    if (this.#answer) return this.#answer.response
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }
}

/** What of an answer matters to a connection that breaks. */
interface Failing {
  fail(error: Error): void
}

/** Answers that come when others have done something (joins, syncs), by the connection that waits for them. */
export class ParkedAnswers {
  readonly #byConnection = new Map<object, Set<Failing>>()

  /** The answer; one that has to wait is rejected when the connection breaks. */
  result<Response>(parked: Parked<Response>, connection: object): Response | Promise<Response> {
    const { result } = parked
    if (!(result instanceof Promise)) return result
    const waiting = this.#byConnection.get(connection) ?? new Set()
    this.#byConnection.set(connection, waiting.add(parked))
    const forget = () => {
      waiting.delete(parked)
      if (waiting.size === 0 && this.#byConnection.get(connection) === waiting) this.#byConnection.delete(connection)
    }
    result.then(forget, forget)
    return result
  }

  lose(connection: object, why: () => Error): void {
    for (const parked of this.#byConnection.get(connection) ?? []) parked.fail(why())
    this.#byConnection.delete(connection)
  }
}

export interface ParkedFetch {
  readonly connection: object
  readonly parked: Failing
  readonly logs: readonly PartitionLog[]
  /** Answers if there is enough to answer with, or if it must. True when it is done. */
  tryAnswer(mustAnswer: boolean): boolean
  cancelDeadline(): void
}

/** Fetches that wait for records, by the partitions they read and by the connections that wait. */
export class ParkedFetches {
  readonly #byLog = new Map<PartitionLog, Set<ParkedFetch>>()
  readonly #byConnection = new Map<object, Set<ParkedFetch>>()
  readonly #touched = new Set<PartitionLog>()

  park(fetch: ParkedFetch): void {
    for (const log of fetch.logs) addTo(this.#byLog, log, fetch)
    addTo(this.#byConnection, fetch.connection, fetch)
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

  /** As if it were answered with nothing and came again: it is behind those that wait already. */
  parkAgain(fetch: ParkedFetch): void {
    for (const log of fetch.logs) moveToEnd(this.#byLog.get(log), fetch)
    moveToEnd(this.#byConnection.get(fetch.connection), fetch)
  }

  /** Answers with what there is. */
  expire(fetch: ParkedFetch): void {
    fetch.tryAnswer(true)
    this.#forget(fetch)
  }

  /** Without an answer: nobody is there to read it. */
  drop(): void {
    for (const fetches of [...this.#byConnection.values()]) for (const fetch of [...fetches]) this.#forget(fetch)
  }

  /** The connection broke. */
  lose(connection: object, why: () => Error): void {
    for (const fetch of [...(this.#byConnection.get(connection) ?? [])]) {
      this.#forget(fetch)
      fetch.parked.fail(why())
    }
  }

  #forget(fetch: ParkedFetch): void {
    fetch.cancelDeadline()
    for (const log of fetch.logs) removeFrom(this.#byLog, log, fetch)
    removeFrom(this.#byConnection, fetch.connection, fetch)
  }
}

function addTo<Key>(index: Map<Key, Set<ParkedFetch>>, key: Key, fetch: ParkedFetch): void {
  const waiting = index.get(key)
  if (waiting) waiting.add(fetch)
  else index.set(key, new Set([fetch]))
}

function moveToEnd(fetches: Set<ParkedFetch> | undefined, fetch: ParkedFetch): void {
  if (fetches?.delete(fetch)) fetches.add(fetch)
}

function removeFrom<Key>(index: Map<Key, Set<ParkedFetch>>, key: Key, fetch: ParkedFetch): void {
  const waiting = index.get(key)
  waiting?.delete(fetch)
  if (waiting?.size === 0) index.delete(key)
}
