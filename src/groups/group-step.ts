// What a step of the group coordinator is made of, and what onlookers are told.

import type { Step, TimerChange } from '../coordinator/step.ts'
import type { GroupState } from './group-state.ts'

export type MemberLeaveReason = 'left' | 'session expired' | 'did not rejoin' | 'did not sync' | 'replaced'

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
