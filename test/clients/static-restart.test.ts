// Static members, client and coordinator together: a restart without a rebalance, a twin that fences, a growing topic.
import { Kafkalet, type TopicPartition } from 'kafkalet'
import { crash, ManualClock } from 'kafkalet/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'

let kafka: Kafkalet
let clock: ManualClock
let told: string[]

beforeEach(async () => {
  clock = new ManualClock()
  kafka = new Kafkalet({ clock, seed: 1 })
  told = []
  await kafka.admin().createTopics([{ topic: 't', partitions: 4 }])
})

afterEach(() => kafka.close())

const names = (partitions: readonly TopicPartition[]) => partitions.map(({ partition }) => partition).join(',')

function member(groupInstanceId: string, options = {}) {
  return kafka.consumer({
    groupId: 'g',
    groupInstanceId,
    topics: ['t'],
    autoOffsetReset: 'earliest',
    onPartitionsAssigned: (partitions) => void told.push(`${groupInstanceId} +[${names(partitions)}]`),
    onPartitionsRevoked: (partitions) => void told.push(`${groupInstanceId} -[${names(partitions)}]`),
    onPartitionsLost: (partitions) => void told.push(`${groupInstanceId} lost [${names(partitions)}]`),
    ...options,
  })
}

async function settle(members: ReturnType<typeof member>[], forMs = 8_000) {
  for (let passedMs = 0; passedMs < forMs; passedMs += 1_000) {
    const polls = Promise.all(members.map((each) => each.poll({ timeoutMs: 1_000 })))
    polls.catch(() => {})
    await clock.advance(1_000)
    await polls
  }
}

test.each(['leader', 'follower'] as const)(
  'a %s that restarts within its session gets what it had, and nobody is disturbed',
  async (who) => {
    const members = new Map([
      ['i1', member('i1')],
      ['i2', member('i2')],
    ])
    await settle([...members.values()])
    const [described] = await kafka.admin().describeGroups(['g'])
    expect(told.splice(0).filter((line) => line.endsWith('+[0,1]') || line.endsWith('+[2,3]'))).toHaveLength(2)
    const name = who === 'leader' ? 'i1' : 'i2'
    const other = who === 'leader' ? 'i2' : 'i1'
    const had = names(members.get(name)?.assignment ?? [])
    await members.get(name)?.close()
    told.length = 0
    members.set(name, member(name))
    await settle([...members.values()])
    expect(told).toEqual([`${name} +[${had}]`])
    expect(members.get(other)?.groupMetadata().generation).toBe(members.get(name)?.groupMetadata().generation)
    expect(described?.members).toHaveLength(2)
  },
)

test('a leader that restarted without assigning still notices that the topic grows', async () => {
  const members = [member('i1', { metadataMaxAgeMs: 10_000 }), member('i2', { metadataMaxAgeMs: 10_000 })]
  await settle(members)
  await members[0]?.close()
  members[0] = member('i1', { metadataMaxAgeMs: 10_000 })
  await settle(members)
  await kafka.admin().createPartitions({ t: 6 })
  await settle(members, 20_000)
  expect(members.map(({ assignment }) => assignment.length)).toEqual([3, 3])
})

test('the twin of a static member takes its place, and the first one is told so for good', async () => {
  const first = member('i1')
  await settle([first])
  const twin = member('i1')
  await settle([twin], 4_000)
  expect(names(twin.assignment)).toBe('0,1,2,3')
  await expect(first.commit([{ topic: 't', partition: 0, offset: 0 }])).rejects.toMatchObject({
    code: 'FENCED_INSTANCE_ID',
  })
  await expect(first.poll()).rejects.toThrow("groupInstanceId 'i1'")
  expect(told).toEqual(['i1 +[0,1,2,3]', 'i1 +[0,1,2,3]', 'i1 lost [0,1,2,3]'])
  await first.close()
  await settle([twin], 4_000)
  expect(names(twin.assignment)).toBe('0,1,2,3')
})

test('one that stays away for its session is missed, and comes back', async () => {
  const [first, second] = [member('i1'), member('i2')]
  await settle([first, second])
  crash(second)
  await settle([first], 30_000)
  expect(names(first.assignment)).not.toBe('0,1,2,3')
  await settle([first], 30_000)
  expect(names(first.assignment)).toBe('0,1,2,3')
  const back = member('i2')
  await settle([first, back])
  expect([first, back].map(({ assignment }) => assignment.length)).toEqual([2, 2])
})

test('an admin removes one by its instance id, and the others take over at once', async () => {
  const [first, second] = [member('i1'), member('i2')]
  await settle([first, second])
  await second.close()
  await kafka.admin().removeMembersFromConsumerGroup('g', { members: [{ groupInstanceId: 'i2' }] })
  await settle([first])
  expect(names(first.assignment)).toBe('0,1,2,3')
})

test('a member that comes back to a topic that was deleted meanwhile reads the others', async () => {
  const options = { topics: /^[tv]$/ }
  const admin = kafka.admin()
  await admin.createTopics([{ topic: 'v', partitions: 1 }])
  const before = member('i1', options)
  await settle([before])
  await before.close()
  await admin.deleteTopics(['v'])
  await kafka.producer().send({ topic: 't', value: 'still here' })
  const after = member('i1', options)
  const polled = after.poll({ timeoutMs: 5_000 })
  await clock.advance(5_000)
  expect((await polled).map(({ value }) => value)).toEqual(['still here'])
})
