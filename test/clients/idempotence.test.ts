// The idempotent producer: what it sends under which numbers, whatever becomes of it on the way.
import { KafkaError, Kafkalet } from 'kafkalet'
import { faultsOf, ManualClock, type RequestOf } from 'kafkalet/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let clock: ManualClock
let kafka: Kafkalet

beforeEach(async () => {
  clock = new ManualClock()
  kafka = new Kafkalet({ clock, seed: 1 })
  await kafka.admin().createTopics([{ topic: 't', partitions: 2 }])
})
afterEach(() => kafka.close())

const to = (partition: number, value: string) => ({ topic: 't', partition, value })

/** Each batch that was sent to `t`, as `producerId/epoch: partition@sequence+count`. */
function numbersSent(): string[] {
  const sent: string[] = []
  const note = ({ topicData }: RequestOf<'Produce'>) => {
    for (const { name, partitionData } of topicData) {
      for (const { index, records } of partitionData) {
        const { producerId, producerEpoch } = records.attributes
        if (name === 't') sent.push(`${producerId}/${producerEpoch}: ${index}@${records.baseSequence}+${records.count}`)
      }
    }
    return true
  }
  faultsOf(kafka)
    .on('Produce', { where: note })
    .always()
    .observe(() => {})
  return sent
}

async function within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  work.catch(() => {})
  await clock.advance(ms)
  return work
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'NONE',
    (error) => (error instanceof KafkaError ? error.code : Promise.reject(error)),
  )
}

async function valuesOf(partition: number): Promise<unknown[]> {
  const topic = 't'
  const reader = kafka.consumer()
  reader.assign([{ topic, partition }])
  reader.seek({ topic, partition }, 'beginning')
  const records = await reader.poll({ timeoutMs: 0 })
  await reader.close()
  return records.map(({ value }) => value)
}

describe('numbers', () => {
  test('go on in each partition by itself, however the records are sent', async () => {
    const sent = numbersSent()
    const producer = kafka.producer()
    await producer.send(to(0, 'a'))
    await producer.sendBatch([{ topic: 'other', value: 'x' }])
    await producer.sendBatch([to(0, 'b'), to(1, 'c'), to(0, 'd')])
    await producer.sendBatch([to(1, 'e')])
    const slow = kafka.producer({ lingerMs: 5 })
    await within(100, slow.send(to(1, 'x')))
    await within(100, Promise.all([slow.send(to(0, 'f')), slow.send(to(0, 'g'))]))
    await producer.send(to(0, 'h'))
    expect(sent).toEqual([
      '0/0: 0@0+1',
      '0/0: 0@1+2',
      '0/0: 1@0+1',
      '0/0: 1@1+1',
      '1/0: 1@0+1',
      '1/0: 0@0+2',
      '0/0: 0@3+1',
    ])
  })

  test('are asked for with the first send, and by nobody without idempotence', async () => {
    const faults = faultsOf(kafka)
    faults.record()
    const asked = () => faults.history.filter(({ api }) => api === 'InitProducerId').length
    const producer = kafka.producer()
    await kafka.producer({ enableIdempotence: false }).send(to(0, 'a'))
    await kafka.producer({ acks: 1 }).send(to(0, 'b'))
    await kafka.producer({ retries: 0 }).send(to(0, 'c'))
    expect(asked()).toBe(0)
    await producer.send(to(0, 'd'))
    await producer.send(to(1, 'e'))
    expect(asked()).toBe(1)
  })

  test('are the same for a batch that is sent again, and the answer is where it was written first', async () => {
    const sent = numbersSent()
    faultsOf(kafka).on('Produce', { partition: 0 }).times(2).loseResponse()
    const producer = kafka.producer()
    const first = producer.send(to(0, 'a'))
    const second = producer.send(to(0, 'b'))
    expect(await within(1_000, Promise.all([first, second]))).toMatchObject([{ offset: 0 }, { offset: 1 }])
    expect(sent).toEqual(['0/0: 0@0+1', '0/0: 0@0+1', '0/0: 0@0+1', '0/0: 0@1+1'])
    expect(await valuesOf(0)).toEqual(['a', 'b'])
  })

  test('do not begin anew with a topic that is made anew, nor in partitions that are added', async () => {
    const sent = numbersSent()
    const producer = kafka.producer({ metadataMaxAgeMs: 1_000 })
    await producer.sendBatch([to(0, 'a'), to(0, 'b')])
    const admin = kafka.admin()
    await admin.deleteTopics(['t'])
    await admin.createTopics([{ topic: 't', partitions: 2 }])
    // The one side still knows the old topic, and then the new one.
    await producer.send(to(0, 'c'))
    await clock.advance(1_000)
    await producer.send(to(0, 'd'))
    await admin.createPartitions({ t: 3 })
    await clock.advance(1_000)
    await producer.send(to(2, 'e'))
    expect(sent).toEqual(['0/0: 0@0+2', '0/0: 0@2+1', '0/0: 0@3+1', '0/0: 2@0+1'])
    expect([await valuesOf(0), await valuesOf(2)]).toEqual([['c', 'd'], ['e']])
  })

  test('go on where the partition has long forgotten the producer', async () => {
    const sent = numbersSent()
    const producer = kafka.producer()
    await producer.send(to(0, 'a'))
    await clock.advance(3 * 86_400_000)
    expect(await producer.send(to(0, 'b'))).toMatchObject({ offset: 1 })
    expect(sent).toEqual(['0/0: 0@0+1', '0/0: 0@1+1'])
  })
})

