// The life of a transactional producer: what it may do when, and what it asks its coordinators for. It speaks the second
// version of the protocol (KIP-890): what is written to becomes part of the transaction, and its end brings a new epoch.
// (Kafka: TransactionManager)

import type { ResponseOf } from '../../broker/api.ts'
import { ErrorCode, errorFrom, KafkaError } from '../../errors.ts'
import { attributesOf, type BatchAttributes } from '../../log/record-batch.ts'
import type { Connection } from '../connection.ts'
import { CoordinatorLine, TRANSACTION } from './coordinator-line.ts'
import type { OffsetsOfTransaction } from './offsets-in-transaction.ts'
import type { Patience } from './patience.ts'
import type { Sequences } from './sequences.ts'
import {
  asAbortable,
  asFenced,
  isFatalInInit,
  problemSince,
  type Severity,
  severityInBatch,
  severityInEnd,
  severityInOffsets,
} from './transaction-errors.ts'

type State =
  | 'UNINITIALIZED'
  | 'INITIALIZING'
  | 'READY'
  | 'IN_TRANSACTION'
  | 'COMMITTING_TRANSACTION'
  | 'ABORTING_TRANSACTION'
  | 'ABORTABLE_ERROR'
  | 'FATAL_ERROR'

/** For each state what may come before it. (Kafka: TransactionManager.State.isTransitionValid) */
const comesAfter: { readonly [Each in Exclude<State, 'FATAL_ERROR'>]: readonly State[] } = {
  UNINITIALIZED: ['INITIALIZING'],
  INITIALIZING: ['UNINITIALIZED'],
  READY: ['INITIALIZING', 'COMMITTING_TRANSACTION', 'ABORTING_TRANSACTION'],
  IN_TRANSACTION: ['READY'],
  COMMITTING_TRANSACTION: ['IN_TRANSACTION'],
  ABORTING_TRANSACTION: ['IN_TRANSACTION', 'ABORTABLE_ERROR'],
  ABORTABLE_ERROR: ['IN_TRANSACTION', 'COMMITTING_TRANSACTION', 'ABORTABLE_ERROR'],
}

export interface TransactionConfig {
  readonly transactionalId: string
  readonly transactionTimeoutMs: number
  readonly requestTimeoutMs: number
}

/** What the producer does with the records of a transaction. */
export interface TransactionRecords {
  /** Sends all that waits; resolves when all of it is in the log or was refused. */
  flush(): Promise<void>
  /** What waits is not sent, and gets this error. */
  drop(error: KafkaError): void
  /** Resolves when nothing is on its way any more. */
  arrived(): Promise<void>
}

export type End = 'commit' | 'abort'

