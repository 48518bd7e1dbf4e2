// Figures that a step shows beside the logs: how a key finds its partition, how records are spread, what two things have in common.
import type { Text } from './lesson.ts'

/** Key bytes, their hash, the hash without its sign, the partition: each made from the one before. */
export interface HashExhibit {
  readonly type: 'hash'
  readonly keys: readonly {
    readonly key: string
    readonly bytes: Uint8Array
    /** murmur2, as a signed 32-bit number. */
    readonly hash: number
    readonly positive: number
    readonly partitions: number
    readonly partition: number
  }[]
}

export interface HistogramExhibit {
  readonly type: 'histogram'
  readonly title: Text
  readonly bars: readonly { readonly label: string; readonly count: number; readonly note?: string }[]
}

export interface TableExhibit {
  readonly type: 'table'
  readonly title: Text
  readonly head: readonly Text[]
  readonly rows: readonly (readonly string[])[]
}

export type Exhibit = HashExhibit | HistogramExhibit | TableExhibit
