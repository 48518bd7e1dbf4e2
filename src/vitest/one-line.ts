// A value as a failure shows it: on one line.

import type { MatcherState } from 'vitest'

const DEEPEST = 10

export function oneLine({ utils }: MatcherState, value: unknown): string {
  return utils.stringify(value, DEEPEST, { min: true })
}
