// The commits among the records of __consumer_offsets, and how a group's id finds its partition there.
import type { OffsetsRecord } from 'kafkalet'
import type { OffsetsSight, Sight } from './sight.ts'

export type Commit = Extract<OffsetsRecord, { type: 'offset-commit' }>

export interface CommitSight extends Omit<OffsetsSight, 'record'> {
  readonly record: Commit
}

/** In the order in which they were written. */
export function commitsOf({ offsets }: Sight, group: string): CommitSight[] {
  return offsets.flatMap(({ record, ...place }) =>
    record.type === 'offset-commit' && record.group === group ? [{ ...place, record }] : [],
  )
}

/** For each partition of the topic, what the group's newest commit says. */
export function committedOffsets(sight: Sight, group: string): (number | null)[] {
  const cursors = sight.groups.find((each) => each.group === group)?.cursors ?? []
  return cursors.map(({ committed }) => committed)
}

export interface HashStep {
  readonly letter: string
  readonly code: number
  /** Of the text up to this letter. */
  readonly hash: number
}

/** Java's `String.hashCode`, letter by letter: 31 times the hash so far, plus the letter, in 32 bits. */
export function javaHashSteps(text: string): HashStep[] {
  let hash = 0
  return Array.from({ length: text.length }, (_, i) => {
    const code = text.charCodeAt(i)
    hash = (Math.imul(31, hash) + code) | 0
    return { letter: text.charAt(i), code, hash }
  })
}

/** The partition of `__consumer_offsets` for a group whose id has this hash. */
export function offsetsPartition(hash: number, partitions = 50): number {
  return (hash === -(2 ** 31) ? 0 : Math.abs(hash)) % partitions
}
