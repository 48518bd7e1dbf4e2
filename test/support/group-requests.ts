// The requests of a group's clients, sent in a GroupWorld, and how test/vectors/coordinator-scenarios.json tells their
// answers. Members are named as there: `id(A)`, or '' for no member id.
import { encodeUtf8 } from '../../src/bytes.ts'
import { errorName } from '../../src/errors.ts'
import { encodeSubscription } from '../../src/groups/subscription.ts'
import type { GroupWorld } from './group-world.ts'
import { asText } from './offsets-log.ts'

export interface Timeouts {
  readonly session: number
  readonly rebalance: number
}

export interface Protocol {
  readonly type: string
  readonly name: string
}

/** A member by its name, with its group instance id where it is static. */
export interface Sender {
  readonly memberId: string
  readonly groupInstanceId: string | null
}

export interface Join extends Timeouts, Sender {
  readonly protocolType: string
  readonly protocols: readonly { readonly name: string; readonly topics: readonly string[] }[]
}

export function sendJoin(world: GroupWorld, label: string, client: string, join: Join, version: number): void {
  const none = { userData: null, ownedPartitions: new Map(), generationId: -1, rackId: null }
  const request = {
    groupId: world.groupId,
    memberId: world.memberIdOf(join.memberId),
    groupInstanceId: join.groupInstanceId,
    sessionTimeoutMs: join.session,
    rebalanceTimeoutMs: join.rebalance,
    protocolType: join.protocolType,
    protocols: join.protocols.map(({ name, topics }) => ({ name, metadata: encodeSubscription({ topics, ...none }) })),
  }
  world.send(
    label,
    'JoinGroup',
    request,
    ({ errorCode, memberId, generationId, protocolType, protocolName, leader, skipAssignment, members }) => {
      if (request.memberId === '' && memberId !== '') world.learnMemberId(label, client, memberId)
      const told = `error=${errorName(errorCode)} memberId=${world.nameOf(memberId)}`
      if (errorCode !== 0) return told
      const names = members.map((each) => world.nameWithInstance(each)).sort()
      return (
        `${told} generation=${generationId} protocolType=${protocolType} protocol=${protocolName} ` +
        `leader=${world.nameOf(leader)} skipAssignment=${skipAssignment} members=[${names.join(', ')}]`
      )
    },
    version,
  )
}

export function sendSync(
  world: GroupWorld,
  label: string,
  { memberId, groupInstanceId }: Sender,
  generationId: number,
  assignments: ReadonlyMap<string, string>,
  protocol: Protocol = { type: 'consumer', name: 'range' },
): void {
  const request = {
    groupId: world.groupId,
    memberId: world.memberIdOf(memberId),
    groupInstanceId,
    generationId,
    protocolType: protocol.type,
    protocolName: protocol.name,
    assignments: [...assignments].map(([name, text]) => ({
      memberId: world.memberIdOf(name),
      assignment: encodeUtf8(text),
    })),
  }
  world.send(label, 'SyncGroup', request, ({ errorCode, protocolType, protocolName, assignment }) =>
    errorCode === 0
      ? `error=NONE protocolType=${protocolType} protocol=${protocolName} assignment='${asText(assignment)}'`
      : `error=${errorName(errorCode)}`,
  )
}

export function sendHeartbeat(world: GroupWorld, label: string, member: Sender, generationId: number): void {
  const { groupInstanceId } = member
  const request = { groupId: world.groupId, memberId: world.memberIdOf(member.memberId), groupInstanceId, generationId }
  world.send(label, 'Heartbeat', request, ({ errorCode }) => `error=${errorName(errorCode)}`)
}

export function sendLeave(world: GroupWorld, label: string, senders: readonly Sender[]): void {
  const members = senders.map((each) => ({ ...each, memberId: world.memberIdOf(each.memberId) }))
  world.send(label, 'LeaveGroup', { groupId: world.groupId, members }, (response) => {
    const each = response.members.map((member) => `(${world.nameWithInstance(member)} ${errorName(member.errorCode)})`)
    return `error=${errorName(response.errorCode)} members=[${each.join(', ')}]`
  })
}

