// What must compile, what must not, and what a user can read off the types.
import {
  type Consumer,
  decodeOffsetsRecord,
  int32,
  json,
  Kafkalet,
  nullable,
  type Payload,
  type RecordOut,
  string,
  type Transaction,
  topic,
} from 'kafkalet'
import { describe, expectTypeOf, test } from 'vitest'
import { z } from 'zod'

interface Order {
  readonly amount: number
}

const topics = {
  orders: topic({ key: string, value: json<Order>(), partitions: 4 }),
  counts: topic({ key: int32, value: nullable(string) }),
  checked: topic({ key: string, value: json(z.object({ n: z.coerce.number(), note: z.string().default('') })) }),
}
const kafka = new Kafkalet({ topics })
const anything = new Kafkalet()

describe('a producer', () => {
  const producer = kafka.producer()

  test('takes for each topic what that topic holds', () => {
    void producer.send({ topic: 'orders', key: 'k', value: { amount: 1 } })
    void producer.send({ topic: 'orders', value: { amount: 1 }, headers: { a: 'b' }, partition: 1, timestamp: 5 })
    void producer.send({ topic: 'counts', key: 1, value: null })
    // What a schema coerces or fills in need not be given.
    void producer.send({ topic: 'checked', value: { n: '5' } })
    // @ts-expect-error the topic is not declared
    void producer.send({ topic: 'ordres', value: { amount: 1 } })
    // @ts-expect-error the value belongs to another topic
    void producer.send({ topic: 'orders', value: 'text' })
    // @ts-expect-error the key is a number
    void producer.send({ topic: 'counts', key: 'one', value: 'x' })
    // @ts-expect-error the value is missing
    void producer.send({ topic: 'orders', key: 'k' })
    // @ts-expect-error there is no such field
    void producer.send({ topic: 'orders', value: { amount: 1 }, partiton: 1 })
    // @ts-expect-error nobody but the broker writes there
    void producer.send({ topic: '__consumer_offsets', value: new Uint8Array() })
  })

  test('takes a batch of several topics', () => {
    void producer.sendBatch([
      { topic: 'orders', value: { amount: 1 } },
      { topic: 'counts', value: 'x' },
    ])
  })

  test('without declared topics takes strings and bytes', () => {
    void anything.producer().send({ topic: 'any', key: 'k', value: new Uint8Array() })
    // @ts-expect-error an object needs a serde
    void anything.producer().send({ topic: 'any', value: { amount: 1 } })
  })
})

describe('a transaction', () => {
  const producer = kafka.producer({ transactionalId: 'id', transactionTimeoutMs: 1_000 })

  test('takes for each topic what that topic holds, and resolves with what the work does', () => {
    const result = producer.transaction(async (transaction) => {
      void transaction.send({ topic: 'orders', key: 'k', value: { amount: 1 } })
      void transaction.sendBatch([{ topic: 'counts', key: 1, value: null }])
      // @ts-expect-error the value belongs to another topic
      void transaction.send({ topic: 'orders', value: 'text' })
      return 7
    })
    expectTypeOf(result).toEqualTypeOf<Promise<number>>()
    expectTypeOf(producer.transaction(() => 'done')).toEqualTypeOf<Promise<string>>()
  })

  test('takes the group of a consumer, or the name of one', async () => {
    await using transaction: Transaction<typeof topics> = await producer.beginTransaction()
    const consumer = kafka.consumer({ groupId: 'g', topics: ['orders'] })
    void transaction.sendOffsets(
      [{ topic: 'orders', partition: 0, offset: 1, metadata: 'm' }],
      consumer.groupMetadata(),
    )
    void transaction.sendOffsets([], { groupId: 'g' })
    // @ts-expect-error whose offsets they are must be said
    void transaction.sendOffsets([])
    // @ts-expect-error an offset has a partition
    void transaction.sendOffsets([{ topic: 'orders', offset: 1 }], { groupId: 'g' })
  })
})

