import { Kafkalet } from 'kafkalet'
import { findCommitsBeyondTheLog, findDisorder, findGaps, findLost, watchOwners } from 'kafkalet/testing'
import { describe, expect, test } from 'vitest'
import { insidesOf } from '../../src/kafkalet.ts'

const at = (offset: number, key: unknown = 'ann', partition = 0) => ({ topic: 't', partition, offset, key })

describe('findLost', () => {
  test('names what was acknowledged and not handled', () => {
    expect(findLost([at(0), at(1), at(1, 'ann', 1)], [at(1), at(0), at(1)])).toEqual([
      't-1@1 was acknowledged, and nobody has handled it',
    ])
  })

  test('takes what a producer resolves with and a consumer hands over', async () => {
    await using kafka = new Kafkalet()
    const acknowledged = [await kafka.producer().send({ topic: 't', value: 'v' })]
    const consumer = kafka.consumer({ groupId: 'g', topics: ['t'], autoOffsetReset: 'earliest' })
    expect(findLost(acknowledged, await consumer.poll())).toEqual([])
    expect(findLost(acknowledged, [])).toHaveLength(1)
  })
})

describe('findDisorder', () => {
  test('names what came too late', () => {
    expect(findDisorder([at(1), at(0)])).toEqual(['t-0@0 of key "ann" came after t-0@1'])
  })

  test('lets keys and partitions have orders of their own, and what came before come again', () => {
    expect(findDisorder([at(1), at(0, 'bob'), at(0, 'ann', 1), at(2), at(1), at(3)])).toEqual([])
  })
})

describe('findGaps', () => {
  test('finds none in a log that has none', async () => {
    await using kafka = new Kafkalet()
    for (const value of ['a', 'b', 'c']) await kafka.producer().send({ topic: 't', key: value, value })
    expect(findGaps(kafka)).toEqual([])
  })

  test('finds those of a log that should have none', async () => {
    await using kafka = new Kafkalet()
    await kafka
      .admin()
      .createTopics([
        { topic: 't', partitions: 1, config: { cleanupPolicy: 'compact', segmentBytes: 1_048_576, segmentMs: 1 } },
      ])
    const big = 'x'.repeat(600_000)
    for (const key of ['a', 'a', 'b', 'c']) await kafka.producer().send({ topic: 't', key, value: big })
    await kafka.runCompaction()
    expect(findGaps(kafka)).toEqual([])
    const [log] = insidesOf(kafka)?.broker.topics.get('t')?.partitions ?? []
    Object.defineProperty(log, 'isCompacted', { value: false })
    expect(findGaps(kafka)).toEqual(['t-0 goes from -1 to 1'])
  })
})

test('findCommitsBeyondTheLog finds an offset that no record has', async () => {
  await using kafka = new Kafkalet()
  await kafka.producer().send({ topic: 't', value: 'v' })
  const consumer = kafka.consumer({ groupId: 'g', topics: ['t'], autoOffsetReset: 'earliest' })
  await consumer.poll()
  await consumer.commit([{ topic: 't', partition: 0, offset: 1 }])
  expect(findCommitsBeyondTheLog(kafka)).toEqual([])
  await consumer.commit([{ topic: 't', partition: 0, offset: 2 }])
  expect(findCommitsBeyondTheLog(kafka)).toEqual(['group g has committed 2 for t-0, which ends at 1'])
})

describe('watchOwners', () => {
  test('is told of a second owner in the same generation', async () => {
    const problems: string[] = []
    await using kafka = new Kafkalet()
    watchOwners(kafka, (problem) => problems.push(problem))
    const taken = {
      groupId: 'g',
      memberId: 'm-1',
      clientId: 'one',
      generation: 1,
      partitions: [{ topic: 't', partition: 0 }],
    }
    const events = insidesOf(kafka)?.broker.events
    events?.announce('partitionsAssigned', taken)
    events?.announce('partitionsAssigned', { ...taken, generation: 2, memberId: 'm-2', clientId: 'two' })
    expect(problems).toEqual([])
    events?.announce('partitionsAssigned', { ...taken, memberId: 'm-3', clientId: 'three' })
    expect(problems).toEqual(['t-0 has two owners in generation 1 of g: one and three'])
  })

  test('is content with a static member that comes back', async () => {
    const problems: string[] = []
    await using kafka = new Kafkalet()
    watchOwners(kafka, (problem) => problems.push(problem))
    await kafka.producer().send({ topic: 't', value: 'v' })
    const options = {
      groupId: 'g',
      groupInstanceId: 'i',
      topics: ['t'],
      autoOffsetReset: 'earliest' as const,
      enableAutoCommit: false,
    }
    for (let life = 0; life < 2; life++) {
      const consumer = kafka.consumer(options)
      await consumer.poll()
      expect(consumer.groupMetadata().generation).toBe(1)
      expect(consumer.assignment).toHaveLength(1)
      await consumer.close()
    }
    expect(problems).toEqual([])
  })
})
