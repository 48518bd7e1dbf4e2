// What a test left behind in an instance that is closed: told, or an error where that is wanted.

import { EmbeddedConsumer } from '../clients/consumer/embedded-consumer.ts'
import { EmbeddedProducer } from '../clients/producer/embedded-producer.ts'
import { rejectUnknown } from '../config.ts'
import { KafkaError } from '../errors.ts'
import type { Insides, Onlooker } from '../kafkalet.ts'
import { callSiteOf } from './call-site.ts'
import { lineOf } from './client-line.ts'
import { nameOf } from './group-view.ts'
import { openInstance } from './instance.ts'
import { openTransactions } from './transaction-view.ts'

export interface LeftoverOptions {
  /** `kafka.close()` rejects with ILLEGAL_STATE instead of printing a warning. Default false. */
  readonly strict?: boolean
  /** Where the warning goes. Default: `console.warn`. */
  readonly warn?: (message: string) => void
}

/** Somebody who may leave something behind. */
export interface Leaver {
  list(): readonly string[]
  /** The instance closes: from here on nothing stands in its way. */
  end(): void
}

const all = new WeakMap<object, Leftovers>()

/**
 * From here on, closing the instance tells what was left open: consumers and producers that nobody closed, with the line
 * that made each, and transactions that nobody ended. Faults that did not happen, and requests that are held, are told by every instance that has faults.
 *
 * Call it before the clients are made, as only then it knows where. To note where a client is made costs some microseconds.
 *
 * @throws KafkaError INVALID_ARGUMENT for anything but a Kafkalet, ILLEGAL_STATE where that is closed
 */
export function leftovers(kafka: object, options: LeftoverOptions = {}): void {
  const insides = openInstance('leftovers', kafka)
  rejectUnknown(options, ['strict', 'warn'], 'leftovers')
  leftoversOf(kafka, insides).watch(options)
}

export function leftoversOf(kafka: object, insides: Insides): Leftovers {
  const known = all.get(kafka)
  if (known) return known
  const found = new Leftovers(insides)
  all.set(kafka, found)
  insides.onlookers.push(found)
  return found
}

export class Leftovers implements Onlooker {
  readonly #insides: Insides
  readonly #leavers: Leaver[] = []
  readonly #madeAt = new Map<object, string>()
  #found: readonly string[] = []
  #isStrict = false
  #warn = (message: string) => console.warn(message)
  #watchesClients = false

  constructor(insides: Insides) {
    this.#insides = insides
  }

  lookInto(leaver: Leaver): void {
    this.#leavers.push(leaver)
  }

  watch({ strict = false, warn }: LeftoverOptions): void {
    this.#watchesClients = true
    this.#isStrict = strict
    if (warn) this.#warn = warn
  }

  made(client: object, what: string, maker: unknown): void {
    if (this.#watchesClients) this.#madeAt.set(client, `${what} that was not closed, made at ${callSiteOf(maker)}`)
  }

  closing(openClients: ReadonlySet<object>): void {
    const clients = this.#watchesClients ? [...openClients].flatMap((client) => this.#whatIsOpen(client)) : []
    this.#found = [...clients, ...this.#openTransactions(), ...this.#leavers.flatMap((leaver) => leaver.list())]
    for (const leaver of this.#leavers) leaver.end()
  }

  #whatIsOpen(client: object): string[] {
    const known = this.#madeAt.get(client)
    if (known !== undefined) return [known]
    const kind =
      client instanceof EmbeddedConsumer ? 'consumer' : client instanceof EmbeddedProducer ? 'producer' : null
    if (kind === null) return []
    const { clientId } = lineOf(client as AsyncDisposable, 'leftovers').context
    return [`${kind} '${clientId}' that was not closed, made before leftovers(kafka) was called`]
  }

  #openTransactions(): string[] {
    if (!this.#watchesClients) return []
    return openTransactions(this.#insides).map(({ transactionalId, state, startTimestampMs, openPartitions }) => {
      const sinceMs = this.#insides.broker.nowMs() - (startTimestampMs ?? 0)
      const what = state === 'Ongoing' ? 'that was neither committed nor aborted' : `that is ${state}, and not over`
      return `a transaction of '${transactionalId}' ${what}, open for ${sinceMs} ms in ${openPartitions.map(nameOf).join(', ')}`
    })
  }

  closed(): void {
    if (this.#found.length === 0) return
    const message = `kafkalet: an instance was closed with leftovers:\n  ${this.#found.join('\n  ')}`
    if (this.#isStrict) throw new KafkaError('ILLEGAL_STATE', message)
    this.#warn(message)
  }
}
