// Metadata: which topics there are, with their partitions. Naming an unknown topic creates it, where the broker and
// the client both want that (auto.create.topics.enable, allow.auto.create.topics).
// Differs from Kafka: a topic is ready as soon as it is created, so LEADER_NOT_AVAILABLE is never answered.

import { ErrorCode, KafkaError } from '../../errors.ts'
import type { MetadataTopic } from '../api.ts'
import { type BrokerInternals, type Handler, NODE } from '../handler.ts'
import { OFFSETS_TOPIC, problemWithName, type Topic, TRANSACTIONS_TOPIC } from '../topics.ts'

const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

export const metadata: Handler<'Metadata'> = (broker, { topics, allowAutoTopicCreation }) => ({
  brokers: [NODE],
  clusterId: 'kafkalet',
  controllerId: NODE.nodeId,
  topics: topics
    ? topics.map(({ name, topicId }) => describe(broker, name, topicId, allowAutoTopicCreation))
    : [...broker.topics.all()].map(found),
})

function describe(
  broker: BrokerInternals,
  name: string | null,
  topicId: string | null,
  mayCreate: boolean,
): MetadataTopic {
  if (name === null) {
    const topic = broker.topics.byId(topicId ?? NO_ID)
    return topic ? found(topic) : missing(null, topicId, new KafkaError('UNKNOWN_TOPIC_ID'))
  }
  const topic = broker.topics.get(name)
  if (topic) return found(topic)
  try {
    return found(create(broker, name, mayCreate))
  } catch (error) {
    if (error instanceof KafkaError) return missing(name, topicId, error)
    throw error
  }
}

function create(broker: BrokerInternals, name: string, mayCreate: boolean): Topic {
  if (name === OFFSETS_TOPIC) return broker.offsetsTopic()
  if (name === TRANSACTIONS_TOPIC) return broker.transactionsTopic()
  const problem = problemWithName(name)
  if (problem) throw new KafkaError('INVALID_TOPIC_EXCEPTION', problem)
  if (!mayCreate || !broker.config.autoCreateTopicsEnable) {
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', broker.topics.unknown(name))
  }
  return broker.createTopic({ name, numPartitions: -1, replicationFactor: -1, configs: [] })
}

/** Every member of a group asks for the same topics: each is described once, until it grows. */
const described = new WeakMap<Topic, MetadataTopic>()

function found(topic: Topic): MetadataTopic {
  const known = described.get(topic)
  if (known?.partitions.length === topic.partitions.length) return known
  const description = describeAnew(topic)
  described.set(topic, description)
  return description
}

function describeAnew(topic: Topic): MetadataTopic {
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    name: topic.name,
    topicId: topic.id,
    isInternal: topic.isInternal,
    partitions: topic.partitions.map(({ partition }) => ({
      errorCode: ErrorCode.NONE,
      partitionIndex: partition,
      leaderId: NODE.nodeId,
      leaderEpoch: 0,
      replicaNodes: [NODE.nodeId],
      isrNodes: [NODE.nodeId],
      offlineReplicas: [],
    })),
  }
}

function missing(name: string | null, topicId: string | null, error: KafkaError): MetadataTopic {
  return {
    errorCode: error.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR,
    errorMessage: error.message,
    name,
    topicId: topicId ?? NO_ID,
    isInternal: false,
    partitions: [],
  }
}