describe('the id of a producer', () => {
  test.each(['COORDINATOR_LOAD_IN_PROGRESS', 'COORDINATOR_NOT_AVAILABLE', 'NOT_COORDINATOR'] as const)(
    'is asked for again after %s, and what was sent meanwhile keeps its order',
    async (error) => {
      faultsOf(kafka).on('InitProducerId').times(2).fail(error)
      const producer = kafka.producer()
      const sent = ['a', 'b', 'c'].map((value) => producer.send(to(0, value)))
      expect(await within(1_000, Promise.all(sent))).toMatchObject([{ offset: 0 }, { offset: 1 }, { offset: 2 }])
      expect(await valuesOf(0)).toEqual(['a', 'b', 'c'])
    },
  )

  test('is asked for again where no answer comes', async () => {
    faultsOf(kafka).on('InitProducerId').drop()
    expect(await within(31_000, kafka.producer().send(to(0, 'a')))).toMatchObject({ offset: 0 })
    faultsOf(kafka).on('InitProducerId').loseResponse()
    expect(await within(31_000, kafka.producer().send(to(0, 'b')))).toMatchObject({ offset: 1 })
  })

  test('is waited for as long as a batch may take', async () => {
    faultsOf(kafka).on('InitProducerId').always().fail('COORDINATOR_NOT_AVAILABLE')
    const error = await within(200_000, codeOf(kafka.producer().send(to(0, 'a'))))
    expect([error, await valuesOf(0)]).toEqual(['REQUEST_TIMED_OUT', []])
  })

  test('that cannot be had ends the producer, and it says so', async () => {
    faultsOf(kafka).on('InitProducerId').fail('UNSUPPORTED_VERSION')
    const producer = kafka.producer()
    expect(await codeOf(producer.send(to(0, 'a')))).toBe('UNSUPPORTED_VERSION')
    const again = producer.sendBatch([to(0, 'b')])
    await expect(again).rejects.toThrow('This producer cannot send any more')
    expect(await kafka.producer().send(to(0, 'c'))).toMatchObject({ offset: 0 })
  })

  test('that is not granted may be granted later', async () => {
    faultsOf(kafka).on('InitProducerId').fail('CLUSTER_AUTHORIZATION_FAILED')
    const producer = kafka.producer()
    expect(await codeOf(producer.send(to(0, 'a')))).toBe('CLUSTER_AUTHORIZATION_FAILED')
    expect(await producer.send(to(0, 'b'))).toMatchObject({ offset: 0 })
  })
})

