// Whether two values are equal, as vitest's own matchers see it.

import type { MatcherState } from 'vitest'

/** With `isSubset`, what `expected` does not name may be there. */
export function equal(
  { equals, customTesters, utils }: MatcherState,
  actual: unknown,
  expected: unknown,
  isSubset = false,
): boolean {
  const testers = [...customTesters, utils.iterableEquality, ...(isSubset ? [utils.subsetEquality] : [])]
  return equals(actual, expected, testers)
}

export function isAsymmetric(expected: unknown): boolean {
  return typeof expected === 'object' && expected !== null && 'asymmetricMatch' in expected
}
