// An admin's half that concerns what groups committed: read, written, deleted, reset.

import { ErrorCode, errorFrom, errorName } from '../../errors.ts'
import type { Connection } from '../connection.ts'
import {
  checkOffset,
  commitOffsets,
  fetchCommitted,
  groupByTopic,
  LATEST,
  listOffsets,
  type OffsetToCommit,
} from '../offsets-client.ts'
import { keyOf, type TopicPartition } from '../topic.ts'
import type { GroupLag, GroupOffset, PartitionLag, PlannedOffset, ResetOffsetsOptions } from './admin.ts'
import { throwFirst } from './answers.ts'
import type { GroupAdmin } from './group-admin.ts'
import { checkReset, planReset, refuseActive } from './offset-reset.ts'
import { at, type TopicAdmin } from './topic-admin.ts'

export class GroupOffsetsAdmin {
  readonly #connection: Connection
  readonly #topics: TopicAdmin
  readonly #groups: GroupAdmin

  constructor(connection: Connection, topics: TopicAdmin, groups: GroupAdmin) {
    this.#connection = connection
    this.#topics = topics
    this.#groups = groups
  }

  async list(groupId: string, partitions?: readonly TopicPartition[]): Promise<GroupOffset[]> {
    const committed = await fetchCommitted(this.#connection, groupId, partitions ?? null)
    const ends = await listOffsets(this.#connection, at(committed, LATEST))
    return committed.map(({ topic, partition, offset, leaderEpoch, metadata }, i) => {
      const endOffset = ends[i]?.offset ?? offset
      return { topic, partition, offset, leaderEpoch, metadata, endOffset, lag: endOffset - offset }
    })
  }

  async lag(groupId: string): Promise<GroupLag> {
    const [group] = await this.#groups.describeGroups([groupId])
    const committed = await this.list(groupId)
    const readers = new Map(
      (group?.members ?? []).flatMap(({ memberId, assignment }) => assignment.map((each) => [keyOf(each), memberId])),
    )
    const known = new Set(committed.map(keyOf))
    const uncommitted = (group?.members ?? [])
      .flatMap(({ assignment }) => assignment)
      .filter((each) => !known.has(keyOf(each)))
    const ends = await listOffsets(this.#connection, at(uncommitted, LATEST))
    const partitions: PartitionLag[] = [
      ...committed.map(({ topic, partition, offset, endOffset, lag }) => ({
        topic,
        partition,
        offset,
        endOffset,
        lag,
      })),
      ...uncommitted.map((each, i) => ({ ...each, offset: null, endOffset: ends[i]?.offset ?? 0, lag: null })),
    ].map((each) => ({ ...each, memberId: readers.get(keyOf(each)) ?? null }))
    const topics = [...groupByTopic(partitions)].map(([topic, entries]) => ({
      topic,
      lag: sum(entries.map(({ lag }) => lag ?? 0)),
      partitions: entries.sort((a, b) => a.partition - b.partition),
    }))
    return { groupId, lag: sum(topics.map(({ lag }) => lag)), topics }
  }

  async alter(groupId: string, offsets: readonly OffsetToCommit[]): Promise<void> {
    for (const each of offsets) checkOffset(each.offset, each)
    await commitOffsets(this.#connection, { groupId, generation: -1, memberId: '' }, offsets)
  }

  async delete(groupId: string, partitions: readonly TopicPartition[]): Promise<void> {
    const topics = [...groupByTopic(partitions)].map(([name, entries]) => ({
      name,
      partitions: entries.map(({ partition }) => ({ partitionIndex: partition })),
    }))
    const answer = await this.#connection.request('OffsetDelete', { groupId, topics })
    throwFirst([answer])
    for (const { name, partitions: answers } of answer.topics) {
      for (const { partitionIndex, errorCode } of answers) {
        if (errorCode !== ErrorCode.NONE)
          throw errorFrom(errorCode, whyNotDeleted(groupId, name, partitionIndex, errorCode))
      }
    }
  }

  async reset(groupId: string, options: ResetOffsetsOptions): Promise<PlannedOffset[]> {
    checkReset(options)
    const [group] = await this.#groups.describeGroups([groupId])
    if (group) refuseActive(group)
    const committed = await fetchCommitted(this.#connection, groupId, null)
    const nowMs = this.#connection.host.clock.now()
    const plan = await planReset(this.#topics, { groupId, committed, nowMs }, options)
    if (options.dryRun) return plan
    await this.alter(
      groupId,
      plan.map(({ topic, partition, newOffset }) => ({ topic, partition, offset: newOffset })),
    )
    return plan
  }
}

function whyNotDeleted(groupId: string, topic: string, partition: number, code: ErrorCode): string {
  if (errorName(code) === 'GROUP_SUBSCRIBED_TO_TOPIC') {
    return (
      `Members of group '${groupId}' subscribe to '${topic}', so what it committed for ${topic}-${partition} is in use. ` +
      'Close them, or let them subscribe to something else.'
    )
  }
  return `Topic '${topic}' has no partition ${partition}, or does not exist.`
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
