// CreatePartitions: only upwards. Records stay where they are, so a key may belong to another partition from now on.

import { ErrorCode, KafkaError } from '../../errors.ts'
import type { CreatePartitionsRequest } from '../api.ts'
import type { BrokerInternals, Handler } from '../handler.ts'
import { duplicates } from './duplicates.ts'

export const createPartitions: Handler<'CreatePartitions'> = (broker, request) => {
  const twice = duplicates(request.topics.map(({ name }) => name))
  return {
    results: request.topics.map(({ name, count }) => {
      try {
        if (twice.has(name))
          throw new KafkaError('INVALID_REQUEST', `Topic '${name}' is named twice in one request. Name it once.`)
        addPartitions(broker, name, count, request)
        return { name, errorCode: ErrorCode.NONE, errorMessage: null }
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        return { name, errorCode: error.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR, errorMessage: error.message }
      }
    }),
  }
}

function addPartitions(
  broker: BrokerInternals,
  name: string,
  count: number,
  { validateOnly }: CreatePartitionsRequest,
): void {
  const topic = broker.topics.get(name)
  if (topic === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', broker.topics.unknown(name))
  if (topic.isInternal) {
    // A group's partition follows from their number: more of them would make every group unfindable.
    throw new KafkaError(
      'INVALID_TOPIC_EXCEPTION',
      `Topic '${name}' is internal. Set offsetsTopicNumPartitions at the start.`,
    )
  }
  broker.topics.checkGrowth(topic, count)
  if (validateOnly) return
  broker.topics.grow(topic, count)
  broker.events.announce('partitionsCreated', { topic: name, partitions: count })
}
