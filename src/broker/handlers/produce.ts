// Produce: appends batches to partitions, each on its own.
// Differs from Kafka: one replica, so acks 1 and all are the same; no throttling.

import { ErrorCode, KafkaError } from '../../errors.ts'
import type { PartitionLog } from '../../log/partition-log.ts'
import type { RecordBatch } from '../../log/record-batch.ts'
import type { ProducePartitionResponse, ProduceRequest, ProduceResponse } from '../api.ts'
import type { BrokerInternals, Handler } from '../handler.ts'
import type { Topic } from '../topics.ts'

type TopicData = ProduceRequest['topicData'][number]
type TopicResponse = ProduceResponse['responses'][number]

// By loops into arrays of the right length: closures would be half of what a single send allocates.
export const produce: Handler<'Produce'> = (broker, { acks, topicData }) => {
  const responses = new Array<TopicResponse>(topicData.length)
  for (let i = 0; i < topicData.length; i++) responses[i] = appendAll(broker, acks, topicData[i] as TopicData)
  return { responses }
}

function appendAll(broker: BrokerInternals, acks: number, { name, partitionData }: TopicData): TopicResponse {
  const topic = broker.topics.get(name)
  const partitionResponses = new Array<ProducePartitionResponse>(partitionData.length)
  for (let i = 0; i < partitionData.length; i++) {
    const { index, records } = partitionData[i] as TopicData['partitionData'][number]
    partitionResponses[i] = isValid(acks)
      ? append(broker, topic, name, index, records)
      : failed(index, invalidAcks(acks))
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
  topic: Topic | undefined,
  name: string,
  index: number,
  batch: RecordBatch,
): ProducePartitionResponse {
  const log = topic?.partitions[index]
  if (topic === undefined || log === undefined || topic.isInternal) return notWritable(broker, topic, name, index)
  try {
    if (batch.attributes.isTransactional) throw noTransaction(name, index)
    const appended = broker.append(log, batch, 'client')
    if (typeof appended !== 'number') return written(index, appended.baseOffset, appended.timestamp, log)
    const stamped = topic.config.messageTimestampType === 'LogAppendTime'
    return written(index, appended, stamped ? batch.maxTimestamp : -1, log)
  } catch (error) {
    if (error instanceof KafkaError) return failed(index, error)
    throw error
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

function noTransaction(name: string, index: number): KafkaError {
  const why =
    `A batch for ${name}-${index} belongs to a transaction, and none is open: transactions are not supported yet. ` +
    'Send it without.'
  return new KafkaError('INVALID_TXN_STATE', why)
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
