// DeleteGroups: groups without members, with everything they committed.

import { ErrorCode, errorText } from '../../errors.ts'
import { type DeleteAnswer, deleteGroup } from '../../groups/deletion.ts'
import type { DeleteGroupsResponse } from '../group-api.ts'
import type { Handler } from '../handler.ts'

export const deleteGroups: Handler<'DeleteGroups'> = (broker, { groupsNames }) => {
  const results: DeleteGroupsResponse['results'][number][] = []
  for (const groupId of new Set(groupsNames)) {
    const to = { answer: (answer: DeleteAnswer) => results.push({ groupId, ...answer }) }
    broker.groups.run(
      groupId,
      (shard, nowMs) => deleteGroup(shard, groupId, to, nowMs),
      (error) => to.answer({ errorCode: ErrorCode[error], errorMessage: errorText(error) }),
    )
  }
  return { results }
}
