// DeleteTopics: by name or id. Readers that wait are woken to learn it; what groups committed for the topic goes too.
// Differs from Kafka: it is done when it is answered.

import { ErrorCode } from '../../errors.ts'
import { forgetTopic } from '../../groups/deletion.ts'
import type { Handler } from '../handler.ts'

export const deleteTopics: Handler<'DeleteTopics'> = (broker, { topics }) => ({
  responses: topics.map(({ name, topicId }) => {
    const topic = name === null ? broker.topics.byId(topicId ?? '') : broker.topics.get(name)
    if (topic === undefined) {
      const errorCode = name === null ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      const errorMessage = name === null ? `No topic has the id ${topicId}.` : broker.topics.unknown(name)
      return { name, topicId: topicId ?? '', errorCode, errorMessage }
    }
    if (topic.isInternal) {
      const errorMessage = `Topic '${topic.name}' is internal and cannot be deleted.`
      return { name, topicId: topic.id, errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION, errorMessage }
    }
    broker.topics.delete(topic)
    broker.groups.runAll((shard) => forgetTopic(shard, topic.name))
    for (const log of topic.partitions) broker.fetches.touch(log)
    broker.events.announce('topicDeleted', { topic: topic.name, topicId: topic.id })
    return { name: topic.name, topicId: topic.id, errorCode: ErrorCode.NONE, errorMessage: null }
  }),
})
