// Refuses offsets of a group: to commit them, and to tell what is committed.

import type {
  OffsetCommitRequest,
  OffsetCommitResponse,
  OffsetFetchRequest,
  OffsetFetchResponse,
} from '../broker/group-api.ts'
import { type Refusal, type Refuse, refuseNested } from './refuse-parts.ts'

type Commit = Pick<OffsetCommitRequest, 'topics'>

/** For OffsetCommit and for TxnOffsetCommit. */
export function refuseCommit<Request extends Commit>(
  request: Request,
  isHit: readonly boolean[],
  refusal: Refusal,
  carryOut: (rest: Request) => OffsetCommitResponse | Promise<OffsetCommitResponse>,
): OffsetCommitResponse | Promise<OffsetCommitResponse> {
  return refuseNested<
    Request,
    OffsetCommitResponse,
    Commit['topics'][number],
    Commit['topics'][number]['partitions'][number],
    OffsetCommitResponse['topics'][number]['partitions'][number]
  >({
    things: ({ topics }) => topics,
    parts: ({ partitions }) => partitions,
    keep: ({ name }, partitions) => ({ name, partitions }),
    ask: (whole, topics) => ({ ...whole, topics }),
    answers: ({ topics }) => topics.flatMap(({ partitions }) => partitions),
    refused: ({ partitionIndex }, { errorCode }) => ({ partitionIndex, errorCode }),
    respond: (answers) => ({
      errorMessage: refusal.errorMessage,
      topics: answers.map(([{ name }, partitions]) => ({ name, partitions })),
    }),
  })(request, isHit, refusal, carryOut)
}

type FetchedGroup = OffsetFetchResponse['groups'][number]

/** Groups of which any part is meant, each as a whole. */
export const refuseGroups: Refuse<OffsetFetchRequest, OffsetFetchResponse> = (request, isHit, refusal, carryOut) => {
  const hit = new Set(hitParts(request, isHit).map(({ groupId }) => groupId))
  const refuse = (group: FetchedGroup): FetchedGroup =>
    hit.has(group.groupId) ? { groupId: group.groupId, errorCode: refusal.errorCode, topics: [] } : group
  return change(carryOut(request), refuse)
}

/** Single partitions; where all were asked for, all that the group committed. */
export const refuseCommitted: Refuse<OffsetFetchRequest, OffsetFetchResponse> = (request, isHit, refusal, carryOut) => {
  const hit = hitParts(request, isHit)
  const refuse = (group: FetchedGroup): FetchedGroup => ({
    ...group,
    topics: group.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((each) => {
        const isMeant = hit.some(
          ({ groupId, topic, partition }) =>
            groupId === group.groupId && (topic === null || (topic === name && partition === each.partitionIndex)),
        )
        return isMeant ? refusedOffset(each.partitionIndex, refusal) : each
      }),
    })),
  })
  return change(carryOut(request), refuse)
}

function refusedOffset(partitionIndex: number, { errorCode }: Refusal) {
  return { partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode }
}

interface OffsetPart {
  readonly groupId: string
  /** Null for all of the group. */
  readonly topic: string | null
  readonly partition: number
}

function hitParts({ groups }: OffsetFetchRequest, isHit: readonly boolean[]): OffsetPart[] {
  const parts = groups.flatMap(
    ({ groupId, topics }): OffsetPart[] =>
      topics?.flatMap(({ name, partitionIndexes }) =>
        partitionIndexes.map((partition) => ({ groupId, topic: name, partition })),
      ) ?? [{ groupId, topic: null, partition: -1 }],
  )
  return parts.filter((_part, i) => isHit[i])
}

function change(
  response: OffsetFetchResponse | Promise<OffsetFetchResponse>,
  refuse: (group: FetchedGroup) => FetchedGroup,
): OffsetFetchResponse | Promise<OffsetFetchResponse> {
  const all = ({ groups }: OffsetFetchResponse) => ({ groups: groups.map(refuse) })
  return response instanceof Promise ? response.then(all) : all(response)
}
