// Transactions, told as they happen: rows 25, 26, 30 and 33 to 37 of what Kafka does.
import type { AnyTopics, Producer, ProducerOptions, Transaction } from 'kafkalet'
import { crash, faultsOf, freeze, loseCoordinator, thaw, waitForLag } from 'kafkalet/testing'
import { describe, expect, test } from 'vitest'
import { insidesOf } from '../../src/kafkalet.ts'
import { Story, t0 } from '../support/story.ts'

type TestProducer = Producer<AnyTopics>

/** With one partition of `t`, and what becomes of transactions told. */
async function begin(): Promise<Story> {
  const story = await Story.begin({ topics: { t: 1, results: 1 }, ofGroups: false })
  story.kafka.events.on('transactionStateChanged', ({ transactionalId, to, producerEpoch }) =>
    story.tell(`the transaction of ${transactionalId} is ${to}, epoch ${producerEpoch}`),
  )
  return story
}

function transactional(story: Story, transactionalId = 'x', options: ProducerOptions = {}): TestProducer {
  return story.kafka.producer({ clientId: transactionalId, transactionalId, ...options })
}

const records = (...values: readonly string[]) => values.map((value) => ({ topic: 't', partition: 0, value }))

async function sendsIn(story: Story, producer: TestProducer, ...values: readonly string[]) {
  const transaction = await producer.beginTransaction()
  await transaction.sendBatch(records(...values))
  story.tell(`sent in a transaction: ${values.join(' ')}`)
  return transaction
}

const committedOnly = { isolationLevel: 'read_committed' } as const

/** All that a reader of committed records finds from the start. */
async function seen(story: Story, topic = 't'): Promise<string[]> {
  const reader = story.kafka.consumer({ autoOffsetReset: 'earliest', ...committedOnly })
  reader.assign([{ topic, partition: 0 }])
  const values: string[] = []
  for (let before = -1, at = 0; at !== before; ) {
    before = at
    values.push(...(await reader.poll({ timeoutMs: 0 })).map(({ value }) => String(value)))
    at = await reader.position({ topic, partition: 0 })
  }
  await reader.close()
  return values
}

describe('row 25: where a reader of committed records stops', () => {
  test('is in front of the first transaction that is open, for reading, for "latest", for times and for the lag', async () => {
    await using story = await begin()
    await story.send('t', 0, 'a')
    await story.passes(1_000)
    const transaction = await sendsIn(story, transactional(story), 'b')
    await story.send('t', 0, 'c')
    const all = story.reader('all', [t0])
    const stable = story.reader('stable', [t0], committedOnly)
    const late = story.reader('late', [t0], { ...committedOnly, autoOffsetReset: 'latest' })
    await story.polls([all, stable, late])
    for (const [name, reader] of [
      ['all', all],
      ['stable', stable],
    ] as const) {
      await story.tries(`${name}: lag`, () => reader.lag(t0))
      await story.tries(`${name}: offset for a time`, () =>
        reader.offsetsForTimes([{ ...t0, timestamp: story.startMs + 500 }]),
      )
      reader.seek(t0, 'end')
      await story.tries(`${name}: the end`, () => reader.position(t0))
    }
    stable.seek(t0, 1)
    await transaction.commit()
    await story.polls([stable, late])
    await story.tries('stable: lag', () => stable.lag(t0))
    await story.tries('stable: position', () => stable.position(t0))
    expect(story.told()).toMatchInlineSnapshot(`
      "1 s: the transaction of x is Ongoing, epoch 0
      1 s: sent in a transaction: b
      1 s: all reads t-0: a@0 b@1 c@2
      1 s: stable reads t-0: a@0
      2 s: all: lag: 0
      2 s: all: offset for a time: [1]
      2 s: all: the end: 3
      2 s: stable: lag: 0
      2 s: stable: offset for a time: [null]
      2 s: stable: the end: 1
      2 s: the transaction of x is PrepareCommit, epoch 1
      2 s: the transaction of x is CompleteCommit, epoch 1
      2 s: stable reads t-0: b@1 c@2
      2 s: late reads t-0: b@1 c@2
      3 s: stable: lag: 0
      3 s: stable: position: 4"
    `)
  })

  test('a poll that waits there goes on when the transaction ends', async () => {
    await using story = await begin()
    const transaction = await sendsIn(story, transactional(story), 'a')
    const reader = story.reader('reader', [t0], committedOnly)
    const polling = reader.poll({ timeoutMs: 10_000 })
    await story.passes(1_000)
    await transaction.commit()
    expect((await polling).map(({ value }) => value)).toEqual(['a'])
    expect(story.clock.now() - story.startMs).toBe(1_000)
  })
})

