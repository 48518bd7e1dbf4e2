// What the transaction coordinator answers, case by case, and what it leaves in the log.
import { KafkaError } from 'kafkalet'
import { faultsOf, loseCoordinator } from 'kafkalet/testing'
import { describe, expect, test } from 'vitest'
import { Broker } from '../../src/broker/broker.ts'
import type { AnyExchange, Plan } from '../../src/broker/interceptors.ts'
import { errorName } from '../../src/errors.ts'
import { insidesOf } from '../../src/kafkalet.ts'
import { TransactionWorld } from '../support/transaction-world.ts'

/** Holds the broker's own requests for markers until they are let go. */
function heldMarkers({ kafka }: TransactionWorld) {
  let release = () => {}
  const wait = new Promise<void>((resolve) => {
    release = resolve
  })
  const arrive = ({ api }: AnyExchange): Plan | null => (api === 'WriteTxnMarkers' ? { wait } : null)
  const remove = insidesOf(kafka)?.broker.intercept({ arrive })
  return {
    release: async (world: TransactionWorld) => {
      release()
      await world.clock.settle()
      remove?.()
    },
  }
}

/** The topic has not enough replicas, until that is called which this returns. */
function refuseWritesTo({ broker }: TransactionWorld, topic: string): () => void {
  const append: typeof broker.append = (log, batch, origin) => {
    if (log.topic === topic) throw new KafkaError('NOT_ENOUGH_REPLICAS')
    return Broker.prototype.append.call(broker, log, batch, origin)
  }
  Object.defineProperty(broker, 'append', { value: append, configurable: true })
  return () => void Reflect.deleteProperty(broker, 'append')
}

