// Transactions through the producer's own calls: what a transaction takes, how it ends, and what is refused.
import { KafkaError, Kafkalet, type Payload, type Serde, string, topic } from 'kafkalet'
import { crash, disconnect, faultsOf, freeze, ManualClock, reconnect, thaw } from 'kafkalet/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let kafka: Kafkalet
let clock: ManualClock

beforeEach(() => {
  clock = new ManualClock()
  kafka = new Kafkalet({ clock, seed: 1 })
})

afterEach(() => kafka.close())

async function read(isolationLevel: 'read_committed' | 'read_uncommitted', name = 't'): Promise<Payload[]> {
  const consumer = kafka.consumer({ autoOffsetReset: 'earliest', isolationLevel })
  consumer.assign([{ topic: name, partition: 0 }])
  const values: Payload[] = []
  for (let from = -1, at = 0; from !== at; ) {
    values.push(...(await consumer.poll({ timeoutMs: 0 })).map(({ value }) => value))
    from = at
    at = await consumer.position({ topic: name, partition: 0 })
  }
  await consumer.close()
  return values
}

const committed = () => read('read_committed')
const written = () => read('read_uncommitted')

function requests(...apis: readonly string[]): string[] {
  return faultsOf(kafka)
    .history.map(({ api }) => api)
    .filter((api) => apis.includes(api))
}

describe('transaction(work)', () => {
  test('commits when the work resolves, and resolves with what it resolved with', async () => {
    const producer = kafka.producer({ transactionalId: 'id' })
    const result = await producer.transaction(async (transaction) => {
      await transaction.send({ topic: 't', value: 'a' })
      await transaction.sendBatch([
        { topic: 't', value: 'b' },
        { topic: 't', value: 'c' },
      ])
      expect(await committed()).toEqual([])
      expect(await written()).toEqual(['a', 'b', 'c'])
      return 'done'
    })
    expect(result).toBe('done')
    expect(await committed()).toEqual(['a', 'b', 'c'])
  })

  test('aborts when the work rejects, and rejects with the same error', async () => {
    const producer = kafka.producer({ transactionalId: 'id' })
    const failure = new Error('out of paper')
    const work = producer.transaction(async (transaction) => {
      await transaction.send({ topic: 't', value: 'a' })
      throw failure
    })
    await expect(work).rejects.toBe(failure)
    expect(await committed()).toEqual([])
    expect(await written()).toEqual(['a'])
    await producer.transaction((transaction) => transaction.send({ topic: 't', value: 'b' }))
    expect(await committed()).toEqual(['b'])
  })

  test('one after the other, a hundred times, without letting time pass', async () => {
    const producer = kafka.producer({ transactionalId: 'id' })
    const expected: string[] = []
    for (let i = 0; i < 100; i++) {
      const work = producer.transaction(async (transaction) => {
        await transaction.send({ topic: 't', value: String(i) })
        if (i % 3 === 0) throw new Error('every third fails')
      })
      if (i % 3 === 0) await expect(work).rejects.toThrow('every third fails')
      else expected.push(String(i))
      await work.catch(() => {})
    }
    expect(await committed()).toEqual(expected)
  })

  test('sends what waits because of lingerMs before it commits', async () => {
    const producer = kafka.producer({ transactionalId: 'id', lingerMs: 1_000 })
    await producer.transaction(async (transaction) => {
      void transaction.send({ topic: 't', value: 'a' })
      void transaction.send({ topic: 't', value: 'b' })
    })
    expect(await committed()).toEqual(['a', 'b'])
  })

  test('commits nothing where the work has aborted it itself', async () => {
    const producer = kafka.producer({ transactionalId: 'id' })
    await producer.transaction(async (transaction) => {
      await transaction.send({ topic: 't', value: 'a' })
      await transaction.abort()
    })
    expect(await committed()).toEqual([])
  })

  test('aborts and rejects with the first refusal where a record was refused and nobody cared', async () => {
    const producer = kafka.producer({ transactionalId: 'id', maxRequestSize: 1_000 })
    const work = producer.transaction(async (transaction) => {
      await transaction.send({ topic: 't', value: 'a' })
      await transaction.send({ topic: 't', value: 'x'.repeat(2_000) }).catch(() => {})
    })
    await expect(work).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
    expect(await committed()).toEqual([])
    await producer.transaction((transaction) => transaction.send({ topic: 't', value: 'b' }))
    expect(await committed()).toEqual(['b'])
  })

  test('rejects where the producer was closed before the work was done', async () => {
    const producer = kafka.producer({ transactionalId: 'id' })
    const work = producer.transaction(async (transaction) => {
      await transaction.send({ topic: 't', value: 'a' })
      await producer.close()
    })
    await expect(work).rejects.toMatchObject({ code: 'ILLEGAL_STATE', message: expect.stringContaining('is closed') })
    expect(await committed()).toEqual([])
  })
})