describe('row 26: what was aborted', () => {
  test('is passed by, among what others have written and committed meanwhile', async () => {
    await using story = await begin()
    const [x, y] = [transactional(story, 'x'), transactional(story, 'y')]
    const ofX = await sendsIn(story, x, 'x1')
    const ofY = await sendsIn(story, y, 'y1')
    await story.send('t', 0, 'plain')
    await ofX.send({ topic: 't', partition: 0, value: 'x2' })
    await ofX.abort()
    await ofY.send({ topic: 't', partition: 0, value: 'y2' })
    await (await sendsIn(story, x, 'x3')).commit()
    await ofY.commit()
    await (await sendsIn(story, y, 'y3')).abort()
    await story.polls([story.reader('stable', [t0], committedOnly), story.reader('all', [t0])])
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: the transaction of x is Ongoing, epoch 0
      0 s: sent in a transaction: x1
      0 s: the transaction of y is Ongoing, epoch 0
      0 s: sent in a transaction: y1
      0 s: the transaction of x is PrepareAbort, epoch 1
      0 s: the transaction of x is CompleteAbort, epoch 1
      0 s: the transaction of x is Ongoing, epoch 1
      0 s: sent in a transaction: x3
      0 s: the transaction of x is PrepareCommit, epoch 2
      0 s: the transaction of x is CompleteCommit, epoch 2
      0 s: the transaction of y is PrepareCommit, epoch 1
      0 s: the transaction of y is CompleteCommit, epoch 1
      0 s: the transaction of y is Ongoing, epoch 1
      0 s: sent in a transaction: y3
      0 s: the transaction of y is PrepareAbort, epoch 2
      0 s: the transaction of y is CompleteAbort, epoch 2
      0 s: stable reads t-0: y1@1 plain@2 y2@5 x3@6
      0 s: all reads t-0: x1@0 y1@1 plain@2 x2@3 y2@5 x3@6 y3@9"
    `)
  })
})

describe('row 30: the position after all was read', () => {
  test('is behind the markers, and so is what a group commits: its lag comes to nothing', async () => {
    await using story = await begin()
    const member = story.consumer('member', { ...committedOnly, enableAutoCommit: true })
    const running = member.run({ eachRecord: ({ value }) => story.tell(`member reads ${value}`) })
    await story.passes(1_000)
    const producer = transactional(story)
    await (await sendsIn(story, producer, 'a')).commit()
    await (await sendsIn(story, producer, 'b')).abort()
    const { partitions } = await waitForLag(story.kafka, 'g', 0)
    expect(partitions).toMatchObject([{ topic: 't', committed: 4, position: 4, endOffset: 4 }])
    await member.close()
    await running
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: member is assigned t-0
      1 s: the transaction of x is Ongoing, epoch 0
      1 s: sent in a transaction: a
      1 s: the transaction of x is PrepareCommit, epoch 1
      1 s: the transaction of x is CompleteCommit, epoch 1
      1 s: member reads a
      1 s: the transaction of x is Ongoing, epoch 1
      1 s: sent in a transaction: b
      1 s: the transaction of x is PrepareAbort, epoch 2
      1 s: the transaction of x is CompleteAbort, epoch 2
      5 s: member gives back t-0"
    `)
  })

  test('a poll that finds nothing but markers returns early, with no records', async () => {
    await using story = await begin()
    const reader = story.reader('reader', [t0], committedOnly)
    await (await sendsIn(story, transactional(story), 'a')).abort()
    expect(await reader.poll({ timeoutMs: 10_000 })).toEqual([])
    expect(await reader.position(t0)).toBe(2)
    expect(story.clock.now()).toBe(story.startMs)
  })
})

describe('row 33: what is sent again', () => {
  test('in a transaction is written once, and its sequences begin at 0 with the next epoch', async () => {
    await using story = await begin()
    const producer = transactional(story)
    const transaction = await producer.beginTransaction()
    const faults = faultsOf(story.kafka)
    for (const value of ['a', 'b', 'c']) {
      faults.on('Produce').loseResponse()
      const sent = transaction.send({ topic: 't', partition: 0, value })
      await story.passes(200)
      expect(await sent).toMatchObject({ offset: ['a', 'b', 'c'].indexOf(value) })
    }
    await transaction.commit()
    await (await sendsIn(story, producer, 'd')).commit()
    const sent = faults.history.flatMap(({ api, request }) =>
      api === 'Produce'
        ? request.topicData.flatMap(({ partitionData }) =>
            partitionData.map(
              ({ records: { baseSequence, attributes } }) => `${attributes.producerEpoch}:${baseSequence}`,
            ),
          )
        : [],
    )
    expect(sent).toEqual(['0:0', '0:0', '0:1', '0:1', '0:2', '0:2', '1:0'])
    expect(await seen(story)).toEqual(['a', 'b', 'c', 'd'])
  })
})

