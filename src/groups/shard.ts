// The groups of one partition of __consumer_offsets: what is written (the view) and what lives (the groups).

import type { CoordinatorRecord, Step, TimerChange } from '../coordinator/step.ts'
import { expiryTimer } from './expiry.ts'
import { ClassicGroup } from './group.ts'
import type { GroupState } from './group-state.ts'
import { sessionTimer } from './rebalance.ts'
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

export type MemberLeaveReason = 'left' | 'session expired' | 'did not rejoin' | 'did not sync'

/** What a group's onlookers are told. */
export type GroupEvent =
  | {
      readonly type: 'groupStateChanged'
      readonly groupId: string
      readonly from: GroupState
      readonly to: GroupState
      readonly generation: number
    }
  | { readonly type: 'memberJoined'; readonly groupId: string; readonly memberId: string; readonly clientId: string }
  | {
      readonly type: 'memberLeft'
      readonly groupId: string
      readonly memberId: string
      readonly clientId: string
      readonly reason: MemberLeaveReason
    }
  | {
      readonly type: 'offsetsCommitted'
      readonly groupId: string
      readonly offsets: readonly { readonly topic: string; readonly partition: number; readonly offset: number }[]
    }

export type GroupStep = Step<GroupEvent>
export type GroupTimer = TimerChange<GroupEvent>

export class GroupShard {
  readonly view = new GroupsView()
  readonly groups = new Map<string, ClassicGroup>()
  readonly config: GroupConfig
  readonly newMemberId: (clientId: string) => string

  constructor(config: GroupConfig, newMemberId: (clientId: string) => string) {
    this.config = config
    this.newMemberId = newMemberId
  }

  replay(record: CoordinatorRecord): void {
    this.view.replay(record)
  }

  loaded(nowMs: number): GroupStep {
    const timers: GroupTimer[] = []
    for (const groupId of this.view.groupIds()) {
      const group = this.groupOrNew(groupId, nowMs)
      for (const member of group.members.values()) timers.push(sessionTimer(this, group, member))
      timers.push(expiryTimer(this, groupId))
    }
    return { timers }
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
