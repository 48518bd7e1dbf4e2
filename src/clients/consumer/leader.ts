// The leader's part of a rebalance: what every member gets, by the assignor the group chose. What an assignor says is
// checked before anybody is given it. (Kafka: ConsumerCoordinator.onLeaderElected, validateCooperativeAssignment)

import type { JoinGroupResponse, SyncGroupRequest } from '../../broker/group-api.ts'
import { KafkaError } from '../../errors.ts'
import type { Assignor, AssignorMember, MemberAssignment, RebalanceProtocol } from '../../groups/assignors/assignor.ts'
import { builtInAssignors } from '../../groups/assignors/built-in.ts'
import { decodeSubscription, encodeAssignment, type PartitionsByTopic } from '../../groups/subscription.ts'
import { keyOf } from '../topic.ts'
import type { TopicCatalog } from '../topic-catalog.ts'
import { callbackFailed } from './rebalance-callbacks.ts'

export interface Division {
  readonly assignments: SyncGroupRequest['assignments']
  /** What it was divided by: other counts are a reason to divide anew. */
  readonly partitionCounts: ReadonlyMap<string, number>
}

export async function divide(
  { members, skipAssignment }: JoinGroupResponse,
  assignor: Assignor,
  protocol: RebalanceProtocol,
  catalog: TopicCatalog,
): Promise<Division> {
  const subscribers = members.map(({ memberId, groupInstanceId, metadata }) => ({
    memberId,
    groupInstanceId,
    subscription: decodeSubscription(metadata),
  }))
  const topics = [...new Set(subscribers.flatMap(({ subscription }) => subscription.topics))]
  const known = await catalog.refresh(topics)
  const partitionCounts = new Map(topics.map((topic) => [topic, known.get(topic)?.partitionCount ?? 0]))
  // A static leader that has come back goes on with what stands; it only watches the topics again.
  if (skipAssignment) return { assignments: [], partitionCounts }
  const assigned = assign(assignor, subscribers, partitionCounts)
  if (builtInAssignors.get(assignor.name) !== assignor) {
    checkAssignment(assignor, subscribers, partitionCounts, assigned)
    if (protocol === 'cooperative') checkNothingMoves(assignor, subscribers, assigned)
  }
  const assignments = [...assigned].map(([memberId, { partitions, userData = null }]) => ({
    memberId,
    assignment: encodeAssignment({ partitions, userData }),
  }))
  return { assignments, partitionCounts }
}

type Assigned = ReadonlyMap<string, MemberAssignment>

function assign(
  assignor: Assignor,
  members: readonly AssignorMember[],
  partitionCounts: ReadonlyMap<string, number>,
): Assigned {
  try {
    return assignor.assign(members, partitionCounts)
  } catch (cause) {
    throw callbackFailed(`assign of the assignor '${assignor.name}'`, cause)
  }
}

function checkAssignment(
  assignor: Assignor,
  members: readonly AssignorMember[],
  partitionCounts: ReadonlyMap<string, number>,
  assigned: Assigned,
): void {
  if (!(assigned instanceof Map)) throw nonsense(assignor, 'it must return a Map from member id to { partitions }')
  const topicsOf = new Map(members.map(({ memberId, subscription }) => [memberId, new Set(subscription.topics)]))
  const owners = new Map<string, string>()
  for (const [memberId, assignment] of assigned) {
    const topics = topicsOf.get(memberId)
    if (topics === undefined) throw nonsense(assignor, `the group has no member '${memberId}'`)
    if (!(assignment?.partitions instanceof Map)) {
      throw nonsense(assignor, `the partitions of member '${memberId}' must be a Map from topic to partition numbers`)
    }
    for (const [place, topic, partition] of placesIn(assignment.partitions)) {
      if (!topics.has(topic))
        throw nonsense(assignor, `member '${memberId}' gets ${place}, and does not subscribe to '${topic}'`)
      const count = partitionCounts.get(topic) ?? 0
      if (!Number.isSafeInteger(partition) || partition < 0 || partition >= count) {
        throw nonsense(assignor, `member '${memberId}' gets ${place}, and '${topic}' has ${count} partitions`)
      }
      const other = owners.get(place)
      if (other !== undefined) throw nonsense(assignor, `${place} is given twice, to '${other}' and '${memberId}'`)
      owners.set(place, memberId)
    }
  }
}

/** What one member owns another may get only when its owner has given it up, and so in the rebalance after. */
function checkNothingMoves(assignor: Assignor, members: readonly AssignorMember[], assigned: Assigned): void {
  const added = new Set<string>()
  const revoked = new Map<string, string>()
  for (const { memberId, subscription } of members) {
    const owned = new Set(placesIn(subscription.ownedPartitions).map(([place]) => place))
    const given = new Set(placesIn(assigned.get(memberId)?.partitions ?? new Map()).map(([place]) => place))
    for (const place of given) if (!owned.has(place)) added.add(place)
    for (const place of owned) if (!given.has(place)) revoked.set(place, memberId)
  }
  const moved = [...revoked].filter(([place]) => added.has(place))
  if (moved.length === 0) return
  const all = moved.map(([place, owner]) => `${place} of '${owner}'`).join(', ')
  const why =
    `under the cooperative protocol what a member owns must first be taken from it and given to nobody; the next ` +
    `rebalance hands it on. At once it moved ${all}`
  throw nonsense(assignor, why)
}

function placesIn(partitions: PartitionsByTopic): [place: string, topic: string, partition: number][] {
  return [...partitions].flatMap(([topic, numbers]) =>
    [...numbers].map((partition) => [keyOf({ topic, partition }), topic, partition] as [string, string, number]),
  )
}

function nonsense({ name }: Assignor, what: string): KafkaError {
  const why = `The assignor '${name}' made an assignment that cannot be: ${what}. Nobody was given anything of it.`
  return new KafkaError('ILLEGAL_STATE', why)
}
