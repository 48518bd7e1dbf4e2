// An admin's half that concerns groups and their members.

import { rejectUnknown } from '../../config.ts'
import { ErrorCode, errorFrom, KafkaError } from '../../errors.ts'
import { coordinatorPartition } from '../../groups/group-partition.ts'
import { CONSUMER_PROTOCOL_TYPE, decodeAssignment } from '../../groups/subscription.ts'
import type { Connection } from '../connection.ts'
import type { TopicPartition } from '../topic.ts'
import type { Admin, GroupDescription, GroupListing, GroupMember, GroupState, MemberToRemove } from './admin.ts'
import { throwFirst } from './answers.ts'
import type { TopicAdmin } from './topic-admin.ts'

const OFFSETS_TOPIC = '__consumer_offsets'
const GROUP_KEY_TYPE = 0

interface MemberIdentity {
  readonly memberId: string
  readonly groupInstanceId: string | null
}

export class GroupAdmin {
  readonly #connection: Connection
  readonly #topics: TopicAdmin

  constructor(connection: Connection, topics: TopicAdmin) {
    this.#connection = connection
    this.#topics = topics
  }

  async listGroups(options: Parameters<Admin['listGroups']>[0] = {}): Promise<GroupListing[]> {
    rejectUnknown(options, ['states', 'types'], 'listGroups')
    const { states = [], types = [] } = options
    const request = { statesFilter: states, typesFilter: types }
    const { errorCode, groups } = await this.#connection.request('ListGroups', request)
    throwFirst([{ errorCode, errorMessage: null }])
    return groups.map(({ groupId, groupState, protocolType }) => ({
      groupId,
      state: groupState as GroupState,
      protocolType,
      type: 'classic',
    }))
  }

  async describeGroups(groupIds: readonly string[]): Promise<GroupDescription[]> {
    const keys = { keyType: GROUP_KEY_TYPE, coordinatorKeys: groupIds }
    const { coordinators } = await this.#connection.request('FindCoordinator', keys)
    throwFirst(coordinators)
    const { groups } = await this.#connection.request('DescribeGroups', { groups: groupIds })
    throwFirst(groups)
    const [offsetsTopic] = await this.#topics.describeTopics([OFFSETS_TOPIC])
    const count = offsetsTopic?.partitions.length
    return groups.map(({ groupId, groupState, protocolType, protocolData, members }, i) => {
      const { nodeId = -1, host = '', port = -1 } = coordinators[i] ?? {}
      return {
        groupId,
        state: groupState as GroupDescription['state'],
        protocolType,
        protocol: protocolData,
        members: members.map(
          ({ memberId, groupInstanceId, clientId, clientHost, memberAssignment }): GroupMember => ({
            memberId,
            groupInstanceId,
            clientId,
            host: clientHost,
            assignment: protocolType === CONSUMER_PROTOCOL_TYPE ? readAssignment(memberAssignment) : [],
          }),
        ),
        coordinator: { nodeId, host, port },
        coordinatorPartition: coordinatorPartition(groupId, count),
      }
    })
  }

  async deleteGroup(groupId: string): Promise<void> {
    throwFirst((await this.#connection.request('DeleteGroups', { groupsNames: [groupId] })).results)
  }

  async removeMembers(groupId: string, options: { readonly members?: readonly MemberToRemove[] } = {}): Promise<void> {
    // A slip of the pen must not remove everyone.
    rejectUnknown(options, ['members'], 'removeMembersFromConsumerGroup')
    const { members } = options
    const identities = members ? members.map(identify) : await this.#allMembers(groupId)
    const { errorCode, members: answers } = await this.#connection.request('LeaveGroup', {
      groupId,
      members: identities,
    })
    throwFirst([{ errorCode, errorMessage: null }])
    for (const { memberId, groupInstanceId, errorCode: code } of answers) {
      if (code === ErrorCode.NONE) continue
      const member = groupInstanceId === null ? `'${memberId}'` : `with the groupInstanceId '${groupInstanceId}'`
      throw errorFrom(code, `Group '${groupId}' has no member ${member}. describeGroups tells whom it has.`)
    }
  }

  async #allMembers(groupId: string): Promise<MemberIdentity[]> {
    const [group] = await this.describeGroups([groupId])
    if (group === undefined || group.state === 'Dead') {
      throw new KafkaError('GROUP_ID_NOT_FOUND', `Group '${groupId}' does not exist.`)
    }
    // A static member is removed by its instance, also if it restarts meanwhile.
    return group.members.map(({ memberId, groupInstanceId }) =>
      groupInstanceId === null ? { memberId, groupInstanceId } : { memberId: '', groupInstanceId },
    )
  }
}

function identify(member: MemberToRemove): MemberIdentity {
  if ('groupInstanceId' in member) return { memberId: '', groupInstanceId: member.groupInstanceId }
  return { memberId: member.memberId, groupInstanceId: null }
}

function readAssignment(bytes: Uint8Array): TopicPartition[] {
  try {
    return [...decodeAssignment(bytes).partitions].flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    )
  } catch {
    // Bytes of another protocol must not hide the group and its other members.
    return []
  }
}
