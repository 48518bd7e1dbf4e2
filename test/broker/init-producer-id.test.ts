// What a producer asks for before it writes, and what Produce makes of ids, epochs and sequences, at the seam.
import { Kafkalet } from 'kafkalet'
import type { RequestOf } from 'kafkalet/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Broker } from '../../src/broker/broker.ts'
import { ErrorCode } from '../../src/errors.ts'
import { insidesOf } from '../../src/kafkalet.ts'
import { batchOfValues, type Carried } from '../support/record-batches.ts'

const context = { clientId: 'c', clientHost: '/127.0.0.1', connection: {} }
let kafka: Kafkalet
let broker: Broker

beforeEach(async () => {
  kafka = new Kafkalet({ seed: 1 })
  const found = insidesOf(kafka)?.broker
  if (found === undefined) throw new Error('the instance has no broker')
  broker = found
  await kafka
    .admin()
    .createTopics([{ topic: 't' }, { topic: 'stamped', config: { messageTimestampType: 'LogAppendTime' } }])
})
afterEach(() => kafka.close())

async function init(request: Partial<RequestOf<'InitProducerId'>> = {}) {
  const none = { transactionalId: null, producerId: -1, producerEpoch: -1, enable2Pc: false, keepPreparedTxn: false }
  const answer = await broker.handle('InitProducerId', { ...none, transactionTimeoutMs: 60_000, ...request }, context)
  return [answer.errorCode, answer.producerId, answer.producerEpoch, answer.errorMessage] as const
}

async function produce(carried: Carried, name = 't', timestamp = 7) {
  const records = batchOfValues(['v', 'w'], carried, timestamp)
  const topicData = [{ name, partitionData: [{ index: 0, records }] }]
  const { responses } = await broker.handle(
    'Produce',
    { transactionalId: null, acks: -1, timeoutMs: 1, topicData },
    context,
  )
  return responses[0]?.partitionResponses[0]
}

describe('InitProducerId', () => {
  test('gives ids one after the other from 0, each with epoch 0', async () => {
    expect([await init(), await init(), await init()]).toEqual([0, 1, 2].map((id) => [ErrorCode.NONE, id, 0, null]))
  })

  test('gives a new id also to who says that it has one, where it names no transactional id', async () => {
    expect(await init({ producerId: 40, producerEpoch: 3 })).toEqual([ErrorCode.NONE, 0, 0, null])
  })

  test.each([
    ['an id without an epoch', { producerId: 1 }, 'Give both'],
    ['an epoch without an id', { producerEpoch: 1 }, 'Give both'],
    ['an empty transactional id', { transactionalId: '' }, 'empty'],
  ])('refuses %s', async (_, request, why) => {
    expect(await init(request)).toEqual([ErrorCode.INVALID_REQUEST, -1, -1, expect.stringContaining(why)])
  })

  test('refuses two-phase commit, which Kafka does not enable either, and gives no id away for it', async () => {
    const why = expect.stringContaining('Leave enable2Pc out')
    const asked = await init({ transactionalId: 'tx', enable2Pc: true })
    expect(asked).toEqual([ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, -1, -1, why])
    expect(await init()).toEqual([ErrorCode.NONE, 0, 0, null])
  })
})

describe('Produce', () => {
  const first = { producerId: 5, producerEpoch: 1, baseSequence: 0 }

  test('answers a batch that it has had with the offset and the time of then', async () => {
    await produce({})
    const once = { errorCode: ErrorCode.NONE, baseOffset: 2, logAppendTimeMs: -1, logStartOffset: 0 }
    expect(await produce(first)).toMatchObject(once)
    await produce({})
    // Kafka tells the time of the batch here, whose time it may be.
    expect(await produce(first, 't', 9)).toMatchObject({ ...once, logAppendTimeMs: 7 })
    expect(broker.topics.get('t')?.partitions[0]?.endOffset).toBe(6)
  })

  test('… and where the broker stamps records, with its stamp', async () => {
    const { logAppendTimeMs } = (await produce(first, 'stamped')) ?? {}
    expect(logAppendTimeMs).toBeGreaterThan(7)
    expect(await produce(first, 'stamped', 9)).toMatchObject({ baseOffset: 0, logAppendTimeMs })
  })

  test('tells nobody of an append that was none', async () => {
    const told: number[] = []
    kafka.events.on('recordsAppended', ({ baseOffset }) => told.push(baseOffset))
    for (let i = 0; i < 3; i++) await produce(first)
    expect(told).toEqual([0])
  })

  test.each([
    [
      'a gap',
      { ...first, baseSequence: 5 },
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
      'begins with the sequence number 5, and the next one is 2',
    ],
    ['an older epoch', { ...first, producerEpoch: 0 }, 'INVALID_PRODUCER_EPOCH', 'has the epoch 0, and one of epoch 1'],
    [
      'a transaction',
      { ...first, baseSequence: 2, isTransactional: true },
      'INVALID_TXN_STATE',
      'names no transactional id',
    ],
    ['no sequence number', { ...first, baseSequence: -1 }, 'INVALID_RECORD', 'no sequence number'],
    ['control records', { isControl: true }, 'INVALID_RECORD', 'only the broker writes'],
  ] as const)('refuses %s, and says why', async (_, carried, error, why) => {
    await produce(first)
    const refused = { errorCode: ErrorCode[error], baseOffset: -1, errorMessage: expect.stringContaining(why) }
    expect(await produce(carried)).toMatchObject(refused)
    expect(broker.topics.get('t')?.partitions[0]?.endOffset).toBe(2)
  })
})
