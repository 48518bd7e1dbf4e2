// Every error that an API can be made to answer, in an answer of the form that the broker gives.
import { KafkaError, Kafkalet } from 'kafkalet'
import { type ApiName, faultsOf, ManualClock, type RequestOf, type ResponseOf } from 'kafkalet/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Broker } from '../../src/broker/broker.ts'
import { ErrorCode, type ErrorName } from '../../src/errors.ts'
import { insidesOf } from '../../src/kafkalet.ts'
import { RecordBatch } from '../../src/log/record-batch.ts'
import { apiErrors } from '../../src/testing/api-errors.ts'

const context = { clientId: 'c', clientHost: '/127.0.0.1', connection: {} }
let kafka: Kafkalet
let broker: Broker
let topicIds: string[] = []

/** Asks for two things, of which the first is refused. */
const requests: { readonly [Api in ApiName]: () => RequestOf<Api> } = {
  Produce: () => ({
    transactionalId: null,
    acks: -1,
    timeoutMs: 1,
    topicData: ['a', 'b'].map((name) => ({ name, partitionData: [{ index: 0, records: batchOf('v') }] })),
  }),
  InitProducerId: () => ({
    transactionalId: null,
    transactionTimeoutMs: 1,
    producerId: -1,
    producerEpoch: -1,
    enable2Pc: false,
    keepPreparedTxn: false,
  }),
  AddPartitionsToTxn: () => ({
    transactions: ['t', 'u'].map((transactionalId, producerId) => ({
      transactionalId,
      producerId,
      producerEpoch: 0,
      verifyOnly: false,
      topics: [{ name: 'a', partitions: [0] }],
    })),
  }),
  AddOffsetsToTxn: () => ({ transactionalId: 't', producerId: 0, producerEpoch: 0, groupId: 'g' }),
  EndTxn: () => ({ transactionalId: 't', producerId: 0, producerEpoch: 0, committed: true }),
  WriteTxnMarkers: () => ({
    markers: [
      {
        producerId: 1,
        producerEpoch: 0,
        transactionResult: true,
        coordinatorEpoch: 0,
        topics: ['a', 'b'].map((name) => ({ name, partitionIndexes: [0] })),
      },
    ],
  }),
  TxnOffsetCommit: () => ({
    transactionalId: 't',
    producerId: 0,
    producerEpoch: 0,
    groupId: 'g',
    generationId: -1,
    memberId: '',
    groupInstanceId: null,
    topics: ['a', 'b'].map((name) => ({
      name,
      partitions: [{ partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: null }],
    })),
  }),
  DescribeTransactions: () => ({ transactionalIds: ['t', 'u'] }),
  DescribeProducers: () => ({ topics: ['a', 'b'].map((name) => ({ name, partitionIndexes: [0] })) }),
  ListTransactions: () => ({
    stateFilters: [],
    producerIdFilters: [],
    durationFilter: -1,
    transactionalIdPattern: null,
  }),
  Fetch: () => ({
    maxWaitMs: 500,
    minBytes: 1_000_000,
    maxBytes: 1_000,
    isolationLevel: 'read_uncommitted',
    topics: topicIds.map((topicId) => ({
      topicId,
      partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1_000 }],
    })),
  }),
  ListOffsets: () => ({
    isolationLevel: 'read_uncommitted',
    topics: ['a', 'b'].map((name) => ({ name, partitions: [{ partitionIndex: 0, timestamp: -1 }] })),
  }),
  Metadata: () => ({
    topics: ['a', 'b'].map((name) => ({ name, topicId: null })),
    allowAutoTopicCreation: false,
  }),
  CreateTopics: () => ({
    topics: ['a', 'b'].map((name) => ({ name, numPartitions: 1, replicationFactor: 1, configs: [] })),
    timeoutMs: 1,
    validateOnly: true,
  }),
  DeleteTopics: () => ({ topics: ['a', 'nothing'].map((name) => ({ name, topicId: null })), timeoutMs: 1 }),
  CreatePartitions: () => ({
    topics: ['a', 'b'].map((name) => ({ name, count: 9 })),
    timeoutMs: 1,
    validateOnly: true,
  }),
  FindCoordinator: () => ({ keyType: 0, coordinatorKeys: ['g', 'h'] }),
  JoinGroup: () => ({
    groupId: 'g',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId: 'm',
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: new Uint8Array() }],
  }),
  SyncGroup: () => ({
    groupId: 'g',
    generationId: 1,
    memberId: 'm',
    groupInstanceId: null,
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: [],
  }),
  Heartbeat: () => ({ groupId: 'g', generationId: 1, memberId: 'm', groupInstanceId: null }),
  LeaveGroup: () => ({ groupId: 'g', members: ['m', 'n'].map((memberId) => ({ memberId, groupInstanceId: null })) }),
  OffsetCommit: () => ({
    groupId: 'g',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    groupInstanceId: null,
    topics: ['a', 'b'].map((name) => ({
      name,
      partitions: [{ partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: null }],
    })),
  }),
  OffsetFetch: () => ({
    groups: ['g', 'h'].map((groupId) => ({
      groupId,
      topics: ['a', 'b'].map((name) => ({ name, partitionIndexes: [0] })),
    })),
    requireStable: false,
  }),
  OffsetDelete: () => ({
    groupId: 'g',
    topics: ['a', 'b'].map((name) => ({ name, partitions: [{ partitionIndex: 0 }] })),
  }),
  ListGroups: () => ({ statesFilter: [], typesFilter: [] }),
  DescribeGroups: () => ({ groups: ['g', 'h'] }),
  DeleteGroups: () => ({ groupsNames: ['nothing', 'h'] }),
}

