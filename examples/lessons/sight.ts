// What there is to see in a classroom at one moment, read from the library: what a terminal and a page draw, and a test checks.
import type { Offset, OffsetsRecord } from 'kafkalet'
import type { GroupPartitionView, MemberView, TimelineEntry } from 'kafkalet/testing'

export interface RecordSight {
  readonly offset: Offset
  readonly key: string | null
  readonly value: string | null
}

export interface LaneSight {
  readonly partition: number
  readonly startOffset: Offset
  readonly endOffset: Offset
  readonly records: readonly RecordSight[]
}

export interface TopicSight {
  readonly topic: string
  readonly lanes: readonly LaneSight[]
}

export interface GroupSight {
  readonly group: string
  readonly state: string
  readonly generation: number
  /** The assignor; null while there is none. */
  readonly protocol: string | null
  readonly members: readonly MemberView[]
  /** Of each partition: who owns it, what is committed, where its owner is, where it ends. */
  readonly cursors: readonly GroupPartitionView[]
  readonly lag: number
}

/** 'waits': a poll waits for records or for its group. 'works': it works on what a poll brought. */
export type ConsumerState = 'rests' | 'waits' | 'works' | 'frozen' | 'closed' | 'crashed'

export interface ConsumerSight {
  readonly consumer: string
  readonly group: string
  readonly state: ConsumerState
  readonly isRunning: boolean
  /** As `topic-partition`. */
  readonly owns: readonly string[]
  /** What its polls have returned, in that order, as `topic-partition@offset`. */
  readonly received: readonly string[]
  /** What its last call was refused with; null where it went well. */
  readonly error: string | null
}

/** A record of `__consumer_offsets`. */
export interface OffsetsSight {
  /** One of its 50. */
  readonly partition: number
  readonly offset: Offset
  readonly record: OffsetsRecord
  /** Whether no newer record has its key: what compaction would keep. */
  readonly isNewest: boolean
}

export interface Sight {
  /** Since the lesson began. */
  readonly afterMs: number
  readonly topics: readonly TopicSight[]
  readonly groups: readonly GroupSight[]
  /** In the order in which they came, the closed and crashed ones included. */
  readonly consumers: readonly ConsumerSight[]
  readonly offsets: readonly OffsetsSight[]
  readonly timeline: readonly TimelineEntry[]
}

export function topicOf({ topics }: Sight, name: string): TopicSight {
  return found(
    topics.find(({ topic }) => topic === name),
    `topic ${name}`,
  )
}

export function groupOf({ groups }: Sight, name: string): GroupSight {
  return found(
    groups.find(({ group }) => group === name),
    `group ${name}`,
  )
}

export function consumerOf({ consumers }: Sight, name: string): ConsumerSight {
  return found(consumers.filter(({ consumer }) => consumer === name).at(-1), `consumer ${name}`)
}

/** Where a group stands in a partition. */
export function cursorOf(sight: Sight, group: string, topic: string, partition = 0): GroupPartitionView {
  return found(
    groupOf(sight, group).cursors.find((each) => each.topic === topic && each.partition === partition),
    `group ${group} in ${topic}-${partition}`,
  )
}

function found<Thing>(thing: Thing | undefined, what: string): Thing {
  if (thing === undefined) throw new Error(`There is no ${what} in this lesson.`)
  return thing
}