describe('a producer that begins', () => {
  test('gets an id of its own and epoch 0, and one above with each further beginning', () => {
    const world = new TransactionWorld()
    const producer = world.started('t')
    expect(producer).toMatchObject({ producerId: 0, producerEpoch: 0 })
    expect(world.started('u')).toMatchObject({ producerId: 1, producerEpoch: 0 })
    expect(world.started('t')).toMatchObject({ producerId: 0, producerEpoch: 1 })
    expect(world.state('t')).toBe('Empty 0/1')
  })

  test('without a transactional id gets a new id each time', () => {
    const world = new TransactionWorld()
    const begin = () =>
      world.ask('InitProducerId', {
        transactionalId: null,
        transactionTimeoutMs: -1,
        producerId: -1,
        producerEpoch: -1,
        enable2Pc: false,
        keepPreparedTxn: false,
      })
    expect(begin()).toMatchObject({ errorCode: 0, producerId: 0, producerEpoch: 0 })
    expect(begin()).toMatchObject({ errorCode: 0, producerId: 1, producerEpoch: 0 })
    expect(world.broker.topics.get('__transaction_state')).toBeUndefined()
  })

  test('in place of one is refused while that cannot be written, and raises the epoch once', () => {
    const world = new TransactionWorld()
    const old = world.started('t')
    world.write(old, 'orders-0', ['a'])
    const next = { ...old, sequences: new Map() }
    const goOn = refuseWritesTo(world, '__transaction_state')
    expect(world.init(next)).toBe('COORDINATOR_NOT_AVAILABLE')
    expect(world.init(next)).toBe('COORDINATOR_NOT_AVAILABLE')
    expect(world.state('t')).toBe('Ongoing 0/0 orders-0')
    goOn()
    expect(world.init(next)).toBe('CONCURRENT_TRANSACTIONS')
    expect(world.state('t')).toBe('CompleteAbort 0/1')
  })

  test('with the last epoch there is gets another id, and the same when it asks again', () => {
    const world = new TransactionWorld()
    const producer = world.started('t')
    world.goOnWithEpoch(producer, 32_766)
    const [retry, stranger] = [{ ...producer }, { ...producer, producerEpoch: 32_765 }]
    for (const each of [producer, retry]) {
      expect(world.init(each, { isKnown: true })).toBe('NONE')
      expect(each).toMatchObject({ producerId: 1, producerEpoch: 0 })
    }
    expect(world.init(stranger, { isKnown: true })).toBe('PRODUCER_FENCED')
  })

  test('may not ask for a timeout above transaction.max.timeout.ms, nor for none', () => {
    const world = new TransactionWorld({ transactionMaxTimeoutMs: 900_000 })
    const producer = world.started('t')
    for (const timeoutMs of [900_001, 0, -1]) {
      expect(world.init(producer, { timeoutMs })).toBe('INVALID_TRANSACTION_TIMEOUT')
    }
    expect(world.init(producer, { timeoutMs: 900_000 })).toBe('NONE')
  })

  test('in place of one with an open transaction has that aborted, and fences it', () => {
    const world = new TransactionWorld()
    const old = world.started('t')
    expect(world.write(old, 'orders-0', ['lost'])).toBe('NONE')
    const next = { ...old, sequences: new Map() }
    expect(world.init(next)).toBe('CONCURRENT_TRANSACTIONS')
    expect(world.contents('orders-0')).toEqual(['lost', 'ABORT 0/1'])
    expect(world.init(next)).toBe('NONE')
    expect(next).toMatchObject({ producerId: 0, producerEpoch: 2 })
    expect(world.write(old, 'orders-0', ['zombie'])).toBe('INVALID_PRODUCER_EPOCH')
    expect(world.add(old, 'orders-0')).toEqual(['PRODUCER_FENCED'])
    expect(world.end(old, 'commit')).toBe('PRODUCER_FENCED')
    expect(world.readCommitted('orders-0')).toEqual([])
  })

  test('again with the epoch it had gets the next one; asked twice, as its answer was lost, the same', () => {
    const world = new TransactionWorld()
    const producer = world.started('t')
    const retry = { ...producer }
    expect(world.init(producer, { isKnown: true })).toBe('NONE')
    expect(world.init(retry, { isKnown: true })).toBe('NONE')
    expect([producer.producerEpoch, retry.producerEpoch]).toEqual([1, 1])
  })

  test('again is fenced when another one has begun meanwhile', () => {
    const world = new TransactionWorld()
    const old = world.started('t')
    world.started('t')
    expect(world.init(old, { isKnown: true })).toBe('PRODUCER_FENCED')
  })

  test.each(['commit', 'abort'] as const)('waits for markers that are not written yet (%s)', async (how) => {
    const world = new TransactionWorld()
    const producer = world.started('t')
    world.write(producer, 'orders-0', ['a'])
    const held = heldMarkers(world)
    const before = { ...producer }
    const name = how === 'commit' ? 'Commit' : 'Abort'
    expect(world.end(producer, how)).toBe('NONE')
    expect(world.state('t')).toBe(`Prepare${name} 0/1 orders-0`)
    expect(world.init({ ...producer })).toBe('CONCURRENT_TRANSACTIONS')
    for (const each of [before, { ...producer }]) expect(world.end(each, how)).toBe('CONCURRENT_TRANSACTIONS')
    expect(world.readCommitted('orders-0')).toEqual([])
    await held.release(world)
    expect(world.state('t')).toBe(`Complete${name} 0/1`)
    expect(world.readCommitted('orders-0')).toEqual(how === 'commit' ? ['a'] : [])
    expect(world.init(producer)).toBe('NONE')
  })
})

