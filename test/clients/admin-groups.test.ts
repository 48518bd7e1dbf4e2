// What an admin does to groups, their members and what they committed.
import { type Admin, Kafkalet } from 'kafkalet'
import { ManualClock } from 'kafkalet/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EventFeed } from '../../src/broker/events.ts'
import { EmbeddedAdmin } from '../../src/clients/admin/embedded-admin.ts'
import { seededRandom } from '../../src/random.ts'
import { answersTo } from '../support/group-transcript.ts'
import { GroupWorld } from '../support/group-world.ts'

const t = { topic: 't', partition: 0 } as const
const other = { topic: 'u', partition: 0 } as const

let clock: ManualClock
let kafka: Kafkalet
let admin: Admin

beforeEach(async () => {
  clock = new ManualClock()
  kafka = new Kafkalet({ clock, seed: 1 })
  admin = kafka.admin()
  await admin.createTopics([{ topic: 't', partitions: 3 }, { topic: 'u' }])
  const producer = kafka.producer({ lingerMs: 0 })
  for (let i = 0; i < 5; i++) await producer.send({ ...t, value: `${i}` })
})

afterEach(() => kafka.close())

async function member(groupId: string) {
  const consumer = kafka.consumer({ groupId, topics: ['t'], clientId: 'reader', enableAutoCommit: false })
  const polling = consumer.poll({ timeoutMs: 10 })
  await clock.advance(10)
  await polling
  return consumer
}

/** An admin of a world in which static members can be made. */
function adminOf(world: GroupWorld): Admin {
  const { broker: seam, clock } = world
  return new EmbeddedAdmin(
    { seam, clock, random: seededRandom(1), events: new EventFeed(), declared: null, closed: () => {} },
    {},
    'admin',
  )
}

const STATIC = 'SETUP static members A/i1 (leader), B/i2 in generation 1, Stable'

describe('groups', () => {
  test('are listed by state and by type', async () => {
    await member('g')
    await admin.alterConsumerGroupOffsets('simple', [{ ...t, offset: 1 }])
    const names = async (options: Parameters<Admin['listGroups']>[0]) =>
      (await admin.listGroups(options)).map(({ groupId }) => groupId).sort()
    expect(await names({})).toEqual(['g', 'simple'])
    expect(await names({ types: ['classic'] })).toEqual(['g', 'simple'])
    expect(await names({ states: ['Empty'], types: ['classic'] })).toEqual(['simple'])
    expect(await names({ states: ['Stable', 'Empty'] })).toEqual(['g', 'simple'])
    await expect(admin.listGroups({ state: ['Empty'] } as never)).rejects.toThrow("Did you mean 'states'?")
  })

  test('are deleted with what they committed, once they have no members', async () => {
    const consumer = await member('g')
    await consumer.commit([{ ...t, offset: 2 }])
    const deleting = admin.deleteGroups(['g'])
    await expect(deleting).rejects.toMatchObject({ code: 'NON_EMPTY_GROUP' })
    await expect(deleting).rejects.toThrow("Group 'g' has 1 members (it is Stable), so it cannot be deleted.")
    await consumer.close()
    await admin.deleteGroups(['g', 'g'])
    expect(await admin.listGroups()).toEqual([])
    expect(await admin.listConsumerGroupOffsets('g')).toEqual([])
    await expect(admin.deleteGroups(['g'])).rejects.toMatchObject({ code: 'GROUP_ID_NOT_FOUND' })
  })

  test('that stand before one that cannot be deleted are deleted', async () => {
    for (const groupId of ['a', 'b']) await admin.alterConsumerGroupOffsets(groupId, [{ ...t, offset: 1 }])
    await expect(admin.deleteGroups(['a', 'nobody', 'b'])).rejects.toThrow("Group 'nobody' does not exist.")
    expect((await admin.listGroups()).map(({ groupId }) => groupId)).toEqual(['b'])
  })
})

