// What DeleteGroups and OffsetDelete delete, and what they refuse.
import { KafkaError } from 'kafkalet'
import { expect, test, vi } from 'vitest'
import { advance, answersTo, join, STABLE } from '../support/group-transcript.ts'
import { GroupWorld } from '../support/group-world.ts'

const DELETE = 'delete(admin): DeleteGroups [grp]'
const LEAVE = 'leave(admin): LeaveGroup members=[id(A), id(B)]'
const commit = (...offsets: readonly string[]) =>
  `commit(admin): OffsetCommit v9 memberId='' generation=-1 offsets={${offsets.join(', ')}}`

test('a group without members is deleted with its offsets: tombstones for each, then for the group', async () => {
  const world = new GroupWorld()
  await answersTo(world, STABLE, LEAVE, commit('orders-0=5', 'orders-1=6', 'payments-0=7'))
  world.appended()
  expect(await answersTo(world, DELETE)).toEqual(['delete(admin) -> grp:NONE'])
  expect(world.appended()).toEqual([
    'OffsetCommit(grp,orders-0)=TOMBSTONE',
    'OffsetCommit(grp,orders-1)=TOMBSTONE',
    'OffsetCommit(grp,payments-0)=TOMBSTONE',
    'GroupMetadata(grp)=TOMBSTONE',
  ])
  expect(world.describeGroup()).toBe('(group absent)')
  expect(world.liveView()).toEqual(world.rebuiltView())
  expect(world.clock.timerCount).toBe(0)
  expect(await answersTo(world, DELETE)).toEqual(['delete(admin) -> grp:GROUP_ID_NOT_FOUND'])
})

test('a group that only stores offsets is deleted too', async () => {
  const world = new GroupWorld()
  expect(await answersTo(world, commit('orders-0=5'), DELETE)).toEqual(['delete(admin) -> grp:NONE'])
  expect(await answersTo(world, 'fetch(admin): OffsetFetch all requireStable=false')).toEqual([
    'fetch(admin) -> error=NONE []',
  ])
})

test('a group with members is not deleted, in whatever state it is; others in the same request are', async () => {
  const world = new GroupWorld()
  const both = 'delete(admin): DeleteGroups [grp, nobody, grp]'
  const refused = ['delete(admin) -> grp:NON_EMPTY_GROUP nobody:GROUP_ID_NOT_FOUND']
  expect(await answersTo(world, STABLE, both)).toEqual(refused)
  await answersTo(world, join('A', 3))
  expect(world.describeGroup()).toContain('PreparingRebalance')
  expect(await answersTo(world, both)).toEqual(refused)
  await answersTo(world, join('B', 3))
  expect(world.describeGroup()).toContain('CompletingRebalance')
  expect(await answersTo(world, both)).toEqual(refused)
})

test('an id that was given out goes with the group that is deleted', async () => {
  const world = new GroupWorld()
  await answersTo(world, join('A', 1), DELETE)
  expect(world.clock.timerCount).toBe(0)
  expect(await answersTo(world, join('A', 2))).toEqual(['join(A)#2 -> error=UNKNOWN_MEMBER_ID memberId=id(A)'])
})

test('a group whose tombstones the log refuses is still there', async () => {
  const world = new GroupWorld()
  await answersTo(world, commit('orders-0=5'))
  vi.spyOn(world.log, 'append').mockImplementationOnce(() => {
    throw new KafkaError('NOT_ENOUGH_REPLICAS')
  })
  expect(await answersTo(world, DELETE)).toEqual(['delete(admin) -> grp:COORDINATOR_NOT_AVAILABLE'])
  expect(await answersTo(world, 'fetch(admin): OffsetFetch all requireStable=false')).toEqual([
    expect.stringContaining('orders-0:(offset=5'),
  ])
})

