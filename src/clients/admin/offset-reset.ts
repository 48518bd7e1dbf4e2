// Where a group reads on after a reset, as `kafka-consumer-groups --reset-offsets` works it out.
// (Kafka: ConsumerGroupCommand.prepareOffsetsToReset, checkOffsetsRange, getLogTimestampOffsets)

import { rejectUnknown } from '../../config.ts'
import { KafkaError } from '../../errors.ts'
import { keyOf, type Offset, type TopicPartition } from '../topic.ts'
import type { GroupDescription, OffsetReset, OffsetSpec, PlannedOffset, ResetOffsetsOptions } from './admin.ts'
import type { TopicAdmin } from './topic-admin.ts'

export interface GroupAtReset {
  readonly groupId: string
  readonly committed: readonly (TopicPartition & { readonly offset: Offset })[]
  readonly nowMs: number
}

/** A partition that is to be reset, and what the reset may depend on. */
interface Scoped extends TopicPartition {
  readonly committed: Offset | null
  readonly startOffset: Offset
  readonly endOffset: Offset
}

export function refuseActive({ groupId, state, members }: GroupDescription): void {
  if (state === 'Empty' || state === 'Dead') return
  const names = members.map(({ memberId, groupInstanceId }) => groupInstanceId ?? memberId).join(', ')
  const why =
    `Group '${groupId}' is ${state} and has ${members.length} members (${names}): its offsets can be reset only while it ` +
    'has none. Close its consumers first, or remove them with removeMembersFromConsumerGroup.'
  throw new KafkaError('NON_EMPTY_GROUP', why)
}

export async function planReset(
  admin: TopicAdmin,
  group: GroupAtReset,
  options: ResetOffsetsOptions,
): Promise<PlannedOffset[]> {
  const partitions = await inScope(admin, group, options)
  const scoped = await withEnds(admin, group, partitions)
  const targets = await targetsOf(admin, group, scoped, options.to)
  return scoped.map(({ topic, partition, committed, endOffset }, i) => {
    const newOffset = targets[i] ?? endOffset
    return { topic, partition, oldOffset: committed, newOffset, endOffset, lag: endOffset - newOffset }
  })
}

async function inScope(
  admin: TopicAdmin,
  { committed }: GroupAtReset,
  { to, topics, partitions }: ResetOffsetsOptions,
): Promise<TopicPartition[]> {
  if (isPlan(to)) return distinct(to)
  if (topics === undefined && partitions === undefined) return distinct(committed)
  const described = await admin.describeTopics(topics ?? [])
  const whole = described.flatMap(({ topic, partitions: all }) => all.map(({ partition }) => ({ topic, partition })))
  return distinct([...whole, ...(partitions ?? [])])
}

async function withEnds(
  admin: TopicAdmin,
  { committed }: GroupAtReset,
  partitions: readonly TopicPartition[],
): Promise<Scoped[]> {
  const offsets = new Map(committed.map((each) => [keyOf(each), each.offset]))
  const starts = await find(admin, partitions, 'earliest')
  const ends = await find(admin, partitions, 'latest')
  return partitions.map((each, i) => ({
    ...each,
    committed: offsets.get(keyOf(each)) ?? null,
    startOffset: starts[i] ?? 0,
    endOffset: ends[i] ?? 0,
  }))
}

/** In the order of the partitions; null where no record is as young as asked for. */
async function targetsOf(
  admin: TopicAdmin,
  { groupId, nowMs }: GroupAtReset,
  scoped: readonly Scoped[],
  to: OffsetReset,
): Promise<readonly (Offset | null)[]> {
  if (to === 'earliest') return scoped.map(({ startOffset }) => startOffset)
  if (to === 'latest') return scoped.map(({ endOffset }) => endOffset)
  if (to === 'current') return scoped.map(({ committed, endOffset }) => committed ?? endOffset)
  if (isPlan(to)) {
    const offsets = new Map(to.map((each) => [keyOf(each), each.offset]))
    return scoped.map((each) => withinLog(each, offsets.get(keyOf(each)) ?? each.endOffset))
  }
  if ('offset' in to) return scoped.map((each) => withinLog(each, to.offset))
  if ('shiftBy' in to) return scoped.map((each) => withinLog(each, committedBy(groupId, each) + to.shiftBy))
  // A duration that is longer than time is old reaches back to its beginning.
  const timestamp = 'timestamp' in to ? to.timestamp : Math.max(0, nowMs - to.durationMs)
  return await find(admin, scoped, { timestamp })
}

async function find(admin: TopicAdmin, partitions: readonly TopicPartition[], spec: OffsetSpec) {
  const found = await admin.listOffsets(partitions.map(({ topic, partition }) => ({ topic, partition, spec })))
  return found.map(({ offset }) => offset)
}

function withinLog({ startOffset, endOffset }: Scoped, offset: Offset): Offset {
  return Math.max(startOffset, Math.min(endOffset, offset))
}

function committedBy(groupId: string, { topic, partition, committed }: Scoped): Offset {
  if (committed !== null) return committed
  const why =
    `Group '${groupId}' has committed nothing for ${topic}-${partition}, so there is nothing to shift by. ` +
    'Leave that partition out, or reset it to an end, an offset or a time.'
  throw new KafkaError('INVALID_ARGUMENT', why)
}

function isPlan(to: OffsetReset): to is Extract<OffsetReset, readonly unknown[]> {
  return Array.isArray(to)
}

function distinct(partitions: readonly TopicPartition[]): TopicPartition[] {
  const byKey = new Map(partitions.map(({ topic, partition }) => [keyOf({ topic, partition }), { topic, partition }]))
  return [...byKey.values()]
}

/** The target must be one that is known, in numbers that can be. */
export function checkReset({ to, topics, partitions, dryRun: _, ...rest }: ResetOffsetsOptions): void {
  rejectUnknown(rest, ['to', 'topics', 'partitions', 'dryRun'], 'resetOffsets')
  if (isPlan(to)) {
    if (topics !== undefined || partitions !== undefined) {
      refuse('a list of offsets names its own partitions. Leave topics and partitions out.')
    }
    const twice = to.length - distinct(to).length
    if (twice > 0) refuse(`the list of offsets names ${twice} partitions twice. Name each once.`)
    for (const { offset } of to) checkNumber('offset', offset, 0)
    return
  }
  if (typeof to === 'string') {
    if (!['earliest', 'latest', 'current'].includes(to)) refuse(unknownTarget(to))
    return
  }
  const [name, value, ...more] = Object.entries(to ?? {}).flat()
  if (more.length > 0 || !Object.hasOwn(leastValue, String(name))) refuse(unknownTarget(to))
  checkNumber(String(name), value, leastValue[name as keyof typeof leastValue])
}

const leastValue = { offset: 0, timestamp: 0, durationMs: 0, shiftBy: Number.MIN_SAFE_INTEGER }

function checkNumber(name: string, value: unknown, least: number): void {
  if (Number.isSafeInteger(value) && Number(value) >= least) return
  const atLeast = least === 0 ? ' of at least 0' : ''
  refuse(`${name} must be a whole number${atLeast}, not ${String(value)}.`)
}

function unknownTarget(to: unknown): string {
  return (
    `to must be 'earliest', 'latest', 'current', { offset }, { timestamp }, { durationMs }, { shiftBy } or a list of ` +
    `offsets, not ${JSON.stringify(to)}.`
  )
}

function refuse(why: string): never {
  throw new KafkaError('INVALID_ARGUMENT', `resetOffsets: ${why}`)
}
