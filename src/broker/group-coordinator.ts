// The group coordinator: over __consumer_offsets, with what groups bring along.

import type { GroupEvent } from '../groups/group-step.ts'
import { abandonGroups, resumeGroups } from '../groups/load.ts'
import { endOffsets } from '../groups/marked.ts'
import { type GroupConfig, GroupShard } from '../groups/shard.ts'
import { Coordinator, type CoordinatorTopicHost } from './coordinator.ts'

export type GroupCoordinator = Coordinator<GroupEvent, GroupShard>

export function groupCoordinator(
  host: CoordinatorTopicHost<GroupEvent>,
  config: GroupConfig,
  newUuid: () => string,
): GroupCoordinator {
  return new Coordinator<GroupEvent, GroupShard>(host, {
    newShard: () => new GroupShard(config, (prefix) => `${prefix}-${newUuid()}`),
    resume: resumeGroups,
    marked: endOffsets,
    abandon: abandonGroups,
  })
}
