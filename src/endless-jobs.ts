// Promise jobs without end keep the host from its turn, and then nobody can even say so. While somebody waits for quiet, the
// requests of one turn are counted, and far too many are refused: that ends them.

import { KafkaError } from './errors.ts'

/** A second's worth and more. Work that has an end leaves turns to the host, or is done by then. */
const MOST_REQUESTS_A_TURN = 500_000

class EndlessJobs {
  /** How many wait for quiet. */
  waiting = 0
  #requests = 0
  #refused: KafkaError | null = null

  /** The host had its turn. Throws where that took a refusal. */
  turn(): void {
    this.#requests = 0
    const refused = this.#refused
    this.#refused = null
    if (refused) throw refused
  }

  /** Called for every request while somebody waits: the error that ends what never ends; null as long as all is well. */
  count(api: string, clientId: string): KafkaError | null {
    this.#requests++
    if (this.#requests <= MOST_REQUESTS_A_TURN) return null
    const why =
      `It does not get quiet: ${clientId} and others made ${MOST_REQUESTS_A_TURN} requests without waiting for time or for ` +
      `the host's event loop, the last of them ${api}, such as a loop that sends for ever. Let it end, or wait for something in it.`
    this.#refused = new KafkaError('ILLEGAL_STATE', why)
    return this.#refused
  }
}

export const endlessJobs = new EndlessJobs()
