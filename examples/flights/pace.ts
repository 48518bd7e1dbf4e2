// Lets the producer wait for the consumers: it wakes whenever something was delivered.
import { EventEmitter, once } from 'node:events'

/** Whoever waits this long without a single delivery waits in vain. */
const PATIENCE_MS = 10_000

export class Pace {
  readonly #deliveries = new EventEmitter()
  readonly #failure = new AbortController()

  moved(): void {
    this.#deliveries.emit('moved')
  }

  /** Ends every wait with this error. */
  fail(error: unknown): void {
    this.#failure.abort(error)
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      const patience = AbortSignal.timeout(PATIENCE_MS)
      const signal = AbortSignal.any([this.#failure.signal, patience])
      try {
        await once(this.#deliveries, 'moved', { signal })
      } catch {
        this.#failure.signal.throwIfAborted()
        throw new Error(`Nothing was delivered for ${PATIENCE_MS / 1000} s, and records are still unread.`)
      }
    }
  }
}
