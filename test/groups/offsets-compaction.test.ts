// A compacted __consumer_offsets: small, and still all that a coordinator needs to know.
import fc from 'fast-check'
import { Kafkalet } from 'kafkalet'
import { ManualClock } from 'kafkalet/testing'
import { expect, test } from 'vitest'
import { errorName } from '../../src/errors.ts'
import type { PartitionLog } from '../../src/log/partition-log.ts'
import { advance, answersTo, join, STABLE } from '../support/group-transcript.ts'
import { GroupWorld, type KafkaConfig } from '../support/group-world.ts'
import { recordsFrom } from '../support/offsets-log.ts'
import { toHex } from '../support/vectors.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** One partition of __consumer_offsets, whose segments hold a few commits each. */
const smallSegments: KafkaConfig = { 'offsets.topic.num.partitions': '1', 'offsets.topic.segment.bytes': '700' }

async function commit(world: GroupWorld, groupId: string, partitionIndex: number, committedOffset: number) {
  const partitions = [{ partitionIndex, committedOffset, committedLeaderEpoch: -1, committedMetadata: null }]
  const nobody = { memberId: '', groupInstanceId: null, generationIdOrMemberEpoch: -1 }
  const request = { groupId, ...nobody, topics: [{ name: 'orders', partitions }] }
  world.send('commit', 'OffsetCommit', request, ({ topics }) => errorName(topics[0]?.partitions[0]?.errorCode ?? -1))
  expect(await world.answers()).toEqual(['commit -> NONE'])
}

/** The keys of all records before the active segment. */
function closedKeys(log: PartitionLog): string[] {
  const activeOffset = log.segments.at(-1)?.baseOffset ?? 0
  const active = recordsFrom(log, activeOffset).length
  const all = recordsFrom(log)
  return all.slice(0, all.length - active).map(({ key }) => toHex(key))
}

test('of many commits the newest of each group and partition is left, and a coordinator loads what it knew', async () => {
  const world = new GroupWorld('grp', smallSegments)
  for (let i = 0; i < 300; i++) await commit(world, `g${i % 3}`, i % 2, i)
  const known = world.liveView()
  expect(recordsFrom(world.log)).toHaveLength(300)
  await world.broker.runCompaction()
  const keys = closedKeys(world.log)
  expect([keys.length, new Set(keys).size]).toEqual([6, 6])
  expect(world.log).toMatchObject({ startOffset: 0, endOffset: 300 })
  expect(recordsFrom(world.log)).toHaveLength(6 + (300 - (world.log.segments.at(-1)?.baseOffset ?? 0)))
  expect(world.rebuiltView()).toEqual(known)
  await world.failOver()
  expect(world.liveView()).toEqual(known)
  await commit(world, 'g0', 0, 1000)
  expect(world.rebuiltView()).toEqual(world.liveView())
})

test('it stays small by itself: the cleaner comes 15 s after there is enough to clean', async () => {
  const world = new GroupWorld('grp', smallSegments)
  for (let i = 0; i < 300; i++) await commit(world, 'g', 0, i)
  await world.clock.advance(15_000)
  expect(closedKeys(world.log)).toHaveLength(1)
  expect(world.rebuiltView()).toEqual(world.liveView())
})

test('a group that was compacted away in the middle of its life goes on where it was', async () => {
  const world = new GroupWorld('grp', smallSegments)
  await answersTo(world, STABLE)
  for (let i = 0; i < 50; i++) await commit(world, 'other', 0, i)
  await world.broker.runCompaction()
  const before = world.describeGroup()
  expect(before).toContain('state=Stable generation=1')
  await world.failOver()
  expect(world.describeGroup()).toBe(before)
  const rejoined = await answersTo(world, join('B', 2))
  expect(rejoined).toEqual([expect.stringContaining('error=NONE memberId=id(B) generation=1')])
})

test('tombstones of expired offsets stay for delete.retention.ms, and then nothing is left of them', async () => {
  const world = new GroupWorld('grp', { ...smallSegments, 'offsets.retention.minutes': '60' })
  for (const partition of [0, 1, 2, 3]) await commit(world, 'gone', partition, 7)
  await answersTo(world, advance(2 * HOUR_MS))
  const ofGone = () =>
    closedKeys(world.log).filter((key) => key.includes(toHex(new TextEncoder().encode('gone')))).length
  const fill = async () => {
    for (let i = 0; i < 20; i++) await commit(world, 'here', 0, i)
  }
  await fill()
  // Four offsets and the group itself.
  expect(ofGone()).toBe(4 + 5)
  await world.broker.runCompaction()
  expect(ofGone()).toBe(5)
  await answersTo(world, advance(DAY_MS - 1))
  await fill()
  await world.broker.runCompaction()
  expect(ofGone()).toBe(5)
  await answersTo(world, advance(1))
  await fill()
  await world.broker.runCompaction()
  expect(ofGone()).toBe(0)
  expect(world.rebuiltView()).toEqual(world.liveView())
})

test('whatever is committed, expires and is cleaned: the view that is loaded is the view that was', async () => {
  const step = fc.oneof(
    { arbitrary: fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(3), fc.nat(1000)), weight: 6 },
    fc.constantFrom('compact' as const, 'fail over' as const, HOUR_MS, DAY_MS),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const world = new GroupWorld('grp', { ...smallSegments, 'offsets.retention.minutes': '90' })
      for (const each of steps) {
        if (typeof each === 'number') await world.clock.advance(each)
        else if (each === 'fail over') await world.failOver()
        else if (each === 'compact') {
          const known = world.liveView()
          await world.broker.runCompaction()
          const keys = closedKeys(world.log)
          expect(new Set(keys).size).toBe(keys.length)
          expect([world.liveView(), world.rebuiltView()]).toEqual([known, known])
        } else await commit(world, ...each)
      }
      const known = world.liveView()
      await world.broker.runCompaction()
      await world.failOver()
      expect(world.liveView()).toEqual(known)
    }),
    { numRuns: 60 },
  )
})

test('the segments of __consumer_offsets are of offsets.topic.segment.bytes, and as large as Kafka has them', async () => {
  const clock = new ManualClock()
  for (const [config, cleaned] of [
    [{ offsetsTopicSegmentBytes: 700 }, true],
    [{}, false],
  ] as const) {
    await using kafka = new Kafkalet({ clock, config: { ...config, offsetsTopicNumPartitions: 1 } })
    await kafka.producer().send({ topic: 't', value: 'v' })
    const consumer = kafka.consumer({ groupId: 'g', enableAutoCommit: false })
    for (let i = 0; i < 50; i++) await consumer.commit([{ topic: 't', partition: 0, offset: i }])
    await kafka.runCompaction()
    const reader = kafka.consumer({ autoOffsetReset: 'earliest' })
    reader.assign([{ topic: '__consumer_offsets', partition: 0 }])
    const read = await reader.poll()
    expect([cleaned, read.length < 20, read.at(-1)?.offset]).toEqual([cleaned, cleaned, 49])
  }
})
