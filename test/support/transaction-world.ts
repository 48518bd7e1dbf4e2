// A broker, and producers that speak to it by requests: what they are answered, and what a reader then sees.
import { type BrokerConfig, type ErrorName, Kafkalet } from 'kafkalet'
import { ManualClock } from 'kafkalet/testing'
import type { ApiName, RequestContext, RequestOf, ResponseOf } from '../../src/broker/api.ts'
import { entriesIn } from '../../src/broker/coordinator.ts'
import type { ErrorCode } from '../../src/errors.ts'
import { errorName } from '../../src/errors.ts'
import { GroupsView } from '../../src/groups/view.ts'
import { insidesOf } from '../../src/kafkalet.ts'
import { markerIn } from '../../src/log/control-record.ts'
import type { RecordBatch } from '../../src/log/record-batch.ts'
import { transactionRecord } from '../../src/transactions/transaction-records.ts'
import { TransactionsView } from '../../src/transactions/view.ts'
import { asJson } from './offsets-log.ts'
import { batchOf, batchOfValues, valuesOf } from './record-batches.ts'

/** What a producer was given, and how far it is with each partition. */
export interface TestProducer {
  readonly transactionalId: string
  producerId: number
  producerEpoch: number
  readonly sequences: Map<string, number>
}

export class TransactionWorld {
  readonly clock = new ManualClock()
  readonly kafka: Kafkalet
  readonly broker: NonNullable<ReturnType<typeof insidesOf>>['broker']

  constructor(config: BrokerConfig = {}) {
    this.kafka = new Kafkalet({ clock: this.clock, seed: 3, config })
    const broker = insidesOf(this.kafka)?.broker
    if (broker === undefined) throw new Error('an instance has a broker')
    this.broker = broker
    for (const name of ['orders', 'results']) {
      broker.createTopic({ name, numPartitions: 2, replicationFactor: 1, configs: [] })
    }
  }

  ask<Api extends ApiName>(api: Api, request: RequestOf<Api>, apiVersion?: number): ResponseOf<Api> {
    const response = this.broker.handle(api, request, contextWith(apiVersion))
    if (response instanceof Promise) throw new Error(`${api} has to wait`)
    return response as ResponseOf<Api>
  }

  /** What the answer says; where it is NONE, the producer goes on with it. */
  init(producer: TestProducer, { isKnown = false, timeoutMs = 60_000 } = {}): ErrorName {
    const answer = this.ask('InitProducerId', {
      transactionalId: producer.transactionalId,
      transactionTimeoutMs: timeoutMs,
      producerId: isKnown ? producer.producerId : -1,
      producerEpoch: isKnown ? producer.producerEpoch : -1,
      enable2Pc: false,
      keepPreparedTxn: false,
    })
    if (answer.errorCode === 0) this.#goOn(producer, answer)
    return errorName(answer.errorCode)
  }

  /** A producer that has been given its id and epoch. */
  started(transactionalId: string, timeoutMs = 60_000): TestProducer {
    const producer = { transactionalId, producerId: -1, producerEpoch: -1, sequences: new Map() }
    const error = this.init(producer, { timeoutMs })
    if (error !== 'NONE') throw new Error(`${transactionalId}: ${error}`)
    return producer
  }

  /** As if it had begun that often: thirty thousand times are too many for a test. */
  goOnWithEpoch(producer: TestProducer, producerEpoch: number): void {
    const { transactions, topics } = this.broker
    const { transactionalId } = producer
    const log = topics.get('__transaction_state')?.partitions[transactions.partitionOf(transactionalId)]
    const [last] = [...(log ? entriesIn(log) : [])].slice(-1)
    if (log === undefined || last === undefined || !('record' in last)) throw new Error('nothing is written yet')
    const view = new TransactionsView()
    view.replay(last.record)
    const transaction = view.get(transactionalId)
    if (transaction === undefined) throw new Error(`${transactionalId} is not known`)
    const { key, value } = transactionRecord({ ...transaction, producerEpoch })
    this.broker.append(log, batchOf([{ key, value, timestamp: this.clock.now() }]), 'coordinator')
    transactions.lose(transactionalId)
    producer.producerEpoch = producerEpoch
  }

