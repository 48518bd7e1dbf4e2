// What an admin sees of transactions, and what it does to them.
import { Kafkalet } from 'kafkalet'
import { faultsOf, loseCoordinator, ManualClock } from 'kafkalet/testing'
import { describe, expect, test } from 'vitest'
import { TransactionWorld } from '../support/transaction-world.ts'

describe('transactional ids', () => {
  test('are listed: all, or by state, producer, age and name', async () => {
    const world = new TransactionWorld()
    const admin = world.kafka.admin()
    expect(await admin.listTransactions()).toEqual([])
    const [billing, shipping] = [world.started('billing-1', 600_000), world.started('shipping')]
    world.write(billing, 'orders-0', ['a'])
    await world.clock.advance(5_000)
    world.write(shipping, 'orders-1', ['b'])
    const all = await admin.listTransactions()
    expect(all).toHaveLength(2)
    expect(all).toContainEqual({ transactionalId: 'billing-1', producerId: billing.producerId, state: 'Ongoing' })
    const ids = async (options: Parameters<typeof admin.listTransactions>[0]) =>
      (await admin.listTransactions(options)).map(({ transactionalId }) => transactionalId)
    expect(await ids({ producerIds: [shipping.producerId] })).toEqual(['shipping'])
    expect(await ids({ durationMs: 4_999 })).toEqual(['billing-1'])
    expect(await ids({ durationMs: 5_000 })).toEqual([])
    expect(await ids({ transactionalIdPattern: 'billing-.' })).toEqual(['billing-1'])
    expect(await ids({ transactionalIdPattern: 'billing' })).toEqual([])
    world.end(shipping, 'commit')
    expect(await ids({ states: ['Ongoing', 'Empty'] })).toEqual(['billing-1'])
    expect(await ids({ states: ['CompleteCommit'] })).toEqual(['shipping'])
    await world.kafka.close()
  })

  test('are not listed by a state or a pattern that does not exist', async () => {
    await using kafka = new Kafkalet()
    const admin = kafka.admin()
    const states = ['Open' as 'Ongoing']
    await expect(admin.listTransactions({ states })).rejects.toThrow("'Open' is no state of a transaction")
    await expect(admin.listTransactions({ transactionalIdPattern: '(' })).rejects.toMatchObject({
      code: 'INVALID_REGULAR_EXPRESSION',
    })
  })

  test('are described with what they have open, and since when', async () => {
    const world = new TransactionWorld()
    const admin = world.kafka.admin()
    const producer = world.started('t', 30_000)
    const described = { transactionalId: 't', producerId: 0, producerEpoch: 0, transactionTimeoutMs: 30_000 }
    expect(await admin.describeTransactions(['t'])).toEqual([
      { ...described, state: 'Empty', transactionStartTimeMs: null, topicPartitions: [], coordinatorId: 1 },
    ])
    const startMs = world.clock.now()
    world.write(producer, 'orders-0', ['a'])
    world.commitOffset(producer, 'g', 1)
    const partition = world.broker.groups.partitionOf('g')
    expect(await admin.describeTransactions(['t'])).toMatchObject([
      {
        state: 'Ongoing',
        transactionStartTimeMs: startMs,
        topicPartitions: [
          { topic: 'orders', partition: 0 },
          { topic: '__consumer_offsets', partition },
        ],
      },
    ])
    await expect(admin.describeTransactions(['t', 'u'])).rejects.toThrow("Transactional id 'u' does not exist")
    await world.kafka.close()
  })

  test('are described when their coordinator has loaded', async () => {
    const world = new TransactionWorld()
    world.started('t')
    world.broker.transactions.lose('t', { loadMs: 1_000 })
    const described = world.kafka.admin().describeTransactions(['t'])
    await world.clock.advance(2_000)
    expect(await described).toMatchObject([{ state: 'Empty' }])
    await world.kafka.close()
  })
})

describe('fenceProducers', () => {
  test('aborts what is open, and fences whoever had the id', async () => {
    const world = new TransactionWorld()
    const old = world.started('t')
    world.write(old, 'orders-0', ['a'])
    const fenced = world.kafka.admin().fenceProducers(['t', 'new', 't'])
    await world.clock.advance(1_000)
    expect(await fenced).toEqual([
      { transactionalId: 't', producerId: 0, producerEpoch: 2 },
      { transactionalId: 'new', producerId: 1, producerEpoch: 0 },
    ])
    expect(world.contents('orders-0')).toEqual(['a', 'ABORT 0/1'])
    expect(world.write(old, 'orders-0', ['b'])).toBe('INVALID_PRODUCER_EPOCH')
    expect(world.end(old, 'commit')).toBe('PRODUCER_FENCED')
    await world.kafka.close()
  })

  test('waits for markers that cannot be written yet', async () => {
    const world = new TransactionWorld()
    world.write(world.started('t'), 'orders-0', ['a'])
    const hold = faultsOf(world.kafka).on('WriteTxnMarkers').hold()
    let isFenced = false
    const fencing = world.kafka
      .admin()
      .fenceProducers(['t'])
      .then(() => {
        isFenced = true
      })
    await world.clock.advance(5_000)
    expect([isFenced, world.state('t')]).toEqual([false, 'PrepareAbort 0/1 orders-0'])
    hold.release()
    await world.clock.advance(2_000)
    await fencing
    expect(world.state('t')).toBe('Empty 0/2')
    await world.kafka.close()
  })

  test('takes a timeout, which the broker has to allow', async () => {
    await using kafka = new Kafkalet({ config: { transactionMaxTimeoutMs: 10_000 } })
    const admin = kafka.admin()
    await expect(admin.fenceProducers(['t'])).rejects.toMatchObject({ code: 'INVALID_TRANSACTION_TIMEOUT' })
    expect(await admin.fenceProducers(['t'], { timeoutMs: 10_000 })).toHaveLength(1)
    expect(await admin.describeTransactions(['t'])).toMatchObject([{ transactionTimeoutMs: 10_000 }])
  })
})