describe('row 34: a second producer with the same transactional id', () => {
  test('has what the first left open aborted, and the first can do nothing more', async () => {
    await using story = await begin()
    const zombie = transactional(story)
    const transaction = await sendsIn(story, zombie, 'zombie')
    const heir = transactional(story)
    const initialized = heir.initTransactions()
    await story.passes(100)
    await initialized
    await story.tries('the zombie sends', () => transaction.send({ topic: 't', partition: 0, value: 'late' }))
    await story.tries('the zombie commits', () => transaction.commit())
    await story.tries('the zombie aborts', () => transaction.abort())
    await story.tries('the zombie begins', () => zombie.beginTransaction())
    await (await sendsIn(story, heir, 'heir')).commit()
    await zombie.close()
    expect(await seen(story)).toEqual(['heir'])
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: the transaction of x is Ongoing, epoch 0
      0 s: sent in a transaction: zombie
      0 s: the transaction of x is PrepareAbort, epoch 1
      0 s: the transaction of x is CompleteAbort, epoch 1
      0.1 s: the transaction of x is Empty, epoch 2
      0.1 s: the zombie sends: refused, INVALID_PRODUCER_EPOCH
      0.1 s: the zombie commits: refused, INVALID_PRODUCER_EPOCH
      0.1 s: the zombie aborts: refused, PRODUCER_FENCED
      0.1 s: the zombie begins: refused, PRODUCER_FENCED
      0.1 s: the transaction of x is Ongoing, epoch 2
      0.1 s: sent in a transaction: heir
      0.1 s: the transaction of x is PrepareCommit, epoch 3
      0.1 s: the transaction of x is CompleteCommit, epoch 3"
    `)
  })

  test('fences one that commits without having sent anything since, when it begins to send again', async () => {
    await using story = await begin()
    const zombie = transactional(story)
    await (await sendsIn(story, zombie, 'a')).commit()
    await (await sendsIn(story, transactional(story), 'b')).commit()
    await story.tries('the zombie sends', () => sendsIn(story, zombie, 'late'))
    expect(await seen(story)).toEqual(['a', 'b'])
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: the transaction of x is Ongoing, epoch 0
      0 s: sent in a transaction: a
      0 s: the transaction of x is PrepareCommit, epoch 1
      0 s: the transaction of x is CompleteCommit, epoch 1
      0 s: the transaction of x is Empty, epoch 2
      0 s: the transaction of x is Ongoing, epoch 2
      0 s: sent in a transaction: b
      0 s: the transaction of x is PrepareCommit, epoch 3
      0 s: the transaction of x is CompleteCommit, epoch 3
      0 s: the zombie sends: refused, INVALID_PRODUCER_EPOCH"
    `)
  })
})

