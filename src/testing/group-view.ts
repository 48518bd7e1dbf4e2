// A group at one moment, as a test wants to see it: who is in it, who owns what, how far it is.

import { OFFSETS_TOPIC, type Topic } from '../broker/topics.ts'
import type { ConsumerSight, PositionSight } from '../clients/consumer/consumer-sight.ts'
import { EmbeddedConsumer } from '../clients/consumer/embedded-consumer.ts'
import type { Offset, TopicPartition } from '../clients/topic.ts'
import { errorText, KafkaError } from '../errors.ts'
import type { ClassicGroup, Member } from '../groups/group.ts'
import type { GroupState } from '../groups/group-state.ts'
import { CONSUMER_PROTOCOL_TYPE, decodeAssignment, decodeSubscribedTopics } from '../groups/subscription.ts'
import type { GroupsView } from '../groups/view.ts'
import type { Insides } from '../kafkalet.ts'
import { didYouMean } from '../suggest.ts'
import { instance } from './instance.ts'
import { textTable } from './text-table.ts'

export interface MemberView {
  readonly clientId: string
  readonly memberId: string
  /** `group.instance.id` of a static member; null for a dynamic one. */
  readonly groupInstanceId: string | null
  readonly isLeader: boolean
  /** What the group gave it, as `topic-partition`. */
  readonly assignment: readonly string[]
  /** What reads from its consumer at the moment: 'poll', 'run', 'for await' or 'nobody'. null where it is not kafkalet's. */
  readonly reader: string | null
}

export interface GroupPartitionView extends TopicPartition {
  /** Whether a member subscribes to its topic. Where none does, the group has committed for it once. */
  readonly isSubscribed: boolean
  /** The client id of the member that owns it; null where none does. */
  readonly owner: string | null
  /** The next offset to read; null where the group has committed none. */
  readonly committed: Offset | null
  /** What it commits when a transaction that is open is committed; null where none has an offset of it. */
  readonly pending: Offset | null
  /** Where its owner is; null where that is not known. */
  readonly position: Offset | null
  readonly endOffset: Offset
  /** What is left to read behind the commit; without one, behind where its owner began, or everything. */
  readonly lag: number
  /** How many records its owner never read, as it came after them with `autoOffsetReset: 'latest'`. */
  readonly skipped: number
}

/** A group at one moment. As text, it is a table. */
export class GroupView {
  readonly groupId: string
  readonly state: GroupState
  readonly generation: number
  /** The assignor; null while there is none. */
  readonly protocol: string | null
  /** In the order in which they joined. */
  readonly members: readonly MemberView[]
  /** Those that its members subscribe to, and those it has committed for, or will with a transaction. */
  readonly partitions: readonly GroupPartitionView[]
  /** The sum of its partitions' lag. */
  readonly lag: number

  constructor(view: Omit<GroupView, 'toString'>) {
    this.groupId = view.groupId
    this.state = view.state
    this.generation = view.generation
    this.protocol = view.protocol
    this.members = view.members
    this.partitions = view.partitions
    this.lag = view.lag
  }

  toString(): string {
    const { groupId, state, generation, members, partitions, lag } = this
    const names = members.map(({ clientId, reader }) =>
      reader === 'nobody' ? `${clientId} (nobody polls it)` : clientId,
    )
    const who = names.length === 0 ? 'without members' : `with ${names.join(', ')}`
    const title = `Group '${groupId}' is ${state} in generation ${generation}, ${who}; lag ${lag}.`
    if (partitions.length === 0) return title
    const isPending = partitions.some(({ pending }) => pending !== null)
    const head = ['partition', 'owner', 'committed', ...(isPending ? ['pending'] : []), 'position', 'end', 'lag', '']
    const rows = partitions.map((each) => [
      nameOf(each),
      each.owner ?? '-',
      String(each.committed ?? '-'),
      ...(isPending ? [String(each.pending ?? '-')] : []),
      String(each.position ?? '-'),
      String(each.endOffset),
      String(each.lag),
      each.skipped > 0 ? `began at the end (autoOffsetReset 'latest'): skipped ${each.skipped}` : '',
    ])
    return `${title}\n${textTable([head, ...rows])}`
  }
}

/** Of a group without partitions: no lag is not the same as to have read everything. */
export const NOTHING_TO_READ = 'It has committed nothing, and no member subscribes to a topic that exists.'

/** The group; null where it does not exist. @throws KafkaError COORDINATOR_LOAD_IN_PROGRESS */
export function findGroup(insides: Insides, groupId: string): GroupView | null {
  const { broker } = insides
  if (broker.topics.get(OFFSETS_TOPIC) === undefined) return null
  return broker.groups.look(
    groupId,
    (shard, nowMs) => {
      const group = shard.group(groupId, nowMs)
      return group ? viewOf(insides, group, shard.view) : null
    },
    (error) => {
      const why = `The coordinator of group '${groupId}' still loads (${errorText(error)}) Let time pass, as with clock.advance.`
      throw new KafkaError(error, why)
    },
  )
}

/** @throws KafkaError GROUP_ID_NOT_FOUND with what may have been meant, COORDINATOR_LOAD_IN_PROGRESS */
export function viewGroup(call: string, kafka: unknown, groupId: unknown): GroupView {
  const insides = instance(call, kafka)
  checkGroupId(call, groupId)
  const view = findGroup(insides, groupId)
  if (view) return view
  throw new KafkaError('GROUP_ID_NOT_FOUND', `${call}: ${whyNoGroup(insides, groupId)}`)
}

export function checkGroupId(call: string, groupId: unknown): asserts groupId is string {
  if (typeof groupId === 'string') return
  const why = `${call} takes the id of a group, which is a text. Of a consumer: consumer.groupMetadata().groupId.`
  throw new KafkaError('INVALID_ARGUMENT', why)
}

