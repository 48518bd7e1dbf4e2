// Members with a group.instance.id: they come back under a new member id, and the group need not rebalance for it.
// What is expected follows from Kafka's source; GC-46 to GC-53 of the recorded scenarios have the rest.
import { KafkaError } from 'kafkalet'
import { expect, test, vi } from 'vitest'
import { advance, answersTo, heartbeat, join } from '../support/group-transcript.ts'
import { GroupWorld } from '../support/group-world.ts'

const STATIC = 'SETUP static members A/i1 (leader), B/i2 in generation 1, Stable'

/** A client's n-th JoinGroup, which knows no member id: the client has restarted. */
function restart(client: string, n: number, instance: string, { version = 9, protocols = 'range[orders]' } = {}) {
  return join(client, 1, { protocols }).replace(
    `#1: JoinGroup v9 memberId=''`,
    `#${n}: JoinGroup v${version} memberId='' instanceId=${instance}`,
  )
}

const rejoin = (client: string, n: number, instance: string) =>
  join(client, n).replace('protocolType', `instanceId=${instance} protocolType`)
const beat = (client: string, instance: string, generation = 1) =>
  heartbeat(client, generation).replace(' generation', ` instanceId=${instance} generation`)
const sync = (client: string, instance: string, generation = 1) =>
  `sync(${client}): SyncGroup memberId=id(${client}) instanceId=${instance} generation=${generation} protocol=consumer/range assignments={}`

test('a static leader that restarts with version 8 is told its old id as leader, so that it does not assign', async () => {
  const world = new GroupWorld()
  expect(await answersTo(world, STATIC, restart('A', 2, 'i1', { version: 8 }))).toEqual([
    'join(A)#2 -> error=NONE memberId=id(A#2) generation=1 protocolType=consumer protocol=range leader=id(A) skipAssignment=false members=[]',
  ])
  expect(world.describeGroup()).toContain('leader=id(A#2)')
})

test('the former self of a restarted member is fenced in everything it asks', async () => {
  const world = new GroupWorld()
  await answersTo(world, STATIC, restart('B', 2, 'i2'))
  expect(await answersTo(world, beat('B', 'i2'))).toEqual(['heartbeat(B) -> error=FENCED_INSTANCE_ID'])
  expect(await answersTo(world, sync('B', 'i2'))).toEqual(['sync(B) -> error=FENCED_INSTANCE_ID'])
  expect(await answersTo(world, rejoin('B', 3, 'i2'))).toEqual(['join(B)#3 -> error=FENCED_INSTANCE_ID memberId=id(B)'])
  const commit = 'commit(B): OffsetCommit v9 memberId=id(B) instanceId=i2 generation=1 offsets={orders-0=5}'
  expect(await answersTo(world, commit)).toEqual(['commit(B) -> orders-0:FENCED_INSTANCE_ID'])
  expect(await answersTo(world, 'leave(B): LeaveGroup members=[id(B)/i2]')).toEqual([
    'leave(B) -> error=NONE members=[(id(B)/i2 FENCED_INSTANCE_ID)]',
  ])
})

test('a member is fenced before it is asked whether its generation is right', async () => {
  const world = new GroupWorld()
  await answersTo(world, STATIC, restart('B', 2, 'i2'))
  expect(await answersTo(world, beat('B', 'i2', 7))).toEqual(['heartbeat(B) -> error=FENCED_INSTANCE_ID'])
  const unknown = heartbeat('B', 7)
  expect(await answersTo(world, unknown)).toEqual(['heartbeat(B) -> error=UNKNOWN_MEMBER_ID'])
  expect(await answersTo(world, beat('B#2', 'i2', 7).replace('heartbeat(B#2)', 'heartbeat(B)'))).toEqual([
    'heartbeat(B) -> error=ILLEGAL_GENERATION',
  ])
})

test('a restart that changes the protocol that is chosen is a rebalance', async () => {
  const world = new GroupWorld()
  await answersTo(
    world,
    restart('A', 1, 'i1', { protocols: 'range[orders],sticky[orders]' }),
    advance(3010),
    'sync(A): SyncGroup memberId=id(A) instanceId=i1 generation=1 protocol=consumer/range assignments={}',
  )
  // Alone, the member's first vote decides.
  expect(await answersTo(world, restart('A', 2, 'i1', { protocols: 'sticky[orders],range[orders]' }))).toEqual([
    'join(A)#2 -> error=NONE memberId=id(A#2) generation=2 protocolType=consumer protocol=sticky leader=id(A#2) skipAssignment=false members=[id(A#2)/i1]',
  ])
})

test('a restart while the assignment is awaited is a rebalance, and the former sync is fenced', async () => {
  const world = new GroupWorld()
  await answersTo(world, STATIC, rejoin('A', 2, 'i1'), rejoin('B', 2, 'i2'), sync('B', 'i2', 2))
  expect(await answersTo(world, restart('B', 3, 'i2'))).toEqual(['sync(B) -> error=FENCED_INSTANCE_ID'])
  expect(world.describeGroup()).toMatch(
    /^state=PreparingRebalance generation=2 leader=id\(A\) protocol=range members=\[i2-\S+\/i2\*join, id\(A\)\/i1\]/,
  )
})

