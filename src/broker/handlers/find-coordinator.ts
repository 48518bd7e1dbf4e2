// FindCoordinator: there is one broker, and it coordinates every group.
// Differs from Kafka: transactions are not supported yet, so key type 1 is refused.

import { ErrorCode } from '../../errors.ts'
import { type Handler, NODE } from '../handler.ts'

const GROUP_KEY_TYPE = 0

export const findCoordinator: Handler<'FindCoordinator'> = (_broker, { keyType, coordinatorKeys }) => ({
  coordinators: coordinatorKeys.map((key) => {
    if (keyType === GROUP_KEY_TYPE && key !== '') return { key, ...NODE, errorCode: ErrorCode.NONE, errorMessage: null }
    const isGroup = keyType === GROUP_KEY_TYPE
    return {
      key,
      nodeId: -1,
      host: '',
      port: -1,
      errorCode: isGroup ? ErrorCode.INVALID_GROUP_ID : ErrorCode.INVALID_REQUEST,
      errorMessage: isGroup
        ? 'The group id is empty.'
        : 'Only groups have a coordinator: transactions are not supported yet.',
    }
  }),
})
