import { coordinatorPartition, Kafkalet } from 'kafkalet'
import { ManualClock } from 'kafkalet/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let kafka: Kafkalet
let clock: ManualClock

beforeEach(() => {
  clock = new ManualClock()
  kafka = new Kafkalet({ clock, seed: 1 })
})

afterEach(() => kafka.close())

async function read(groupId: string, name: string) {
  const consumer = kafka.consumer({ groupId, topics: [name], autoOffsetReset: 'earliest', clientId: 'reader' })
  const polling = consumer.poll({ timeoutMs: 10 })
  await clock.advance(10)
  await polling
  await consumer.commit()
  return consumer
}

describe('topics', () => {
  test('are created, listed, described and deleted', async () => {
    const admin = kafka.admin()
    await admin.createTopics([{ topic: 'b' }, { topic: 'a', partitions: 3 }])
    expect((await admin.listTopics()).sort()).toEqual(['a', 'b'])
    const [a] = await admin.describeTopics(['a'])
    expect(a).toMatchObject({ topic: 'a', isInternal: false, topicId: expect.stringMatching(/^[\w-]{22}$/) })
    expect(a?.partitions.map(({ partition }) => partition)).toEqual([0, 1, 2])
    await admin.deleteTopics(['a'])
    expect(await admin.listTopics()).toEqual(['b'])
    await expect(admin.deleteTopics(['a'])).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC_OR_PARTITION' })
    await expect(admin.describeTopics(['bb'])).rejects.toThrow("Did you mean 'b'?")
  })

  test('that are made again are other topics', async () => {
    const admin = kafka.admin()
    const ids = []
    for (let i = 0; i < 2; i++) {
      await admin.createTopics([{ topic: 't' }])
      await kafka.producer().send({ topic: 't', value: 'v' })
      ids.push((await admin.describeTopics(['t']))[0]?.topicId)
      await admin.deleteTopics(['t'])
    }
    expect(ids[0]).not.toBe(ids[1])
    await admin.createTopics([{ topic: 't' }])
    expect(await admin.topicOffsets('t')).toEqual([{ topic: 't', partition: 0, startOffset: 0, endOffset: 0 }])
  })

  test('can be tried out without being made', async () => {
    const admin = kafka.admin()
    await admin.createTopics([{ topic: 't' }], { validateOnly: true })
    expect(await admin.listTopics()).toEqual([])
    await expect(admin.createTopics([{ topic: 'a b' }], { validateOnly: true })).rejects.toThrow('characters')
  })

  test('named twice in one request are refused', async () => {
    const admin = kafka.admin()
    await expect(admin.createTopics([{ topic: 't' }, { topic: 't' }])).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    })
    expect(await admin.listTopics()).toEqual([])
  })

  test('only get more partitions', async () => {
    const admin = kafka.admin()
    await admin.createTopics([{ topic: 't', partitions: 2 }])
    await admin.createPartitions({ t: 5 }, { validateOnly: true })
    expect((await admin.describeTopics(['t']))[0]?.partitions).toHaveLength(2)
    await admin.createPartitions({ t: 5 })
    expect((await admin.describeTopics(['t']))[0]?.partitions).toHaveLength(5)
    for (const count of [5, 4, 0]) {
      await expect(admin.createPartitions({ t: count })).rejects.toMatchObject({ code: 'INVALID_PARTITIONS' })
    }
  })

  test('that are internal are listed only where that is asked for, and cannot be deleted', async () => {
    const consumer = await read('g', 't')
    await consumer.close()
    const admin = kafka.admin()
    expect(await admin.listTopics()).toEqual(['t'])
    expect(await admin.listTopics({ listInternal: true })).toContain('__consumer_offsets')
    expect((await admin.describeTopics(['__consumer_offsets']))[0]?.partitions).toHaveLength(50)
    await expect(admin.deleteTopics(['__consumer_offsets'])).rejects.toMatchObject({ code: 'INVALID_TOPIC_EXCEPTION' })
  })
})

describe('offsets', () => {
  test('of a partition: its ends, a time, the newest record', async () => {
    const producer = kafka.producer()
    const start = clock.now()
    for (const ms of [1_000, 3_000, 2_000]) await producer.send({ topic: 't', value: 'v', timestamp: start + ms })
    const t = { topic: 't', partition: 0 }
    const specs = [
      'earliest',
      'latest',
      'max-timestamp',
      { timestamp: start + 1_500 },
      { timestamp: start + 9_000 },
    ] as const
    const found = await kafka.admin().listOffsets(specs.map((spec) => ({ ...t, spec })))
    expect(found.map(({ offset }) => offset)).toEqual([0, 3, 1, 1, null])
    expect(found.map(({ timestamp }) => timestamp)).toEqual([null, null, start + 3_000, start + 3_000, null])
    await expect(kafka.admin().listOffsets([{ ...t, spec: 'first' as never }])).rejects.toThrow('spec must be')
  })
})

describe('groups', () => {
  test('are listed and described with their members and their coordinator', async () => {
    await kafka.producer().send({ topic: 't', value: 'v' })
    const consumer = await read('g', 't')
    const admin = kafka.admin()
    expect(await admin.listGroups()).toEqual([
      { groupId: 'g', state: 'Stable', protocolType: 'consumer', type: 'classic' },
    ])
    expect(await admin.listGroups({ states: ['Empty'] })).toEqual([])
    expect(await admin.describeGroups(['g', 'nobody'])).toEqual([
      {
        groupId: 'g',
        state: 'Stable',
        protocolType: 'consumer',
        protocol: 'range',
        coordinator: { nodeId: 1, host: 'kafkalet', port: 9092 },
        coordinatorPartition: coordinatorPartition('g'),
        members: [
          {
            memberId: expect.stringMatching(/^reader-/),
            groupInstanceId: null,
            clientId: 'reader',
            host: '/127.0.0.1',
            assignment: [{ topic: 't', partition: 0 }],
          },
        ],
      },
      expect.objectContaining({ groupId: 'nobody', state: 'Dead', members: [] }),
    ])
    await consumer.close()
    expect(await admin.listGroups({ states: ['Empty'] })).toHaveLength(1)
  })

  test('tell how far they have read, and how much is left', async () => {
    await kafka.producer().send({ topic: 't', value: 'v' })
    const consumer = await read('g', 't')
    await kafka.producer().send({ topic: 't', value: 'v' })
    const admin = kafka.admin()
    expect(await admin.listConsumerGroupOffsets('g')).toEqual([
      { topic: 't', partition: 0, offset: 1, leaderEpoch: null, metadata: '', endOffset: 2, lag: 1 },
    ])
    expect(await admin.listConsumerGroupOffsets('g', [{ topic: 't', partition: 0 }])).toHaveLength(1)
    expect(await admin.listConsumerGroupOffsets('nobody')).toEqual([])
    await consumer.close()
  })

  test('can be set back while they have no members, and not while they have', async () => {
    await kafka.producer().send({ topic: 't', value: 'v' })
    const consumer = await read('g', 't')
    const admin = kafka.admin()
    const back = [{ topic: 't', partition: 0, offset: 0 }]
    await expect(admin.alterConsumerGroupOffsets('g', back)).rejects.toMatchObject({ code: 'UNKNOWN_MEMBER_ID' })
    await expect(admin.alterConsumerGroupOffsets('g', back)).rejects.toThrow('Close its consumers first')
    await consumer.close()
    await admin.alterConsumerGroupOffsets('g', back)
    expect(await kafka.consumer({ groupId: 'g', topics: ['t'] }).poll()).toHaveLength(1)
  })
})
