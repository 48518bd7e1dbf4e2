// Transactions in the testing kit: how they are seen, told, waited for, left over, and harmed.
import { stripVTControlCharacters } from 'node:util'
import { decodeTransactionRecord, Kafkalet } from 'kafkalet'
import {
  faultsOf,
  inspect,
  leftovers,
  loseCoordinator,
  ManualClock,
  toMermaid,
  waitForLag,
  waitForRecords,
} from 'kafkalet/testing'
import 'kafkalet/vitest'
import { describe, expect, test } from 'vitest'
import { TransactionWorld } from '../support/transaction-world.ts'

/** What it says when it fails. */
function failure(judge: () => unknown): string {
  try {
    judge()
  } catch (error) {
    return stripVTControlCharacters((error as Error).message)
  }
  throw new Error('nothing failed')
}

/** One committed, one aborted and one open transaction in orders-0, and a record of none. */
async function mixed(): Promise<TransactionWorld> {
  const world = new TransactionWorld()
  const producer = world.started('t')
  world.write(producer, 'orders-0', ['yes'])
  world.end(producer, 'commit')
  world.write(producer, 'orders-0', ['no', 'never'])
  world.end(producer, 'abort')
  await world.kafka.producer().send({ topic: 'orders', partition: 0, value: 'plain' })
  world.write(world.started('u'), 'orders-0', ['perhaps'])
  return world
}

describe('inspect(kafka).transactions()', () => {
  test('shows of each id its state, what it has open, and what groups commit with it', async () => {
    const world = new TransactionWorld()
    expect(String(inspect(world.kafka).transactions())).toBe(
      'There are no transactional ids. One begins with its producer.',
    )
    expect(world.broker.topics.get('__transaction_state')).toBeUndefined()
    const [shipping, billing] = [world.started('shipping'), world.started('billing', 30_000)]
    const startMs = world.clock.now()
    world.write(billing, 'orders-1', ['a'])
    world.commitOffset(billing, 'g', 7)
    world.write(shipping, 'results-0', ['b'])
    world.end(shipping, 'commit')
    await world.clock.advance(1_500)
    const { all, open } = inspect(world.kafka).transactions()
    const partition = world.broker.groups.partitionOf('g')
    expect(all.map(({ transactionalId }) => transactionalId)).toEqual(['billing', 'shipping'])
    expect(open).toEqual([
      {
        transactionalId: 'billing',
        state: 'Ongoing',
        producerId: 1,
        producerEpoch: 0,
        timeoutMs: 30_000,
        startTimestampMs: startMs,
        openPartitions: [
          { topic: 'orders', partition: 1 },
          { topic: '__consumer_offsets', partition },
        ],
        pendingOffsets: [{ groupId: 'g', topic: 'orders', partition: 0, offset: 7 }],
      },
    ])
    expect(String(inspect(world.kafka).transactions())).toMatchInlineSnapshot(`
      "transactional id  state           producer      open for  timeout   open partitions                 pending offsets
      billing           Ongoing         1 in epoch 0  1500 ms   30000 ms  orders-1, __consumer_offsets-3  g: orders-0@7
      shipping          CompleteCommit  0 in epoch 1  -         60000 ms  -                               -"
    `)
    expect(inspect(world.kafka).transactions().get('shipping')).toMatchObject({ state: 'CompleteCommit' })
    expect(() => inspect(world.kafka).transactions().get('biling')).toThrow("Did you mean 'billing'?")
    await world.kafka.close()
    expect(inspect(world.kafka).transactions().all).toHaveLength(2)
  })

  test('shows a transaction that is decided, and whose markers are missing', async () => {
    const world = new TransactionWorld()
    const producer = world.started('t')
    world.write(producer, 'orders-0', ['a'])
    world.write(producer, 'orders-1', ['b'])
    const held = faultsOf(world.kafka).on('WriteTxnMarkers').hold()
    world.end(producer, 'commit')
    expect(held.count).toBe(1)
    expect(inspect(world.kafka).transactions().open).toMatchObject([{ state: 'PrepareCommit' }])
    held.release()
    await world.clock.settle()
    expect(inspect(world.kafka).transactions().open).toEqual([])
    await world.kafka.close()
  })

  test('waits for a coordinator that loads', async () => {
    const world = new TransactionWorld()
    world.started('t')
    loseCoordinator(world.kafka, { transactionalId: 't' }, { loadMs: 500 })
    expect(() => inspect(world.kafka).transactions()).toThrow(/still loads.*Let time pass/)
    await world.clock.advance(500)
    expect(inspect(world.kafka).transactions().all).toHaveLength(1)
    await world.kafka.close()
  })
})