  write(producer: TestProducer, partition: string, values: readonly string[], apiVersion?: number): ErrorName {
    const { transactionalId, producerId, producerEpoch } = producer
    const [name = '', index = ''] = partition.split('-')
    const baseSequence = producer.sequences.get(partition) ?? 0
    const records = batchOfValues(values, { producerId, producerEpoch, baseSequence, isTransactional: true })
    const topicData = [{ name, partitionData: [{ index: Number(index), records }] }]
    const answer = this.ask('Produce', { transactionalId, acks: -1, timeoutMs: 1_000, topicData }, apiVersion)
    const errorCode = answer.responses[0]?.partitionResponses[0]?.errorCode as ErrorCode
    if (errorCode === 0) producer.sequences.set(partition, baseSequence + values.length)
    return errorName(errorCode)
  }

  add(producer: TestProducer, ...partitions: readonly string[]): ErrorName[] {
    const { transactionalId, producerId, producerEpoch } = producer
    const topics = partitions.map((each) => {
      const [name = '', index = ''] = each.split('-')
      return { name, partitions: [Number(index)] }
    })
    const transactions = [{ transactionalId, producerId, producerEpoch, verifyOnly: false, topics }]
    const { resultsByTransaction } = this.ask('AddPartitionsToTxn', { transactions }, 3)
    const results = resultsByTransaction[0]?.topicResults ?? []
    return results.flatMap(({ resultsByPartition }) =>
      resultsByPartition.map(({ partitionErrorCode }) => errorName(partitionErrorCode)),
    )
  }

  end(producer: TestProducer, how: 'commit' | 'abort', apiVersion = 5): ErrorName {
    const { transactionalId, producerId, producerEpoch } = producer
    const request = { transactionalId, producerId, producerEpoch, committed: how === 'commit' }
    const answer = this.ask('EndTxn', request, apiVersion)
    if (answer.errorCode === 0 && answer.producerId >= 0) this.#goOn(producer, answer)
    return errorName(answer.errorCode)
  }

  /** How far the group has read orders-0. */
  commitOffset(
    producer: TestProducer,
    groupId: string,
    offset: number,
    member: { readonly generationId?: number; readonly memberId?: string } = {},
    apiVersion?: number,
  ): ErrorName {
    const { transactionalId, producerId, producerEpoch } = producer
    const { generationId = -1, memberId = '' } = member
    const each = {
      partitionIndex: 0,
      committedOffset: offset,
      committedLeaderEpoch: -1,
      committedMetadata: null,
    }
    const answer = this.ask(
      'TxnOffsetCommit',
      {
        transactionalId,
        producerId,
        producerEpoch,
        groupId,
        generationId,
        memberId,
        groupInstanceId: null,
        topics: [{ name: 'orders', partitions: [each] }],
      },
      apiVersion,
    )
    return errorName(answer.topics[0]?.partitions[0]?.errorCode as ErrorCode)
  }

  /** What the group has committed of orders-0: the offset, or why it is not told. */
  committed(groupId: string, { isStable = false } = {}): number | ErrorName {
    const groups = [{ groupId, topics: [{ name: 'orders', partitionIndexes: [0] }] }]
    const answer = this.ask('OffsetFetch', { groups, requireStable: isStable })
    const found = answer.groups[0]?.topics[0]?.partitions[0]
    if (found === undefined) throw new Error('no answer for orders-0')
    return found.errorCode === 0 ? found.committedOffset : errorName(found.errorCode)
  }

  /** 'Empty', 'Ongoing', … and the producer's epoch; null where the id is not known. */
  state(transactionalId: string): string | null {
    const [found] = this.ask('DescribeTransactions', { transactionalIds: [transactionalId] }).transactionStates
    if (found === undefined || found.errorCode !== 0) return null
    const places = found.topics.flatMap(({ topic, partitions }) => partitions.map((each) => `${topic}-${each}`))
    return [`${found.transactionState} ${found.producerId}/${found.producerEpoch}`, ...places].join(' ')
  }