describe('a transaction by hand', () => {
  test('begins, sends, and commits or aborts', async () => {
    const producer = kafka.producer({ transactionalId: 'id' })
    await producer.initTransactions()
    const first = await producer.beginTransaction()
    await first.send({ topic: 't', value: 'a' })
    await first.commit()
    const second = await producer.beginTransaction()
    await second.send({ topic: 't', value: 'b' })
    await second.abort()
    expect(await committed()).toEqual(['a'])
    expect(await written()).toEqual(['a', 'b'])
  })

  test('is aborted by `await using` unless it was committed', async () => {
    const producer = kafka.producer({ transactionalId: 'id' })
    for (const isCommitted of [false, true]) {
      await using transaction = await producer.beginTransaction()
      await transaction.send({ topic: 't', value: String(isCommitted) })
      if (isCommitted) await transaction.commit()
    }
    expect(await committed()).toEqual(['true'])
  })

  test('is not committed before its offsets are taken', async () => {
    await kafka.admin().createTopics([{ topic: 't', partitions: 1 }])
    const transaction = await kafka.producer({ transactionalId: 'id' }).beginTransaction()
    faultsOf(kafka).on('TxnOffsetCommit').fail('COORDINATOR_LOAD_IN_PROGRESS')
    const sent = transaction.sendOffsets([{ topic: 't', partition: 0, offset: 1 }], { groupId: 'g' })
    const commit = transaction.commit()
    await clock.advance(200)
    await Promise.all([sent, commit])
    expect(requests('TxnOffsetCommit', 'EndTxn')).toEqual(['TxnOffsetCommit', 'TxnOffsetCommit', 'EndTxn'])
    expect(await kafka.admin().listConsumerGroupOffsets('g')).toMatchObject([{ offset: 1 }])
  })

  test('that sent nothing tells the coordinator nothing', async () => {
    const producer = kafka.producer({ transactionalId: 'id' })
    faultsOf(kafka).record()
    await (await producer.beginTransaction()).commit()
    await (await producer.beginTransaction()).abort()
    await producer.transaction(() => {})
    expect(requests('EndTxn', 'InitProducerId', 'FindCoordinator')).toEqual(['FindCoordinator', 'InitProducerId'])
  })

  test('does not commit what a serde has refused, and may be committed all the same', async () => {
    const fussy: Serde<string> = {
      name: 'fussy',
      serialize(data) {
        if (data === 'bad') throw new Error('it is bad')
        return data
      },
      deserialize: (payload) => String(payload),
    }
    await kafka.close()
    const declared = new Kafkalet({ clock, topics: { t: topic({ key: string, value: fussy }) } })
    kafka = declared as unknown as Kafkalet
    const producer = declared.producer({ transactionalId: 'id' })
    const transaction = await producer.beginTransaction()
    await expect(transaction.send({ topic: 't', value: 'bad' })).rejects.toMatchObject({ code: 'SERIALIZATION_FAILED' })
    await transaction.commit()
    const another = await producer.beginTransaction()
    await another.send({ topic: 't', value: 'good' })
    await another.commit()
    expect(await committed()).toEqual(['good'])
  })

  test('drops what it has not sent when it is aborted', async () => {
    const producer = kafka.producer({ transactionalId: 'id', lingerMs: 1_000 })
    const transaction = await producer.beginTransaction()
    await kafka.admin().createTopics([{ topic: 't', partitions: 1 }])
    const sent = transaction.send({ topic: 't', value: 'a' })
    const refused = expect(sent).rejects.toMatchObject({ code: 'TRANSACTION_ABORTED' })
    await clock.settle()
    await transaction.abort()
    await refused
    expect(await written()).toEqual([])
  })

  test('that is aborted lets what is on its way arrive first, and refuses what stands behind it', async () => {
    await kafka.admin().createTopics([{ topic: 't', partitions: 1 }])
    const producer = kafka.producer({ transactionalId: 'id' })
    const transaction = await producer.beginTransaction()
    const held = faultsOf(kafka).on('Produce').hold()
    const first = transaction.send({ topic: 't', value: 'a' })
    const second = expect(transaction.send({ topic: 't', value: 'b' })).rejects.toMatchObject({
      code: 'TRANSACTION_ABORTED',
    })
    await held.arrived()
    await clock.settle()
    const aborted = transaction.abort()
    await clock.settle()
    expect(requests('EndTxn')).toEqual([])
    held.release()
    expect(await first).toMatchObject({ offset: 0 })
    await second
    await aborted
    expect(await written()).toEqual(['a'])
    await producer.transaction((next) => next.send({ topic: 't', value: 'c' }))
    expect(await committed()).toEqual(['c'])
  })

  test('that is aborted learns what became of a batch whose answer was lost', async () => {
    await kafka.admin().createTopics([{ topic: 't', partitions: 1 }])
    const transaction = await kafka.producer({ transactionalId: 'id' }).beginTransaction()
    faultsOf(kafka).on('Produce').loseResponse()
    const sent = transaction.send({ topic: 't', value: 'a' })
    await clock.settle()
    const aborted = transaction.abort()
    await clock.advance(200)
    expect(await sent).toMatchObject({ offset: 0 })
    await aborted
    expect(await written()).toEqual(['a'])
  })

  test.each(Array.from({ length: 40 }, (_, turns) => turns))(
    'that is aborted %i turns after its first record goes on refuses those behind it, or has sent them',
    async (turns) => {
      await kafka.admin().createTopics([{ topic: 't', partitions: 1 }])
      const transaction = await kafka.producer({ transactionalId: 'id' }).beginTransaction()
      const held = faultsOf(kafka).on('Produce').hold()
      const sends = ['a', 'b', 'c'].map((value) => transaction.send({ topic: 't', value }))
      const settled = Promise.allSettled(sends)
      await held.arrived()
      await clock.settle()
      held.release()
      for (let turn = 0; turn < turns; turn++) await null
      await transaction.abort()
      for (const sent of await settled) {
        if (sent.status === 'rejected') expect(sent.reason).toMatchObject({ code: 'TRANSACTION_ABORTED' })
      }
      expect(await committed()).toEqual([])
    },
  )

  test('that was aborted does not get in the way of the next with what still waits for its serde', async () => {
    let goOn: () => void = () => {}
    const wait = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const slow: Serde<string> = {
      name: 'slow',
      async serialize(data) {
        if (data === 'slow') await wait
        return data
      },
      deserialize: (payload) => String(payload),
    }
    await kafka.close()
    const declared = new Kafkalet({ clock, topics: { t: topic({ key: string, value: slow }) } })
    kafka = declared as unknown as Kafkalet
    const producer = declared.producer({ transactionalId: 'id' })
    const transaction = await producer.beginTransaction()
    const late = expect(transaction.send({ topic: 't', value: 'slow' })).rejects.toMatchObject({
      code: 'TRANSACTION_ABORTED',
    })
    await transaction.abort()
    const next = await producer.beginTransaction()
    const sent = next.send({ topic: 't', value: 'next' })
    goOn()
    await late
    await sent
    await next.commit()
    expect(await written()).toEqual(['next'])
  })
})

