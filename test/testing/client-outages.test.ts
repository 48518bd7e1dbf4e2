// Clients that freeze, lose their network, or lose an answer: what Kafka's clients make of it, as stories.
import { type AnyTopics, type ConsumerOptions, Kafkalet, type Producer } from 'kafkalet'
import { crash, disconnect, faultsOf, freeze, loseCoordinator, ManualClock, reconnect, thaw } from 'kafkalet/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let clock: ManualClock
let kafka: Kafkalet
let producer: Producer<AnyTopics>

beforeEach(async () => {
  clock = new ManualClock()
  kafka = new Kafkalet({ clock, seed: 1 })
  await kafka.admin().createTopics([{ topic: 't', partitions: 1 }])
  producer = kafka.producer()
})

afterEach(() => kafka.close())

const send = (...values: string[]) => producer.sendBatch(values.map((value) => ({ topic: 't', partition: 0, value })))

const member = (clientId: string, options: ConsumerOptions = {}) =>
  kafka.consumer({
    clientId,
    groupId: 'g',
    topics: ['t'],
    autoOffsetReset: 'earliest',
    enableAutoCommit: false,
    ...options,
  })

type Member = ReturnType<typeof member>

/** Polls, letting time pass until there is something or the poll is over. */
async function poll(consumer: Member, timeoutMs = 10_000): Promise<string[]> {
  const polling = consumer.poll({ timeoutMs })
  let isDone = false
  const done = () => {
    isDone = true
  }
  polling.then(done, done)
  for (await clock.settle(); !isDone; ) await clock.advance(50)
  return (await polling).map(({ value }) => String(value))
}

async function within<Result>(ms: number, call: Promise<Result>): Promise<Result> {
  call.catch(() => {})
  await clock.advance(ms)
  return call
}

const committed = async () => (await kafka.admin().listConsumerGroupOffsets('g')).map(({ offset }) => offset)

describe('a frozen member', () => {
  test('is thrown out, another takes over, and the zombie’s commit is fenced', async () => {
    await send('a', 'b')
    const zombie = member('zombie')
    expect(await poll(zombie)).toEqual(['a', 'b'])
    freeze(zombie)
    const heir = member('heir')
    expect(await poll(heir, 46_000)).toEqual(['a', 'b'])
    await heir.commit()
    thaw(zombie)
    await expect(within(0, zombie.commit())).rejects.toMatchObject({ code: 'UNKNOWN_MEMBER_ID' })
    expect(await committed()).toEqual([2])
    expect(heir.assignment).toEqual([{ topic: 't', partition: 0 }])
  })

  test('sends no heartbeat and nothing else, and its polls do not end', async () => {
    const frozen = member('frozen')
    await poll(frozen, 100)
    const faults = faultsOf(kafka)
    faults.record()
    freeze(frozen)
    await send('a')
    let ended = false
    const polling = frozen.poll({ timeoutMs: 500 }).finally(() => {
      ended = true
    })
    const committing = frozen.commit([{ topic: 't', partition: 0, offset: 1 }])
    await clock.advance(20_000)
    const fromFrozen = () => faults.history.filter(({ clientId }) => clientId === 'frozen').map(({ api }) => api)
    expect([ended, fromFrozen()]).toEqual([false, []])
    thaw(frozen)
    await clock.settle()
    await committing
    expect(await within(100, polling)).toMatchObject([{ value: 'a' }])
    expect(fromFrozen().slice(0, 2)).toEqual(['OffsetCommit', 'Heartbeat'])
    expect(await committed()).toEqual([1])
  })

  test('that comes back in time is still a member', async () => {
    const left: string[] = []
    kafka.events.on('memberLeft', ({ clientId }) => left.push(clientId))
    const frozen = member('frozen')
    await poll(frozen, 100)
    freeze(frozen)
    await clock.advance(40_000)
    thaw(frozen)
    await clock.advance(40_000)
    expect(left).toEqual([])
    await send('a')
    expect(await poll(frozen)).toEqual(['a'])
  })

  test('learns with its heartbeat what has become of it, loses its partitions, and joins again', async () => {
    const told: string[] = []
    const frozen = member('frozen', {
      onPartitionsAssigned: (partitions) => void told.push(`+${partitions.length}`),
      onPartitionsLost: (partitions) => void told.push(`lost ${partitions.length}`),
    })
    await poll(frozen, 100)
    freeze(frozen)
    await clock.advance(46_000)
    expect(told).toEqual(['+1'])
    thaw(frozen)
    await clock.settle()
    await send('a')
    expect(await poll(frozen)).toEqual(['a'])
    expect(told).toEqual(['+1', 'lost 1', '+1'])
  })

  test('that crashes is gone, and what it was asked is never done', async () => {
    const frozen = kafka.producer()
    await frozen.send({ topic: 't', value: 'a' })
    freeze(frozen)
    void frozen.send({ topic: 't', value: 'b' })
    await clock.settle()
    crash(frozen)
    thaw(frozen)
    await clock.advance(200_000)
    expect(await kafka.admin().topicOffsets('t')).toMatchObject([{ endOffset: 1 }])
  })
})

