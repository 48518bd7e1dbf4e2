// Produce: appends batches to partitions, each on its own.
// Differs from Kafka: one replica, so acks 1 and all are the same; no throttling.

import { ErrorCode, type ErrorName, KafkaError } from '../../errors.ts'
import type { PartitionLog } from '../../log/partition-log.ts'
import type { RecordBatch } from '../../log/record-batch.ts'
import type { ProducePartitionResponse, ProduceRequest, ProduceResponse, RequestContext } from '../api.ts'
import type { BrokerInternals, Handler } from '../handler.ts'
import { takePart } from '../take-part.ts'
import type { Topic } from '../topics.ts'

type TopicData = ProduceRequest['topicData'][number]
type TopicResponse = ProduceResponse['responses'][number]

const FIRST_VERSION_THAT_ADDS_PARTITIONS = 12
const FIRST_VERSION_WITH_TRANSACTION_ABORTABLE = 11

// By loops into arrays of the right length: closures would be half of what a single send allocates.
export const produce: Handler<'Produce'> = (broker, request, context) => {
  const { topicData } = request
  const outside = request.transactionalId === null ? null : joinTransaction(broker, request, context)
  const responses = new Array<TopicResponse>(topicData.length)
  for (let i = 0; i < topicData.length; i++) {
    responses[i] = appendAll(broker, request, outside, topicData[i] as TopicData)
  }
  return { responses }
}

/** Batches that are not part of their transaction, and why not. */
type Outside = ReadonlyMap<RecordBatch, KafkaError>

function appendAll(
  broker: BrokerInternals,
  request: ProduceRequest,
  outside: Outside | null,
  { name, partitionData }: TopicData,
): TopicResponse {
  const topic = broker.topics.get(name)
  const partitionResponses = new Array<ProducePartitionResponse>(partitionData.length)
  for (let i = 0; i < partitionData.length; i++) {
    const { index, records } = partitionData[i] as TopicData['partitionData'][number]
    partitionResponses[i] = append(broker, request, outside, topic, name, index, records)
  }
  return { name, partitionResponses }
}

function isValid(acks: number): boolean {
  return acks === -1 || acks === 0 || acks === 1
}

function invalidAcks(acks: number): KafkaError {
  return new KafkaError('INVALID_REQUIRED_ACKS', `acks is ${acks}. Use 0, 1 or -1 (all).`)
}

function append(
  broker: BrokerInternals,
  request: ProduceRequest,
  outside: Outside | null,
  topic: Topic | undefined,
  name: string,
  index: number,
  batch: RecordBatch,
): ProducePartitionResponse {
  if (!isValid(request.acks)) return failed(index, invalidAcks(request.acks))
  const log = topic?.partitions[index]
  if (topic === undefined || log === undefined || topic.isInternal) return notWritable(broker, topic, name, index)
  try {
    if (batch.attributes.isTransactional) checkTransaction(outside, log, batch)
    const appended = broker.append(log, batch, 'client')
    if (typeof appended !== 'number') return written(index, appended.baseOffset, appended.timestamp, log)
    const stamped = topic.config.messageTimestampType === 'LogAppendTime'
    return written(index, appended, stamped ? batch.maxTimestamp : -1, log)
  } catch (error) {
    if (error instanceof KafkaError) return failed(index, error)
    throw error
  }
}

function checkTransaction(outside: Outside | null, { topic, partition }: PartitionLog, batch: RecordBatch): void {
  if (outside === null) {
    const why = `A batch for ${topic}-${partition} belongs to a transaction, and its request names no transactional id. Name it.`
    throw new KafkaError('INVALID_TXN_STATE', why)
  }
  const problem = outside.get(batch)
  if (problem) throw problem
}

/** All partitions of the request that are written to in its transaction become part of it, and one record says so. */
function joinTransaction(broker: BrokerInternals, request: ProduceRequest, { apiVersion }: RequestContext): Outside {
  const version = apiVersion ?? FIRST_VERSION_THAT_ADDS_PARTITIONS
  const inside = request.topicData.flatMap(({ name, partitionData }) =>
    partitionData
      .filter(({ index, records }) => records.attributes.isTransactional && isWritable(broker, name, index))
      .map(({ index, records }) => ({ topic: name, partition: index, batch: records })),
  )
  const outside = new Map<RecordBatch, KafkaError>()
  const [first] = inside
  if (first === undefined) return outside
  const { producerId, producerEpoch } = first.batch.attributes
  const writer = { transactionalId: request.transactionalId ?? '', producerId, producerEpoch }
  const errors = takePart(broker, writer, inside, version >= FIRST_VERSION_THAT_ADDS_PARTITIONS)
  for (const [i, { topic, partition, batch }] of inside.entries()) {
    const isOfOne = batch.attributes.producerId === producerId && batch.attributes.producerEpoch === producerEpoch
    const error = isOfOne ? (errors[i] ?? 'NONE') : 'INVALID_PRODUCER_ID_MAPPING'
    if (error === 'NONE') continue
    const why =
      `A batch for ${topic}-${partition} is not part of the transaction of '${writer.transactionalId}', producer ` +
      `${batch.attributes.producerId} in epoch ${batch.attributes.producerEpoch}: ${error}.`
    outside.set(batch, new KafkaError(asProduceError(error, version), why))
  }
  return outside
}

function isWritable({ topics }: BrokerInternals, name: string, partition: number): boolean {
  const topic = topics.get(name)
  return topic?.partitions[partition] !== undefined && !topic.isInternal
}

/** What a producer knows what to do about. */
function asProduceError(problem: ErrorName, apiVersion: number): ErrorName {
  switch (problem) {
    case 'COORDINATOR_LOAD_IN_PROGRESS':
    case 'COORDINATOR_NOT_AVAILABLE':
    case 'NOT_COORDINATOR':
      return 'NOT_ENOUGH_REPLICAS'
    case 'CONCURRENT_TRANSACTIONS':
      return apiVersion >= FIRST_VERSION_THAT_ADDS_PARTITIONS ? problem : 'NOT_ENOUGH_REPLICAS'
    case 'TRANSACTION_ABORTABLE':
      return apiVersion >= FIRST_VERSION_WITH_TRANSACTION_ABORTABLE ? problem : 'INVALID_TXN_STATE'
    case 'PRODUCER_FENCED':
      return 'INVALID_PRODUCER_EPOCH'
    default:
      return problem
  }
}

function written(
  index: number,
  baseOffset: number,
  logAppendTimeMs: number,
  log: PartitionLog,
): ProducePartitionResponse {
  const { startOffset: logStartOffset } = log
  return { index, errorCode: ErrorCode.NONE, errorMessage: null, baseOffset, logAppendTimeMs, logStartOffset }
}

function notWritable(
  broker: BrokerInternals,
  topic: Topic | undefined,
  name: string,
  index: number,
): ProducePartitionResponse {
  if (topic?.isInternal) {
    const why = `Topic '${name}' is internal: only the broker writes to it. Produce to a topic of your own.`
    return failed(index, new KafkaError('INVALID_TOPIC_EXCEPTION', why))
  }
  const why = topic ? broker.topics.unknownPartition(topic, index) : broker.topics.unknown(name)
  return failed(index, new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', why))
}

function failed(index: number, error: KafkaError): ProducePartitionResponse {
  return {
    index,
    errorCode: error.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR,
    errorMessage: error.message,
    baseOffset: -1,
    logAppendTimeMs: -1,
    logStartOffset: -1,
  }
}
