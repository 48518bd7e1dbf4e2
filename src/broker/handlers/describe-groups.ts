// DescribeGroups: state, protocol and members. A group that does not exist is described as Dead.

import { ErrorCode, errorText } from '../../errors.ts'
import { describeGroup } from '../../groups/describe.ts'
import type { DescribeGroupsResponse } from '../group-api.ts'
import type { Handler } from '../handler.ts'

const NOT_KNOWN = { groupState: '', protocolType: '', protocolData: '', members: [] }

export const describeGroups: Handler<'DescribeGroups'> = (broker, { groups }) => ({
  groups: groups.map((groupId) =>
    broker.groups.look<DescribeGroupsResponse['groups'][number]>(
      groupId,
      (shard, nowMs) => ({ errorCode: ErrorCode.NONE, errorMessage: null, ...describeGroup(shard, groupId, nowMs) }),
      (error) => ({ ...NOT_KNOWN, groupId, errorCode: ErrorCode[error], errorMessage: errorText(error) }),
    ),
  ),
})
