// Heartbeat: a member is alive, and learns whether it has to join again.

import { ErrorCode } from '../../errors.ts'
import { heartbeat as beat } from '../../groups/membership.ts'
import type { HeartbeatResponse } from '../group-api.ts'
import type { Handler } from '../handler.ts'
import { parkedGroupAnswer } from '../told-parked.ts'

export const heartbeat: Handler<'Heartbeat'> = (broker, request, { clientId }) => {
  const parked = parkedGroupAnswer<HeartbeatResponse>(broker, 'Heartbeat', request, clientId)
  broker.groups.run(
    request.groupId,
    (shard, nowMs) => beat(shard, request, parked, nowMs),
    // A member that is alive need not know that its coordinator still loads.
    () => parked.answer({ errorCode: ErrorCode.NONE, errorMessage: null }),
  )
  return parked.result
}