describe('inspect(kafka).topic', () => {
  test('tells of each record what became of its transaction, and shows markers apart', async () => {
    const world = await mixed()
    const { records, markers, partitions } = await inspect(world.kafka).topic('orders')
    expect(records.map(({ offset, value, transaction }) => [offset, value, transaction])).toEqual([
      [0, 'yes', 'committed'],
      [2, 'no', 'aborted'],
      [3, 'never', 'aborted'],
      [5, 'plain', undefined],
      [6, 'perhaps', 'open'],
    ])
    expect(records[3]).not.toHaveProperty('transaction')
    const timestamp = world.clock.now()
    const marker = { topic: 'orders', partition: 0, timestamp, producerId: 0 }
    expect(markers).toEqual([
      { ...marker, offset: 1, type: 'COMMIT', producerEpoch: 1 },
      { ...marker, offset: 4, type: 'ABORT', producerEpoch: 2 },
    ])
    expect(partitions[0]).toMatchObject({ endOffset: 7, lastStableOffset: 6 })
    await world.kafka.close()
  })

  test('knows the records of a compacted topic by their own offsets', async () => {
    const clock = new ManualClock()
    await using kafka = new Kafkalet({ clock })
    const config = { cleanupPolicy: 'compact', segmentMs: 1 } as const
    await kafka.admin().createTopics([{ topic: 'prices', config }])
    const producer = kafka.producer()
    for (const [key, value] of [
      ['a', '1'],
      ['b', '2'],
      ['a', '3'],
      ['c', '4'],
    ] as const) {
      await producer.send({ topic: 'prices', key, value, partition: 0 })
    }
    await clock.advance(10)
    await producer.send({ topic: 'prices', key: 'd', value: '5', partition: 0 })
    await kafka.runCompaction()
    const { records } = await inspect(kafka).topic('prices')
    expect(records.map(({ offset, key }) => `${offset} ${key}`)).toEqual(['1 b', '2 a', '3 c', '4 d'])
  })

  test('reads __transaction_state as decodeTransactionRecord does', async () => {
    const world = new TransactionWorld()
    world.write(world.started('t'), 'orders-0', ['a'])
    const { records } = await inspect(world.kafka).topic('__transaction_state')
    expect(records).toMatchObject([
      { value: { type: 'transaction', transactionalId: 't', value: { state: 'Empty' } } },
      { value: { value: { state: 'Ongoing', partitions: [{ topic: 'orders', partition: 0 }] } } },
    ])
    const { key, value } = world.broker.topics
      .get('__transaction_state')
      ?.partitions.flatMap((log) => log.read(0))
      .map((batch) => ({ key: batch.key(0), value: batch.value(0) }))[0] ?? { key: null, value: null }
    expect(decodeTransactionRecord({ key, value })).toEqual(records[0]?.value)
    await world.kafka.close()
  })
})

describe('inspect(kafka).group', () => {
  test('shows an offset that waits for its transaction, and a column for it only then', async () => {
    const world = new TransactionWorld()
    const producer = world.started('t')
    world.commitOffset(producer, 'g', 3)
    expect(inspect(world.kafka).group('g').partitions).toMatchObject([{ committed: null, pending: 3, endOffset: 0 }])
    expect(String(inspect(world.kafka).group('g'))).toMatchInlineSnapshot(`
      "Group 'g' is Empty in generation 0, without members; lag 0.
        partition  owner  committed  pending  position  end  lag
        orders-0   -      -          3        -         0    0"
    `)
    world.end(producer, 'commit')
    expect(inspect(world.kafka).group('g').partitions).toMatchObject([{ committed: 3, pending: null }])
    expect(String(inspect(world.kafka).group('g'))).not.toContain('pending')
    await world.kafka.close()
  })
})

describe('the timeline', () => {
  test('tells how transactions begin and end, and of their markers', async () => {
    const world = new TransactionWorld()
    const timeline = inspect(world.kafka).timeline()
    const producer = world.started('billing')
    world.write(producer, 'orders-0', ['a'])
    world.write(producer, 'orders-0', ['b'])
    world.commitOffset(producer, 'g', 2)
    world.end(producer, 'commit')
    world.write(producer, 'orders-1', ['c'])
    await world.clock.advance(60_000)
    world.init(producer)
    expect(String(timeline)).toMatchInlineSnapshot(`
      "    0 ms  topic __transaction_state is created with 50 partitions
          0 ms  transaction of billing begins, producer 0 in epoch 0
          0 ms  orders-0 gets records 0 to 1
          0 ms  topic __consumer_offsets is created with 50 partitions
          0 ms  transaction of billing is to be committed, producer 0 in epoch 1
          0 ms  orders-0 gets the commit marker of billing, at 2
          0 ms  group g commits orders-0@2
          0 ms  transaction of billing is committed, producer 0 in epoch 1
          0 ms  transaction of billing begins, producer 0 in epoch 1
          0 ms  orders-1 gets record 0
      60000 ms  transaction of billing is to be aborted, producer 0 in epoch 2
      60000 ms  orders-1 gets the abort marker of billing, at 1
      60000 ms  transaction of billing is aborted, producer 0 in epoch 2
      60000 ms  billing begins anew, producer 0 in epoch 3"
    `)
    expect(toMermaid(timeline)).toBe('sequenceDiagram')
    await world.kafka.close()
  })
})