describe('a frozen consumer', () => {
  test('does not even notice that closing takes too long', async () => {
    const frozen = member('frozen')
    await poll(frozen, 100)
    freeze(frozen)
    let isClosed = false
    const closing = frozen.close({ timeoutMs: 1_000 }).then(() => {
      isClosed = true
    })
    await clock.advance(30_000)
    expect(isClosed).toBe(false)
    thaw(frozen)
    await closing
  })
})

test('a producer that crashes while its request is on its way sends nothing more', async () => {
  await send('a')
  const held = faultsOf(kafka).on('Produce').hold()
  void producer.send({ topic: 't', value: 'b' })
  await held.arrived()
  crash(producer)
  held.release()
  await clock.advance(200_000)
  expect(await kafka.admin().topicOffsets('t')).toMatchObject([{ endOffset: 1 }])
  expect(clock.timerCount).toBe(0)
})

describe('a frozen producer', () => {
  test('sends what it was asked meanwhile, in order, when it is back', async () => {
    const lingering = kafka.producer({ lingerMs: 5 })
    const first = lingering.send({ topic: 't', value: 'a' })
    await within(5, first)
    freeze(lingering)
    const later = [lingering.send({ topic: 't', value: 'b' }), lingering.send({ topic: 't', value: 'c' })]
    await clock.advance(10_000)
    expect(await kafka.admin().topicOffsets('t')).toMatchObject([{ endOffset: 1 }])
    thaw(lingering)
    expect((await Promise.all(later)).map(({ offset }) => offset)).toEqual([1, 2])
  })
})

describe('a disconnected member', () => {
  test('goes on where it stood when the network is back before its session is over', async () => {
    await send('a')
    const consumer = member('consumer')
    expect(await poll(consumer)).toEqual(['a'])
    disconnect(consumer)
    await send('b')
    expect(await poll(consumer, 20_000)).toEqual([])
    reconnect(consumer)
    expect(await poll(consumer)).toEqual(['b'])
    await consumer.commit()
    expect(await committed()).toEqual([2])
  })

  test('whose session expires joins again, and gets again what it did not commit', async () => {
    const left: string[] = []
    kafka.events.on('memberLeft', ({ clientId, reason }) => left.push(`${clientId}: ${reason}`))
    await send('a')
    const consumer = member('consumer')
    expect(await poll(consumer)).toEqual(['a'])
    disconnect(consumer)
    expect(await poll(consumer, 50_000)).toEqual([])
    expect(left).toEqual(['consumer: session expired'])
    reconnect(consumer)
    expect(await poll(consumer)).toEqual(['a'])
  })

  test('that had not even joined joins when the network is there', async () => {
    await send('a')
    const consumer = member('consumer')
    disconnect(consumer)
    expect(await poll(consumer, 5_000)).toEqual([])
    reconnect(consumer)
    expect(await poll(consumer)).toEqual(['a'])
  })

  test('that waits for others to join learns that its request is lost, and joins again', async () => {
    const first = member('first')
    await poll(first, 100)
    const second = member('second')
    const joining = second.poll({ timeoutMs: 0 })
    await clock.settle()
    await joining
    disconnect(second)
    await clock.advance(1_000)
    const faults = faultsOf(kafka)
    faults.record()
    reconnect(second)
    await clock.advance(1_000)
    expect(faults.history.map(({ api, clientId }) => `${clientId} ${api}`)).toContain('second JoinGroup')
    for (let i = 0; i < 8; i++) {
      await poll(first, 1_000)
      await poll(second, 1_000)
    }
    expect([...first.assignment, ...second.assignment]).toEqual([{ topic: 't', partition: 0 }])
  })

  test('cannot commit for as long as defaultApiTimeoutMs, and says so', async () => {
    await send('a')
    const consumer = member('consumer', { defaultApiTimeoutMs: 5_000 })
    await poll(consumer)
    disconnect(consumer)
    const committing = consumer.commit()
    await expect(within(5_000, committing)).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT' })
    reconnect(consumer)
  })

  test('without a group goes on reading too', async () => {
    await send('a')
    const reader = kafka.consumer()
    reader.assign([{ topic: 't', partition: 0 }])
    disconnect(reader)
    const polling = reader.poll({ timeoutMs: 1_000 })
    expect(await within(1_000, polling)).toEqual([])
    reconnect(reader)
    reader.seek({ topic: 't', partition: 0 }, 'beginning')
    expect(await within(200, reader.poll())).toMatchObject([{ value: 'a' }])
  })
})

