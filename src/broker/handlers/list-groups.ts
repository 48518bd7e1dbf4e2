// ListGroups: all groups, or those in some states. A filter's case does not matter; an unknown one fits nothing.

import { ErrorCode } from '../../errors.ts'
import { listGroups as list } from '../../groups/describe.ts'
import type { Handler } from '../handler.ts'

export const listGroups: Handler<'ListGroups'> = (broker, { statesFilter, typesFilter }) => {
  const types = typesFilter.map((type) => type.toLowerCase())
  let errorCode: ErrorCode = ErrorCode.NONE
  const groups = broker.groups.lookAtAll(
    (shard, nowMs) => list(shard, statesFilter, nowMs),
    (error) => {
      errorCode = ErrorCode[error]
    },
  )
  return {
    errorCode,
    groups: groups.filter(({ groupType }) => types.length === 0 || types.includes(groupType)),
  }
}