/** What of each request is meant. */
const first: { readonly [Api in ApiName]?: object } = {
  ...Object.fromEntries(
    ['Produce', 'Fetch', 'ListOffsets', 'Metadata', 'CreateTopics', 'DeleteTopics', 'CreatePartitions'].map((api) => [
      api,
      { topic: 'a' },
    ]),
  ),
  FindCoordinator: { groupId: 'g' },
  LeaveGroup: { memberId: 'm' },
  OffsetCommit: { topic: 'a' },
  OffsetFetch: { groupId: 'g', topic: 'a' },
  OffsetDelete: { topic: 'a' },
  DescribeGroups: { groupId: 'g' },
  DeleteGroups: { groupId: 'nothing' },
  AddPartitionsToTxn: { transactionalId: 't' },
  WriteTxnMarkers: { topic: 'a' },
  TxnOffsetCommit: { topic: 'a' },
  DescribeTransactions: { transactionalId: 't' },
  DescribeProducers: { topic: 'a' },
}

beforeEach(open)
afterEach(() => kafka.close())

async function open(): Promise<void> {
  kafka = new Kafkalet({ clock: new ManualClock(), seed: 1 })
  const found = insidesOf(kafka)?.broker
  if (found === undefined) throw new Error('the instance has no broker')
  broker = found
  const admin = kafka.admin()
  await admin.createTopics([{ topic: 'a' }, { topic: 'b' }])
  topicIds = (await admin.describeTopics(['a', 'b'])).map(({ topicId }) => topicId)
  for (const transactionalId of ['t', 'u']) {
    broker.handle('InitProducerId', { ...requests.InitProducerId(), transactionalId }, context)
  }
  for (const groupId of ['g', 'h']) {
    await admin.alterConsumerGroupOffsets(
      groupId,
      ['a', 'b'].map((topic) => ({ topic, partition: 0, offset: 1 })),
    )
  }
}

const cases = (Object.keys(apiErrors) as ApiName[]).flatMap((api) =>
  apiErrors[api].flatMap(({ errors }) => errors.map((error) => [api, error] as const)),
)

test('every API has errors, and each stands in one place', () => {
  expect(new Set(cases.map(String)).size).toBe(cases.length)
  expect(new Set(cases.map(([api]) => api))).toEqual(new Set(Object.keys(requests)))
})