describe('describeProducers', () => {
  test('tells who writes to a partition, and where the transaction of each begins', async () => {
    const world = new TransactionWorld()
    const admin = world.kafka.admin()
    const [one, two] = [world.started('one'), world.started('two')]
    world.write(one, 'orders-0', ['a', 'b'])
    world.end(one, 'commit')
    world.write(two, 'orders-0', ['c'])
    const lastTimestamp = expect.any(Number)
    const partition = { topic: 'orders', partition: 0 }
    expect(await admin.describeProducers([partition, { topic: 'orders', partition: 1 }])).toEqual([
      {
        ...partition,
        activeProducers: [
          {
            producerId: 0,
            producerEpoch: 1,
            lastSequence: null,
            lastTimestamp,
            coordinatorEpoch: 0,
            currentTransactionStartOffset: null,
          },
          {
            producerId: 1,
            producerEpoch: 0,
            lastSequence: 0,
            lastTimestamp,
            coordinatorEpoch: null,
            currentTransactionStartOffset: 3,
          },
        ],
      },
      { topic: 'orders', partition: 1, activeProducers: [] },
    ])
    await expect(admin.describeProducers([{ topic: 'order', partition: 0 }])).rejects.toThrow("Did you mean 'orders'?")
    await expect(admin.describeProducers([{ topic: 'orders', partition: 7 }])).rejects.toThrow('has no partition 7')
    await world.kafka.close()
  })
})

describe('abortTransaction', () => {
  test('ends what hangs in a partition, by what describeProducers tells of it', async () => {
    const world = new TransactionWorld()
    const admin = world.kafka.admin()
    world.write(world.started('t', 600_000), 'orders-0', ['hangs'])
    world.write(world.started('u'), 'orders-0', ['behind'])
    const place = { topic: 'orders', partition: 0 }
    for (const { producerId, producerEpoch } of (await admin.describeProducers([place]))[0]?.activeProducers ?? []) {
      if (producerId === 0) await admin.abortTransaction({ ...place, producerId, producerEpoch })
    }
    expect(world.contents('orders-0')).toEqual(['hangs', 'behind', 'ABORT 0/0'])
    expect(world.log('orders-0').lastStableOffset).toBe(1)
    await world.kafka.close()
  })

  test('speaks for the coordinator that has written there last, unless it is told another epoch', async () => {
    const world = new TransactionWorld()
    const admin = world.kafka.admin()
    const producer = world.started('t', 600_000)
    loseCoordinator(world.kafka, { transactionalId: 't' })
    world.write(producer, 'orders-0', ['a'])
    world.end(producer, 'commit')
    world.write(producer, 'orders-0', ['hangs'])
    const spec = { topic: 'orders', partition: 0, producerId: 0, producerEpoch: 1 }
    await expect(admin.abortTransaction({ ...spec, coordinatorEpoch: 0 })).rejects.toMatchObject({
      code: 'TRANSACTION_COORDINATOR_FENCED',
    })
    await admin.abortTransaction(spec)
    expect(world.contents('orders-0')).toEqual(['a', 'COMMIT 0/1', 'hangs', 'ABORT 0/1'])
    await world.kafka.close()
  })

  test('is refused where a newer epoch, of the producer or of the coordinator, has been', async () => {
    const world = new TransactionWorld()
    const admin = world.kafka.admin()
    const producer = world.started('t')
    world.write(producer, 'orders-0', ['a'])
    world.end(producer, 'commit')
    const spec = { topic: 'orders', partition: 0, producerId: 0, producerEpoch: 0 }
    await expect(admin.abortTransaction(spec)).rejects.toThrow('epoch 0 is not its newest there')
    await expect(admin.abortTransaction({ ...spec, producerEpoch: 1, coordinatorEpoch: -1 })).rejects.toMatchObject({
      code: 'TRANSACTION_COORDINATOR_FENCED',
    })
    await expect(admin.abortTransaction({ ...spec, topic: 'nothing' })).rejects.toMatchObject({
      code: 'UNKNOWN_TOPIC_OR_PARTITION',
    })
    expect(world.contents('orders-0')).toEqual(['a', 'COMMIT 0/1'])
    await world.kafka.close()
  })
})

test('the topic of the coordinator is internal: hidden, and neither made, written to, grown nor deleted', async () => {
  await using kafka = new Kafkalet({ clock: new ManualClock() })
  const admin = kafka.admin()
  const topic = '__transaction_state'
  await expect(admin.createTopics([{ topic }])).rejects.toThrow('Set transactionStateLogNumPartitions')
  expect(await admin.describeTopics([topic])).toMatchObject([{ isInternal: true }])
  expect((await admin.describeTopics([topic]))[0]?.partitions).toHaveLength(50)
  expect(await admin.listTopics()).toEqual([])
  expect(await admin.listTopics({ listInternal: true })).toEqual([topic])
  await expect(admin.deleteTopics([topic])).rejects.toThrow('internal')
  await expect(admin.createPartitions({ [topic]: 60 })).rejects.toThrow('internal')
  await expect(kafka.producer().send({ topic, key: 'k', value: 'v' })).rejects.toThrow('internal')
})
