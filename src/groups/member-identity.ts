// Who a request says it comes from: a member id and, for a static member, the instance that has it now.
// (Kafka: ClassicGroup.validateMember)

import { type ErrorName, errorText } from '../errors.ts'
import type { ClassicGroup, Member } from './group.ts'

export interface MemberIdentity {
  readonly memberId: string
  /** `group.instance.id`; null for a dynamic member. */
  readonly groupInstanceId: string | null
}

export interface Refusal {
  readonly error: ErrorName
  readonly message: string
}

/** An instance is looked at before the member id: the twin of a static member shall learn that it is fenced. */
export function findMember(
  group: ClassicGroup | undefined,
  { memberId, groupInstanceId }: MemberIdentity,
): { readonly group: ClassicGroup; readonly member: Member } | Refusal {
  const current = groupInstanceId === null ? memberId : group?.staticMemberId(groupInstanceId)
  if (group !== undefined && current !== undefined && current !== memberId) {
    const message =
      `Another member of group '${group.groupId}' has the groupInstanceId '${groupInstanceId}' now. ` +
      'Stop one of the two, or give each a groupInstanceId of its own.'
    return { error: 'FENCED_INSTANCE_ID', message }
  }
  const member = current === undefined ? undefined : group?.members.get(memberId)
  if (group === undefined || member === undefined) {
    return { error: 'UNKNOWN_MEMBER_ID', message: errorText('UNKNOWN_MEMBER_ID') }
  }
  return { group, member }
}
