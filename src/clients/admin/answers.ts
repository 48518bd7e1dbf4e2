// What an admin makes of a broker's answers: nothing, or the first error.

import { ErrorCode, errorFrom } from '../../errors.ts'

export interface Answer {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
}

export function throwFirst(answers: readonly Answer[]): void {
  for (const { errorCode, errorMessage } of answers) {
    if (errorCode !== ErrorCode.NONE) throw errorFrom(errorCode, errorMessage)
  }
}