describe('row 35: an end that is asked for again', () => {
  test.each(['commit', 'abort'] as const)('%s: as its answer was lost, it has the same outcome', async (how) => {
    await using story = await begin()
    const producer = transactional(story)
    const faults = faultsOf(story.kafka)
    faults.on('EndTxn').times(2).loseResponse()
    const transaction = await sendsIn(story, producer, 'a')
    const ended = transaction[how]()
    await story.passes(1_000)
    await ended
    await (await sendsIn(story, producer, 'b')).commit()
    faults.assertUsed()
    expect(await seen(story)).toEqual(how === 'commit' ? ['a', 'b'] : ['b'])
  })

  test('the next transaction waits until the markers of the one before stand', async () => {
    await using story = await begin()
    const producer = transactional(story)
    const markers = faultsOf(story.kafka).on('WriteTxnMarkers').hold()
    await (await sendsIn(story, producer, 'a')).commit()
    story.tell('committed')
    const reader = story.reader('reader', [t0], committedOnly)
    await story.polls([reader])
    const second = sendsIn(story, producer, 'b')
    await story.passes(1_000)
    markers.release()
    await story.passes(1_000)
    await (await second).commit()
    await story.polls([reader])
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: the transaction of x is Ongoing, epoch 0
      0 s: sent in a transaction: a
      0 s: the transaction of x is PrepareCommit, epoch 1
      0 s: committed
      2 s: the transaction of x is CompleteCommit, epoch 1
      2.5 s: the transaction of x is Ongoing, epoch 1
      2.5 s: sent in a transaction: b
      3 s: the transaction of x is PrepareCommit, epoch 2
      3 s: the transaction of x is CompleteCommit, epoch 2
      3 s: reader reads t-0: a@0 b@2"
    `)
  })
})

describe('row 36: a transaction that is open for too long', () => {
  test('is aborted by its coordinator, and its producer learns it with its next record', async () => {
    await using story = await begin()
    const producer = transactional(story, 'x', { transactionTimeoutMs: 20_000 })
    const transaction = await sendsIn(story, producer, 'a')
    await story.passes(30_000)
    await story.tries('it sends', () => transaction.send({ topic: 't', partition: 0, value: 'late' }))
    await story.tries('it commits', () => transaction.commit())
    await story.tries('it aborts', () => transaction.abort())
    await story.tries('it begins', () => producer.beginTransaction())
    expect(await seen(story)).toEqual([])
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: the transaction of x is Ongoing, epoch 0
      0 s: sent in a transaction: a
      20 s: the transaction of x is PrepareAbort, epoch 1
      20 s: the transaction of x is CompleteAbort, epoch 1
      30 s: it sends: refused, INVALID_PRODUCER_EPOCH
      30 s: it commits: refused, INVALID_PRODUCER_EPOCH
      30 s: it aborts
      30 s: it begins: {}"
    `)
  })

  test('or with its commit', async () => {
    await using story = await begin()
    const producer = transactional(story, 'x', { transactionTimeoutMs: 20_000 })
    const transaction = await sendsIn(story, producer, 'a')
    await story.passes(30_000)
    await story.tries('it commits', () => transaction.commit())
    expect(await seen(story)).toEqual([])
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: the transaction of x is Ongoing, epoch 0
      0 s: sent in a transaction: a
      20 s: the transaction of x is PrepareAbort, epoch 1
      20 s: the transaction of x is CompleteAbort, epoch 1
      30 s: it commits: refused, INVALID_TXN_STATE"
    `)
  })
})

describe('row 37: offsets in a transaction', () => {
  test('count when it is committed, and are gone when it is not', async () => {
    await using story = await begin()
    await story.send('t', 0, 'a', 'b', 'c')
    const producer = transactional(story)
    const admin = story.kafka.admin()
    const committed = async () => (await admin.listConsumerGroupOffsets('g')).map(({ offset }) => offset)
    for (const [offset, how] of [
      [1, 'commit'],
      [2, 'abort'],
    ] as const) {
      const transaction = await producer.beginTransaction()
      await transaction.sendOffsets([{ ...t0, offset }], { groupId: 'g' })
      await transaction[how]()
      await story.tries(`${how} of ${offset}; committed`, committed)
    }
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: the transaction of x is Ongoing, epoch 0
      0 s: the transaction of x is PrepareCommit, epoch 1
      0 s: the transaction of x is CompleteCommit, epoch 1
      0 s: commit of 1; committed: [1]
      0 s: the transaction of x is Ongoing, epoch 1
      0 s: the transaction of x is PrepareAbort, epoch 2
      0 s: the transaction of x is CompleteAbort, epoch 2
      0 s: abort of 2; committed: [1]"
    `)
  })

  test('are waited for by a member that begins where they are', async () => {
    await using story = await begin()
    await story.send('t', 0, 'a', 'b')
    const producer = transactional(story)
    const transaction = await producer.beginTransaction()
    await transaction.sendOffsets([{ ...t0, offset: 1 }], { groupId: 'g' })
    const member = story.consumer('member')
    await story.polls([member], 3_000)
    story.tell('the member has read nothing')
    await transaction.commit()
    await story.polls([member])
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: the transaction of x is Ongoing, epoch 0
      0 s: member is assigned t-0
      3 s: the member has read nothing
      3 s: the transaction of x is PrepareCommit, epoch 1
      3 s: the transaction of x is CompleteCommit, epoch 1
      3 s: member reads t-0: b@1"
    `)
  })

  test('of a member that its group has gone on without are refused, and its records go with them', async () => {
    await using story = await begin()
    await story.send('t', 0, 'a')
    const zombie = story.consumer('zombie', { sessionTimeoutMs: 10_000 })
    await story.polls([zombie])
    const producer = transactional(story)
    const transaction = await producer.beginTransaction()
    await transaction.send({ topic: 'results', partition: 0, value: 'of the zombie' })
    freeze(zombie)
    const heir = story.consumer('heir', { sessionTimeoutMs: 10_000 })
    await story.polls([heir], 12_000)
    thaw(zombie)
    await story.tries('the zombie’s offsets', () =>
      transaction.sendOffsets([{ ...t0, offset: 1 }], zombie.groupMetadata()),
    )
    await story.tries('the zombie commits', () => transaction.commit())
    await transaction.abort()
    await producer.transaction(async (next) => {
      await next.send({ topic: 'results', partition: 0, value: 'of the heir' })
      await next.sendOffsets([{ ...t0, offset: 1 }], heir.groupMetadata())
    })
    expect(await seen(story, 'results')).toEqual(['of the heir'])
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: zombie is assigned t-0
      0 s: zombie reads t-0: a@0
      1 s: the transaction of x is Ongoing, epoch 0
      10 s: heir is assigned t-0
      10 s: heir reads t-0: a@0
      13 s: the zombie’s offsets: refused, UNKNOWN_MEMBER_ID
      13 s: the zombie commits: refused, UNKNOWN_MEMBER_ID
      13 s: the transaction of x is PrepareAbort, epoch 1
      13 s: the transaction of x is CompleteAbort, epoch 1
      13 s: the transaction of x is Ongoing, epoch 1
      13 s: the transaction of x is PrepareCommit, epoch 2
      13 s: the transaction of x is CompleteCommit, epoch 2"
    `)
  })
})

