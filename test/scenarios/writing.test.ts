// How records get into the log, told as it happens: rows 31 to 33 of what Kafka does.
import type { Kafkalet, ProducerOptions } from 'kafkalet'
import { faultsOf, type RequestOf } from 'kafkalet/testing'
import { describe, expect, test } from 'vitest'
import { errorName } from '../../src/errors.ts'
import { insidesOf } from '../../src/kafkalet.ts'
import { batchOfValues } from '../support/record-batches.ts'
import { Story, t0 } from '../support/story.ts'

type Producer = ReturnType<Kafkalet['producer']>

const requestContext = { clientId: 'c', clientHost: '/127.0.0.1', connection: {} }

interface Sent {
  readonly key?: string
  readonly value: string
  readonly partition?: number
}

/** Tells where the record went, when that is known. */
async function sends(story: Story, producer: Producer, record: Sent): Promise<void> {
  await story.tries(`sent ${record.value}`, async () => {
    const { partition, offset } = await producer.send({ topic: 't', ...record })
    return `t-${partition}@${offset}`
  })
}

/** The whole of t-0, read from its beginning. */
async function reads(story: Story): Promise<void> {
  await story.polls([story.reader('a reader', [t0])])
}

describe('row 31: a record with a key', () => {
  test('goes where its key hashes to, and somewhere else when there are more partitions; what is there stays', async () => {
    await using story = await Story.begin({ ofGroups: false, topics: { t: 2 } })
    const producer = story.kafka.producer({ metadataMaxAgeMs: 1_000 })
    for (const key of ['ada', 'bob', 'eve']) await sends(story, producer, { key, value: `${key} 1` })
    await story.kafka.admin().createPartitions({ t: 5 })
    await story.passes(1_000)
    story.tell('t has five partitions')
    for (const key of ['ada', 'bob', 'eve']) await sends(story, producer, { key, value: `${key} 2` })
    await reads(story)
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: sent ada 1: "t-1@0"
      0 s: sent bob 1: "t-0@0"
      0 s: sent eve 1: "t-0@1"
      1 s: t has five partitions
      1 s: sent ada 2: "t-1@1"
      1 s: sent bob 2: "t-3@0"
      1 s: sent eve 2: "t-0@2"
      1 s: a reader reads t-0: bob 1@0 eve 1@1 eve 2@2"
    `)
  })
})

describe('row 32: a record without a key', () => {
  test('stays with one partition until batch.size bytes have gone there, then another one is chosen', async () => {
    await using story = await Story.begin({ ofGroups: false, topics: { t: 3 } })
    const producer = story.kafka.producer({ batchSize: 300 })
    for (let i = 0; i < 9; i++) await sends(story, producer, { value: `${i}`.repeat(60) })
    const told = story.told().replaceAll(/(\d)\1{59}/g, '$1…')
    expect(told).toMatchInlineSnapshot(`
      "0 s: sent 0…: "t-2@0"
      0 s: sent 1…: "t-2@1"
      0 s: sent 2…: "t-2@2"
      0 s: sent 3…: "t-2@3"
      0 s: sent 4…: "t-2@4"
      0 s: sent 5…: "t-1@0"
      0 s: sent 6…: "t-1@1"
      0 s: sent 7…: "t-1@2"
      0 s: sent 8…: "t-1@3""
    `)
  })
})

describe('row 33: a record that is sent again', () => {
  const lost = async (options: ProducerOptions) => {
    const story = await Story.begin({ ofGroups: false, topics: { t: 1 } })
    const producer = story.kafka.producer(options)
    await sends(story, producer, { value: 'one' })
    faultsOf(story.kafka).on('Produce').loseResponse()
    const two = sends(story, producer, { value: 'two' })
    story.tell('two is written, and the answer lost')
    const other = sends(story, story.kafka.producer(), { value: "another producer's" })
    await story.passes(1_000)
    await Promise.all([two, other])
    await sends(story, producer, { value: 'three' })
    await reads(story)
    return story
  }

  test('is written once, and has the offset that it had', async () => {
    await using story = await lost({})
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: sent one: "t-0@0"
      0 s: two is written, and the answer lost
      0 s: sent another producer's: "t-0@2"
      0.1 s: sent two: "t-0@1"
      1 s: sent three: "t-0@3"
      1 s: a reader reads t-0: one@0 two@1 another producer's@2 three@3"
    `)
  })

  test('is written again by a producer without idempotence', async () => {
    await using story = await lost({ enableIdempotence: false })
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: sent one: "t-0@0"
      0 s: two is written, and the answer lost
      0 s: sent another producer's: "t-0@2"
      0.1 s: sent two: "t-0@3"
      1 s: sent three: "t-0@4"
      1 s: a reader reads t-0: one@0 two@1 another producer's@2 two@3 three@4"
    `)
  })

  test('is known while it is among the last five batches of its producer, and not beyond', async () => {
    await using story = await Story.begin({ ofGroups: false, topics: { t: 1 } })
    const { broker } = insidesOf(story.kafka) ?? {}
    const writes = (baseSequence: number) =>
      story.tries(`batch ${baseSequence}`, async () => {
        const records = batchOfValues(['v'], { producerId: 7, producerEpoch: 0, baseSequence })
        const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }]
        const answer = await broker?.handle(
          'Produce',
          { transactionalId: null, acks: -1, timeoutMs: 1, topicData },
          requestContext,
        )
        const { errorCode = -1, baseOffset } = answer?.responses[0]?.partitionResponses[0] ?? {}
        return errorCode === 0 ? `t-0@${baseOffset}` : errorName(errorCode)
      })
    for (const baseSequence of [0, 1, 2, 3, 4, 5, 1, 0]) await writes(baseSequence)
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: batch 0: "t-0@0"
      0 s: batch 1: "t-0@1"
      0 s: batch 2: "t-0@2"
      0 s: batch 3: "t-0@3"
      0 s: batch 4: "t-0@4"
      0 s: batch 5: "t-0@5"
      0 s: batch 1: "t-0@1"
      0 s: batch 0: "OUT_OF_ORDER_SEQUENCE_NUMBER""
    `)
  })

  test('and given up leaves no gap: what comes behind it is written with the next epoch', async () => {
    await using story = await Story.begin({ ofGroups: false, topics: { t: 1 } })
    const producer = story.kafka.producer({ requestTimeoutMs: 1_000, deliveryTimeoutMs: 2_000 })
    await sends(story, producer, { value: 'one' })
    const isTwo = ({ topicData: [topic] }: RequestOf<'Produce'>) => topic?.partitionData[0]?.records.value(0) === 'two'
    const epochs = new Set<number | undefined>()
    const faults = faultsOf(story.kafka)
    faults
      .on('Produce')
      .always()
      .observe(({ request }) => epochs.add(request.topicData[0]?.partitionData[0]?.records.attributes.producerEpoch))
    faults.on('Produce', { where: isTwo }).always().drop()
    const all = ['two', 'three'].map((value) => sends(story, producer, { value }))
    await story.passes(10_000)
    await Promise.all(all)
    story.tell(`epochs ${[...epochs]}`)
    await reads(story)
    expect(story.told()).toMatchInlineSnapshot(`
      "0 s: sent one: "t-0@0"
      2 s: sent two: refused, REQUEST_TIMED_OUT
      2 s: sent three: "t-0@1"
      10 s: epochs 0,1
      10 s: a reader reads t-0: one@0 three@1"
    `)
  })
})