export function sendCommit(
  world: GroupWorld,
  label: string,
  { memberId, groupInstanceId, generation }: Sender & { readonly generation: number },
  offsets: readonly string[],
  version: number,
): void {
  const topics = offsets.map((text) => {
    const [, name = '', partition, offset] = /^(\w+)-(\d+)=(-?\d+)$/.exec(text) ?? []
    const committed = { committedOffset: Number(offset), committedLeaderEpoch: -1, committedMetadata: null }
    return { name, partitions: [{ partitionIndex: Number(partition), ...committed }] }
  })
  const member = { memberId: world.memberIdOf(memberId), groupInstanceId, generationIdOrMemberEpoch: generation }
  world.send(
    label,
    'OffsetCommit',
    { groupId: world.groupId, ...member, topics },
    (response) => {
      const each = response.topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, errorCode }) => `${name}-${partitionIndex}:${errorName(errorCode)}`),
      )
      return each.join(' ')
    },
    version,
  )
}

/** Everything the group committed where no partitions are given. */
export function sendFetch(world: GroupWorld, label: string, partitions: readonly string[]): void {
  const topics = partitions.map((text) => {
    const [name = '', partition] = text.split('-')
    return { name, partitionIndexes: [Number(partition)] }
  })
  const groups = [{ groupId: world.groupId, topics: topics.length === 0 ? null : topics }]
  world.send(label, 'OffsetFetch', { groups, requireStable: false }, (response) =>
    response.groups
      .map(({ errorCode, topics }) => {
        const each = topics.flatMap(({ name, partitions }) =>
          partitions.map(
            (found) =>
              `${name}-${found.partitionIndex}:(offset=${found.committedOffset} ` +
              `leaderEpoch=${found.committedLeaderEpoch} metadata='${found.metadata}' error=${errorName(found.errorCode)})`,
          ),
        )
        return `error=${errorName(errorCode)} [${each.sort().join(', ')}]`
      })
      .join(' '),
  )
}

export function sendOffsetDelete(world: GroupWorld, label: string, partitions: readonly string[]): void {
  const topics = partitions.map((text) => {
    const [name = '', partition] = text.split('-')
    return { name, partitions: [{ partitionIndex: Number(partition) }] }
  })
  world.send(label, 'OffsetDelete', { groupId: world.groupId, topics }, (response) => {
    const each = response.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, errorCode }) => `${name}-${partitionIndex}:${errorName(errorCode)}`),
    )
    return `error=${errorName(response.errorCode)} [${each.join(', ')}]`
  })
}

export function sendDeleteGroups(world: GroupWorld, label: string, groupsNames: readonly string[]): void {
  world.send(label, 'DeleteGroups', { groupsNames }, ({ results }) =>
    results.map(({ groupId, errorCode }) => `${groupId}:${errorName(errorCode)}`).join(' '),
  )
}

export function sendDescribe(world: GroupWorld, label: string, version: number): void {
  world.send(
    label,
    'DescribeGroups',
    { groups: [world.groupId] },
    ({ groups }) =>
      groups
        .map(({ groupId, errorCode, groupState, protocolType, protocolData, members }) => {
          const each = members.map(
            ({ memberId, memberAssignment }) => `${world.nameOf(memberId)} assignment='${asText(memberAssignment)}'`,
          )
          return (
            `(${groupId} error=${errorName(errorCode)} state=${groupState} protocolType='${protocolType}' ` +
            `protocol='${protocolData}' members=[${each.sort().join(', ')}])`
          )
        })
        .join(' '),
    version,
  )
}

export function sendList(
  world: GroupWorld,
  label: string,
  statesFilter: readonly string[],
  typesFilter: readonly string[] = [],
): void {
  world.send(label, 'ListGroups', { statesFilter, typesFilter }, ({ errorCode, groups }) => {
    const each = groups.map(
      ({ groupId, protocolType, groupState, groupType }) =>
        `(${groupId} protocolType='${protocolType}' state=${groupState} type=${groupType})`,
    )
    return `error=${errorName(errorCode)} [${each.join(', ')}]`
  })
}
