// settle and the waits: quiet without a sleep, and failures that show what is there instead.
import { json, Kafkalet, string, topic } from 'kafkalet'
import { crash, ManualClock, settle, waitForAssignment, waitForLag, waitForRecords } from 'kafkalet/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const group = { groupId: 'billing', topics: ['orders'], autoOffsetReset: 'earliest' } as const

describe('settle', () => {
  test('what was sent has been handled, with no time passing', async () => {
    await using kafka = new Kafkalet()
    const handled: unknown[] = []
    void kafka.consumer(group).run({ eachRecord: ({ value }) => handled.push(value) })
    await settle(kafka)
    const sending = kafka.producer().send({ topic: 'orders', value: 'one' })
    expect(handled).toEqual([])
    await settle(kafka)
    expect(handled).toEqual(['one'])
    await sending
  })

  test('is quiet also behind many records, for which the consumer gives turns to the host', async () => {
    await using kafka = new Kafkalet()
    await kafka.producer().sendBatch(Array.from({ length: 20_000 }, (_, i) => ({ topic: 'orders', value: `${i}` })))
    let handled = 0
    void kafka.consumer(group).run({ eachRecord: () => void handled++ })
    await settle(kafka)
    expect(handled).toBe(20_000)
  })

  test('takes nothing but a Kafkalet', async () => {
    await expect(settle(new ManualClock())).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: 'settle takes the Kafkalet it is about first: what new Kafkalet() made.',
    })
  })
})

describe.each(['a ManualClock', 'the system clock'])('with %s', (which) => {
  let kafka: Kafkalet
  beforeEach(async () => {
    kafka = new Kafkalet({
      ...(which === 'a ManualClock' && { clock: new ManualClock() }),
      config: { numPartitions: 2 },
      seed: 1,
    })
    await kafka.admin().createTopics([{ topic: 'orders' }])
  })
  afterEach(() => kafka.close())
  const quick = { autoCommitIntervalMs: 20, heartbeatIntervalMs: 20 }

  test('waitForAssignment waits until two members share the partitions', async () => {
    const [one, two] = [kafka.consumer({ ...group, ...quick }), kafka.consumer({ ...group, ...quick })]
    void one.run({ eachRecord() {} })
    expect((await waitForAssignment(kafka, one)).members).toHaveLength(1)
    expect(one.assignment).toHaveLength(2)
    void two.run({ eachRecord() {} })
    const { members } = await waitForAssignment(kafka, 'billing', { members: 2 })
    expect(members.map(({ assignment }) => assignment)).toEqual([['orders-0'], ['orders-1']])
    expect([one, two].map(({ assignment }) => assignment.length)).toEqual([1, 1])
  })

  test('waitForLag waits until everything is read and committed', async () => {
    await kafka.producer().sendBatch(['a', 'b', 'c'].map((key) => ({ topic: 'orders', key, value: key })))
    const handled: unknown[] = []
    void kafka.consumer({ ...group, ...quick }).run({ eachRecord: ({ value }) => handled.push(value) })
    const { lag, partitions } = await waitForLag(kafka, 'billing', 0)
    expect([lag, partitions.reduce((sum, { committed }) => sum + (committed ?? 0), 0)]).toEqual([0, 3])
    expect(handled).toHaveLength(3)
  })

  test('waitForRecords waits for a topic that is not there yet', async () => {
    const waiting = waitForRecords(kafka, 'invoices', 1, { timeoutMs: 1_000 })
    void kafka.producer().send({ topic: 'invoices', key: 'k', value: 'one' })
    expect(await waiting).toMatchObject([{ key: 'k', value: 'one', offset: 0, headers: {} }])
  })

  test('in vain, each says what is there', async () => {
    const timeoutMs = 40
    await kafka.producer().sendBatch(['a', 'b', 'c'].map((value) => ({ topic: 'orders', partition: 0, value })))
    const consumer = kafka.consumer({ ...group, enableAutoCommit: false })
    await expect(waitForLag(kafka, 'billing', 0, { timeoutMs })).rejects.toThrow(
      "Group 'billing' does not exist yet: consumer-3 belongs to it and has not joined. A consumer joins inside poll: call poll, run or for await.",
    )
    await consumer.poll()
    await expect(waitForLag(kafka, 'billing', 0, { timeoutMs })).rejects.toMatchObject({
      code: 'REQUEST_TIMED_OUT',
      message: expect.stringMatching(/waited 40 ms .*in vain\. The lag is 3\. Nobody polls consumer-3/),
    })
    await expect(waitForAssignment(kafka, 'billing', { members: 2, timeoutMs })).rejects.toThrow(
      'It has 1 members, and 2 are waited for.',
    )
    await expect(waitForRecords(kafka, 'orders', 5, { timeoutMs })).rejects.toThrow(
      "Topic 'orders' has 3 of 5 records: orders-0 has 3, orders-1 has 0.",
    )
    await expect(waitForRecords(kafka, 'order', 1, { timeoutMs })).rejects.toThrow("Did you mean 'orders'?")
  })
})

