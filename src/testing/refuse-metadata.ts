// Refuses topics of a Metadata request: of those it names, or of all there are.

import type { MetadataRequest, MetadataResponse } from '../broker/api.ts'
import { type Refusal, type Refuse, refuseListed } from './refuse-parts.ts'

const NO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

const refuseNamed: Refuse<MetadataRequest, MetadataResponse> = refuseListed({
  parts: ({ topics }) => topics ?? [],
  ask: (request, topics) => ({ ...request, topics }),
  answers: ({ topics }) => topics,
  refused: ({ name, topicId }, refusal) => ({
    ...refusal,
    name,
    topicId: topicId ?? NO_ID,
    isInternal: false,
    partitions: [],
  }),
  respond: (topics, response) => ({ brokers: [], clusterId: 'kafkalet', controllerId: -1, ...response, topics }),
})

export const refuseTopics: Refuse<MetadataRequest, MetadataResponse> = (request, isHit, refusal, carryOut) => {
  if (request.topics !== null) return refuseNamed(request, isHit, refusal, carryOut)
  const response = carryOut(request)
  const refuse = (all: MetadataResponse) => refuseSome(all, isHit, refusal)
  return response instanceof Promise ? response.then(refuse) : refuse(response)
}

function refuseSome(response: MetadataResponse, isHit: readonly boolean[], refusal: Refusal): MetadataResponse {
  const topics = response.topics.map((topic, i) => (isHit[i] ? { ...topic, ...refusal, partitions: [] } : topic))
  return { ...response, topics }
}