describe('a new epoch', () => {
  test('begins with a gap that the log tells of: the batch comes again, and is there once', async () => {
    const sent = numbersSent()
    const producer = kafka.producer()
    await producer.sendBatch([to(0, 'a'), to(1, 'b')])
    faultsOf(kafka).on('Produce', { partition: 0 }).fail('OUT_OF_ORDER_SEQUENCE_NUMBER')
    const failing = producer.sendBatch([to(0, 'c'), to(0, 'd')])
    const behind = producer.send(to(0, 'e'))
    await within(1_000, Promise.all([failing, behind]))
    await producer.send(to(1, 'f'))
    expect(sent.slice(2)).toEqual(['0/0: 0@1+2', '0/1: 0@0+2', '0/1: 0@2+1', '0/1: 1@0+1'])
    expect([await valuesOf(0), await valuesOf(1)]).toEqual([
      ['a', 'c', 'd', 'e'],
      ['b', 'f'],
    ])
  })

  test('reaches a partition behind what is on its way there, which keeps its numbers', async () => {
    const sent = numbersSent()
    const producer = kafka.producer()
    await producer.sendBatch([to(0, 'a'), to(1, 'b')])
    faultsOf(kafka).on('Produce', { partition: 1 }).times(3).fail('NOT_ENOUGH_REPLICAS')
    const slow = producer.send(to(1, 'c'))
    faultsOf(kafka).on('Produce', { partition: 0 }).fail('OUT_OF_ORDER_SEQUENCE_NUMBER')
    await within(200, producer.send(to(0, 'd')))
    const behind = producer.send(to(1, 'e'))
    await within(1_000, Promise.all([slow, behind]))
    expect([...new Set(sent)].slice(2)).toEqual(['0/0: 1@1+1', '0/0: 0@1+1', '0/1: 0@0+1', '0/1: 1@0+1'])
    expect([await valuesOf(0), await valuesOf(1)]).toEqual([
      ['a', 'd'],
      ['b', 'c', 'e'],
    ])
  })

  test('is one for all partitions that one answer refuses', async () => {
    const sent = numbersSent()
    const producer = kafka.producer()
    await producer.sendBatch([to(0, 'a'), to(1, 'b')])
    faultsOf(kafka).on('Produce').fail('OUT_OF_ORDER_SEQUENCE_NUMBER')
    await within(1_000, producer.sendBatch([to(0, 'c'), to(1, 'd')]))
    expect(sent.slice(4)).toEqual(['0/1: 0@0+1', '0/1: 1@0+1'])
  })

  test.each([
    'MESSAGE_TOO_LARGE',
    'INVALID_TIMESTAMP',
    'INVALID_PRODUCER_EPOCH',
    'TOPIC_AUTHORIZATION_FAILED',
  ] as const)('begins where a batch was refused for good (%s): there is no gap behind it', async (error) => {
    const sent = numbersSent()
    const producer = kafka.producer()
    await producer.sendBatch([to(0, 'a'), to(1, 'b')])
    faultsOf(kafka).on('Produce').fail(error)
    expect(await codeOf(producer.send(to(0, 'c')))).toBe(error)
    await producer.send(to(0, 'd'))
    expect(sent.slice(2)).toEqual(['0/0: 0@1+1', '0/1: 0@0+1'])
    expect(await valuesOf(0)).toEqual(['a', 'd'])
  })

  test('begins where a batch was given up in time: those behind it are written all the same, and it is not', async () => {
    const sent = numbersSent()
    const producer = kafka.producer({ requestTimeoutMs: 100, deliveryTimeoutMs: 1_000 })
    await producer.send(to(0, 'a'))
    const faults = faultsOf(kafka)
    faults
      .on('Produce', { where: ({ topicData }) => valueIn(topicData) === 'b' })
      .always()
      .drop()
    const all = ['b', 'c', 'd'].map((value) => codeOf(producer.send(to(0, value))))
    expect(await within(10_000, Promise.all(all))).toEqual(['REQUEST_TIMED_OUT', 'NONE', 'NONE'])
    expect([...new Set(sent)]).toEqual(['0/0: 0@0+1', '0/0: 0@1+1', '0/1: 0@0+1', '0/1: 0@1+1'])
    expect(await valuesOf(0)).toEqual(['a', 'c', 'd'])
  })

  test('does not begin where the retries are used up, but with the gap behind that, as in Kafka', async () => {
    const sent = numbersSent()
    const producer = kafka.producer({ retries: 1 })
    await producer.send(to(0, 'a'))
    faultsOf(kafka).on('Produce').times(2).fail('NOT_ENOUGH_REPLICAS')
    expect(await within(1_000, codeOf(producer.send(to(0, 'b'))))).toBe('NOT_ENOUGH_REPLICAS')
    expect(await within(1_000, codeOf(producer.send(to(0, 'c'))))).toBe('OUT_OF_ORDER_SEQUENCE_NUMBER')
    await producer.send(to(0, 'd'))
    expect(sent).toEqual(['0/0: 0@0+1', '0/0: 0@1+1', '0/0: 0@1+1', '0/0: 0@2+1', '0/0: 0@2+1', '0/1: 0@0+1'])
    expect(await valuesOf(0)).toEqual(['a', 'd'])
  })

  test('follows the last one with a new id', async () => {
    const sent = numbersSent()
    faultsOf(kafka)
      .on('InitProducerId')
      .rewrite((response) => ({ ...response, producerEpoch: 2 ** 15 - 1 }))
    const producer = kafka.producer()
    await producer.send(to(0, 'a'))
    faultsOf(kafka).on('Produce').fail('INVALID_TIMESTAMP')
    expect(await codeOf(producer.send(to(0, 'b')))).toBe('INVALID_TIMESTAMP')
    await producer.send(to(0, 'c'))
    await producer.send(to(0, 'd'))
    expect(sent).toEqual(['0/32767: 0@0+1', '0/32767: 0@1+1', '1/0: 0@0+1', '1/0: 0@1+1'])
  })
})