/** Whatever the promise becomes, after so much time. */
async function within<Result>(ms: number, call: Promise<Result>): Promise<Result> {
  call.catch(() => {})
  await clock.advance(ms)
  return call
}

/** The code of the error, and the part of its message that says what to do. */
async function refusal(call: () => unknown): Promise<string> {
  try {
    await call()
  } catch (error) {
    if (error instanceof KafkaError) return `${error.code}: ${error.message}`
    throw error
  }
  throw new Error('it was accepted')
}

describe('what a transactional producer refuses', () => {
  test('a record outside of a transaction', async () => {
    const producer = kafka.producer({ transactionalId: 'id' })
    for (const send of [
      () => producer.send({ topic: 't', value: 'a' }),
      () => producer.sendBatch([{ topic: 't', value: 'a' }]),
    ]) {
      expect(await refusal(send)).toBe(
        "ILLEGAL_STATE: This producer sends in transactions, as it has the transactionalId 'id'. Send with " +
          'producer.transaction((transaction) => transaction.send(…)), or make a producer without the id.',
      )
    }
  })

  test('two transactions at once, also while the first is still beginning', async () => {
    const producer = kafka.producer({ transactionalId: 'id' })
    const first = producer.beginTransaction()
    const why =
      "ILLEGAL_STATE: Another transaction of 'id' is open, and a producer has one at a time. Commit or abort it first, or make a " +
      'producer with another transactionalId.'
    expect(await refusal(() => producer.beginTransaction())).toBe(why)
    expect(await refusal(() => producer.transaction(() => {}))).toBe(why)
    await (await first).abort()
    await producer.transaction((transaction) => transaction.send({ topic: 't', value: 'a' }))
  })

  test('a transaction that begins while the one before is being committed waits for it', async () => {
    const producer = kafka.producer({ transactionalId: 'id' })
    const first = await producer.beginTransaction()
    await first.send({ topic: 't', value: 'a' })
    const held = faultsOf(kafka).on('EndTxn').hold()
    const commit = first.commit()
    const second = producer.beginTransaction()
    await held.arrived()
    expect(await refusal(() => producer.beginTransaction())).toContain('Another transaction')
    held.release()
    await commit
    await (await second).commit()
    expect(await committed()).toEqual(['a'])
  })

  test('what comes after the end', async () => {
    const producer = kafka.producer({ transactionalId: 'id' })
    for (const end of ['commit', 'abort'] as const) {
      const transaction = await producer.beginTransaction()
      await transaction.send({ topic: 't', value: 'a' })
      await transaction[end]()
      for (const late of [
        () => transaction.send({ topic: 't', value: 'b' }),
        () => transaction.sendBatch([{ topic: 't', value: 'b' }]),
        () => transaction.sendOffsets([{ topic: 't', partition: 0, offset: 1 }], { groupId: 'g' }),
        () => transaction.commit(),
        () => transaction.abort(),
      ]) {
        expect(await refusal(late)).toBe(
          "ILLEGAL_STATE: This transaction of 'id' is over. Begin another one with producer.beginTransaction().",
        )
      }
    }
  })

  test('an abort, a commit or a record while it is being committed', async () => {
    const producer = kafka.producer({ transactionalId: 'id' })
    const transaction = await producer.beginTransaction()
    await transaction.send({ topic: 't', value: 'a' })
    const commits = [transaction.commit(), transaction.commit()]
    expect(await refusal(() => transaction.abort())).toContain("ILLEGAL_STATE: This transaction of 'id' is being ended")
    expect(await refusal(() => transaction.send({ topic: 't', value: 'b' }))).toContain('is being ended')
    await Promise.all(commits)
    expect(await committed()).toEqual(['a'])
  })

  test('transactions of a producer that has no transactional id, or is closed', async () => {
    const producer = kafka.producer()
    for (const call of [
      () => producer.initTransactions(),
      () => producer.beginTransaction(),
      () => producer.transaction(() => {}),
    ]) {
      expect(await refusal(call)).toBe(
        'ILLEGAL_STATE: This producer has no transactions. Give it a name for them: kafka.producer({ transactionalId }).',
      )
    }
    const closed = kafka.producer({ transactionalId: 'id' })
    await closed.close()
    expect(await refusal(() => closed.beginTransaction())).toContain('ILLEGAL_STATE: This producer is closed.')
    expect(await refusal(() => closed.send({ topic: 't', value: 'a' }))).toContain('This producer is closed.')
  })

  test('offsets that are none, of nobody, or of a member without its id', async () => {
    const producer = kafka.producer({ transactionalId: 'id' })
    const transaction = await producer.beginTransaction()
    const offset = { topic: 't', partition: 0, offset: 1 }
    expect(await refusal(() => transaction.sendOffsets([{ ...offset, offset: -1 }], { groupId: 'g' }))).toContain(
      'INVALID_ARGUMENT: The offset for t-0 must be a whole number',
    )
    expect(await refusal(() => transaction.sendOffsets([offset], {} as never))).toContain(
      'INVALID_ARGUMENT: sendOffsets: say whose offsets they are',
    )
    expect(await refusal(() => transaction.sendOffsets([offset], { groupId: 'g', generation: 3 }))).toContain(
      'INVALID_ARGUMENT: sendOffsets: a member of generation 3 has a memberId',
    )
    expect(await refusal(() => transaction.sendOffsets('t' as never, { groupId: 'g' }))).toContain('INVALID_ARGUMENT')
    // Nothing of this has gone to the broker, so the transaction is as good as new.
    await transaction.sendOffsets([], { groupId: 'g' })
    await transaction.commit()
  })

  test('a timeout that the broker does not allow', async () => {
    const producer = kafka.producer({ transactionalId: 'id', transactionTimeoutMs: 900_001 })
    expect(await refusal(() => producer.initTransactions())).toContain('INVALID_TRANSACTION_TIMEOUT: ')
    expect(await refusal(() => producer.beginTransaction())).toContain('This producer cannot go on')
  })
})