test('offsets are deleted except for what the members subscribe to, each partition with its own answer', async () => {
  const world = new GroupWorld()
  const member =
    'commit(A): OffsetCommit v9 memberId=id(A) generation=1 offsets={orders-0=5, payments-0=6, payments-1=7}'
  await answersTo(world, STABLE, member)
  world.appended()
  expect(
    await answersTo(world, 'delete(admin): OffsetDelete [orders-0, payments-0, payments-3, payments-9, ordres-0]'),
  ).toEqual([
    'delete(admin) -> error=NONE [orders-0:GROUP_SUBSCRIBED_TO_TOPIC, payments-0:NONE, payments-3:NONE, ' +
      'payments-9:UNKNOWN_TOPIC_OR_PARTITION, ordres-0:UNKNOWN_TOPIC_OR_PARTITION]',
  ])
  // Nothing is written for what was never committed.
  expect(world.appended()).toEqual(['OffsetCommit(grp,payments-0)=TOMBSTONE'])
  expect(world.liveView()).toEqual(world.rebuiltView())
})

test('what counts is the subscription of the generation, not of members on their way into the next', async () => {
  const world = new GroupWorld()
  await answersTo(world, STABLE, join('A', 3, { protocols: 'range[payments]' }))
  const remove = 'delete(admin): OffsetDelete [orders-0, payments-0]'
  expect(await answersTo(world, remove)).toEqual([
    'delete(admin) -> error=NONE [orders-0:GROUP_SUBSCRIBED_TO_TOPIC, payments-0:NONE]',
  ])
  await answersTo(world, join('B', 3, { protocols: 'range[payments]' }))
  expect(await answersTo(world, remove)).toEqual([
    'delete(admin) -> error=NONE [orders-0:NONE, payments-0:GROUP_SUBSCRIBED_TO_TOPIC]',
  ])
})

test('a coordinator that is loaded anew knows what the members subscribe to', async () => {
  const world = new GroupWorld()
  await answersTo(world, STABLE)
  await world.failOver()
  expect(await answersTo(world, 'delete(admin): OffsetDelete [orders-0, payments-0]')).toEqual([
    'delete(admin) -> error=NONE [orders-0:GROUP_SUBSCRIBED_TO_TOPIC, payments-0:NONE]',
  ])
})

test('a group without members lets all its offsets go', async () => {
  const world = new GroupWorld()
  await answersTo(world, STABLE, LEAVE, commit('orders-0=5'))
  expect(await answersTo(world, 'delete(admin): OffsetDelete [orders-0]')).toEqual([
    'delete(admin) -> error=NONE [orders-0:NONE]',
  ])
  expect(await answersTo(world, 'fetch(admin): OffsetFetch all requireStable=false')).toEqual([
    'fetch(admin) -> error=NONE []',
  ])
})

test('offsets of a group that does not exist, or of no group, are not deleted', async () => {
  const unknown = 'delete(admin) -> error=GROUP_ID_NOT_FOUND []'
  expect(await answersTo(new GroupWorld(), 'delete(admin): OffsetDelete [orders-0, ordres-0]')).toEqual([unknown])
  const nameless = await answersTo(new GroupWorld(''), 'delete(admin): OffsetDelete [orders-0]')
  expect(nameless).toEqual(['delete(admin) -> error=INVALID_GROUP_ID []'])
})

test('groups are listed by state and type, in any case; an unknown state or type fits none', async () => {
  const world = new GroupWorld()
  const found = "list(admin) -> error=NONE [(grp protocolType='consumer' state=Stable type=classic)]"
  await answersTo(world, STABLE, advance(1))
  for (const filters of [
    'states=[]',
    'states=[sTABLE, Empty]',
    'states=[] types=[Classic]',
    'states=[Stable] types=[share, classic]',
  ]) {
    expect(await answersTo(world, `list(admin): ListGroups ${filters}`), filters).toEqual([found])
  }
  for (const filters of [
    'states=[Empty]',
    'states=[Running]',
    'states=[] types=[consumer]',
    'states=[Stable] types=[x]',
  ]) {
    expect(await answersTo(world, `list(admin): ListGroups ${filters}`), filters).toEqual([
      'list(admin) -> error=NONE []',
    ])
  }
})
