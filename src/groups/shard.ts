// The groups of one partition of __consumer_offsets: what is written (the view) and what lives (the groups).

import type { CoordinatorRecord, RecordProducer } from '../coordinator/step.ts'
import type { Marker } from '../log/control-record.ts'
import { ClassicGroup } from './group.ts'
import { GroupsView } from './view.ts'

export interface GroupConfig {
  readonly groupInitialRebalanceDelayMs: number
  readonly groupMinSessionTimeoutMs: number
  readonly groupMaxSessionTimeoutMs: number
  readonly groupMaxSize: number
  readonly offsetMetadataMaxBytes: number
  readonly offsetsRetentionMinutes: number
  readonly offsetsRetentionCheckIntervalMs: number
}

export class GroupShard {
  readonly view = new GroupsView()
  readonly groups = new Map<string, ClassicGroup>()
  readonly config: GroupConfig
  /** Begins with the client's id, or with the instance's where the member is static. */
  readonly newMemberId: (prefix: string) => string

  constructor(config: GroupConfig, newMemberId: (prefix: string) => string) {
    this.config = config
    this.newMemberId = newMemberId
  }

  replay(record: CoordinatorRecord, offset: number, producer: RecordProducer | null): void {
    this.view.replay(record, offset, producer)
  }

  replayMarker(marker: Marker): void {
    this.view.replayMarker(marker)
  }

  /** A group that is being formed or is written about; else undefined. */
  group(groupId: string, nowMs: number): ClassicGroup | undefined {
    return this.groups.get(groupId) ?? (this.view.has(groupId) ? this.groupOrNew(groupId, nowMs) : undefined)
  }

  groupOrNew(groupId: string, nowMs: number): ClassicGroup {
    const present = this.groups.get(groupId)
    if (present) return present
    const written = this.view.metadata(groupId)
    const group = written ? ClassicGroup.restore(groupId, written, nowMs) : new ClassicGroup(groupId, nowMs)
    this.groups.set(groupId, group)
    return group
  }
}
