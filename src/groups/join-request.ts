// What a member says of itself when it joins.

import type { MemberProtocol } from './group.ts'
import type { MemberIdentity } from './member-identity.ts'

export interface JoinRequest extends MemberIdentity {
  readonly groupId: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocolType: string
  readonly protocols: readonly MemberProtocol[]
}

export interface MemberClient {
  readonly clientId: string
  readonly clientHost: string
  /** Since version 4 a new member is first given an id and asked to join again with it. */
  readonly requiresKnownMemberId: boolean
  /** Since version 9 a static leader can be told that its assignment stands. */
  readonly supportsSkippingAssignment: boolean
}
