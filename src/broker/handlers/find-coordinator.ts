// FindCoordinator: there is one broker, and it coordinates every group and every transactional id.
// Differs from Kafka: there are no share groups, so key type 2 is refused.

import { ErrorCode, type ErrorName } from '../../errors.ts'
import { type Handler, NODE } from '../handler.ts'

const GROUP_KEY_TYPE = 0
const TRANSACTION_KEY_TYPE = 1

export const findCoordinator: Handler<'FindCoordinator'> = (_broker, { keyType, coordinatorKeys }) => ({
  coordinators: coordinatorKeys.map((key) => {
    const problem = problemWith(keyType, key)
    if (problem === null) return { key, ...NODE, errorCode: ErrorCode.NONE, errorMessage: null }
    const [error, errorMessage] = problem
    return { key, nodeId: -1, host: '', port: -1, errorCode: ErrorCode[error], errorMessage }
  }),
})

function problemWith(keyType: number, key: string): readonly [ErrorName, string] | null {
  if (keyType === GROUP_KEY_TYPE) return key === '' ? ['INVALID_GROUP_ID', 'The group id is empty.'] : null
  if (keyType !== TRANSACTION_KEY_TYPE) {
    return ['INVALID_REQUEST', `Groups (0) and transactional ids (1) have a coordinator; key type ${keyType} has none.`]
  }
  return key === '' ? ['INVALID_REQUEST', 'The transactional id is empty.'] : null
}
