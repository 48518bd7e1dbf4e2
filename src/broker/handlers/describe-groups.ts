// DescribeGroups: state, protocol and members. A group that does not exist is described as Dead.

import { ErrorCode } from '../../errors.ts'
import { describeGroup } from '../../groups/describe.ts'
import type { Handler } from '../handler.ts'

export const describeGroups: Handler<'DescribeGroups'> = (broker, { groups }) => ({
  groups: groups.map((groupId) => {
    const described = broker.groups.look(groupId, (shard, nowMs) => describeGroup(shard, groupId, nowMs))
    return { errorCode: ErrorCode.NONE, errorMessage: null, ...described }
  }),
})