describe('members', () => {
  test('are removed by name, and come back with their next poll if they are still there', async () => {
    const consumer = await member('g')
    const { memberId } = consumer.groupMetadata()
    const members = [{ memberId }]
    await admin.removeMembersFromConsumerGroup('g', { members })
    expect(await admin.describeGroups(['g'])).toMatchObject([{ state: 'Empty', members: [] }])
    const again = admin.removeMembersFromConsumerGroup('g', { members })
    await expect(again).rejects.toMatchObject({ code: 'UNKNOWN_MEMBER_ID' })
    await expect(again).rejects.toThrow(`Group 'g' has no member '${memberId}'`)
  })

  test('are all removed where none is named, and nothing happens where there are none', async () => {
    await member('g')
    await expect(admin.removeMembersFromConsumerGroup('g', { member: [] } as never)).rejects.toThrow('Did you mean')
    await admin.removeMembersFromConsumerGroup('g', { members: [] })
    expect(await admin.describeGroups(['g'])).toMatchObject([{ state: 'Stable' }])
    await admin.removeMembersFromConsumerGroup('g')
    await admin.removeMembersFromConsumerGroup('g')
    expect(await admin.describeGroups(['g'])).toMatchObject([{ state: 'Empty' }])
    await expect(admin.removeMembersFromConsumerGroup('nobody')).rejects.toMatchObject({ code: 'GROUP_ID_NOT_FOUND' })
  })

  test('that are static are described and removed by their instance', async () => {
    const world = new GroupWorld()
    const staticAdmin = adminOf(world)
    await answersTo(world, STATIC)
    const [described] = await staticAdmin.describeGroups(['grp'])
    // What they are assigned there are no bytes of the consumer protocol.
    expect(described?.members.map(({ assignment }) => assignment)).toEqual([[], []])
    expect(described?.members.map(({ groupInstanceId }) => groupInstanceId)).toEqual(['i1', 'i2'])
    await staticAdmin.removeMembersFromConsumerGroup('grp', { members: [{ groupInstanceId: 'i2' }] })
    expect(world.describeGroup()).toContain('members=[id(A)/i1]')
    const unknown = staticAdmin.removeMembersFromConsumerGroup('grp', { members: [{ groupInstanceId: 'i2' }] })
    await expect(unknown).rejects.toThrow("Group 'grp' has no member with the groupInstanceId 'i2'")
  })

  test('that are static are removed with all others where none is named', async () => {
    const world = new GroupWorld()
    await answersTo(world, STATIC)
    await adminOf(world).removeMembersFromConsumerGroup('grp')
    expect(world.describeGroup()).toContain('state=Empty')
  })
})

describe('committed offsets', () => {
  test('keep the leader epoch and metadata they are given', async () => {
    await admin.alterConsumerGroupOffsets('g', [{ ...t, offset: 2, leaderEpoch: 3, metadata: 'm' }])
    await admin.alterConsumerGroupOffsets('g', [{ ...other, offset: 1 }])
    expect(await admin.listConsumerGroupOffsets('g')).toEqual([
      { ...t, offset: 2, leaderEpoch: 3, metadata: 'm', endOffset: 5, lag: 3 },
      { ...other, offset: 1, leaderEpoch: null, metadata: '', endOffset: 0, lag: -1 },
    ])
  })

  test('are deleted where no member reads the topic', async () => {
    await admin.alterConsumerGroupOffsets('g', [
      { ...t, offset: 2 },
      { ...other, offset: 1 },
    ])
    const consumer = await member('g')
    const deleting = admin.deleteConsumerGroupOffsets('g', [t, other])
    await expect(deleting).rejects.toMatchObject({ code: 'GROUP_SUBSCRIBED_TO_TOPIC' })
    await expect(deleting).rejects.toThrow("Members of group 'g' subscribe to 't'")
    expect(await admin.listConsumerGroupOffsets('g')).toMatchObject([t])
    await consumer.close()
    await admin.deleteConsumerGroupOffsets('g', [t])
    expect(await admin.listConsumerGroupOffsets('g')).toEqual([])
  })

  test('of an unknown group or partition are not deleted', async () => {
    await expect(admin.deleteConsumerGroupOffsets('nobody', [t])).rejects.toMatchObject({ code: 'GROUP_ID_NOT_FOUND' })
    await admin.alterConsumerGroupOffsets('g', [{ ...t, offset: 2 }])
    const deleting = admin.deleteConsumerGroupOffsets('g', [{ topic: 't', partition: 7 }])
    await expect(deleting).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
    await expect(deleting).rejects.toThrow("Topic 't' has no partition 7")
  })
})

test('lag is told by partition, by topic and in all, with who reads', async () => {
  await admin.alterConsumerGroupOffsets('g', [
    { topic: 't', partition: 1, offset: 0 },
    { ...t, offset: 2 },
    { ...other, offset: 4 },
  ])
  expect((await admin.lag('g')).topics[0]?.partitions[0]).toMatchObject({ lag: 3, memberId: null })
  const consumer = await member('g')
  const { memberId } = consumer.groupMetadata()
  expect(await admin.lag('g')).toEqual({
    groupId: 'g',
    lag: -1,
    topics: [
      {
        topic: 't',
        lag: 3,
        partitions: [
          { topic: 't', partition: 0, offset: 2, endOffset: 5, lag: 3, memberId },
          { topic: 't', partition: 1, offset: 0, endOffset: 0, lag: 0, memberId },
          { topic: 't', partition: 2, offset: null, endOffset: 0, lag: null, memberId },
        ],
      },
      { topic: 'u', lag: -4, partitions: [{ ...other, offset: 4, endOffset: 0, lag: -4, memberId: null }] },
    ],
  })
  expect(await admin.lag('nobody')).toEqual({ groupId: 'nobody', lag: 0, topics: [] })
})

test('a closed admin does nothing', async () => {
  await admin.close()
  for (const call of [
    () => admin.listGroups(),
    () => admin.deleteGroups(['g']),
    () => admin.lag('g'),
    () => admin.resetOffsets('g', { to: 'earliest' }),
    () => admin.topicOffsets('t'),
  ]) {
    await expect(call()).rejects.toThrow('This admin is closed')
  }
})