test('a restart in the join phase takes the place of the join that waits, and is waited for no more', async () => {
  const world = new GroupWorld()
  await answersTo(world, STATIC, rejoin('A', 2, 'i1'))
  await answersTo(world, restart('C', 1, 'i3'))
  const former = 'join(C)#1 -> error=FENCED_INSTANCE_ID'
  expect(await answersTo(world, restart('C', 2, 'i3'))).toEqual([expect.stringContaining(former)])
  const joined = await answersTo(world, rejoin('B', 2, 'i2'))
  expect(joined.map((answer) => answer.slice(0, 23))).toEqual([
    'join(A)#2 -> error=NONE',
    'join(B)#2 -> error=NONE',
    'join(C)#2 -> error=NONE',
  ])
  expect(world.describeGroup()).toContain('members=[id(A)/i1, id(B)/i2, id(C#2)/i3]')
})

test('a member whose new id the log refuses is not restarted: its former self goes on', async () => {
  const world = new GroupWorld()
  await answersTo(world, STATIC)
  const timers = world.clock.timerCount
  vi.spyOn(world.log, 'append').mockImplementationOnce(() => {
    throw new KafkaError('NOT_ENOUGH_REPLICAS')
  })
  expect(await answersTo(world, restart('A', 2, 'i1', { protocols: 'range[payments]' }))).toEqual([
    "join(A)#2 -> error=COORDINATOR_NOT_AVAILABLE memberId=''",
  ])
  expect(world.describeGroup()).toBe(
    'state=Stable generation=1 leader=id(A) protocol=range members=[id(A)/i1, id(B)/i2] pendingJoin=0',
  )
  expect(await answersTo(world, beat('A', 'i1'), sync('A', 'i1'))).toEqual([
    "sync(A) -> error=NONE protocolType=consumer protocol=range assignment='A-A'",
  ])
  expect(world.clock.timerCount).toBe(timers)
})

test('whoever knows only the instance can remove the member, and several at once', async () => {
  const world = new GroupWorld()
  expect(await answersTo(world, STATIC, "leave(admin): LeaveGroup members=[''/i2, ''/i9, id(A)]")).toEqual([
    "leave(admin) -> error=NONE members=[(''/i2 NONE), (''/i9 UNKNOWN_MEMBER_ID), (id(A) NONE)]",
  ])
  expect(world.describeGroup()).toBe('state=Empty generation=2 leader=null protocol=null members=[] pendingJoin=0')
})

test('an instance that was removed is a new member when it comes again', async () => {
  const world = new GroupWorld()
  await answersTo(world, STATIC, "leave(admin): LeaveGroup members=[''/i2]", rejoin('A', 2, 'i1'))
  expect(world.describeGroup()).toContain('state=CompletingRebalance generation=2')
  await answersTo(world, restart('B', 2, 'i2'))
  expect(world.describeGroup()).toMatch(
    /^state=PreparingRebalance generation=2 .* members=\[i2-\S+\/i2\*join, id\(A\)\/i1\]/,
  )
})

test('a join phase to which nobody comes goes on, in the same generation, until sessions end', async () => {
  const world = new GroupWorld()
  const times = 'session 60000, rebalance 20000'
  await answersTo(world, `SETUP static A/i1 (leader), B/i2, ${times}, Stable generation 1`)
  await answersTo(world, rejoin('A', 2, 'i1').replace('session=10000 rebalance=60000', 'session=60000 rebalance=20000'))
  // The one that has joined goes: nobody is left who has.
  await answersTo(world, "leave(admin): LeaveGroup members=[''/i1]", advance(20_000))
  expect(world.describeGroup()).toBe(
    'state=PreparingRebalance generation=1 leader=id(B) protocol=range members=[id(B)/i2] pendingJoin=0',
  )
  await answersTo(world, advance(40_000))
  expect(world.describeGroup()).toBe('state=Empty generation=2 leader=null protocol=null members=[] pendingJoin=0')
})

test('a coordinator that is loaded anew knows the instances: a restart is none, its former self is fenced', async () => {
  const world = new GroupWorld()
  await answersTo(world, STATIC)
  await world.failOver()
  expect(await answersTo(world, restart('B', 2, 'i2'))).toEqual([
    'join(B)#2 -> error=NONE memberId=id(B#2) generation=1 protocolType=consumer protocol=range leader=id(A) skipAssignment=false members=[]',
  ])
  expect(await answersTo(world, beat('B', 'i2'))).toEqual(['heartbeat(B) -> error=FENCED_INSTANCE_ID'])
})

test('a restarted member is not held to the session of its former self', async () => {
  const world = new GroupWorld()
  await answersTo(world, STATIC, advance(9000), beat('A', 'i1'), restart('B', 2, 'i2'), advance(9000), beat('A', 'i1'))
  expect(world.describeGroup()).toContain('state=Stable generation=1')
  await answersTo(world, advance(1000))
  expect(world.describeGroup()).toContain('members=[id(A)/i1]')
})

test('who looks on is told that one member took the place of another', async () => {
  const world = new GroupWorld()
  await answersTo(world, STATIC)
  const told: unknown[] = []
  world.broker.events.listeners.on('memberLeft', (event) => told.push(event))
  world.broker.events.listeners.on('memberJoined', (event) => told.push(event))
  await answersTo(world, restart('B', 2, 'i2'))
  expect(told).toEqual([
    expect.objectContaining({ type: 'memberLeft', memberId: world.memberIds.get('B'), reason: 'replaced' }),
    expect.objectContaining({ type: 'memberJoined', memberId: world.memberIds.get('B#2') }),
  ])
})