describe('a transaction', () => {
  test('spans topics and partitions, and is seen everywhere or nowhere', () => {
    const world = new TransactionWorld()
    const producer = world.started('t')
    for (const how of ['commit', 'abort', 'commit'] as const) {
      const name = `${how} ${producer.producerEpoch}`
      expect(world.write(producer, 'orders-0', [`${name} a`, `${name} b`])).toBe('NONE')
      expect(world.write(producer, 'results-1', [`${name} c`])).toBe('NONE')
      expect(world.state('t')).toBe(`Ongoing 0/${producer.producerEpoch} orders-0 results-1`)
      expect(world.end(producer, how)).toBe('NONE')
    }
    expect(world.readCommitted('orders-0')).toEqual(['commit 0 a', 'commit 0 b', 'commit 2 a', 'commit 2 b'])
    expect(world.readCommitted('results-1')).toEqual(['commit 0 c', 'commit 2 c'])
    expect(world.contents('results-1')).toEqual([
      'commit 0 c',
      'COMMIT 0/1',
      'abort 1 c',
      'ABORT 0/2',
      'commit 2 c',
      'COMMIT 0/3',
    ])
  })

  test('holds back what others write behind it, until it ends', () => {
    const world = new TransactionWorld()
    const [slow, quick] = [world.started('slow'), world.started('quick')]
    world.write(slow, 'orders-0', ['slow'])
    world.write(quick, 'orders-0', ['quick'])
    world.end(quick, 'commit')
    expect(world.readCommitted('orders-0')).toEqual([])
    expect(world.log('orders-0')).toMatchObject({ lastStableOffset: 0, highWatermark: 3 })
    world.end(slow, 'abort')
    expect(world.readCommitted('orders-0')).toEqual(['quick'])
  })

  test('is written again for a new partition, and not for one that it has', () => {
    const world = new TransactionWorld({ transactionStateLogNumPartitions: 1 })
    const producer = world.started('t')
    const written = () => world.log('__transaction_state-0').endOffset
    expect(world.add(producer, 'orders-0', 'orders-1')).toEqual(['NONE', 'NONE'])
    expect(written()).toBe(2)
    expect(world.add(producer, 'orders-1')).toEqual(['NONE'])
    expect(written()).toBe(2)
    expect(world.add(producer, 'orders-1', 'results-0')).toEqual(['NONE', 'NONE'])
    expect(written()).toBe(3)
  })

  test('is described by its id, where there is one and its coordinator knows', () => {
    const world = new TransactionWorld()
    world.started('t')
    const describe = (...transactionalIds: readonly string[]) =>
      world
        .ask('DescribeTransactions', { transactionalIds })
        .transactionStates.map(({ errorCode }) => errorName(errorCode))
    expect(describe('', 'x', 't')).toEqual(['INVALID_REQUEST', 'TRANSACTIONAL_ID_NOT_FOUND', 'NONE'])
    loseCoordinator(world.kafka, { transactionalId: 't' }, { loadMs: 1_000 })
    expect(describe('t')).toEqual(['COORDINATOR_LOAD_IN_PROGRESS'])
  })

  test('that is ended a second time, as the answer was lost, has ended as before', () => {
    for (const how of ['commit', 'abort'] as const) {
      const world = new TransactionWorld()
      const producer = world.started('t')
      world.write(producer, 'orders-0', ['a'])
      const retry = { ...producer }
      const other = { ...producer }
      expect(world.end(producer, how)).toBe('NONE')
      expect(world.end(retry, how)).toBe('NONE')
      expect(retry).toMatchObject({ producerId: 0, producerEpoch: 1 })
      expect(world.end(other, how === 'commit' ? 'abort' : 'commit')).toBe('INVALID_TXN_STATE')
      expect(world.contents('orders-0')).toHaveLength(2)
    }
  })

  test('that has not begun cannot be committed, and is aborted for whoever is in doubt', () => {
    const world = new TransactionWorld()
    const producer = world.started('t')
    expect(world.end(producer, 'commit')).toBe('INVALID_TXN_STATE')
    expect(world.end(producer, 'abort')).toBe('NONE')
    expect(world.state('t')).toBe('CompleteAbort 0/1')
    expect(world.end(producer, 'abort')).toBe('NONE')
    expect(world.end(producer, 'commit')).toBe('INVALID_TXN_STATE')
    expect(producer.producerEpoch).toBe(2)
  })

  test('of an id that nobody knows, or of another producer, is refused', () => {
    const world = new TransactionWorld()
    const producer = world.started('t')
    expect(world.end({ ...producer, transactionalId: 'x' }, 'commit')).toBe('INVALID_PRODUCER_ID_MAPPING')
    expect(world.end({ ...producer, producerId: 9 }, 'commit')).toBe('INVALID_PRODUCER_ID_MAPPING')
    expect(world.add({ ...producer, transactionalId: '' }, 'orders-0')).toEqual(['INVALID_REQUEST'])
    expect(world.end({ ...producer, transactionalId: '' }, 'commit')).toBe('INVALID_REQUEST')
    for (const producerEpoch of [1, -1]) {
      expect(world.add({ ...producer, producerEpoch }, 'orders-0')).toEqual(['PRODUCER_FENCED'])
    }
    expect(world.add(producer, 'orders-0', 'nothing-0')).toEqual([
      'OPERATION_NOT_ATTEMPTED',
      'UNKNOWN_TOPIC_OR_PARTITION',
    ])
  })

  test('that is open for too long is aborted, and its producer fenced', async () => {
    const world = new TransactionWorld()
    const producer = world.started('t', 10_000)
    world.write(producer, 'orders-0', ['a'])
    await world.clock.advance(9_999)
    world.write(producer, 'orders-1', ['b'])
    expect(world.state('t')).toMatch(/^Ongoing/)
    await world.clock.advance(1)
    expect(world.state('t')).toBe('CompleteAbort 0/1')
    expect(world.contents('orders-0')).toEqual(['a', 'ABORT 0/1'])
    expect(world.contents('orders-1')).toEqual(['b', 'ABORT 0/1'])
    expect(world.write(producer, 'orders-0', ['c'])).toBe('INVALID_PRODUCER_EPOCH')
    expect(world.end(producer, 'commit', 4)).toBe('PRODUCER_FENCED')
    expect(world.clock.timerCount).toBe(1)
  })

  test('of a topic that is deleted ends without it', () => {
    const world = new TransactionWorld()
    const producer = world.started('t')
    world.write(producer, 'orders-0', ['a'])
    world.write(producer, 'results-0', ['b'])
    world.ask('DeleteTopics', { topics: [{ name: 'orders', topicId: null }], timeoutMs: 1 })
    expect(world.end(producer, 'commit')).toBe('NONE')
    expect(world.state('t')).toBe('CompleteCommit 0/1')
    expect(world.readCommitted('results-0')).toEqual(['b'])
  })
})

