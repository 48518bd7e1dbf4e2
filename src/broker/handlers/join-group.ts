// JoinGroup: enters a group, or enters its next generation; waits until the join phase ends.
// Differs from Kafka: static membership (groupInstanceId) is refused; group.initial.rebalance.delay.ms is 0 by default.

import { join } from '../../groups/membership.ts'
import type { JoinGroupResponse } from '../group-api.ts'
import type { Handler } from '../handler.ts'
import { Parked } from '../parked.ts'

const FIRST_VERSION_WITH_MEMBER_ID_REQUIRED = 4

export const joinGroup: Handler<'JoinGroup'> = (broker, request, { clientId, clientHost, apiVersion }) => {
  const parked = new Parked<JoinGroupResponse>()
  const requiresKnownMemberId = apiVersion === undefined || apiVersion >= FIRST_VERSION_WITH_MEMBER_ID_REQUIRED
  const client = { clientId, clientHost, requiresKnownMemberId }
  broker.groups.run(request.groupId, (shard, nowMs) => join(shard, request, client, parked, nowMs))
  return parked.result
}
