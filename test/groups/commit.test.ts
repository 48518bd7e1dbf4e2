// What a commit may contain, and what it leaves behind.
import { expect, test } from 'vitest'
import { errorName } from '../../src/errors.ts'
import { play } from '../support/group-steps.ts'
import { GroupWorld } from '../support/group-world.ts'

type Entry = readonly [topic: string, partition: number, offset: number, metadata: string | null]

/** Commits from outside the group, and tells the error of each entry. */
async function commit(world: GroupWorld, ...entries: readonly Entry[]): Promise<string[]> {
  const topics = entries.map(([name, partitionIndex, committedOffset, committedMetadata]) => ({
    name,
    partitions: [{ partitionIndex, committedOffset, committedLeaderEpoch: -1, committedMetadata }],
  }))
  const nobody = { memberId: '', groupInstanceId: null, generationIdOrMemberEpoch: -1 }
  world.send('commit', 'OffsetCommit', { groupId: 'grp', ...nobody, topics }, (response) =>
    response.topics.flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorName(errorCode))).join(' '),
  )
  const [answer = ''] = await world.answers()
  return answer.replace('commit -> ', '').split(' ')
}

test('a partition that does not exist is refused for itself alone', async () => {
  const world = new GroupWorld()
  const answers = await commit(world, ['orders', 9, 1, null], ['orders', 1, 2, null], ['ordres', 0, 3, null])
  expect(answers).toEqual(['UNKNOWN_TOPIC_OR_PARTITION', 'NONE', 'UNKNOWN_TOPIC_OR_PARTITION'])
  expect(world.appended()).toEqual(["OffsetCommit(grp,orders-1)=v3 offset=2 metadata=''"])
})

test('a commit of nothing but unknown partitions leaves no trace of the group', async () => {
  const world = new GroupWorld()
  expect(await commit(world, ['orders', 9, 1, null])).toEqual(['UNKNOWN_TOPIC_OR_PARTITION'])
  expect(world.appended()).toEqual([])
  expect(world.describeGroup()).toBe('(group absent)')
})

test('metadata may have 4096 UTF-16 units, whatever their bytes; more is refused for that partition alone', async () => {
  const world = new GroupWorld()
  const [longest, longer] = ['한'.repeat(4096), 'x'.repeat(4097)]
  const answers = await commit(
    world,
    ['orders', 0, 1, longest],
    ['orders', 1, 2, longer],
    ['orders', 2, 3, '😀'.repeat(2049)],
  )
  expect(answers).toEqual(['NONE', 'OFFSET_METADATA_TOO_LARGE', 'OFFSET_METADATA_TOO_LARGE'])
  expect(world.appended()).toEqual([`OffsetCommit(grp,orders-0)=v3 offset=1 metadata='${longest}'`])
})

test('the offset itself is not looked at, and metadata that is null is stored as none', async () => {
  const world = new GroupWorld()
  const answers = await commit(world, ['orders', 0, -1, null], ['orders', 1, -2, ''], ['orders', 2, 10 ** 15, 'm'])
  expect(answers).toEqual(['NONE', 'NONE', 'NONE'])
  await play(world, 'fetch(admin): OffsetFetch all requireStable=false')
  expect(await world.answers()).toEqual([
    "fetch(admin) -> error=NONE [orders-0:(offset=-1 leaderEpoch=-1 metadata='' error=NONE), " +
      "orders-1:(offset=-2 leaderEpoch=-1 metadata='' error=NONE), " +
      "orders-2:(offset=1000000000000000 leaderEpoch=-1 metadata='m' error=NONE)]",
  ])
})

test('the last of several commits counts, also for a coordinator that is loaded anew', async () => {
  const world = new GroupWorld()
  for (const offset of [5, 9, 7]) await commit(world, ['orders', 0, offset, null])
  await world.failOver()
  await play(world, 'fetch(admin): OffsetFetch [orders-0] requireStable=false')
  expect(await world.answers()).toEqual([
    "fetch(admin) -> error=NONE [orders-0:(offset=7 leaderEpoch=-1 metadata='' error=NONE)]",
  ])
})