describe('before KIP-890', () => {
  test('partitions are added by request, ends keep the epoch, and are repeated by their state', () => {
    const world = new TransactionWorld()
    const producer = world.started('t')
    expect(world.write(producer, 'orders-0', ['early'], 11)).toBe('TRANSACTION_ABORTABLE')
    expect(world.write(producer, 'orders-0', ['early'], 10)).toBe('INVALID_TXN_STATE')
    expect(world.add(producer, 'orders-0', 'orders-1')).toEqual(['NONE', 'NONE'])
    expect(world.add(producer, 'orders-1')).toEqual(['NONE'])
    expect(world.write(producer, 'orders-0', ['a'], 11)).toBe('NONE')
    expect(world.end(producer, 'commit', 4)).toBe('NONE')
    expect(world.end(producer, 'commit', 4)).toBe('NONE')
    expect(world.end(producer, 'abort', 4)).toBe('INVALID_TXN_STATE')
    expect(world.state('t')).toBe('CompleteCommit 0/0')
    expect(world.contents('orders-0')).toEqual(['a', 'COMMIT 0/0'])
    expect(world.contents('orders-1')).toEqual(['COMMIT 0/0'])
  })

  test('nothing is ended that has not begun', () => {
    const world = new TransactionWorld()
    const producer = world.started('t')
    for (const how of ['commit', 'abort'] as const) expect(world.end(producer, how, 4)).toBe('INVALID_TXN_STATE')
  })
})

