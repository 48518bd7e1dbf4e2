// JoinGroup: enters a group, or enters its next generation; waits until the join phase ends.
// Differs from Kafka: group.initial.rebalance.delay.ms is 0 by default.

import { join } from '../../groups/join.ts'
import { joinError } from '../../groups/rebalance.ts'
import type { JoinGroupResponse } from '../group-api.ts'
import type { Handler } from '../handler.ts'
import { parkedGroupAnswer } from '../told-parked.ts'

const FIRST_VERSION_WITH_MEMBER_ID_REQUIRED = 4
const FIRST_VERSION_WITH_SKIP_ASSIGNMENT = 9

export const joinGroup: Handler<'JoinGroup'> = (broker, request, { clientId, clientHost, apiVersion, connection }) => {
  const parked = parkedGroupAnswer<JoinGroupResponse>(broker, 'JoinGroup', request, clientId)
  const speaks = (version: number) => apiVersion === undefined || apiVersion >= version
  const client = {
    clientId,
    clientHost,
    requiresKnownMemberId: speaks(FIRST_VERSION_WITH_MEMBER_ID_REQUIRED),
    supportsSkippingAssignment: speaks(FIRST_VERSION_WITH_SKIP_ASSIGNMENT),
  }
  broker.groups.run(
    request.groupId,
    (shard, nowMs) => join(shard, request, client, parked, nowMs),
    (error) => joinError(parked, error, '').deliver(),
  )
  return broker.answers.result(parked, connection)
}
