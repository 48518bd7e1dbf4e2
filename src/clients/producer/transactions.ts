// What a producer with a transactional id has beside one without: its transactions, and the lines to their coordinators.

import type { Connection } from '../connection.ts'
import type { TopicMap } from '../topic.ts'
import { CallLimit } from './call-limit.ts'
import { CoordinatorLine, GROUP } from './coordinator-line.ts'
import { EmbeddedTransaction, type TransactionParts } from './embedded-transaction.ts'
import { Patience } from './patience.ts'
import { Sequences } from './sequences.ts'
import {
  producerClosed,
  type TransactionConfig,
  TransactionManager,
  type TransactionRecords,
} from './transaction-manager.ts'

interface TransactionsConfig extends TransactionConfig {
  readonly retryBackoffMs: number
  readonly maxBlockMs: number
}

type SendsRecords<M extends TopicMap> = Pick<TransactionParts<M>, 'send' | 'sendBatch'>

export class Transactions<M extends TopicMap> {
  readonly #parts: TransactionParts<M>
  readonly #patience: Patience
  /** To the coordinator of the group whose offsets were sent last. */
  #groupLine: CoordinatorLine | null = null

  constructor(connection: Connection, config: TransactionsConfig, records: TransactionRecords & SendsRecords<M>) {
    // Kafka asks coordinators again after a time that does not grow.
    const retryBackoffMs = Math.max(1, config.retryBackoffMs)
    const patience = new Patience(connection.clock, { retryBackoffMs, retryBackoffMaxMs: retryBackoffMs })
    const newSequences = (onFailed: ConstructorParameters<typeof Sequences>[1]) => new Sequences(connection, onFailed)
    this.#patience = patience
    this.#parts = {
      manager: new TransactionManager(connection, patience, config, records, newSequences),
      limit: new CallLimit(connection.clock, config.maxBlockMs),
      send: records.send,
      sendBatch: records.sendBatch,
      lineToGroup: (groupId) => {
        if (this.#groupLine?.key !== groupId) {
          this.#groupLine = new CoordinatorLine(connection, patience, config.requestTimeoutMs, GROUP, groupId)
        }
        return this.#groupLine
      },
    }
  }

  get sequences(): Sequences {
    return this.#parts.manager.sequences
  }

  async init(): Promise<void> {
    const { manager, limit } = this.#parts
    await limit.within('initTransactions', manager.init())
  }

  async begin(): Promise<EmbeddedTransaction<M>> {
    const transaction = new EmbeddedTransaction(this.#parts)
    await transaction.begin()
    return transaction
  }

  /** What is under way is waited for as long as any call is, and no longer. */
  async close(): Promise<void> {
    const { manager, limit } = this.#parts
    this.#patience.hurry()
    await limit.within('close', manager.close()).catch(() => {})
    limit.end(producerClosed())
    this.discard()
  }

  /** Nobody is told any more. */
  discard(): void {
    const { manager, limit } = this.#parts
    manager.discard()
    limit.end(null)
    this.#patience.discard()
  }
}