test('what was committed for a topic goes with the topic', async () => {
  const world = new GroupWorld()
  await commit(world, ['orders', 0, 5, null], ['payments', 0, 6, null], ['orders', 1, 7, null])
  world.appended()
  const topics = [{ name: 'orders', topicId: null }]
  world.send('delete', 'DeleteTopics', { topics, timeoutMs: 0 }, ({ responses }) => String(responses[0]?.errorCode))
  expect(await world.answers()).toEqual(['delete -> 0'])
  expect(world.appended()).toEqual(['OffsetCommit(grp,orders-0)=TOMBSTONE', 'OffsetCommit(grp,orders-1)=TOMBSTONE'])
  expect(world.liveView()).toEqual(world.rebuiltView())
})

test('a commit of a member whose group has gone on names both generations, and changes nothing', async () => {
  const world = new GroupWorld()
  await play(
    world,
    'SETUP members [A] (dynamic, range[orders], session 10000, rebalance 60000) join, A (leader) syncs -> Stable',
  )
  await play(
    world,
    "join(A)#3: JoinGroup v9 memberId=id(A) protocolType='consumer' protocols=range[orders] session=10000 rebalance=60000",
  )
  world.appended()
  const topics = [
    {
      name: 'orders',
      partitions: [{ partitionIndex: 0, committedOffset: 5, committedLeaderEpoch: -1, committedMetadata: null }],
    },
  ]
  const member = { memberId: world.memberIds.get('A') ?? '', groupInstanceId: null, generationIdOrMemberEpoch: 1 }
  world.send('stale', 'OffsetCommit', { groupId: 'grp', ...member, topics }, ({ errorMessage }) => String(errorMessage))
  const answers = (await world.answers()).filter((answer) => answer.startsWith('stale'))
  expect(answers).toEqual([expect.stringContaining("Group 'grp' is in generation 2; the request is of generation 1.")])
  expect(world.appended()).toEqual([])
})

test('the leader epoch of a commit is kept, and returned', async () => {
  const world = new GroupWorld()
  const partitions = [
    { partitionIndex: 0, committedOffset: 5, committedLeaderEpoch: 3, committedMetadata: 'm' },
    { partitionIndex: 1, committedOffset: -2, committedLeaderEpoch: -1, committedMetadata: null },
  ]
  const nobody = { memberId: '', groupInstanceId: null, generationIdOrMemberEpoch: -1 }
  const topics = [{ name: 'orders', partitions }]
  world.send('commit', 'OffsetCommit', { groupId: 'grp', ...nobody, topics }, () => 'answered')
  const found = [
    "fetch(admin) -> error=NONE [orders-0:(offset=5 leaderEpoch=3 metadata='m' error=NONE), " +
      "orders-1:(offset=-2 leaderEpoch=-1 metadata='' error=NONE)]",
  ]
  await world.answers()
  await play(world, 'fetch(admin): OffsetFetch all requireStable=false')
  expect(await world.answers()).toEqual(found)
  await world.failOver()
  await play(world, 'fetch(admin): OffsetFetch all requireStable=false')
  expect(await world.answers()).toEqual(found)
})

test('one request fetches what several groups committed; one that nobody knows has nothing, and no error', async () => {
  const world = new GroupWorld()
  await commit(world, ['orders', 0, 5, null], ['payments', 1, 6, null])
  const orders = [{ name: 'orders', partitionIndexes: [0, 1] }]
  const groups = [
    { groupId: 'grp', topics: orders },
    { groupId: 'nobody', topics: orders },
    { groupId: 'grp', topics: null },
    { groupId: 'nobody', topics: null },
  ]
  world.send('fetch', 'OffsetFetch', { groups, requireStable: true }, (response) =>
    response.groups
      .map(({ groupId, errorCode, topics }) => {
        const each = topics.flatMap(({ name, partitions }) =>
          partitions.map((found) => `${name}-${found.partitionIndex}=${found.committedOffset}`),
        )
        return `${groupId}:${errorName(errorCode)} [${each.join(', ')}]`
      })
      .join(' '),
  )
  expect(await world.answers()).toEqual([
    'fetch -> grp:NONE [orders-0=5, orders-1=-1] nobody:NONE [orders-0=-1, orders-1=-1] ' +
      'grp:NONE [orders-0=5, payments-1=6] nobody:NONE []',
  ])
})