describe('errors of a transaction', () => {
  const begun = async (options = {}) => {
    const producer = kafka.producer({ transactionalId: 'id', ...options })
    return { producer, transaction: await producer.beginTransaction() }
  }

  test('a record that is refused leaves nothing but the abort, and the producer goes on', async () => {
    await kafka.admin().createTopics([{ topic: 't', partitions: 1, config: { maxMessageBytes: 200 } }])
    const { producer, transaction } = await begun()
    await transaction.send({ topic: 't', value: 'a' })
    await expect(transaction.send({ topic: 't', value: 'x'.repeat(500) })).rejects.toMatchObject({
      code: 'MESSAGE_TOO_LARGE',
    })
    for (const call of [
      () => transaction.send({ topic: 't', value: 'b' }),
      () => transaction.sendOffsets([{ topic: 't', partition: 0, offset: 1 }], { groupId: 'g' }),
      () => transaction.commit(),
    ]) {
      expect(await refusal(call)).toMatch(
        /^MESSAGE_TOO_LARGE: The transaction of 'id' has failed: .* Abort the transaction, and begin another one\.$/,
      )
    }
    await transaction.abort()
    await producer.transaction((next) => next.send({ topic: 't', value: 'c' }))
    expect(await committed()).toEqual(['c'])
  })

  test('a commit waits for what is on its way, and fails where that is refused', async () => {
    await kafka.admin().createTopics([{ topic: 't', partitions: 1 }])
    const { producer, transaction } = await begun()
    const faults = faultsOf(kafka)
    faults.on('Produce').fail('INVALID_RECORD')
    const sent = transaction.send({ topic: 't', value: 'a' })
    const commit = transaction.commit()
    await expect(sent).rejects.toMatchObject({ code: 'INVALID_RECORD' })
    await expect(commit).rejects.toMatchObject({ code: 'INVALID_RECORD' })
    expect(requests('EndTxn')).toEqual([])
    await transaction.abort()
    expect(requests('EndTxn')).toEqual(['EndTxn'])
    await producer.transaction((next) => next.send({ topic: 't', value: 'b' }))
    expect(await committed()).toEqual(['b'])
  })

  test('a batch that was given up after its last try only ends the transaction', async () => {
    await kafka.admin().createTopics([{ topic: 't', partitions: 1 }])
    const { producer, transaction } = await begun({ deliveryTimeoutMs: 30_000 })
    faultsOf(kafka).on('Produce').always().fail('NOT_ENOUGH_REPLICAS')
    await expect(within(30_000, transaction.send({ topic: 't', value: 'a' }))).rejects.toMatchObject({
      code: 'REQUEST_TIMED_OUT',
    })
    faultsOf(kafka).clear()
    expect(await refusal(() => transaction.commit())).toContain('TRANSACTION_ABORTABLE: ')
    await transaction.abort()
    await producer.transaction((next) => next.send({ topic: 't', value: 'b' }))
    expect(await committed()).toEqual(['b'])
  })

  test('a topic that cannot be learnt of ends the transaction', async () => {
    const { transaction } = await begun({ maxBlockMs: 1_000 })
    faultsOf(kafka).on('Metadata').always().fail('LEADER_NOT_AVAILABLE')
    await expect(within(1_000, transaction.send({ topic: 't', value: 'a' }))).rejects.toMatchObject({
      code: 'REQUEST_TIMED_OUT',
    })
    faultsOf(kafka).clear()
    expect(await refusal(() => transaction.commit())).toContain('TRANSACTION_ABORTABLE: ')
    await transaction.abort()
  })

  test('offsets of a partition that does not exist only end the transaction', async () => {
    const { producer, transaction } = await begun()
    expect(
      await refusal(() => transaction.sendOffsets([{ topic: 'no', partition: 7, offset: 1 }], { groupId: 'g' })),
    ).toContain('UNKNOWN_TOPIC_OR_PARTITION: ')
    expect(await refusal(() => transaction.commit())).toContain('Abort the transaction')
    await transaction.abort()
    await producer.transaction((next) => next.send({ topic: 't', value: 'a' }))
  })

  test.each([
    ['TxnOffsetCommit', 'UNKNOWN_MEMBER_ID', 'abortable'],
    ['TxnOffsetCommit', 'ILLEGAL_GENERATION', 'abortable'],
    ['TxnOffsetCommit', 'FENCED_INSTANCE_ID', 'abortable'],
    ['TxnOffsetCommit', 'GROUP_AUTHORIZATION_FAILED', 'abortable'],
    ['TxnOffsetCommit', 'TRANSACTION_ABORTABLE', 'abortable'],
    ['TxnOffsetCommit', 'PRODUCER_FENCED', 'fatal'],
    ['TxnOffsetCommit', 'INVALID_PRODUCER_EPOCH', 'fatal'],
    ['TxnOffsetCommit', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'fatal'],
    ['TxnOffsetCommit', 'INVALID_PRODUCER_ID_MAPPING', 'fatal'],
    ['Produce', 'TOPIC_AUTHORIZATION_FAILED', 'abortable'],
    ['Produce', 'INVALID_PRODUCER_EPOCH', 'abortable'],
    ['Produce', 'OUT_OF_ORDER_SEQUENCE_NUMBER', 'abortable'],
    ['Produce', 'TRANSACTION_ABORTABLE', 'abortable'],
    ['Produce', 'INVALID_TXN_STATE', 'abortable'],
    ['Produce', 'CLUSTER_AUTHORIZATION_FAILED', 'fatal'],
    ['Produce', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'fatal'],
    ['Produce', 'INVALID_PRODUCER_ID_MAPPING', 'fatal'],
    ['EndTxn', 'TRANSACTION_ABORTABLE', 'abortable'],
    ['EndTxn', 'PRODUCER_FENCED', 'fatal'],
    ['EndTxn', 'INVALID_PRODUCER_EPOCH', 'fatal'],
    ['EndTxn', 'INVALID_TXN_STATE', 'fatal'],
    ['EndTxn', 'INVALID_PRODUCER_ID_MAPPING', 'fatal'],
    ['EndTxn', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'fatal'],
  ] as const)('%s answered %s is %s', async (api, error, severity) => {
    await kafka.admin().createTopics([{ topic: 't', partitions: 1 }])
    const { producer, transaction } = await begun()
    await transaction.send({ topic: 't', value: 'a' })
    const faults = faultsOf(kafka)
    if (api === 'TxnOffsetCommit') faults.on(api).fail(error)
    else if (api === 'Produce') faults.on(api).fail(error)
    else faults.on(api).fail(error)
    const code = await refusal(() => {
      if (api === 'Produce') return transaction.send({ topic: 't', value: 'b' })
      if (api === 'EndTxn') return transaction.commit()
      return transaction.sendOffsets([{ topic: 't', partition: 0, offset: 1 }], { groupId: 'g' })
    })
    const isFenced = error === 'INVALID_PRODUCER_EPOCH' && api !== 'Produce'
    expect(code).toContain(`${isFenced ? 'PRODUCER_FENCED' : error}: `)
    faults.assertUsed()
    if (severity === 'abortable') {
      await transaction.abort()
      await producer.transaction((next) => next.send({ topic: 't', value: 'c' }))
      expect(await committed()).toEqual(['c'])
    } else {
      expect(await refusal(() => transaction.abort())).toContain('This producer cannot go on')
      expect(await refusal(() => producer.beginTransaction())).toContain('This producer cannot go on')
      await producer.close()
      expect(requests('EndTxn')).toEqual(api === 'EndTxn' ? ['EndTxn'] : [])
      await within(100, kafka.producer({ transactionalId: 'id' }).initTransactions())
      expect(await committed()).toEqual([])
    }
  })

  test('an abort that is refused is the end of the producer', async () => {
    const { producer, transaction } = await begun()
    await transaction.send({ topic: 't', value: 'a' })
    faultsOf(kafka).on('EndTxn').fail('TRANSACTION_ABORTABLE')
    expect(await refusal(() => transaction.abort())).toContain('TRANSACTION_ABORTABLE: ')
    expect(await refusal(() => producer.beginTransaction())).toContain('This producer cannot go on')
  })

  test.each(['PRODUCER_FENCED', 'INVALID_PRODUCER_EPOCH', 'INVALID_REQUEST'] as const)(
    'InitProducerId answered %s is the end of the producer',
    async (error) => {
      faultsOf(kafka).on('InitProducerId').fail(error)
      const producer = kafka.producer({ transactionalId: 'id' })
      const expected = error === 'INVALID_REQUEST' ? error : 'PRODUCER_FENCED'
      expect(await refusal(() => producer.beginTransaction())).toContain(`${expected}: `)
      expect(await refusal(() => producer.initTransactions())).toContain('This producer cannot go on')
    },
  )

  test.each(['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED'] as const)(
    'InitProducerId answered %s can be tried again',
    async (error) => {
      faultsOf(kafka).on('InitProducerId').fail(error)
      const producer = kafka.producer({ transactionalId: 'id' })
      expect(await refusal(() => producer.beginTransaction())).toContain(`${error}: `)
      await producer.transaction((transaction) => transaction.send({ topic: 't', value: 'a' }))
      expect(await committed()).toEqual(['a'])
    },
  )

  test.each([
    'NOT_COORDINATOR',
    'COORDINATOR_NOT_AVAILABLE',
    'COORDINATOR_LOAD_IN_PROGRESS',
    'CONCURRENT_TRANSACTIONS',
  ] as const)('%s is asked about again until it has passed, wherever it comes', async (error) => {
    const faults = faultsOf(kafka)
    for (const api of ['InitProducerId', 'EndTxn'] as const) faults.on(api).times(3).fail(error)
    if (error !== 'CONCURRENT_TRANSACTIONS') faults.on('FindCoordinator').times(2).fail('COORDINATOR_NOT_AVAILABLE')
    faults.on('TxnOffsetCommit').times(3).fail(error)
    const producer = kafka.producer({ transactionalId: 'id' })
    await within(
      2_000,
      producer.transaction(async (transaction) => {
        await transaction.send({ topic: 't', value: 'a' })
        await transaction.sendOffsets([{ topic: 't', partition: 0, offset: 1 }], { groupId: 'g' })
      }),
    )
    faults.assertUsed()
    expect(await committed()).toEqual(['a'])
    expect(await kafka.admin().listConsumerGroupOffsets('g')).toMatchObject([{ offset: 1 }])
    const found = requests('FindCoordinator').length
    const isLost = error === 'NOT_COORDINATOR' || error === 'COORDINATOR_NOT_AVAILABLE'
    expect(found > 6).toBe(isLost)
  })
})

