// Whether what a fact found is what it should be: as tests compare, so that the order of an object's fields is no matter.
export function isEqual(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (!isObject(one) || !isObject(other) || Array.isArray(one) !== Array.isArray(other)) return false
  if (one instanceof Map || one instanceof Set || other instanceof Map || other instanceof Set) {
    return (
      isCollection(one) && isCollection(other) && one.constructor === other.constructor && isEqual([...one], [...other])
    )
  }
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].every((name) => isEqual(one[name], other[name]))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isCollection(value: unknown): value is Map<unknown, unknown> | Set<unknown> {
  return value instanceof Map || value instanceof Set
}
