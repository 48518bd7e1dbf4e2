// SyncGroup: the leader brings the assignment, everyone gets theirs; waits until the leader has brought it.

import { sync } from '../../groups/membership.ts'
import { syncError } from '../../groups/rebalance.ts'
import type { SyncGroupResponse } from '../group-api.ts'
import type { Handler } from '../handler.ts'
import { parkedGroupAnswer } from '../told-parked.ts'

export const syncGroup: Handler<'SyncGroup'> = (broker, request, { clientId, connection }) => {
  const parked = parkedGroupAnswer<SyncGroupResponse>(broker, 'SyncGroup', request, clientId)
  broker.groups.run(
    request.groupId,
    (shard, nowMs) => sync(shard, request, parked, nowMs),
    (error) => syncError(parked, error).deliver(),
  )
  return broker.answers.result(parked, connection)
}