describe('matchers', () => {
  test('count records of transactions once they are committed', async () => {
    const world = await mixed()
    expect(world.kafka).toHaveRecords('orders', [{ value: 'yes' }, { value: 'plain' }])
    expect(world.kafka).not.toHaveRecord('orders', { value: 'no' })
    expect(world.kafka).not.toHaveRecord('orders', { value: 'perhaps' })
    expect(world.kafka).toHaveRecord('orders', { value: 'no', transaction: 'aborted' })
    expect(world.kafka).toHaveRecord('orders', { value: 'perhaps', transaction: 'open' })
    expect(world.kafka).not.toHaveRecord('orders', { value: 'plain', transaction: 'committed' })
    await world.kafka.close()
  })

  test('say of a record that does not count why', async () => {
    const world = await mixed()
    expect(failure(() => expect(world.kafka).toHaveRecord('orders', { value: 'no' }))).toMatchInlineSnapshot(`
      "Topic 'orders' has no record that matches {"value": "no"}. orders-0@2 would, but its transaction was aborted.

      What 'orders' has:
        orders-0@0  key null, value "yes"
        orders-0@5  key null, value "plain"
        orders-0@2  key null, value "no", transaction aborted
        orders-0@3  key null, value "never", transaction aborted
        orders-0@6  key null, value "perhaps", transaction open"
    `)
    expect(failure(() => expect(world.kafka).toHaveRecord('orders', { value: 'perhaps' }))).toContain(
      'orders-0@6 would, but its transaction is still open: commit it.',
    )
    await world.kafka.close()
  })
})

describe('waiting', () => {
  test('for records waits until they are committed', async () => {
    const world = new TransactionWorld()
    const producer = world.started('t')
    world.write(producer, 'orders-0', ['no', 'no'])
    world.end(producer, 'abort')
    world.write(producer, 'orders-0', ['yes'])
    const waiting = waitForRecords(world.kafka, 'orders', 1, { timeoutMs: 100 })
    await expect(waiting).rejects.toThrow(
      "Topic 'orders' has 0 of 1 records: orders-0 has 0, orders-1 has 0. Those of open transactions do not count yet: 1 more.",
    )
    world.end(producer, 'commit')
    expect(await waitForRecords(world.kafka, 'orders', 1)).toMatchObject([{ value: 'yes' }])
    await world.kafka.close()
  })

  test.each(['read_committed', 'read_uncommitted'] as const)(
    'for a lag of 0 ends behind a trailing marker and aborted records (%s)',
    async (isolationLevel) => {
      const world = new TransactionWorld()
      const producer = world.started('t')
      world.write(producer, 'orders-0', ['a'])
      world.end(producer, 'commit')
      world.write(producer, 'orders-1', ['b'])
      world.end(producer, 'abort')
      const consumer = world.kafka.consumer({
        groupId: 'g',
        topics: ['orders'],
        autoOffsetReset: 'earliest',
        isolationLevel,
      })
      void consumer.run({ eachRecord() {} })
      const { partitions } = await waitForLag(world.kafka, 'g')
      expect(partitions).toMatchObject([{ committed: 2 }, { committed: 2 }])
      expect(world.kafka).toHaveNoLag('g')
      await world.kafka.close()
    },
  )
})

test('a wait for a lag that an open transaction keeps says so', async () => {
  const world = new TransactionWorld()
  world.write(world.started('t', 600_000), 'orders-0', ['a'])
  const consumer = world.kafka.consumer({
    groupId: 'g',
    topics: ['orders'],
    autoOffsetReset: 'earliest',
    isolationLevel: 'read_committed',
  })
  void consumer.run({ eachRecord() {} })
  await expect(waitForLag(world.kafka, 'g', 0, { timeoutMs: 10_000 })).rejects.toThrow(
    'The lag is 1. A transaction is open in orders-0: who reads with read_committed gets no further until it ends.',
  )
  await world.kafka.close()
})

