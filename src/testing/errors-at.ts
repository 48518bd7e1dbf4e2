// Errors that stand at one place of an API's answer, and how they get there.

import type { ApiName, RequestOf, ResponseOf } from '../broker/api.ts'
import type { ErrorName } from '../errors.ts'
import type { Refuse } from './refuse-parts.ts'

export interface ErrorsAt<Api extends ApiName> {
  readonly errors: readonly ErrorName[]
  readonly refuse: Refuse<RequestOf<Api>, ResponseOf<Api>>
}

export const ANYWHERE = ['UNKNOWN_SERVER_ERROR', 'UNSUPPORTED_VERSION'] as const
export const COORDINATOR = ['COORDINATOR_LOAD_IN_PROGRESS', 'COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR'] as const