export function whyNoGroup(insides: Insides, groupId: string): string {
  const waiting = consumersOf(insides).filter((each) => each.groupId === groupId)
  if (waiting.length > 0) {
    const names = waiting.map(({ clientId }) => clientId).join(', ')
    const isRead = waiting.some(({ reader }) => reader !== null)
    const remedy = isRead
      ? 'It is being read, so let it settle: await settle(kafka).'
      : 'A consumer joins inside poll: call poll, run or for await.'
    return `Group '${groupId}' does not exist yet: ${names} belongs to it and has not joined. ${remedy}`
  }
  const known = groupIds(insides)
  const others = known.length === 0 ? 'There is none' : `There are: ${known.join(', ')}`
  return `Group '${groupId}' does not exist.${didYouMean(groupId, known)} ${others}. A group begins when a consumer with its groupId polls, or commits.`
}

export function consumersOf({ clients }: Insides): ConsumerSight[] {
  return [...clients].flatMap((client) => (client instanceof EmbeddedConsumer ? [client.sight] : []))
}

export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

export function groupIds({ broker }: Insides): string[] {
  if (broker.topics.get(OFFSETS_TOPIC) === undefined) return []
  const ids = broker.groups.lookAtAll(
    (shard) => [...shard.view.groupIds(), ...shard.groups.keys()],
    () => {},
  )
  return [...new Set(ids)].sort()
}

function viewOf(insides: Insides, group: ClassicGroup, view: GroupsView): GroupView {
  const { groupId, state, generation, protocolName } = group
  const sights = new Map(consumersOf(insides).map((sight) => [sight.memberId, sight]))
  const members = [...group.members.values()].map((member): MemberView => {
    const { clientId, memberId, groupInstanceId } = member
    const sight = sights.get(memberId)
    const reader = sight ? (sight.reader ?? 'nobody') : null
    const isLeader = group.isLeader(memberId)
    return { clientId, memberId, groupInstanceId, isLeader, assignment: assignmentOf(group, view, member), reader }
  })
  const owners = new Map(members.flatMap((member) => member.assignment.map((name) => [name, member] as const)))
  const subscribed = new Set([...group.members.values()].flatMap((member) => subscriptionOf(group, member)))
  const partitions = partitionsOf(insides, subscribed, placesOf(view, groupId)).map(([topic, partition]) => {
    const place = { topic: topic.name, partition, isSubscribed: subscribed.has(topic.name) }
    const owner = owners.get(nameOf(place))
    const sight = sights.get(owner?.memberId ?? '')?.positions.find((each) => nameOf(each) === nameOf(place))
    return { ...place, owner: owner?.clientId ?? null, ...progressOf(topic, view, groupId, partition, sight) }
  })
  const lag = partitions.reduce((sum, each) => sum + each.lag, 0)
  return new GroupView({ groupId, state, generation, protocol: protocolName, members, partitions, lag })
}

function progressOf(topic: Topic, view: GroupsView, groupId: string, partition: number, sight?: PositionSight) {
  const log = topic.partitions[partition]
  const startOffset = log?.startOffset ?? 0
  const endOffset = log?.endOffset ?? 0
  const committed = view.committed(groupId, topic.name, partition)?.offset ?? null
  const begun = sight?.begunAtEnd ?? null
  return {
    committed,
    pending: view.pending.last(groupId, topic.name, partition)?.offset ?? null,
    position: sight?.position ?? null,
    endOffset,
    lag: endOffset - (committed ?? begun ?? startOffset),
    skipped: Math.max(0, (begun ?? startOffset) - startOffset),
  }
}

/** What it has committed, or will with a transaction. */
function placesOf(view: GroupsView, groupId: string): Map<string, Set<number>> {
  const places = new Map([...view.offsets(groupId)].map(([topic, offsets]) => [topic, new Set(offsets.keys())]))
  for (const { topic, partition } of view.pending.of(groupId)) {
    places.set(topic, (places.get(topic) ?? new Set()).add(partition))
  }
  return places
}

/** In the order of topic names and numbers; topics that do not exist are left out. */
function partitionsOf(
  { broker }: Insides,
  subscribed: ReadonlySet<string>,
  committed: ReadonlyMap<string, ReadonlySet<number>>,
): [Topic, number][] {
  const names = [...new Set([...subscribed, ...committed.keys()])].sort()
  return names.flatMap((name) => {
    const topic = broker.topics.get(name)
    if (topic === undefined) return []
    const all = topic.partitions.map(({ partition }) => partition)
    const partitions = subscribed.has(name) ? all : all.filter((each) => committed.get(name)?.has(each))
    return partitions.map((partition): [Topic, number] => [topic, partition])
  })
}

function subscriptionOf(group: ClassicGroup, { protocols }: Member): readonly string[] {
  const [protocol] = protocols
  if (group.protocolType !== CONSUMER_PROTOCOL_TYPE || protocol === undefined) return []
  return readable(() => decodeSubscribedTopics(protocol.metadata)) ?? []
}

function assignmentOf({ groupId, protocolType }: ClassicGroup, view: GroupsView, { memberId }: Member): string[] {
  const bytes = view.assignment(groupId, memberId)
  if (protocolType !== CONSUMER_PROTOCOL_TYPE || bytes === null) return []
  const assigned = [...(readable(() => decodeAssignment(bytes))?.partitions ?? [])]
  return assigned.flatMap(([topic, partitions]) => partitions.map((partition) => nameOf({ topic, partition })))
}

/** What other clients tell each other need not be what consumers do. */
function readable<Read>(read: () => Read): Read | null {
  try {
    return read()
  } catch {
    return null
  }
}
