// "Did you mean …?" for every name a caller can get wrong.

/** The known name closest to `name`, if it is close enough to be what was meant. */
export function closest(name: string, known: Iterable<string>): string | null {
  const farthest = Math.max(1, Math.floor(name.length / 3))
  let best: string | null = null
  let bestDistance = farthest + 1
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase(), bestDistance)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

export function didYouMean(name: string, known: Iterable<string>): string {
  const meant = closest(name, known)
  return meant === null ? '' : ` Did you mean '${meant}'?`
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`; `limit` or more is `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = at(previous, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1)
      let distance = Math.min(at(previous, column) + 1, at(current, column - 1) + 1, replaced)
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) distance = Math.min(distance, at(beforePrevious, column - 2) + 1)
      current.push(distance)
    }
    beforePrevious = previous
    previous = current
  }
  return Math.min(at(previous, b.length), limit)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? 0
}
