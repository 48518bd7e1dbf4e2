// A coordinator that has read its partition goes on where the last one stood: members may be silent for one session.

import { expiryTimer } from './expiry.ts'
import type { GroupStep, GroupTimer } from './group-step.ts'
import { sessionTimer } from './rebalance.ts'
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