describe('leftovers', () => {
  test('tell transactions that nobody ended', async () => {
    const world = new TransactionWorld()
    const warned: string[] = []
    leftovers(world.kafka, { warn: (message) => void warned.push(message) })
    const [open, over, decided] = [world.started('open'), world.started('over'), world.started('decided')]
    world.write(open, 'orders-0', ['a'])
    world.write(over, 'orders-1', ['b'])
    world.end(over, 'commit')
    world.write(decided, 'orders-1', ['c'])
    const held = faultsOf(world.kafka).on('WriteTxnMarkers').hold()
    world.end(decided, 'abort')
    await world.clock.advance(2_000)
    await world.kafka.close()
    expect(held.count).toBe(0)
    expect(warned[0]?.split('\n').slice(1, 3)).toEqual([
      "  a transaction of 'decided' that is PrepareAbort, and not over, open for 2000 ms in orders-1",
      "  a transaction of 'open' that was neither committed nor aborted, open for 2000 ms in orders-0",
    ])
  })
})

describe('faults', () => {
  test('lose the answer to EndTxn, and it is committed all the same', async () => {
    const world = new TransactionWorld()
    const producer = world.started('t')
    world.write(producer, 'orders-0', ['a'])
    faultsOf(world.kafka).on('EndTxn', { transactionalId: 't' }).loseResponse()
    const { transactionalId, producerId, producerEpoch } = producer
    const request = { transactionalId, producerId, producerEpoch, committed: true }
    const context = { clientId: 'c', clientHost: '', connection: {} }
    await expect(world.broker.handle('EndTxn', request, context)).rejects.toMatchObject({ code: 'NETWORK_EXCEPTION' })
    expect(world.kafka).toHaveRecord('orders', { value: 'a' })
    expect(world.end(producer, 'commit')).toBe('NONE')
    expect(world.contents('orders-0')).toEqual(['a', 'COMMIT 0/1'])
    await world.kafka.close()
  })

  test('refuse what one transactional id asks, and nothing of another', async () => {
    const world = new TransactionWorld()
    const [one, two] = [world.started('one'), world.started('two')]
    const faults = faultsOf(world.kafka)
    faults.on('AddPartitionsToTxn', { transactionalId: 'one' }).fail('COORDINATOR_NOT_AVAILABLE')
    faults.on('Produce', { transactionalId: 'one' }).fail('NOT_LEADER_OR_FOLLOWER')
    faults.on('FindCoordinator', { transactionalId: 'one' }).fail('COORDINATOR_NOT_AVAILABLE')
    expect(world.add(two, 'orders-0')).toEqual(['NONE'])
    expect(world.add(one, 'orders-0', 'orders-1')).toEqual(['COORDINATOR_NOT_AVAILABLE', 'COORDINATOR_NOT_AVAILABLE'])
    expect(world.write(two, 'orders-0', ['b'])).toBe('NONE')
    expect(world.write(one, 'orders-0', ['a'])).toBe('NOT_LEADER_OR_FOLLOWER')
    const { coordinators } = world.ask('FindCoordinator', { keyType: 1, coordinatorKeys: ['one', 'two'] })
    expect(coordinators.map(({ errorCode }) => errorCode)).toEqual([15, 0])
    expect(world.state('one')).toBe('Empty 0/0')
    faults.assertUsed()
    await world.kafka.close()
  })

  test('refuse, drop and lose markers, which are sent again until they stand', async () => {
    const world = new TransactionWorld()
    const faults = faultsOf(world.kafka)
    const seen: number[] = []
    faults.on('WriteTxnMarkers').observe(({ request }) => {
      seen.push(request.markers.flatMap(({ topics }) => topics.flatMap((each) => each.partitionIndexes)).length)
    })
    const producer = world.started('t')
    world.write(producer, 'orders-0', ['a'])
    world.write(producer, 'orders-1', ['b'])
    faults.on('WriteTxnMarkers', { topic: 'orders', partition: 1 }).fail('NOT_ENOUGH_REPLICAS')
    faults.on('WriteTxnMarkers').drop()
    faults.on('WriteTxnMarkers').loseResponse()
    world.end(producer, 'commit')
    expect(world.state('t')).toBe('PrepareCommit 0/1 orders-1')
    await world.clock.advance(1_000)
    expect(world.state('t')).toBe('CompleteCommit 0/1')
    expect(seen).toEqual([2, 1, 1, 1])
    expect(world.readCommitted('orders-1')).toEqual(['b'])
    expect(world.contents('orders-0')).toEqual(['a', 'COMMIT 0/1'])
    await world.kafka.close()
  })

  test('take the coordinator of a transactional id away', async () => {
    const world = new TransactionWorld()
    const producer = world.started('t')
    world.write(producer, 'orders-0', ['a'])
    loseCoordinator(world.kafka, { transactionalId: 't' }, { loadMs: 200 })
    expect(world.end(producer, 'commit')).toBe('COORDINATOR_LOAD_IN_PROGRESS')
    await world.clock.advance(200)
    expect(world.end(producer, 'commit')).toBe('NONE')
    expect(() => loseCoordinator(world.kafka, {} as { transactionalId: string })).toThrow('{ transactionalId:')
    await world.kafka.close()
  })
})
