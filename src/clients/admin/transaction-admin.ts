// An admin's part that concerns transactions and those who write in them.

import { rejectUnknown } from '../../config.ts'
import { ErrorCode, errorFrom, errorName, KafkaError } from '../../errors.ts'
import type { Connection } from '../connection.ts'
import type { TopicPartition } from '../topic.ts'
import type {
  AbortTransactionSpec,
  FencedProducer,
  ListTransactionsOptions,
  PartitionProducers,
  TransactionDescription,
  TransactionListing,
  TransactionState,
} from './admin.ts'
import { throwFirst } from './answers.ts'

const TRANSACTION_KEY_TYPE = 1
const NONE = -1
/** As Kafka's admin has it: `request.timeout.ms`. */
const FENCE_TIMEOUT_MS = 30_000

export class TransactionAdmin {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async list(options: ListTransactionsOptions = {}): Promise<TransactionListing[]> {
    rejectUnknown(options, ['states', 'producerIds', 'durationMs', 'transactionalIdPattern'], 'listTransactions')
    const { states = [], producerIds = [], durationMs = NONE, transactionalIdPattern = null } = options
    const answer = await this.#connection.request('ListTransactions', {
      stateFilters: states,
      producerIdFilters: producerIds,
      durationFilter: durationMs,
      transactionalIdPattern,
    })
    throwFirst([answer])
    const [unknown] = answer.unknownStateFilters
    if (unknown !== undefined) {
      const why = `listTransactions: '${unknown}' is no state of a transaction. There are Empty, Ongoing, PrepareCommit, PrepareAbort, CompleteCommit and CompleteAbort.`
      throw new KafkaError('INVALID_ARGUMENT', why)
    }
    return answer.transactionStates.map(({ transactionalId, producerId, transactionState: state }) => ({
      transactionalId,
      producerId,
      state,
    }))
  }

  async describe(transactionalIds: readonly string[]): Promise<TransactionDescription[]> {
    const keys = { keyType: TRANSACTION_KEY_TYPE, coordinatorKeys: transactionalIds }
    const { coordinators } = await this.#connection.request('FindCoordinator', keys)
    throwFirst(coordinators)
    const { transactionStates } = await this.#connection.request('DescribeTransactions', { transactionalIds })
    throwFirst(transactionStates)
    return transactionStates.map(({ transactionState, transactionStartTimeMs, topics, ...found }, i) => ({
      transactionalId: found.transactionalId,
      state: transactionState as TransactionState,
      producerId: found.producerId,
      producerEpoch: found.producerEpoch,
      transactionTimeoutMs: found.transactionTimeoutMs,
      transactionStartTimeMs: orNull(transactionStartTimeMs),
      topicPartitions: topics.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition }))),
      coordinatorId: coordinators[i]?.nodeId ?? NONE,
    }))
  }

  async describeProducers(partitions: readonly TopicPartition[]): Promise<PartitionProducers[]> {
    const topics = partitions.map(({ topic: name, partition }) => ({ name, partitionIndexes: [partition] }))
    const answer = await this.#connection.request('DescribeProducers', { topics })
    const found = answer.topics.flatMap(({ name, partitions: each }) => each.map((rest) => ({ topic: name, ...rest })))
    throwFirst(found)
    return found.map(({ topic, partitionIndex: partition, activeProducers }) => ({
      topic,
      partition,
      activeProducers: activeProducers.map((each) => ({
        producerId: each.producerId,
        producerEpoch: each.producerEpoch,
        lastSequence: orNull(each.lastSequence),
        lastTimestamp: each.lastTimestamp,
        coordinatorEpoch: orNull(each.coordinatorEpoch),
        currentTransactionStartOffset: orNull(each.currentTxnStartOffset),
      })),
    }))
  }

  async abort(spec: AbortTransactionSpec): Promise<void> {
    const fields = ['topic', 'partition', 'producerId', 'producerEpoch', 'coordinatorEpoch']
    rejectUnknown(spec, fields, 'abortTransaction')
    const { topic: name, partition, producerId, producerEpoch } = spec
    const coordinatorEpoch = spec.coordinatorEpoch ?? (await this.#coordinatorEpochOf(spec))
    const topics = [{ name, partitionIndexes: [partition] }]
    const marker = { producerId, producerEpoch, transactionResult: false, topics, coordinatorEpoch }
    const { markers } = await this.#connection.request('WriteTxnMarkers', { markers: [marker] })
    const errorCode = markers[0]?.topics[0]?.partitions[0]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
    if (errorCode !== ErrorCode.NONE) throw errorFrom(errorCode, whyNotAborted(spec, errorCode))
  }

  async #coordinatorEpochOf({ topic, partition, producerId }: AbortTransactionSpec): Promise<number> {
    const [found] = await this.describeProducers([{ topic, partition }])
    return found?.activeProducers.find((each) => each.producerId === producerId)?.coordinatorEpoch ?? 0
  }

  async fence(transactionalId: string, options: { readonly timeoutMs?: number } = {}): Promise<FencedProducer> {
    rejectUnknown(options, ['timeoutMs'], 'fenceProducers')
    const answer = await this.#connection.request('InitProducerId', {
      transactionalId,
      transactionTimeoutMs: options.timeoutMs ?? FENCE_TIMEOUT_MS,
      producerId: NONE,
      producerEpoch: NONE,
      enable2Pc: false,
      keepPreparedTxn: false,
    })
    throwFirst([answer])
    return { transactionalId, producerId: answer.producerId, producerEpoch: answer.producerEpoch }
  }
}

function orNull(value: number): number | null {
  return value < 0 ? null : value
}

function whyNotAborted({ topic, partition, producerId, producerEpoch }: AbortTransactionSpec, code: ErrorCode): string {
  const what = `abortTransaction: the transaction of producer ${producerId} in ${topic}-${partition} was not aborted`
  const tells = `describeProducers([{ topic: '${topic}', partition: ${partition} }]) tells`
  switch (errorName(code)) {
    case 'INVALID_PRODUCER_EPOCH':
      return `${what}: epoch ${producerEpoch} is not its newest there. ${tells} which is.`
    case 'TRANSACTION_COORDINATOR_FENCED':
      return `${what}: a coordinator of a newer epoch has written there. ${tells} which.`
    case 'UNKNOWN_TOPIC_OR_PARTITION':
      return `${what}: the partition does not exist. listTopics tells which topics there are.`
    default:
      return `${what}: ${errorName(code)}.`
  }
}