describe('a call that takes too long', () => {
  test('is told so after maxBlockMs, and waits for the same answer when it is made again', async () => {
    const producer = kafka.producer({ transactionalId: 'id', maxBlockMs: 1_000 })
    const faults = faultsOf(kafka)
    const init = faults.on('InitProducerId').hold()
    expect(await refusal(() => within(1_000, producer.initTransactions()))).toContain(
      'REQUEST_TIMED_OUT: initTransactions: the coordinator has not answered within 1000 ms (maxBlockMs)',
    )
    expect(await refusal(() => within(1_000, producer.beginTransaction()))).toContain('REQUEST_TIMED_OUT: begin')
    init.release()
    const transaction = await producer.beginTransaction()
    await transaction.send({ topic: 't', value: 'a' })
    const end = faults.on('EndTxn').hold()
    expect(await refusal(() => within(1_000, transaction.commit()))).toContain('REQUEST_TIMED_OUT: commit')
    expect(await refusal(() => transaction.abort())).toContain('is being ended')
    expect(await refusal(() => within(1_000, producer.beginTransaction()))).toContain('REQUEST_TIMED_OUT: begin')
    end.release()
    await clock.settle()
    await transaction.commit()
    expect(requests('InitProducerId', 'EndTxn')).toEqual(['InitProducerId', 'EndTxn'])
    expect(await committed()).toEqual(['a'])
    expect(await refusal(() => transaction.commit())).toContain('is over')
  })

  test('of transaction(work) that fails at last is aborted, and the next one begins after it', async () => {
    const producer = kafka.producer({ transactionalId: 'id', maxBlockMs: 1_000 })
    const held = faultsOf(kafka).on('EndTxn').hold()
    const work = producer.transaction((transaction) => transaction.send({ topic: 't', value: 'a' }))
    await expect(within(1_000, work)).rejects.toMatchObject({ code: 'REQUEST_TIMED_OUT' })
    faultsOf(kafka).on('EndTxn').fail('TRANSACTION_ABORTABLE')
    const next = producer.transaction((transaction) => transaction.send({ topic: 't', value: 'b' }))
    next.catch(() => {})
    // The connection is given up with what it waits for; asked again, the answer is the fault.
    await clock.advance(30_000)
    held.release()
    await within(1_000, next).catch(() => {})
    await producer.transaction((transaction) => transaction.send({ topic: 't', value: 'c' }))
    expect((await committed()).at(-1)).toBe('c')
  })
})

