// LeaveGroup: members go at once, without waiting for their session to time out.

import { ErrorCode } from '../../errors.ts'
import { leave } from '../../groups/membership.ts'
import type { LeaveGroupResponse } from '../group-api.ts'
import type { Handler } from '../handler.ts'
import { parkedGroupAnswer } from '../told-parked.ts'

export const leaveGroup: Handler<'LeaveGroup'> = (broker, { groupId, members }, { clientId }) => {
  const memberId = members.map((member) => member.memberId).join(',')
  const parked = parkedGroupAnswer<LeaveGroupResponse>(broker, 'LeaveGroup', { groupId, memberId }, clientId)
  broker.groups.run(
    groupId,
    (shard, nowMs) => leave(shard, groupId, members, parked, nowMs),
    (error) => parked.answer({ errorCode: ErrorCode[error], members: [] }),
  )
  return parked.result
}