describe('a disconnected producer', () => {
  test('delivers when the network is back, and keeps the order', async () => {
    await send('a')
    disconnect(producer)
    const sent = ['b', 'c', 'd'].map((value) => producer.send({ topic: 't', value }))
    await clock.advance(60_000)
    reconnect(producer)
    expect((await within(1_000, Promise.all(sent))).map(({ offset }) => offset)).toEqual([1, 2, 3])
  })

  test('gives up after deliveryTimeoutMs', async () => {
    await send('a')
    disconnect(producer)
    const sent = producer.send({ topic: 't', value: 'b' })
    sent.catch(() => {})
    await clock.advance(119_999)
    let outcome = 'open'
    sent.catch((error) => {
      outcome = error.code
    })
    await clock.settle()
    expect(outcome).toBe('open')
    await expect(within(1, sent)).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT', retriable: true })
    await expect(sent).rejects.toThrow('1 record(s) for t-0 were not acknowledged within 120000 ms')
  })

  test('gives up after maxBlockMs where it does not even know the topic', async () => {
    disconnect(producer)
    const sent = producer.send({ topic: 't', value: 'b' })
    await expect(within(60_000, sent)).rejects.toThrow(
      "Nothing could be learnt of topic 't' within 60000 ms (maxBlockMs)",
    )
  })

  test('gives up at once where it may not try again', async () => {
    const once = kafka.producer({ retries: 0 })
    await once.send({ topic: 't', value: 'a' })
    disconnect(once)
    await expect(once.send({ topic: 't', value: 'b' })).rejects.toMatchObject({ code: 'NETWORK_EXCEPTION' })
  })

  test('with acks 0 learns nothing', async () => {
    const blind = kafka.producer({ acks: 0 })
    await blind.send({ topic: 't', value: 'a' })
    disconnect(blind)
    expect(await blind.send({ topic: 't', value: 'b' })).toMatchObject({ offset: -1 })
    reconnect(blind)
    await clock.advance(10_000)
    expect(await kafka.admin().topicOffsets('t')).toMatchObject([{ endOffset: 1 }])
  })
})

test('a disconnected admin asks until its answer comes', async () => {
  const admin = kafka.admin()
  disconnect(admin)
  const listing = admin.listTopics()
  await clock.advance(10_000)
  reconnect(admin)
  expect(await within(1_000, listing)).toEqual(['t'])
})