describe('a transactional producer that is closed', () => {
  test('sends what waits, and aborts what is open', async () => {
    const producer = kafka.producer({ transactionalId: 'id', lingerMs: 1_000 })
    await kafka.admin().createTopics([{ topic: 't', partitions: 1 }])
    const transaction = await producer.beginTransaction()
    const sent = transaction.send({ topic: 't', value: 'a' })
    await producer.close()
    expect(await sent).toMatchObject({ offset: 0 })
    expect(await written()).toEqual(['a'])
    expect(await committed()).toEqual([])
    expect(await refusal(() => transaction.commit())).toContain('ILLEGAL_STATE: This producer is closed.')
  })

  test('finishes a commit that is under way', async () => {
    const producer = kafka.producer({ transactionalId: 'id' })
    const transaction = await producer.beginTransaction()
    await transaction.send({ topic: 't', value: 'a' })
    faultsOf(kafka).on('EndTxn').times(2).fail('NOT_COORDINATOR')
    const commit = transaction.commit()
    await within(200, producer.close())
    await commit
    expect(await committed()).toEqual(['a'])
  })

  test('waits for a coordinator that does not answer no longer than maxBlockMs, and leaves no timer', async () => {
    const producer = kafka.producer({ transactionalId: 'id', maxBlockMs: 1_000 })
    const transaction = await producer.beginTransaction()
    await transaction.send({ topic: 't', value: 'a' })
    disconnect(producer)
    await within(1_000, producer.close())
    expect(await committed()).toEqual([])
    await kafka.close()
    expect(clock.timerCount).toBe(0)
  })

  test('with its instance aborts what is open', async () => {
    const producer = kafka.producer({ transactionalId: 'id' })
    const states: string[] = []
    kafka.events.on('transactionStateChanged', ({ to }) => states.push(to))
    const transaction = await producer.beginTransaction()
    await transaction.send({ topic: 't', value: 'a' })
    await kafka.close()
    expect(states.at(-1)).toBe('CompleteAbort')
    expect(clock.timerCount).toBe(0)
  })
})

