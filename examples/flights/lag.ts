// Where a group stands: who owns each partition, and how far its commit lies behind the end.
import type { Admin } from 'kafkalet'

export interface PartitionLag {
  readonly partition: number
  /** null while nobody owns it. */
  readonly owner: string | null
  /** null before the first commit. */
  readonly committed: number | null
  readonly end: number
  readonly lag: number
}

export async function lagOf(admin: Admin, groupId: string, topic: string): Promise<PartitionLag[]> {
  const [groups, offsets, commits] = await Promise.all([
    admin.describeGroups([groupId]),
    admin.topicOffsets(topic),
    admin.listConsumerGroupOffsets(groupId),
  ])
  const members = groups.flatMap((group) => group.members)
  return offsets.map(({ partition, startOffset, endOffset: end }) => {
    const owner = members.find(({ assignment }) => assignment.some((each) => each.partition === partition))
    const committed = commits.find((each) => each.partition === partition)?.offset ?? null
    return { partition, owner: owner?.clientId ?? null, committed, end, lag: end - (committed ?? startOffset) }
  })
}
