// A coordinator that has read its partition goes on where the last one stood: members may be silent for one session.
// One that gives its partition up sends whoever waits to the next one. (Kafka: GroupMetadataManager.onLoaded, onUnloaded)

import type { Reply } from '../coordinator/step.ts'
import { expiryTimer } from './expiry.ts'
import type { GroupStep, GroupTimer } from './group-step.ts'
import { joinError, sessionTimer, syncError } from './rebalance.ts'
import type { GroupShard } from './shard.ts'

export function resumeGroups(shard: GroupShard, nowMs: number): GroupStep {
  const timers: GroupTimer[] = []
  for (const groupId of shard.view.groupIds()) {
    const group = shard.groupOrNew(groupId, nowMs)
    for (const member of group.members.values()) timers.push(sessionTimer(shard, group, member))
    timers.push(expiryTimer(shard, groupId))
  }
  return { timers }
}

export function abandonGroups(shard: GroupShard): readonly Reply[] {
  const members = [...shard.groups.values()].flatMap((group) => [...group.members.values()])
  return members.flatMap(({ memberId, awaitingJoin, awaitingSync }) => [
    ...(awaitingJoin ? [joinError(awaitingJoin, 'NOT_COORDINATOR', memberId)] : []),
    ...(awaitingSync ? [syncError(awaitingSync, 'NOT_COORDINATOR')] : []),
  ])
}