describe('a coordinator that is lost', () => {
  test('leaves an open transaction to the next one, with what is left of its timeout', async () => {
    const world = new TransactionWorld()
    const producer = world.started('t', 10_000)
    world.write(producer, 'orders-0', ['a'])
    await world.clock.advance(4_000)
    world.broker.transactions.lose('t')
    expect(world.write(producer, 'orders-1', ['b'])).toBe('NONE')
    await world.clock.advance(5_999)
    expect(world.state('t')).toMatch(/^Ongoing/)
    await world.clock.advance(1)
    expect(world.state('t')).toBe('CompleteAbort 0/1')
  })

  test('after the decision leaves the markers to the next one', async () => {
    for (const how of ['commit', 'abort'] as const) {
      const world = new TransactionWorld()
      const producer = world.started('t')
      world.write(producer, 'orders-0', ['a'])
      const held = heldMarkers(world)
      expect(world.end(producer, how)).toBe('NONE')
      world.broker.transactions.lose('t', { loadMs: 1_000 })
      expect(world.init({ ...producer })).toBe('COORDINATOR_LOAD_IN_PROGRESS')
      await held.release(world)
      await world.clock.advance(1_000)
      expect(world.state('t')).toBe(`Complete${how === 'commit' ? 'Commit' : 'Abort'} 0/1`)
      expect(world.readCommitted('orders-0')).toEqual(how === 'commit' ? ['a'] : [])
      // Sent by both coordinators: the second ends nothing.
      expect(world.contents('orders-0').slice(0, 2)).toEqual(['a', `${how.toUpperCase()} 0/1`])
    }
  })

  test.each([4, 5])(
    'may still have a marker under way, which then ends no transaction that began since (EndTxn %i)',
    async (version) => {
      const world = new TransactionWorld()
      const producer = world.started('t')
      const write = (value: string) => {
        if (version === 4) expect(world.add(producer, 'orders-0')).toEqual(['NONE'])
        expect(world.write(producer, 'orders-0', [value], version === 4 ? 11 : undefined)).toBe('NONE')
      }
      write('a')
      const held = faultsOf(world.kafka).on('WriteTxnMarkers').hold()
      expect(world.end(producer, 'commit', version)).toBe('NONE')
      loseCoordinator(world.kafka, { transactionalId: 't' })
      expect(world.contents('orders-0')).toHaveLength(2)
      write('b')
      held.release()
      await world.clock.settle()
      expect(world.readCommitted('orders-0')).toEqual(['a'])
      expect(world.log('orders-0').lastStableOffset).toBe(2)
      expect(world.end(producer, 'abort', version)).toBe('NONE')
      expect(world.readCommitted('orders-0')).toEqual(['a'])
    },
  )

  test('makes no difference to what is written about its ids', async () => {
    const world = new TransactionWorld({ transactionStateLogNumPartitions: 1 })
    const producer = world.started('t')
    const other = world.started('u')
    world.write(producer, 'orders-0', ['a'])
    world.write(other, 'orders-1', ['b'])
    world.commitOffset(other, 'g', 4)
    world.end(producer, 'commit')
    const { live, rebuilt } = world.views('t')
    expect(live).toEqual(rebuilt)
    world.broker.transactions.lose('t')
    expect(world.views('t').live).toEqual(live)
  })
})

test('an id that rests for transactional.id.expiration.ms is forgotten; then its producer is unknown', async () => {
  const world = new TransactionWorld()
  const producer = world.started('t')
  world.write(producer, 'orders-0', ['a'])
  world.end(producer, 'commit')
  await world.clock.advance(7 * 86_400_000 - 1)
  expect(world.state('t')).toBe('CompleteCommit 0/1')
  await world.clock.advance(3_600_000)
  expect(world.state('t')).toBeNull()
  expect(world.write(producer, 'orders-0', ['b'])).toBe('INVALID_PRODUCER_ID_MAPPING')
  expect(world.started('t')).toMatchObject({ producerId: 1, producerEpoch: 0 })
})

test('a producer whose epochs are used up goes on with another id', () => {
  const world = new TransactionWorld()
  const producer = world.started('t')
  world.goOnWithEpoch(producer, 32_766)
  const retry = { ...producer }
  expect(world.write(producer, 'orders-0', ['a'])).toBe('NONE')
  expect(world.end(producer, 'commit')).toBe('NONE')
  expect(producer).toMatchObject({ producerId: 1, producerEpoch: 0 })
  expect(world.state('t')).toBe('CompleteCommit 1/0')
  expect(world.contents('orders-0')).toEqual(['a', 'COMMIT 0/32767'])
  expect(world.end(retry, 'commit')).toBe('NONE')
  expect(retry).toMatchObject({ producerId: 1, producerEpoch: 0 })
})
