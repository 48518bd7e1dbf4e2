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
  const responses = new Array<TopicResponse>(topicData.length)
  for (let i = 0; i < topicData.length; i++) {
    responses[i] = appendAll(broker, request, context, topicData[i] as TopicData)
  }
  return { responses }
}

function appendAll(
  broker: BrokerInternals,
  request: ProduceRequest,
  context: RequestContext,
  { name, partitionData }: TopicData,
): TopicResponse {
  const topic = broker.topics.get(name)
  const partitionResponses = new Array<ProducePartitionResponse>(partitionData.length)
  for (let i = 0; i < partitionData.length; i++) {
    const { index, records } = partitionData[i] as TopicData['partitionData'][number]
    partitionResponses[i] = append(broker, request, context, topic, name, index, records)
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
  context: RequestContext,
  topic: Topic | undefined,
  name: string,
  index: number,
  batch: RecordBatch,
): ProducePartitionResponse {
  if (!isValid(request.acks)) return failed(index, invalidAcks(request.acks))
  const log = topic?.partitions[index]
  if (topic === undefined || log === undefined || topic.isInternal) return notWritable(broker, topic, name, index)
  try {
    if (batch.attributes.isTransactional) checkTransaction(broker, request, context, log, batch)
    const appended = broker.append(log, batch, 'client')
    if (typeof appended !== 'number') return written(index, appended.baseOffset, appended.timestamp, log)
    const stamped = topic.config.messageTimestampType === 'LogAppendTime'
    return written(index, appended, stamped ? batch.maxTimestamp : -1, log)
  } catch (error) {
    if (error instanceof KafkaError) return failed(index, error)
    throw error
  }
}

/** The partition is part of the transaction, or becomes it; else the batch is refused. */
function checkTransaction(
  broker: BrokerInternals,
  { transactionalId }: ProduceRequest,
  { apiVersion = FIRST_VERSION_THAT_ADDS_PARTITIONS }: RequestContext,
  { topic, partition }: PartitionLog,
  { attributes }: RecordBatch,
): void {
  const { producerId, producerEpoch } = attributes
  if (transactionalId === null) {
    const why = `A batch for ${topic}-${partition} belongs to a transaction, and its request names no transactional id. Name it.`
    throw new KafkaError('INVALID_TXN_STATE', why)
  }
  const adds = apiVersion >= FIRST_VERSION_THAT_ADDS_PARTITIONS
  const problem = takePart(broker, { transactionalId, producerId, producerEpoch }, { topic, partition }, adds)
  if (problem === 'NONE') return
  const why =
    `A batch for ${topic}-${partition} is not part of the transaction of '${transactionalId}', producer ${producerId} in ` +
    `epoch ${producerEpoch}: ${problem}.`
  throw new KafkaError(asProduceError(problem, apiVersion), why)
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