export class TransactionManager {
  readonly #config: TransactionConfig
  readonly #line: CoordinatorLine
  readonly #records: TransactionRecords
  readonly #sequences: Sequences
  #state: State = 'UNINITIALIZED'
  #identity: BatchAttributes = attributesOf(-1, -1)
  /** Why the transaction, or the producer, is over; null in any other state. */
  #error: KafkaError | null = null
  /** From its begin until it is committed or aborted. */
  #open: object | null = null
  /** Begins when the one before has ended. */
  #next: object | null = null
  #initializing: Promise<void> | null = null
  #ending: Promise<void> | null = null
  #hasOffsets = false
  /** The offsets that were sent last: later ones must not overtake them. */
  #offsets: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(
    connection: Connection,
    patience: Patience,
    config: TransactionConfig,
    records: TransactionRecords,
    newSequences: (onFailed: (error: KafkaError) => void) => Sequences,
  ) {
    const { transactionalId, requestTimeoutMs } = config
    this.#config = config
    this.#line = new CoordinatorLine(connection, patience, requestTimeoutMs, TRANSACTION, transactionalId)
    this.#records = records
    this.#sequences = newSequences((error) => this.#batchFailed(error))
  }

  get sequences(): Sequences {
    return this.#sequences
  }

  /** The producer's id and epoch, as the coordinator gives them. */
  init(): Promise<void> {
    this.#throwIfOver()
    if (this.#state !== 'UNINITIALIZED' && this.#state !== 'INITIALIZING') return Promise.resolve()
    this.#initializing ??= this.#init().finally(() => {
      this.#initializing = null
    })
    return this.#initializing
  }

  /** `transaction` is open when this resolves. */
  async begin(transaction: object): Promise<void> {
    this.#throwIfOver()
    if (this.#next !== null || (this.#open !== null && this.#ending === null)) throw this.#oneAtATime()
    this.#next = transaction
    try {
      while (this.#ending !== null) await this.#ending.catch(() => {})
      await this.init()
      this.#throwIfOver()
      if (this.#next !== transaction) throw this.#whyNot(transaction)
      if (this.#error !== null) throw this.#problem(this.#error)
      this.#go('IN_TRANSACTION')
      this.#open = transaction
      this.#hasOffsets = false
      this.#sequences.open(this.#identity)
    } finally {
      this.forget(transaction)
    }
  }

  /** It need not begin any more. */
  forget(transaction: object): void {
    if (this.#next === transaction) this.#next = null
  }

  /** Whether its application can end it. */
  isOpen(transaction: object): boolean {
    return this.#open === transaction && !this.#isClosed && this.#canEnd
  }

  /** Something is begun, and no end of it is under way. */
  get #canEnd(): boolean {
    if (this.#ending !== null) return false
    return this.#state === 'IN_TRANSACTION' || this.#state === 'ABORTABLE_ERROR'
  }

  /** Throws where nothing more can be sent in the transaction. */
  checkOpen(transaction: object): void {
    if (this.#open !== transaction || this.#state !== 'IN_TRANSACTION' || this.#isClosed)
      throw this.#whyNot(transaction)
  }

  /** The same for what had to wait before it could be sent: a commit waits for it. */
  checkWanted(transaction: object): void {
    if (this.#open === transaction && this.#takesRecords) return
    throw this.#error ?? this.#aborted()
  }

  /** A record of the transaction could not be sent. What its serde or its sender refuses does not count. */
  sendFailed(transaction: object, error: unknown): void {
    if (this.#open !== transaction || !this.#takesRecords) return
    if (error instanceof KafkaError && error.errorCode !== null) this.#batchFailed(error)
  }

  async sendOffsets(transaction: object, offsets: OffsetsOfTransaction): Promise<void> {
    this.checkOpen(transaction)
    this.#hasOffsets = true
    const sent = this.#offsets.then(() => this.#sendOffsets(offsets))
    this.#offsets = sent.catch(() => {})
    await sent
  }

  /** Throws where that cannot be; resolves when the coordinator has decided so. */
  end(transaction: object, how: End): Promise<void> {
    if (!this.isOpen(transaction)) throw this.#whyNot(transaction)
    if (how === 'commit' && this.#error !== null) throw this.#problem(this.#error)
    return this.#beginEnd(how)
  }

  #beginEnd(how: End): Promise<void> {
    this.#go(how === 'commit' ? 'COMMITTING_TRANSACTION' : 'ABORTING_TRANSACTION')
    const ending = (how === 'commit' ? this.#commit() : this.#abort()).finally(() => {
      this.#ending = null
    })
    this.#ending = ending
    return ending
  }

  /** What is under way is waited for, and what is open is aborted. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#initializing?.catch(() => {})
    if (this.#canEnd) await this.#beginEnd('abort').catch(() => {})
    while (this.#ending !== null) await this.#ending.catch(() => {})
  }

  discard(): void {
    this.#isClosed = true
  }

  async #init(): Promise<void> {
    this.#go('INITIALIZING')
    try {
      const { producerId, producerEpoch } = await this.#line.ask(() => this.#askForId())
      this.#goOnWith(producerId, producerEpoch)
      this.#go('READY')
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      if (isFatalInInit(error)) throw this.#fail(asFenced(error, this.#config.transactionalId), 'fatal')
      this.#go('UNINITIALIZED')
      throw error
    }
  }

  async #askForId(): Promise<ResponseOf<'InitProducerId'>> {
    const { transactionalId, transactionTimeoutMs } = this.#config
    const answer = await this.#line.request('InitProducerId', {
      transactionalId,
      transactionTimeoutMs,
      producerId: -1,
      producerEpoch: -1,
      enable2Pc: false,
      keepPreparedTxn: false,
    })
    if (answer.errorCode !== ErrorCode.NONE) throw errorFrom(answer.errorCode, answer.errorMessage)
    return answer
  }

  async #sendOffsets(offsets: OffsetsOfTransaction): Promise<void> {
    const { transactionalId } = this.#config
    const { producerId, producerEpoch } = this.#identity
    try {
      await offsets.send({ transactionalId, producerId, producerEpoch }, () => {
        if (this.#error !== null) throw this.#problem(this.#error)
      })
    } catch (error) {
      // What has ended the transaction meanwhile is known already.
      if (this.#error !== null || !(error instanceof KafkaError)) throw error
      throw this.#fail(asFenced(error, transactionalId), severityInOffsets(error))
    }
  }

  async #commit(): Promise<void> {
    await this.#records.flush()
    await this.#offsets
    if (this.#error !== null) throw this.#error
    await this.#end('commit')
  }

  async #abort(): Promise<void> {
    this.#error = null
    const aborted = this.#aborted()
    this.#sequences.shut(aborted, false)
    this.#records.drop(aborted)
    await this.#records.arrived()
    await this.#offsets
    if (this.#error !== null) throw this.#error
    await this.#end('abort')
  }

  /** Where nothing was sent, there is nothing to tell the coordinator. */
  async #end(how: End): Promise<void> {
    if (this.#sequences.hasNumbered || this.#hasOffsets) {
      try {
        const { producerId, producerEpoch } = await this.#line.ask(() => this.#askForEnd(how === 'commit'))
        if (producerId >= 0) this.#goOnWith(producerId, producerEpoch)
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        throw this.#fail(asFenced(error, this.#config.transactionalId), severityInEnd(error, how === 'commit'))
      }
    }
    this.#open = null
    this.#go('READY')
  }

  async #askForEnd(committed: boolean): Promise<ResponseOf<'EndTxn'>> {
    const { transactionalId } = this.#config
    const { producerId, producerEpoch } = this.#identity
    const answer = await this.#line.request('EndTxn', { transactionalId, producerId, producerEpoch, committed })
    if (answer.errorCode !== ErrorCode.NONE) throw errorFrom(answer.errorCode)
    return answer
  }

  get #takesRecords(): boolean {
    return this.#state === 'IN_TRANSACTION' || this.#state === 'COMMITTING_TRANSACTION'
  }

  #batchFailed(error: KafkaError): void {
    const severity = severityInBatch(error)
    this.#fail(severity === 'fatal' ? asFenced(error, this.#config.transactionalId) : asAbortable(error), severity)
  }

  /** An abort that is under way already is what would have to follow. */
  #fail(error: KafkaError, severity: Severity): KafkaError {
    if (this.#state === 'FATAL_ERROR') return error
    if (severity === 'abortable' && this.#state === 'ABORTING_TRANSACTION') return error
    this.#error = error
    if (severity === 'abortable') this.#go('ABORTABLE_ERROR')
    else this.#state = 'FATAL_ERROR'
    this.#sequences.shut(error, severity === 'fatal')
    this.#records.drop(error)
    return error
  }

  #goOnWith(producerId: number, producerEpoch: number): void {
    this.#identity = attributesOf(producerId, producerEpoch, { isTransactional: true })
  }

  #go(state: Exclude<State, 'FATAL_ERROR'>): void {
    if (!comesAfter[state].includes(this.#state)) throw new Error(`a producer that is ${this.#state} becomes ${state}`)
    this.#state = state
  }

  #throwIfOver(): void {
    if (this.#isClosed) throw producerClosed()
    if (this.#state === 'FATAL_ERROR' && this.#error !== null) throw this.#problem(this.#error)
  }

  #problem(error: KafkaError): KafkaError {
    const severity = this.#state === 'FATAL_ERROR' ? 'fatal' : 'abortable'
    return problemSince(error, this.#config.transactionalId, severity)
  }

  #whyNot(transaction: object): KafkaError {
    if (this.#isClosed) return producerClosed()
    const isThis = this.#open === transaction
    if (this.#error !== null && isThis) return this.#problem(this.#error)
    const { transactionalId } = this.#config
    const what = isThis ? 'being ended' : 'over'
    const why = `This transaction of '${transactionalId}' is ${what}. Begin another one with producer.beginTransaction().`
    return new KafkaError('ILLEGAL_STATE', why)
  }

  #oneAtATime(): KafkaError {
    const why =
      `Another transaction of '${this.#config.transactionalId}' is open, and a producer has one at a time. Commit or abort it ` +
      'first, or make a producer with another transactionalId.'
    return new KafkaError('ILLEGAL_STATE', why)
  }

  #aborted(): KafkaError {
    const why = `This was not sent: the transaction of '${this.#config.transactionalId}' was aborted before.`
    return new KafkaError('TRANSACTION_ABORTED', why)
  }
}

export function producerClosed(): KafkaError {
  return new KafkaError('ILLEGAL_STATE', 'This producer is closed. Make another one with kafka.producer().')
}