describe('a consumer', () => {
  test('gives out for each topic what that topic holds', async () => {
    const consumer = kafka.consumer({ groupId: 'g', topics: ['orders', 'counts'] })
    for (const record of await consumer.poll()) {
      if (record.topic === 'orders') {
        expectTypeOf(record.key).toEqualTypeOf<string | null>()
        expectTypeOf(record.value).toEqualTypeOf<Order>()
      } else {
        expectTypeOf(record.topic).toEqualTypeOf<'counts'>()
        expectTypeOf(record.value).toEqualTypeOf<string | null>()
      }
    }
  })

  test('gives out what a schema makes of the data', async () => {
    for await (const { value } of kafka.consumer({ groupId: 'g', topics: ['checked'] })) {
      expectTypeOf(value).toEqualTypeOf<{ n: number; note: string }>()
    }
  })

  test('hands handlers the same types', () => {
    void kafka.consumer({ groupId: 'g', topics: ['orders'] }).run({
      eachRecord({ value }, { signal }) {
        expectTypeOf(value).toEqualTypeOf<Order>()
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
      },
    })
  })

  test('knows the topics it reads', () => {
    const consumer = kafka.consumer({ groupId: 'g', topics: ['orders'] })
    expectTypeOf(consumer.assignment[0]?.topic).toEqualTypeOf<'orders' | undefined>()
    // @ts-expect-error it reads another topic
    consumer.seek({ topic: 'counts', partition: 0 }, 0)
    // @ts-expect-error there is no such topic
    kafka.consumer({ groupId: 'g', topics: ['ordres'] })
    // @ts-expect-error there is no such option
    kafka.consumer({ groupID: 'g' })
  })

  test('may read the offsets topic, declared topics or not', async () => {
    for (const record of await kafka.consumer({ groupId: 'g', topics: ['__consumer_offsets'] }).poll()) {
      expectTypeOf(record.value).toEqualTypeOf<Uint8Array | null>()
      const read = decodeOffsetsRecord(record)
      if (read.type === 'offset-commit') expectTypeOf(read.value?.offset).toEqualTypeOf<number | undefined>()
    }
    void anything.consumer({ groupId: 'g', topics: ['__consumer_offsets'] })
  })

  test('may read the offsets topic beside topics whose names are not literals', () => {
    type Read = RecordOut<Record<string, typeof topics.orders>, '__consumer_offsets'>
    expectTypeOf<Read['value']>().toEqualTypeOf<Uint8Array | null>()
  })

  test('without declared topics takes any name from a variable', async () => {
    const consumer = anything.consumer({ groupId: 'g', topics: ['t'] })
    const partition = { topic: 't', partition: 0 }
    consumer.seek(partition, 'end')
    const [record] = await consumer.poll()
    expectTypeOf(record?.value).toEqualTypeOf<Payload | undefined>()
  })

  test('can be named', () => {
    expectTypeOf(kafka.consumer({ groupId: 'g', topics: ['orders'] })).toExtend<Consumer<typeof topics, 'orders'>>()
    expectTypeOf<RecordOut<typeof topics, 'orders'>['value']>().toEqualTypeOf<Order>()
  })
})

describe('an admin', () => {
  const admin = kafka.admin()

  test('resets offsets to one target', () => {
    admin.resetOffsets('g', { to: 'earliest', topics: ['orders'], dryRun: true })
    admin.resetOffsets('g', { to: [{ topic: 'orders', partition: 0, offset: 5 }] })
    // @ts-expect-error there is no such target
    admin.resetOffsets('g', { to: 'first' })
    // @ts-expect-error a shift is a number
    admin.resetOffsets('g', { to: { shiftBy: '1' } })
    // @ts-expect-error the target is missing
    admin.resetOffsets('g', { topics: ['orders'] })
  })

  test('names members by id or by instance', () => {
    admin.removeMembersFromConsumerGroup('g', { members: [{ memberId: 'm' }, { groupInstanceId: 'i' }] })
    // @ts-expect-error a client id names no member
    admin.removeMembersFromConsumerGroup('g', { members: [{ clientId: 'c' }] })
    // @ts-expect-error there is no such state
    admin.listGroups({ states: ['Running'] })
  })
})
