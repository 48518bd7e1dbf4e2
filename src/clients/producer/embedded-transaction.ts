// One transaction of an embedded broker's producer: what its application holds in its hand.

import { KafkaError } from '../../errors.ts'
import type { PartitionMetadata, RecordIn, RecordMetadata, TopicMap } from '../topic.ts'
import type { CallLimit } from './call-limit.ts'
import type { CoordinatorLine } from './coordinator-line.ts'
import { checkOffsets, OffsetsOfTransaction } from './offsets-in-transaction.ts'
import type { SendOptions } from './producer.ts'
import type { Transaction, TransactionGroup, TransactionOffset } from './transaction.ts'
import type { End, TransactionManager } from './transaction-manager.ts'

/** What a record that has to wait asks before it is sent, and tells when it cannot be. */
export interface Permit {
  check(): void
  failed(error: unknown): void
}

export interface TransactionParts<M extends TopicMap> {
  readonly manager: TransactionManager
  readonly limit: CallLimit
  lineToGroup(groupId: string): CoordinatorLine
  send(record: RecordIn<M>, signal: AbortSignal | undefined, permit: Permit): Promise<RecordMetadata>
  sendBatch(
    records: readonly RecordIn<M>[],
    signal: AbortSignal | undefined,
    permit: Permit,
  ): Promise<PartitionMetadata[]>
}

interface Ending {
  readonly how: End
  readonly done: Promise<void>
  /** The caller knows what became of it. */
  isTold: boolean
}

export class EmbeddedTransaction<M extends TopicMap> implements Transaction<M> {
  readonly #parts: TransactionParts<M>
  readonly #permit: Permit
  /** How the application has ended it last. */
  #ending: Ending | null = null

  constructor(parts: TransactionParts<M>) {
    const { manager } = parts
    this.#parts = parts
    this.#permit = {
      check: () => manager.checkWanted(this),
      failed: (error) => manager.sendFailed(this, error),
    }
  }

  send(record: RecordIn<M>, { signal }: SendOptions = {}): Promise<RecordMetadata> {
    try {
      this.#parts.manager.checkOpen(this)
    } catch (error) {
      return Promise.reject(error)
    }
    return this.#parts.send(record, signal, this.#permit)
  }

  sendBatch(records: readonly RecordIn<M>[], { signal }: SendOptions = {}): Promise<PartitionMetadata[]> {
    try {
      this.#parts.manager.checkOpen(this)
    } catch (error) {
      return Promise.reject(error)
    }
    return this.#parts.sendBatch(records, signal, this.#permit)
  }

  async sendOffsets(offsets: readonly TransactionOffset[], group: TransactionGroup): Promise<void> {
    const { manager, limit, lineToGroup } = this.#parts
    manager.checkOpen(this)
    checkOffsets(offsets, group)
    if (offsets.length === 0) return
    const sent = manager.sendOffsets(this, new OffsetsOfTransaction(lineToGroup(group.groupId), group, offsets))
    await limit.within('sendOffsets', sent)
  }

  commit(): Promise<void> {
    return this.#end('commit')
  }

  abort(): Promise<void> {
    return this.#end('abort')
  }

  /** A failed abort changes nothing of what readers see: whoever has fenced this producer has aborted it as well. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#parts.manager.isOpen(this)) await this.abort().catch(() => {})
  }

  async begin(): Promise<void> {
    const { manager, limit } = this.#parts
    try {
      await limit.within('beginTransaction', manager.begin(this))
    } catch (error) {
      manager.forget(this)
      throw error
    }
  }

  /** Commits what `work` has sent, unless it has ended the transaction itself. */
  async run<Result>(work: (transaction: Transaction<M>) => Result | Promise<Result>): Promise<Result> {
    try {
      const result = await work(this)
      await (this.#ending === null ? this.commit() : this.#ending.done)
      return result
    } catch (error) {
      await this.#giveUp()
      throw error
    }
  }

  async #giveUp(): Promise<void> {
    await this[Symbol.asyncDispose]()
    // A commit that nobody waits for any more may still fail.
    this.#ending?.done.catch(() => this[Symbol.asyncDispose]())
  }

  async #end(how: End): Promise<void> {
    const before = this.#ending
    const ending =
      before?.how === how && !before.isTold ? before : { how, done: this.#parts.manager.end(this, how), isTold: false }
    this.#ending = ending
    try {
      await this.#parts.limit.within(how, ending.done)
      ending.isTold = true
    } catch (error) {
      ending.isTold = !(error instanceof KafkaError && error.code === 'REQUEST_TIMED_OUT')
      throw error
    }
  }
}