  log(partition: string) {
    const [name = '', index = ''] = partition.split('-')
    const log = this.broker.topics.get(name)?.partitions[Number(index)]
    if (log === undefined) throw new Error(`there is no ${partition}`)
    return log
  }

  /** What stands in the partition: values, and markers as `COMMIT 0/1`. */
  contents(partition: string): unknown[] {
    return this.log(partition)
      .read(0)
      .flatMap((batch) => {
        const marker = markerIn(batch)
        return marker ? [`${marker.type} ${marker.producerId}/${marker.producerEpoch}`] : valuesOf([batch])
      })
  }

  /** What a reader with `read_committed` gets from the start, by the answer to its fetch. */
  readCommitted(partition: string): unknown[] {
    const [name = '', index = ''] = partition.split('-')
    const topicId = this.broker.topics.get(name)?.id ?? ''
    const wanted = { partition: Number(index), fetchOffset: 0, partitionMaxBytes: 1_000_000 }
    const answer = this.ask('Fetch', {
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes: 1_000_000,
      isolationLevel: 'read_committed',
      topics: [{ topicId, partitions: [wanted] }],
    }).responses[0]?.partitions[0]
    const aborted = answer?.abortedTransactions ?? []
    const isSeen = (batch: RecordBatch) =>
      !batch.attributes.isControl &&
      !aborted.some(
        ({ producerId, firstOffset }) =>
          batch.attributes.producerId === producerId && isInside(this.contentsOf(partition), batch, firstOffset),
      )
    return valuesOf((answer?.records ?? []).filter(isSeen))
  }

  /** The batches of the partition. */
  contentsOf(partition: string): readonly RecordBatch[] {
    return this.log(partition).read(0)
  }

  /** The durable state of the coordinator, as it lives and as its topic would make it again. */
  views(transactionalId: string): { readonly live: unknown; readonly rebuilt: unknown } {
    const { transactions, topics } = this.broker
    const partition = transactions.partitionOf(transactionalId)
    const live = transactions.look(
      transactionalId,
      (shard) => asJson(shard.view),
      (error) => error,
    )
    const rebuilt = new TransactionsView()
    const log = topics.get('__transaction_state')?.partitions[partition]
    for (const entry of log ? entriesIn(log) : []) if ('record' in entry) rebuilt.replay(entry.record)
    return { live, rebuilt: asJson(rebuilt) }
  }

  /** The same of the group's coordinator. */
  groupViews(groupId: string): { readonly live: unknown; readonly rebuilt: unknown } {
    const { groups, topics } = this.broker
    const live = groups.look(
      groupId,
      (shard) => asJson(shard.view),
      (error) => error,
    )
    const rebuilt = new GroupsView()
    const log = topics.get('__consumer_offsets')?.partitions[groups.partitionOf(groupId)]
    for (const entry of log ? entriesIn(log) : []) {
      if ('marker' in entry) rebuilt.replayMarker(entry.marker)
      else rebuilt.replay(entry.record, entry.offset, entry.producer)
    }
    return { live, rebuilt: asJson(rebuilt) }
  }

  #goOn(producer: TestProducer, { producerId, producerEpoch }: { producerId: number; producerEpoch: number }): void {
    producer.producerId = producerId
    producer.producerEpoch = producerEpoch
    producer.sequences.clear()
  }
}

/** Whether the batch lies between the first record of a transaction and its marker. */
function isInside(batches: readonly RecordBatch[], batch: RecordBatch, firstOffset: number): boolean {
  const { producerId } = batch.attributes
  const marker = batches.find(
    (each) => each.attributes.isControl && each.attributes.producerId === producerId && each.baseOffset > firstOffset,
  )
  return batch.baseOffset >= firstOffset && batch.baseOffset < (marker?.baseOffset ?? Number.POSITIVE_INFINITY)
}

function contextWith(apiVersion: number | undefined): RequestContext {
  const context = { clientId: 'test', clientHost: '/127.0.0.1', connection: {} }
  return apiVersion === undefined ? context : { ...context, apiVersion }
}