describe('a transactional producer in trouble', () => {
  test('that crashes leaves its transaction open until its timeout', async () => {
    const producer = kafka.producer({ transactionalId: 'id', transactionTimeoutMs: 20_000 })
    const transaction = await producer.beginTransaction()
    await transaction.send({ topic: 't', value: 'a' })
    await kafka.producer().send({ topic: 't', value: 'behind' })
    crash(producer)
    expect(await refusal(() => transaction.commit())).toContain('This producer is closed')
    await clock.advance(19_000)
    expect(await committed()).toEqual([])
    await clock.advance(11_000)
    expect(await committed()).toEqual(['behind'])
  })

  test('that crashes while it commits is not told any more', async () => {
    const producer = kafka.producer({ transactionalId: 'id' })
    const transaction = await producer.beginTransaction()
    await transaction.send({ topic: 't', value: 'a' })
    const held = faultsOf(kafka).on('EndTxn').hold()
    let isTold = false
    const told = () => {
      isTold = true
    }
    transaction.commit().then(told, told)
    await held.arrived()
    crash(producer)
    held.release()
    await clock.advance(100_000)
    expect(isTold).toBe(false)
  })

  test('that crashes in the moment in which it is told to commit has not committed', async () => {
    const producer = kafka.producer({ transactionalId: 'id' })
    const transaction = await producer.beginTransaction()
    await transaction.send({ topic: 't', value: 'a' })
    faultsOf(kafka).record()
    void transaction.commit()
    crash(producer)
    await clock.settle()
    expect(requests('EndTxn')).toEqual([])
    expect(await committed()).toEqual([])
  })

  test('that is frozen goes on when it is thawed', async () => {
    const producer = kafka.producer({ transactionalId: 'id' })
    const transaction = await producer.beginTransaction()
    await transaction.send({ topic: 't', value: 'a' })
    freeze(producer)
    const commit = transaction.commit()
    await clock.advance(30_000)
    expect(await committed()).toEqual([])
    thaw(producer)
    await commit
    expect(await committed()).toEqual(['a'])
  })

  test('that is cut off for a while sends its records, its offsets and its end once', async () => {
    const producer = kafka.producer({ transactionalId: 'id' })
    const transaction = await producer.beginTransaction()
    await transaction.send({ topic: 't', value: 'a' })
    disconnect(producer)
    const sent = transaction.send({ topic: 't', value: 'b' })
    const offsets = transaction.sendOffsets([{ topic: 't', partition: 0, offset: 1 }], { groupId: 'g' })
    const commit = transaction.commit()
    await clock.advance(10_000)
    reconnect(producer)
    await clock.advance(2_000)
    await Promise.all([sent, offsets, commit])
    expect(await written()).toEqual(['a', 'b'])
    expect(await committed()).toEqual(['a', 'b'])
  })
})
