// Says once what happens again and again.

export interface StoryLine {
  readonly afterMs: number
  readonly text: string
}

const LONGEST_BLOCK = 6
const FEWEST_TIMES = 3

/** Where some lines come several times in a row, their first time, and how often they come again. */
export function foldRepetitions(lines: readonly StoryLine[]): StoryLine[] {
  const folded: StoryLine[] = []
  for (let at = 0; at < lines.length; ) {
    const { length, times } = repetitionAt(lines, at)
    folded.push(...lines.slice(at, at + length))
    if (times > 1) {
      const { afterMs } = lines[at + length * times - 1] ?? { afterMs: 0 }
      const what = length === 1 ? 'the same' : `the same ${length} lines`
      folded.push({ afterMs, text: `  (${what}, ${times - 1} times more)` })
    }
    at += length * times
  }
  return folded
}

function repetitionAt(lines: readonly StoryLine[], at: number): { readonly length: number; readonly times: number } {
  for (let length = 1; length <= LONGEST_BLOCK; length++) {
    const isSame = (index: number) => lines[index] !== undefined && lines[index]?.text === lines[index - length]?.text
    let end = at + length
    while (isSame(end)) end++
    const times = Math.floor((end - at) / length)
    if (times >= FEWEST_TIMES) return { length, times }
  }
  return { length: 1, times: 1 }
}
