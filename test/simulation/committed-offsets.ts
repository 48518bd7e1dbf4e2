// What each group's committed offsets can be, by what was sent and how it was answered: a commit that was acknowledged is
// what every look-up finds, until another one comes, however often the coordinator is lost. Only who is in the group commits.
import type { OffsetCommitRequest, OffsetCommitResponse, OffsetFetchResponse } from '../../src/broker/group-api.ts'
import { ErrorCode } from '../../src/errors.ts'
import type { ClassicGroup } from '../../src/groups/group.ts'
import type { Story } from './story.ts'

const NOTHING_COMMITTED = -1
/** The coordinator was lost on the way: it may have been written or not. */
const undecided: ReadonlySet<number> = new Set([ErrorCode.NOT_COORDINATOR, ErrorCode.COORDINATOR_NOT_AVAILABLE])

export class CommittedOffsets {
  readonly #story: Story
  readonly #groupOf: (groupId: string) => ClassicGroup | undefined
  /** `group/topic-partition` → what may be found there. */
  readonly #possible = new Map<string, Set<number>>()
  readonly #forgotten = new Set<string>()

  constructor(story: Story, groupOf: (groupId: string) => ClassicGroup | undefined) {
    this.#story = story
    this.#groupOf = groupOf
  }

  /** What was committed for a topic goes with it. */
  forgetTopic(topic: string): void {
    this.#forgotten.add(topic)
  }

  committed(request: OffsetCommitRequest, answer: OffsetCommitResponse): void {
    for (const [t, { name, partitions }] of request.topics.entries()) {
      for (const [p, { partitionIndex, committedOffset }] of partitions.entries()) {
        const errorCode = answer.topics[t]?.partitions[p]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
        const place = placeOf(request.groupId, name, partitionIndex)
        if (errorCode === ErrorCode.NONE) this.#acknowledged(request, place, committedOffset)
        else if (undecided.has(errorCode)) this.#possible.set(place, this.#at(place).add(committedOffset))
      }
    }
  }

  fetched({ groups }: OffsetFetchResponse): void {
    for (const { groupId, errorCode, topics } of groups) {
      if (errorCode !== ErrorCode.NONE) continue
      for (const { name, partitions } of topics) {
        for (const { partitionIndex, committedOffset } of partitions) {
          this.found(groupId, name, partitionIndex, committedOffset)
        }
      }
    }
  }

  found(groupId: string, topic: string, partition: number, offset: number): void {
    if (this.#forgotten.has(topic)) return
    const place = placeOf(groupId, topic, partition)
    const possible = this.#at(place)
    if (!possible.has(offset)) {
      this.#story.problem(`committed for ${place} is ${offset}, and should be ${[...possible].join(' or ')}`)
    }
    // Seen once, it is what stands.
    this.#possible.set(place, new Set([offset]))
  }

  #acknowledged(
    { groupId, memberId, generationIdOrMemberEpoch: generation }: OffsetCommitRequest,
    place: string,
    offset: number,
  ): void {
    const group = this.#groupOf(groupId)
    if (group && !(group.members.has(memberId) && group.generation === generation)) {
      this.#story.problem(`${memberId} commits ${place} in generation ${generation}, and is not in it any more`)
    }
    this.#possible.set(place, new Set([offset]))
  }

  #at(place: string): Set<number> {
    return this.#possible.get(place) ?? new Set([NOTHING_COMMITTED])
  }
}

function placeOf(groupId: string, topic: string, partition: number): string {
  return `${groupId}/${topic}-${partition}`
}