describe('in vain', () => {
  test('a lag is not taken for none where the group has lost its members before it committed', async () => {
    await using kafka = new Kafkalet({ clock: new ManualClock() })
    await kafka.producer().send({ topic: 'orders', value: 'a' })
    const consumer = kafka.consumer({ ...group, enableAutoCommit: false })
    await consumer.poll()
    await consumer.close()
    await expect(waitForLag(kafka, 'billing', 0)).rejects.toThrow(
      /It has committed nothing, and no member subscribes to a topic that exists\.\nGroup 'billing' is Empty/,
    )
  })

  test('a lag is shown as a table, with what a latest consumer skipped', async () => {
    await using kafka = new Kafkalet({ clock: new ManualClock(), seed: 1, config: { numPartitions: 2 } })
    await kafka.producer().sendBatch(['a', 'b', 'c'].map((value) => ({ topic: 'orders', partition: 0, value })))
    const late = kafka.consumer({ groupId: 'billing', topics: ['orders'], clientId: 'late', enableAutoCommit: false })
    void late.run({ eachRecord() {} })
    await waitForAssignment(kafka, late)
    await kafka.producer().send({ topic: 'orders', partition: 1, value: 'd' })
    const error = await waitForLag(kafka, 'billing').catch((thrown: Error) => thrown.message)
    expect(error).toMatchInlineSnapshot(`
      "waitForLag(kafka, 'billing', 0) waited 60000 ms of the ManualClock in vain. The lag is 1. orders-1 is read to its end and not committed: commit, or wait for the auto commit.
      Group 'billing' is Stable in generation 1, with late; lag 1.
        partition  owner  committed  position  end  lag
        orders-0   late   -          3         3    0    began at the end (autoOffsetReset 'latest'): skipped 3
        orders-1   late   -          1         1    1"
    `)
  })

  test('a group that lost its only reader says so', async () => {
    await using kafka = new Kafkalet({ clock: new ManualClock() })
    await kafka.producer().send({ topic: 'orders', value: 'a' })
    const consumer = kafka.consumer(group)
    void consumer.run({ eachRecord() {} })
    await waitForLag(kafka, 'billing')
    await consumer.close()
    await kafka.producer().send({ topic: 'orders', value: 'b' })
    await expect(waitForLag(kafka, 'billing')).rejects.toThrow('The group has no members that could read on.')
    await expect(waitForAssignment(kafka, 'billing')).rejects.toThrow('The group is Empty.')
  })

  test('a member that crashed holds up the others until its session is over, and the wait is for that', async () => {
    const clock = new ManualClock()
    await using kafka = new Kafkalet({ clock, config: { numPartitions: 2 } })
    await kafka.admin().createTopics([{ topic: 'orders' }])
    const [one, two] = [kafka.consumer(group), kafka.consumer(group)]
    void one.run({ eachRecord() {} })
    void two.run({ eachRecord() {} })
    await waitForAssignment(kafka, 'billing', { members: 2 })
    crash(two)
    const before = clock.now()
    const { partitions } = await waitForAssignment(kafka, 'billing', { members: 1 })
    expect(clock.now() - before).toBe(45_000)
    expect(partitions.map(({ owner }) => owner)).toEqual(['consumer-2', 'consumer-2'])
  })

  test('a wait takes only what it can wait for', async () => {
    await using kafka = new Kafkalet({ clock: new ManualClock() })
    const manual = kafka.consumer()
    await expect(waitForAssignment(kafka, manual)).rejects.toThrow('consumer-1 has no group')
    await expect(waitForAssignment(kafka, {})).rejects.toThrow('takes a group id, or a consumer')
    await expect(waitForLag(kafka, 'g', -1)).rejects.toThrow('the lag must be a whole number of at least 0, not -1')
    await expect(waitForLag(kafka, manual as never)).rejects.toThrow('Of a consumer: consumer.groupMetadata().groupId')
    await expect(waitForAssignment(kafka, 'g', { members: 0 })).rejects.toThrow(
      'members must be a whole number of at least 1',
    )
    await expect(waitForRecords(kafka, 't', Number.NaN)).rejects.toThrow('the count must be a whole number')
    await expect(waitForRecords(kafka, 't', 1, { timeoutMs: -1 })).rejects.toThrow('timeoutMs must be a number')
    await expect(waitForRecords({}, 't', 1)).rejects.toThrow('takes the Kafkalet it is about first')
  })
})

test('waitForRecords reads with asynchronous serdes, too', async () => {
  const slow = { ...json<{ n: number }>(), deserialize: async () => await Promise.resolve({ n: 7 }) }
  await using kafka = new Kafkalet({ topics: { orders: topic({ key: string, value: slow }) } })
  await kafka.producer().send({ topic: 'orders', key: 'k', value: { n: 1 } })
  expect(await waitForRecords(kafka, 'orders', 1)).toMatchObject([{ key: 'k', value: { n: 7 } }])
})