describe('an answer', () => {
  test('that the log has had the batch, and no longer knows where, is none to fear', async () => {
    faultsOf(kafka).on('Produce').fail('DUPLICATE_SEQUENCE_NUMBER')
    const producer = kafka.producer()
    expect(await producer.send(to(0, 'a'))).toMatchObject({ offset: -1 })
    expect(await producer.sendBatch([to(1, 'b')])).toMatchObject([{ baseOffset: 0 }])
  })

  test('that the producer is unknown is one to ask again after: with the same numbers where nothing is known of the log', async () => {
    const sent = numbersSent()
    faultsOf(kafka).on('Produce').fail('UNKNOWN_PRODUCER_ID')
    await within(1_000, kafka.producer().send(to(0, 'a')))
    expect(sent).toEqual(['0/0: 0@0+1', '0/0: 0@0+1'])
  })

  test.each(['CLUSTER_AUTHORIZATION_FAILED', 'PRODUCER_FENCED', 'UNSUPPORTED_VERSION'] as const)(
    '%s ends the producer',
    async (error) => {
      const producer = kafka.producer()
      faultsOf(kafka)
        .on('Produce')
        .rewrite((response) => ({
          responses: response.responses.map(({ name, partitionResponses }) => ({
            name,
            partitionResponses: partitionResponses.map((each) => ({
              ...each,
              errorCode: new KafkaError(error).errorCode ?? 0,
            })),
          })),
        }))
      expect(await codeOf(producer.send(to(0, 'a')))).toBe(error)
      await expect(producer.send(to(0, 'b'))).rejects.toMatchObject({ code: error })
      await expect(producer.send(to(0, 'b'))).rejects.toThrow('cannot send any more')
    },
  )
})

function valueIn(
  topicData: readonly { readonly partitionData: readonly { readonly records: { value(i: number): unknown } }[] }[],
): unknown {
  return topicData[0]?.partitionData[0]?.records.value(0)
}
