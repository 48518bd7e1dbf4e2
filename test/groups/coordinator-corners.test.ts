// Corners of the group coordinator that a naive one gets wrong. What is expected follows from Kafka's source.

import { decodeOffsetsRecord } from 'kafkalet'
import { expect, test } from 'vitest'
import { encodeSubscription } from '../../src/groups/subscription.ts'
import { advance, answersTo, heartbeat, join, STABLE } from '../support/group-transcript.ts'
import { GroupWorld } from '../support/group-world.ts'

test('sync, heartbeat and leave refuse an empty group id', async () => {
  const world = new GroupWorld('')
  expect(
    await answersTo(world, 'sync(A): SyncGroup memberId=m generation=1 protocol=consumer/range assignments={}'),
  ).toEqual(['sync(A) -> error=INVALID_GROUP_ID'])
  expect(await answersTo(world, 'heartbeat(A): Heartbeat memberId=m generation=1')).toEqual([
    'heartbeat(A) -> error=INVALID_GROUP_ID',
  ])
  expect(await answersTo(world, 'leave(A): LeaveGroup members=[m]')).toEqual([
    'leave(A) -> error=INVALID_GROUP_ID members=[]',
  ])
})

test('the empty group id may commit and fetch, as it always could', async () => {
  const world = new GroupWorld('')
  expect(await answersTo(world, "commit(A): OffsetCommit v9 memberId='' generation=-1 offsets={orders-0=1}")).toEqual([
    'commit(A) -> orders-0:NONE',
  ])
  expect(await answersTo(world, 'fetch(A): OffsetFetch [orders-0] requireStable=false')).toEqual([
    "fetch(A) -> error=NONE [orders-0:(offset=1 leaderEpoch=-1 metadata='' error=NONE)]",
  ])
})

test('a pending id that expires during the initial delay completes the join when all others have joined', async () => {
  const world = new GroupWorld()
  await answersTo(world, join('P', 1, { session: 6000 }), advance(5000), join('A', 1), join('A', 2))
  expect(await answersTo(world, advance(1000))).toHaveLength(1)
})

test('a member whose sync was interrupted is watched again', async () => {
  const world = new GroupWorld()
  await answersTo(
    world,
    'SETUP A,B joined, generation 1, CompletingRebalance',
    'sync(B): SyncGroup memberId=id(B) generation=1 protocol=consumer/range assignments={}',
  )
  await answersTo(world, advance(9000), heartbeat('A', 1), advance(9000), heartbeat('A', 1))
  // B's session has passed while it waits. Now A rejoins with other metadata: B's sync is answered.
  expect(await answersTo(world, join('A', 3, { protocols: 'range[payments]' }))).toEqual([
    'sync(B) -> error=REBALANCE_IN_PROGRESS',
  ])
  // B is silent from here: removed after its session (10 s), not after the rebalance timeout (60 s).
  expect(await answersTo(world, advance(10_000))).toHaveLength(1)
})

test('an assignment that the log refuses as too large is an error that trying again cannot mend', async () => {
  const world = new GroupWorld('grp', { 'message.max.bytes': '400' })
  await answersTo(world, 'SETUP A joined, generation 1, CompletingRebalance')
  expect(
    await answersTo(
      world,
      `sync(A): SyncGroup memberId=id(A) generation=1 protocol=consumer/range assignments={id(A):'${'x'.repeat(400)}'}`,
    ),
  ).toEqual(['sync(A) -> error=UNKNOWN_SERVER_ERROR'])
})

test('whoever waits for a coordinator that is unloaded hears NOT_COORDINATOR', async () => {
  const world = new GroupWorld()
  await answersTo(world, STABLE, join('A', 3))
  world.broker.groups.lose('grp')
  expect(await world.answers()).toEqual(['join(A)#3 -> error=NOT_COORDINATOR memberId=id(A)'])
})

test('a group whose topics are deleted is forgotten at the next look', async () => {
  const world = new GroupWorld()
  await answersTo(world, "commit(A): OffsetCommit v9 memberId='' generation=-1 offsets={orders-0=1}", advance(600_000))
  world.send('delete', 'DeleteTopics', { topics: [{ name: 'orders', topicId: null }], timeoutMs: 0 }, () => 'ok')
  await answersTo(world, advance(600_000))
  expect(world.describeGroup()).toBe('(group absent)')
})

test('an offset of a topic no longer subscribed to expires from its commit, though the group was empty meanwhile', async () => {
  const world = new GroupWorld('grp', {
    'offsets.retention.minutes': '60',
    'group.initial.rebalance.delay.ms': '0',
    'group.max.session.timeout.ms': '9999999',
  })
  const times = { session: 9_000_000 }
  await answersTo(
    world,
    join('A', 1, { ...times, protocols: 'range[payments]' }),
    join('A', 2, { ...times, protocols: 'range[payments]' }),
    "sync(A): SyncGroup memberId=id(A) generation=1 protocol=consumer/range assignments={id(A):'A-A'}",
  )
  await answersTo(
    world,
    'commit(A): OffsetCommit v9 memberId=id(A) generation=1 offsets={payments-0=2}',
    advance(1_800_000),
    'leave(A): LeaveGroup members=[id(A)]',
  )
  await answersTo(
    world,
    advance(660_000),
    join('B', 1, times),
    join('B', 2, times),
    "sync(B): SyncGroup memberId=id(B) generation=3 protocol=consumer/range assignments={id(B):'A-A'}",
  )
  expect(world.describeGroup()).toContain('Stable')
  world.appended()
  await answersTo(world, advance(4_200_000 - world.elapsedMs + 60_000))
  expect(world.appended()).toEqual(['OffsetCommit(grp,payments-0)=TOMBSTONE'])
})

test('a text beyond 32767 bytes is refused before anything is written', async () => {
  const world = new GroupWorld('x'.repeat(40_000))
  const commit = "commit(A): OffsetCommit v9 memberId='' generation=-1 offsets={orders-0=1}"
  try {
    await answersTo(world, commit)
  } catch (error) {
    expect(error).toHaveProperty('code', 'INVALID_REQUEST')
  }
  expect(world.log.endOffset).toBe(0)
  for (const batch of world.log.read(0))
    for (let i = 0; i < batch.count; i++) decodeOffsetsRecord({ key: batch.key(i), value: batch.value(i) })
})

test('owned partitions are written in order', () => {
  const sub = { topics: ['a'], userData: null, generationId: 1, rackId: null }
  expect(
    encodeSubscription({
      ...sub,
      ownedPartitions: new Map([
        ['b', [1, 0]],
        ['a', [0]],
      ]),
    }),
  ).toEqual(
    encodeSubscription({
      ...sub,
      ownedPartitions: new Map([
        ['a', [0]],
        ['b', [0, 1]],
      ]),
    }),
  )
})

test('a rebalance that all have left takes any protocol', async () => {
  const world = new GroupWorld()
  await answersTo(world, join('A', 1), join('A', 2), 'leave(A): LeaveGroup members=[id(A)]')
  expect(world.describeGroup()).toContain('PreparingRebalance')
  expect(await answersTo(world, join('X', 1, { protocols: 'sticky[orders]' }))).toEqual([
    'join(X)#1 -> error=MEMBER_ID_REQUIRED memberId=id(X)',
  ])
})
