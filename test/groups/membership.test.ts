// The life of a group beyond what was recorded of Kafka: each expectation follows GroupMetadataManager of Apache Kafka.
import { expect, test } from 'vitest'
import { advance, answersTo, COMPLETING, commit, heartbeat, join, STABLE } from '../support/group-transcript.ts'
import { GroupWorld } from '../support/group-world.ts'

test('the initial delay is extended by whoever comes, never past the largest rebalance timeout', async () => {
  const world = new GroupWorld()
  const times = { rebalance: 4000 }
  await answersTo(world, join('A', 1, times), join('A', 2, times), advance(2000), join('B', 1, times))
  await answersTo(world, join('B', 2, times), advance(1500), join('C', 1, times))
  expect(await answersTo(world, join('C', 2, times), advance(499))).toEqual([])
  const joined = await answersTo(world, advance(1))
  expect(joined.map((answer) => answer.slice(0, 21))).toEqual(
    ['A', 'B', 'C'].map((client) => `join(${client})#2 -> error=NO`),
  )
})

test('without an initial delay the first member is a generation of its own at once', async () => {
  const world = new GroupWorld('grp', { 'group.initial.rebalance.delay.ms': '0' })
  expect(await answersTo(world, join('A', 1), join('A', 2))).toEqual([
    'join(A)#2 -> error=NONE memberId=id(A) generation=1 protocolType=consumer protocol=range leader=id(A) skipAssignment=false members=[id(A)]',
  ])
})

test('before version 4 of JoinGroup a new member is let in without asking again', async () => {
  const world = new GroupWorld()
  const text = join('A', 1).replace('v9', 'v3')
  expect(await answersTo(world, text)).toEqual([])
  expect(world.stillWaiting).toEqual(['join(A)#1'])
  expect(world.appended()).toEqual([
    "GroupMetadata(grp)=v3 generation=0 protocolType='' protocol=null leader=null members=[]",
  ])
  expect(await answersTo(world, advance(3000))).toEqual([
    'join(A)#1 -> error=NONE memberId=id(A) generation=1 protocolType=consumer protocol=range leader=id(A) skipAssignment=false members=[id(A)]',
  ])
})

test('an id that was given out and is not used holds a rebalance up for its session, no longer', async () => {
  const world = new GroupWorld()
  await answersTo(world, STABLE, join('C', 1), join('A', 3))
  expect(await answersTo(world, join('B', 3), advance(9999))).toEqual([])
  const joined = await answersTo(world, advance(1))
  expect(joined).toHaveLength(2)
  expect(world.describeGroup()).toBe(
    'state=CompletingRebalance generation=2 leader=id(A) protocol=range members=[id(A), id(B)] pendingJoin=0',
  )
})

test('an id that was given out and is given back no longer holds a rebalance up', async () => {
  const world = new GroupWorld()
  await answersTo(world, STABLE, join('C', 1), join('A', 3), join('B', 3))
  expect(await answersTo(world, 'leave(C): LeaveGroup members=[id(C)]')).toHaveLength(3)
  expect(world.describeGroup()).toContain('state=CompletingRebalance generation=2')
})

test('who does not rejoin within the rebalance timeout is removed, and the first who has joined leads', async () => {
  const world = new GroupWorld()
  const times = { session: 120_000, rebalance: 30_000 }
  await answersTo(world, 'SETUP A,B joined (session 120000, rebalance 30000), generation 1')
  await answersTo(world, join('C', 1, times), join('C', 2, times))
  expect(await answersTo(world, advance(29_999))).toEqual([])
  expect(await answersTo(world, advance(1))).toEqual([
    'join(C)#2 -> error=NONE memberId=id(C) generation=2 protocolType=consumer protocol=range leader=id(C) skipAssignment=false members=[id(C)]',
  ])
  expect(await answersTo(world, heartbeat('A', 1))).toEqual(['heartbeat(A) -> error=UNKNOWN_MEMBER_ID'])
})

test('a follower that rejoins with the same metadata gets the generation there is; with other metadata, a rebalance', async () => {
  const world = new GroupWorld()
  expect(await answersTo(world, STABLE, join('B', 3))).toEqual([
    'join(B)#3 -> error=NONE memberId=id(B) generation=1 protocolType=consumer protocol=range leader=id(A) skipAssignment=false members=[]',
  ])
  expect(await answersTo(world, join('B', 4, { protocols: 'range[payments]' }))).toEqual([])
  expect(world.describeGroup()).toBe(
    'state=PreparingRebalance generation=1 leader=id(A) protocol=range members=[id(A), id(B)*join] pendingJoin=0',
  )
})

test('a member that rejoins with other metadata while the assignment is awaited starts another rebalance', async () => {
  const world = new GroupWorld()
  const waiting = 'sync(A): SyncGroup memberId=id(B) generation=1 protocol=consumer/range assignments={}'
  expect(await answersTo(world, COMPLETING, waiting, join('A', 3, { protocols: 'range[payments]' }))).toEqual([
    'sync(A) -> error=REBALANCE_IN_PROGRESS',
  ])
  expect(world.describeGroup()).toContain('state=PreparingRebalance generation=1')
})

