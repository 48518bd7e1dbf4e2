// What can be done in a classroom, as data: a lesson's steps and a reader's own clicks are the same, and can be done again.
import type { AssignorName, ConsumerConfig } from 'kafkalet'

/** A record as a lesson writes it. Without a partition, its key decides. */
export interface Written {
  readonly key?: string | null
  /** A key that is no text, byte by byte. */
  readonly keyBytes?: readonly number[]
  readonly value: string
  readonly partition?: number
}

export interface ReaderOptions
  extends Pick<
    ConsumerConfig,
    | 'autoOffsetReset'
    | 'enableAutoCommit'
    | 'autoCommitIntervalMs'
    | 'maxPollRecords'
    | 'sessionTimeoutMs'
    | 'heartbeatIntervalMs'
    | 'maxPollIntervalMs'
  > {
  readonly strategy?: readonly AssignorName[]
}

export type Action =
  | { readonly type: 'createTopic'; readonly topic: string; readonly partitions: number }
  | { readonly type: 'addPartitions'; readonly topic: string; readonly partitions: number }
  | { readonly type: 'produce'; readonly topic: string; readonly records: readonly Written[] }
  | {
      readonly type: 'start'
      readonly consumer: string
      readonly group: string
      readonly topics: readonly string[]
      readonly options: ReaderOptions
    }
  | { readonly type: 'poll' | 'commit' | 'close' | 'crash' | 'freeze' | 'thaw'; readonly consumer: string }
  | { readonly type: 'run'; readonly consumer: string; readonly handlerMs: number }
  | { readonly type: 'stop'; readonly consumer: string }
  | {
      readonly type: 'seek'
      readonly consumer: string
      readonly topic: string
      readonly partition: number
      readonly offset: number
    }
  | {
      readonly type: 'resetOffsets'
      readonly group: string
      readonly topic: string
      readonly to: 'earliest' | 'latest'
    }
  | { readonly type: 'pass'; readonly ms: number }

export const createTopic = (topic: string, partitions: number): Action => ({ type: 'createTopic', topic, partitions })

/** `partitions` is the new number. */
export const addPartitions = (topic: string, partitions: number): Action => ({
  type: 'addPartitions',
  topic,
  partitions,
})

export const produce = (topic: string, ...records: readonly Written[]): Action => ({ type: 'produce', topic, records })

/** A consumer comes; it joins its group in its first poll, as Kafka's do. */
export const start = (
  consumer: string,
  group: string,
  topics: string | readonly string[],
  options: ReaderOptions = {},
): Action => ({ type: 'start', consumer, group, topics: typeof topics === 'string' ? [topics] : topics, options })

/** One poll. While it waits, for records or for the group, another one changes nothing. */
export const poll = (consumer: string): Action => ({ type: 'poll', consumer })

/** Polls again and again, and works on each record for `handlerMs`, until it is stopped. */
export const run = (consumer: string, handlerMs = 0): Action => ({ type: 'run', consumer, handlerMs })

export const stop = (consumer: string): Action => ({ type: 'stop', consumer })

export const commit = (consumer: string): Action => ({ type: 'commit', consumer })

/** Says goodbye: commits, and leaves the group. */
export const close = (consumer: string): Action => ({ type: 'close', consumer })

/** Falls down dead, and tells nobody. */
export const crash = (consumer: string): Action => ({ type: 'crash', consumer })

/** Stands still, as in a long pause of the garbage collector. */
export const freeze = (consumer: string): Action => ({ type: 'freeze', consumer })

export const thaw = (consumer: string): Action => ({ type: 'thaw', consumer })

export const seek = (consumer: string, topic: string, partition: number, offset: number): Action => ({
  type: 'seek',
  consumer,
  topic,
  partition,
  offset,
})

export const resetOffsets = (group: string, topic: string, to: 'earliest' | 'latest'): Action => ({
  type: 'resetOffsets',
  group,
  topic,
  to,
})

export const pass = (ms: number): Action => ({ type: 'pass', ms })