describe('an answer', () => {
  test.each(cases)('%s with %s has the form of a real one, and the error in it once', async (api, error) => {
    const real = await answer(api)
    await kafka.close()
    await open()
    faultsOf(kafka)
      .on(api, first[api] ?? {})
      .fail(error)
    const faulty = await answer(api)
    faultsOf(kafka).assertUsed()
    expect(codesIn(faulty).filter((code) => code === ErrorCode[error])).toHaveLength(timesIn(api, error))
    expect(strangersIn(real, faulty)).toEqual([])
  })
})

test('what is not meant is carried out', async () => {
  faultsOf(kafka).on('CreateTopics', { topic: 'x' }).fail('POLICY_VIOLATION')
  const creating = kafka.admin().createTopics([{ topic: 'x' }, { topic: 'y' }])
  await expect(creating).rejects.toThrow(KafkaError)
  expect((await kafka.admin().listTopics()).sort()).toEqual(['a', 'b', 'y'])
})

test('topics of all there are can be refused', async () => {
  faultsOf(kafka).on('Metadata', { topic: 'b' }).fail('TOPIC_AUTHORIZATION_FAILED')
  const all = await broker.handle('Metadata', { topics: null, allowAutoTopicCreation: false }, context)
  expect(all.topics.flatMap(({ name, errorCode }) => (errorCode === 0 ? [name] : []))).not.toContain('b')
  expect(all.topics.find(({ name }) => name === 'b')).toMatchObject({ errorCode: 29, partitions: [] })
})

test('all that a group committed can be refused', async () => {
  faultsOf(kafka).on('OffsetFetch').fail('UNSTABLE_OFFSET_COMMIT')
  const groups = [{ groupId: 'h', topics: null }]
  const { groups: answered } = await broker.handle('OffsetFetch', { groups, requireStable: true }, context)
  expect(codesIn(answered).filter((code) => code === ErrorCode.UNSTABLE_OFFSET_COMMIT)).toHaveLength(2)
})

function answer<Api extends ApiName>(api: Api): ResponseOf<Api> | Promise<ResponseOf<Api>> | null {
  const answered = broker.handle(api, requests[api](), context)
  // A join or fetch that waits for others or for time shows no form.
  const mayWait = api === 'JoinGroup' || api === 'Fetch'
  return answered instanceof Promise && mayWait ? null : answered
}

function timesIn(api: ApiName, error: ErrorName): number {
  // The broker's own answer to the rest, where that is the same error.
  const restToo: Partial<Record<ApiName, readonly ErrorName[]>> = {
    CreateTopics: ['TOPIC_ALREADY_EXISTS'],
    DeleteTopics: ['UNKNOWN_TOPIC_OR_PARTITION'],
    LeaveGroup: ['UNKNOWN_MEMBER_ID'],
  }
  return restToo[api]?.includes(error) ? 2 : 1
}

function codesIn(value: unknown): number[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, each]) => (/errorCode$/i.test(name) ? [Number(each)] : codesIn(each)))
}

/** Fields that one answer has and the other has not, and fields of another type. */
function strangersIn(real: unknown, faulty: unknown, path = ''): string[] {
  if (typeof real !== 'object' || real === null || typeof faulty !== 'object' || faulty === null) return []
  if (real instanceof Uint8Array) return faulty instanceof Uint8Array ? [] : [path]
  if (Array.isArray(real)) {
    if (!Array.isArray(faulty)) return [path]
    const [first] = real
    return first === undefined ? [] : faulty.flatMap((each, i) => strangersIn(first, each, `${path}[${i}]`))
  }
  const names = new Set([...Object.keys(real), ...Object.keys(faulty)])
  return [...names].flatMap((name) => {
    if (!(name in real) || !(name in faulty)) return [`${path}.${name}`]
    return strangersIn(
      (real as Record<string, unknown>)[name],
      (faulty as Record<string, unknown>)[name],
      `${path}.${name}`,
    )
  })
}

function batchOf(value: string): RecordBatch {
  const batch = new RecordBatch()
  batch.push(null, value, 0)
  return batch
}