describe('at least once', () => {
  test('a commit whose answer is lost is made again, and counts once', async () => {
    await send('a')
    const consumer = member('consumer')
    await poll(consumer)
    faultsOf(kafka).on('OffsetCommit').loseResponse()
    const committing = consumer.commit()
    await clock.settle()
    expect(await committed()).toEqual([1])
    await within(100, committing)
    expect(await committed()).toEqual([1])
  })

  test('a member that crashes when its commit’s answer is lost has committed; one whose commit was dropped has not', async () => {
    for (const [how, expected] of [
      ['loseResponse', []],
      ['drop', ['a']],
    ] as const) {
      const world = new Kafkalet({ clock, seed: 2, config: { numPartitions: 1 } })
      await world.producer().send({ topic: 't', value: 'a' })
      const options = { groupId: 'g', topics: ['t'], autoOffsetReset: 'earliest', enableAutoCommit: false } as const
      const consumer = world.consumer(options)
      expect(await consumer.poll()).toHaveLength(1)
      faultsOf(world).on('OffsetCommit')[how]()
      const committing = consumer.commit()
      committing.catch(() => {})
      await clock.settle()
      crash(consumer)
      await clock.advance(50_000)
      const heir = world.consumer(options)
      const found = await within(1_000, heir.poll({ timeoutMs: 1_000 }))
      expect(found.map(({ value }) => value)).toEqual(expected)
      await world.close()
    }
  })

  test('a rebalance goes on when any of its answers is lost', async () => {
    for (const api of [
      'FindCoordinator',
      'JoinGroup',
      'SyncGroup',
      'OffsetFetch',
      'Metadata',
      'ListOffsets',
      'Fetch',
    ] as const) {
      const world = new Kafkalet({ clock, seed: 3, config: { numPartitions: 1 } })
      await world.producer().send({ topic: 't', value: 'a' })
      faultsOf(world).on(api, { clientId: 'c' }).times(3).loseResponse()
      const consumer = world.consumer({ clientId: 'c', groupId: 'g', topics: ['t'], autoOffsetReset: 'earliest' })
      const found = await within(3_000, consumer.poll({ timeoutMs: 3_000 }))
      expect([api, found.map(({ value }) => value)]).toEqual([api, ['a']])
      faultsOf(world).assertUsed()
      await world.close()
    }
  })

  test('a heartbeat that is lost is nothing', async () => {
    const left: string[] = []
    kafka.events.on('memberLeft', ({ clientId }) => left.push(clientId))
    await poll(member('consumer'), 100)
    faultsOf(kafka).on('Heartbeat').times(5).drop()
    await clock.advance(60_000)
    expect(left).toEqual([])
    faultsOf(kafka).assertUsed()
  })

  test('a partition that cannot be fetched is fetched later, and the error of one that must not be read is told once', async () => {
    await send('a')
    const consumer = member('consumer')
    const faults = faultsOf(kafka)
    faults.on('Fetch', { topic: 't' }).times(3).fail('KAFKA_STORAGE_ERROR')
    expect(await poll(consumer)).toEqual(['a'])
    faults.assertUsed()
    faults.on('Fetch', { topic: 't' }).fail('TOPIC_AUTHORIZATION_FAILED')
    await send('b')
    await expect(poll(consumer)).rejects.toMatchObject({ code: 'TOPIC_AUTHORIZATION_FAILED' })
    expect(await poll(consumer)).toEqual(['b'])
  })

  test('a batch that is tried again keeps its place before later ones of its partition', async () => {
    await send('known')
    faultsOf(kafka).on('Produce').times(2).fail('NOT_ENOUGH_REPLICAS')
    const sent = ['a', 'b', 'c'].map((value) => producer.send({ topic: 't', value }))
    const batch = send('d', 'e')
    await within(1_000, Promise.all(sent))
    await batch
    expect(await poll(member('reader'))).toEqual(['known', 'a', 'b', 'c', 'd', 'e'])
  })
})

test('a producer’s topic that is deleted under it is made again by its next try', async () => {
  await send('a')
  await kafka.admin().deleteTopics(['t'])
  expect(await within(100, producer.send({ topic: 't', value: 'b' }))).toMatchObject({ offset: 0 })
})

test('a lost coordinator and a frozen member at once: the group goes on', async () => {
  await send('a')
  const consumer = member('consumer')
  await poll(consumer)
  freeze(consumer)
  loseCoordinator(kafka, 'g', { loadMs: 1_000 })
  await clock.advance(5_000)
  thaw(consumer)
  await within(5_000, consumer.commit())
  expect(await committed()).toEqual([1])
})

test.each([freeze, thaw, disconnect, reconnect])('%o takes clients only', (call) => {
  expect(() => call(kafka)).toThrowError(`${call.name} takes a consumer, a producer or an admin`)
})