describe('a coordinator that is lost', () => {
  const loseTransactions = ({ kafka }: Story) => insidesOf(kafka)?.broker.transactions.lose('x', { loadMs: 500 })

  test.each(['before the record', 'after the record', 'after the offsets', 'with the answer to the end'] as const)(
    '%s changes nothing of what a transaction comes to',
    async (when) => {
      await using story = await begin()
      await story.send('t', 0, 'in')
      const producer = transactional(story)
      const lose = () => {
        loseTransactions(story)
        loseCoordinator(story.kafka, 'g', { loadMs: 500 })
      }
      const work = producer.transaction(async (transaction) => {
        if (when === 'before the record') lose()
        await transaction.send({ topic: 'results', partition: 0, value: 'out' })
        if (when === 'after the record') lose()
        await transaction.sendOffsets([{ ...t0, offset: 1 }], { groupId: 'g' })
        if (when === 'after the offsets') lose()
        if (when !== 'with the answer to the end') return
        faultsOf(story.kafka).on('EndTxn').loseResponse()
        faultsOf(story.kafka).on('WriteTxnMarkers').drop()
      })
      await story.passes(50)
      if (when === 'with the answer to the end') lose()
      await story.passes(5_000)
      await work
      expect(await seen(story, 'results')).toEqual(['out'])
      expect(await story.kafka.admin().listConsumerGroupOffsets('g')).toMatchObject([{ offset: 1 }])
      await producer.transaction((next) => next.send({ topic: 'results', partition: 0, value: 'next' }))
      expect(await seen(story, 'results')).toEqual(['out', 'next'])
    },
  )
})

describe('consume, transform, produce', () => {
  /** What each record of `t` makes of itself in `results`, with the offset it leads to. */
  async function transform(
    transaction: Transaction<AnyTopics>,
    consumer: ReturnType<Story['consumer']>,
  ): Promise<void> {
    const polled = await consumer.poll({ timeoutMs: 0 })
    await transaction.sendBatch(
      polled.map(({ value }) => ({ topic: 'results', partition: 0, value: String(value).toUpperCase() })),
    )
    const last = polled.at(-1)
    if (last) await transaction.sendOffsets([{ ...t0, offset: last.offset + 1 }], consumer.groupMetadata())
  }

  test('has each result once, though the process dies between the offsets and the commit', async () => {
    await using story = await begin()
    await story.send('t', 0, 'a', 'b', 'c')
    const options = { sessionTimeoutMs: 10_000, maxPollRecords: 2, ...committedOnly }
    const first = story.consumer('first', options)
    await story.polls([first], 100)
    first.seek(t0, 0)
    const producer = transactional(story)
    await producer.transaction((transaction) => transform(transaction, first))
    const dying = await producer.beginTransaction()
    await transform(dying, first)
    crash(producer)
    crash(first)

    const heir = transactional(story)
    const second = story.consumer('second', options)
    const initialized = heir.initTransactions()
    await story.passes(100)
    await initialized
    await story.polls([second], 12_000)
    second.seek(t0, (await second.committed([t0]))[0] ?? 0)
    await heir.transaction((transaction) => transform(transaction, second))
    expect(await seen(story, 'results')).toEqual(['A', 'B', 'C'])
    expect((await second.committed([t0]))[0]).toBe(3)
  })
})
