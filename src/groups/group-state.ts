// The life of a classic group, as data: for each state what may come before it, and what each request gets.
// (Kafka: ClassicGroupState and the branches of GroupMetadataManager that ask for it.)

import type { ErrorName } from '../errors.ts'

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'

interface StateRules {
  readonly after: readonly GroupState[]
  /** A known member says it is alive. */
  readonly heartbeat: ErrorName
  /** A known member asks for its assignment: it waits for the leader's, gets what there is, or must join again. */
  readonly sync: 'wait' | 'answer' | ErrorName
  /** A known member joins again with the metadata the group already has. */
  readonly rejoinUnchanged: 'rebalance' | 'answer' | 'leader rebalances' | ErrorName
  /** A member of the current generation commits. */
  readonly commit: ErrorName
  /** A new member, or one with other metadata, starts a rebalance. */
  readonly rebalances: boolean
}

export const groupStates: { readonly [State in GroupState]: StateRules } = {
  Empty: {
    after: ['PreparingRebalance'],
    heartbeat: 'UNKNOWN_MEMBER_ID',
    sync: 'UNKNOWN_MEMBER_ID',
    rejoinUnchanged: 'UNKNOWN_MEMBER_ID',
    commit: 'NONE',
    rebalances: true,
  },
  /** Waits for the members to join again. */
  PreparingRebalance: {
    after: ['Stable', 'CompletingRebalance', 'Empty'],
    heartbeat: 'REBALANCE_IN_PROGRESS',
    sync: 'REBALANCE_IN_PROGRESS',
    rejoinUnchanged: 'rebalance',
    commit: 'NONE',
    rebalances: false,
  },
  /** Waits for the leader's assignment. */
  CompletingRebalance: {
    after: ['PreparingRebalance'],
    heartbeat: 'NONE',
    sync: 'wait',
    rejoinUnchanged: 'answer',
    commit: 'REBALANCE_IN_PROGRESS',
    rebalances: true,
  },
  Stable: {
    after: ['CompletingRebalance'],
    heartbeat: 'NONE',
    sync: 'answer',
    rejoinUnchanged: 'leader rebalances',
    commit: 'NONE',
    rebalances: true,
  },
}