test('each member votes for its first protocol that all have, and most votes win', async () => {
  const world = new GroupWorld('grp', { 'group.initial.rebalance.delay.ms': '3000' })
  const protocols = { A: 'range[orders],sticky[orders]', B: 'other[orders],sticky[orders],range[orders]' }
  const steps = Object.entries({ ...protocols, C: 'sticky[orders],range[orders]' }).flatMap(([client, each]) => [
    join(client, 1, { protocols: each }),
    join(client, 2, { protocols: each }),
  ])
  await answersTo(world, ...steps, advance(6000))
  expect(world.describeGroup()).toContain('state=CompletingRebalance generation=1 leader=id(A) protocol=sticky')
})

test('a member that leaves while its join waits is told that nobody knows it', async () => {
  const world = new GroupWorld()
  expect(await answersTo(world, STABLE, join('A', 3), 'leave(A): LeaveGroup members=[id(A)]')).toEqual([
    "join(A)#3 -> error=UNKNOWN_MEMBER_ID memberId=''",
    'leave(A) -> error=NONE members=[(id(A) NONE)]',
  ])
  expect(world.describeGroup()).toContain('leader=id(B) protocol=range members=[id(B)]')
})

test('during a rebalance a member of the current generation may commit until the next one begins', async () => {
  const world = new GroupWorld()
  expect(await answersTo(world, STABLE, join('A', 3), commit('B', 1))).toEqual(['commit(B) -> orders-0:NONE'])
  expect(await answersTo(world, join('B', 3), commit('B', 1))).toEqual(['commit(B) -> orders-0:ILLEGAL_GENERATION'])
  expect(await answersTo(world, commit('B', 2))).toEqual(['commit(B) -> orders-0:REBALANCE_IN_PROGRESS'])
})

test('a commit keeps a session open as a heartbeat does', async () => {
  const world = new GroupWorld()
  await answersTo(world, STABLE, heartbeat('B', 1), advance(9000), commit('A', 1), advance(9000))
  expect(await answersTo(world, heartbeat('A', 1))).toEqual(['heartbeat(A) -> error=REBALANCE_IN_PROGRESS'])
  expect(await answersTo(world, heartbeat('B', 1))).toEqual(['heartbeat(B) -> error=UNKNOWN_MEMBER_ID'])
})

test('a member that is silent from its first generation on is removed after its session, before anybody syncs', async () => {
  const world = new GroupWorld()
  await answersTo(world, COMPLETING, advance(9000), heartbeat('A', 1), advance(1000))
  expect(world.describeGroup()).toBe(
    'state=PreparingRebalance generation=1 leader=id(A) protocol=range members=[id(A)] pendingJoin=0',
  )
})

test('the first member of a group must name a protocol and its type', async () => {
  const world = new GroupWorld()
  const refused = ["join(A)#1 -> error=INCONSISTENT_GROUP_PROTOCOL memberId=''"]
  expect(await answersTo(world, join('A', 1, { protocols: 'none' }))).toEqual(refused)
  expect(await answersTo(world, join('A', 1).replace("'consumer'", "''"))).toEqual(refused)
})

test('a coordinator that is lost leaves no timer behind: only its successor has one, while it loads', async () => {
  const world = new GroupWorld()
  await answersTo(world, STABLE, join('C', 1), join('A', 3))
  expect(world.clock.timerCount).toBeGreaterThan(1)
  world.broker.groups.lose(world.groupId, { loadMs: 1_000 })
  expect(world.clock.timerCount).toBe(1)
})

test('a coordinator that is loaded anew gives every member one session to be heard', async () => {
  const world = new GroupWorld()
  await answersTo(world, STABLE, advance(9000))
  await world.failOver()
  expect(await answersTo(world, heartbeat('A', 1), advance(9999), heartbeat('A', 1))).toEqual([
    'heartbeat(A) -> error=NONE',
  ])
  await answersTo(world, advance(1))
  expect(world.describeGroup()).toContain('state=PreparingRebalance generation=1 leader=id(A)')
  expect(world.describeGroup()).toContain('members=[id(A)]')
})

test('a member whose join waits is not taken for dead, however long it waits', async () => {
  const world = new GroupWorld()
  const times = { session: 6000, rebalance: 60_000 }
  await answersTo(world, STABLE, join('A', 3, times))
  for (let i = 0; i < 5; i++) await answersTo(world, advance(9000), heartbeat('B', 1))
  expect(world.describeGroup()).toBe(
    'state=PreparingRebalance generation=1 leader=id(A) protocol=range members=[id(A)*join, id(B)] pendingJoin=0',
  )
})

test('a member that is removed while its sync waits is told that nobody knows it', async () => {
  const world = new GroupWorld()
  const wait = 'sync(B): SyncGroup memberId=id(B) generation=1 protocol=consumer/range assignments={}'
  expect(await answersTo(world, COMPLETING, wait, 'leave(admin): LeaveGroup members=[id(B)]')).toEqual([
    'leave(admin) -> error=NONE members=[(id(B) NONE)]',
    'sync(B) -> error=UNKNOWN_MEMBER_ID',
  ])
})
