// Requests and responses of the seam that concern groups. Types only; see api.ts.

import type { ErrorCode } from '../errors.ts'

export interface FindCoordinatorRequest {
  /** 0 for a group. */
  readonly keyType: number
  readonly coordinatorKeys: readonly string[]
}

export interface FindCoordinatorResponse {
  readonly coordinators: readonly {
    readonly key: string
    readonly nodeId: number
    readonly host: string
    readonly port: number
    readonly errorCode: ErrorCode
    readonly errorMessage: string | null
  }[]
}

export interface JoinGroupRequest {
  readonly groupId: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly protocolType: string
  readonly protocols: readonly { readonly name: string; readonly metadata: Uint8Array }[]
}

export interface JoinGroupResponse {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leader: string | null
  readonly skipAssignment: boolean
  readonly memberId: string
  readonly members: readonly {
    readonly memberId: string
    readonly groupInstanceId: string | null
    readonly metadata: Uint8Array
  }[]
}

export interface SyncGroupRequest {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[]
}

export interface SyncGroupResponse {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignment: Uint8Array
}

export interface HeartbeatRequest {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId: string | null
}

export interface HeartbeatResponse {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
}

export interface LeaveGroupRequest {
  readonly groupId: string
  readonly members: readonly { readonly memberId: string; readonly groupInstanceId: string | null }[]
}

export interface LeaveGroupResponse {
  readonly errorCode: ErrorCode
  readonly members: readonly {
    readonly memberId: string
    readonly groupInstanceId: string | null
    readonly errorCode: ErrorCode
  }[]
}

export interface OffsetCommitRequest {
  readonly groupId: string
  /** -1 for a commit from outside the group. */
  readonly generationIdOrMemberEpoch: number
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly {
      readonly partitionIndex: number
      readonly committedOffset: number
      readonly committedLeaderEpoch: number
      readonly committedMetadata: string | null
    }[]
  }[]
}

export interface OffsetCommitResponse {
  readonly errorMessage: string | null
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: ErrorCode }[]
  }[]
}

export interface OffsetFetchRequest {
  readonly groups: readonly {
    readonly groupId: string
    /** null for everything the group committed. */
    readonly topics: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[] | null
  }[]
  readonly requireStable: boolean
}

export interface OffsetFetchResponse {
  readonly groups: readonly {
    readonly groupId: string
    readonly errorCode: ErrorCode
    readonly topics: readonly {
      readonly name: string
      readonly partitions: readonly {
        readonly partitionIndex: number
        /** -1 where nothing is committed. */
        readonly committedOffset: number
        readonly committedLeaderEpoch: number
        readonly metadata: string
        readonly errorCode: ErrorCode
      }[]
    }[]
  }[]
}

export interface ListGroupsRequest {
  readonly statesFilter: readonly string[]
  readonly typesFilter: readonly string[]
}

export interface ListGroupsResponse {
  readonly errorCode: ErrorCode
  readonly groups: readonly {
    readonly groupId: string
    readonly protocolType: string
    readonly groupState: string
    readonly groupType: string
  }[]
}

export interface DescribeGroupsRequest {
  readonly groups: readonly string[]
}

export interface DescribeGroupsResponse {
  readonly groups: readonly {
    readonly errorCode: ErrorCode
    readonly errorMessage: string | null
    readonly groupId: string
    readonly groupState: string
    readonly protocolType: string
    readonly protocolData: string
    readonly members: readonly {
      readonly memberId: string
      readonly groupInstanceId: string | null
      readonly clientId: string
      readonly clientHost: string
      readonly memberMetadata: Uint8Array
      readonly memberAssignment: Uint8Array
    }[]
  }[]
}

export interface DeleteGroupsRequest {
  readonly groupsNames: readonly string[]
}

export interface DeleteGroupsResponse {
  readonly results: readonly {
    readonly groupId: string
    readonly errorCode: ErrorCode
    readonly errorMessage: string | null
  }[]
}

export interface OffsetDeleteRequest {
  readonly groupId: string
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly { readonly partitionIndex: number }[]
  }[]
}

export interface OffsetDeleteResponse {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
  /** Empty where the whole request is refused. */
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: ErrorCode }[]
  }[]
}
