// CreateTopics: each topic on its own; one that cannot be created does not hinder the others.
// Differs from Kafka: one broker, so the replication factor is 1 and assignments are not asked for.

import { ErrorCode, KafkaError } from '../../errors.ts'
import type { Handler } from '../handler.ts'
import type { Topic } from '../topics.ts'
import { duplicates } from './duplicates.ts'

export const createTopics: Handler<'CreateTopics'> = (broker, { topics, validateOnly }) => {
  const twice = duplicates(topics.map(({ name }) => name))
  return {
    topics: topics.map((newTopic) => {
      const { name } = newTopic
      if (twice.has(name)) {
        return failed(
          name,
          new KafkaError('INVALID_REQUEST', `Topic '${name}' is named twice in one request. Name it once.`),
        )
      }
      try {
        return created(validateOnly ? broker.topics.plan(newTopic) : broker.createTopic(newTopic))
      } catch (error) {
        if (error instanceof KafkaError) return failed(name, error)
        throw error
      }
    }),
  }
}

function created({ name, id, partitions }: Topic) {
  const counts = { numPartitions: partitions.length, replicationFactor: 1 }
  return { name, topicId: id, errorCode: ErrorCode.NONE, errorMessage: null, ...counts }
}

function failed(name: string, error: KafkaError) {
  const errorCode = error.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
  return { name, topicId: '', errorCode, errorMessage: error.message, numPartitions: -1, replicationFactor: -1 }
}
