// What became of a request: the errors that its answer names, wherever they stand in it.

import { ErrorCode, errorName, KafkaError } from '../errors.ts'
import type { RecordedRequest } from './request-history.ts'

/** Names of errors; none while there is no answer, and NONE where all is well. */
export function errorsOf({ response, error }: RecordedRequest): readonly string[] {
  if (error !== null) return [error instanceof KafkaError ? error.code : String(error)]
  if (response === null) return []
  const found = new Set<string>()
  collect(response, found)
  return found.size === 0 ? ['NONE'] : [...found]
}

/** Batches of records, and bytes, have none. */
function collect(value: unknown, found: Set<string>): void {
  if (Array.isArray(value)) for (const each of value) collect(each, found)
  else if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    for (const [name, field] of Object.entries(value)) {
      if (name !== 'errorCode') collect(field, found)
      else if (field !== ErrorCode.NONE) found.add(errorName(field))
    }
  }
}
