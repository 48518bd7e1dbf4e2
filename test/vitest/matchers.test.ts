// The matchers: what each accepts, and what it shows when it fails.
import { stripVTControlCharacters } from 'node:util'
import { json, Kafkalet, string, topic } from 'kafkalet'
import { faultsOf, ManualClock, waitForAssignment, waitForLag } from 'kafkalet/testing'
import 'kafkalet/vitest'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

interface Order {
  readonly n: number
  readonly by?: string
}

const topics = { orders: topic({ key: string, value: json<Order>(), partitions: 2 }) }
let clock: ManualClock
let kafka: Kafkalet<typeof topics>
beforeEach(() => {
  clock = new ManualClock()
  kafka = new Kafkalet({ clock, topics, seed: 1 })
})
afterEach(() => kafka.close())

const send = (partition: number, key: string, value: Order, headers = {}) =>
  kafka.producer().send({ topic: 'orders', partition, key, value, headers })

/** What the matcher says when it fails. */
async function failure(judge: () => unknown): Promise<string> {
  try {
    await judge()
  } catch (error) {
    return stripVTControlCharacters((error as Error).message)
  }
  throw new Error('the matcher passed')
}

describe('toHaveRecord', () => {
  test('finds a record by what is named of it', async () => {
    await send(1, 'ada', { n: 1, by: 'hand' }, { trace: 'x', other: 'y' })
    expect(kafka).toHaveRecord('orders', { key: 'ada' })
    expect(kafka).toHaveRecord('orders', { value: { n: 1, by: 'hand' }, headers: { trace: 'x' } })
    expect(kafka).toHaveRecord('orders', { value: expect.objectContaining({ n: 1 }), offset: 0, partition: 1 })
    expect(kafka).toHaveRecord('orders', expect.objectContaining({ timestamp: clock.now() }))
    expect(kafka).not.toHaveRecord('orders', { value: { n: 1 } })
    expect(kafka).not.toHaveRecord('orders', { headers: { trace: 'y' } })
  })

  test('shows the nearest record, and all that are there', async () => {
    await send(0, 'ada', { n: 1 })
    await send(1, 'bob', { n: 2 }, { trace: 'x' })
    expect(
      await failure(() => expect(kafka).toHaveRecord('orders', { key: 'bob', value: { n: 3 } })),
    ).toMatchInlineSnapshot(`
      "Topic 'orders' has no record that matches {"key": "bob", "value": {"n": 3}}. The nearest is orders-1@0:

      - Expected
      + Received

        {
          "key": "bob",
          "value": {
      -     "n": 3,
      +     "n": 2,
          },
        }

      What 'orders' has:
        orders-0@0  key "ada", value {"n": 1}
        orders-1@0  key "bob", value {"n": 2}, headers {"trace": "x"}"
    `)
    expect(await failure(() => expect(kafka).not.toHaveRecord('orders', { key: 'bob' }))).toMatchInlineSnapshot(
      `"Topic 'orders' has a record that it should not have: orders-1@0  key "bob", value {"n": 2}, headers {"trace": "x"}"`,
    )
  })

  test('says that there is nothing at all', async () => {
    expect(await failure(() => expect(kafka).toHaveRecord('orders', { key: 'bob' }))).toBe(
      `Topic 'orders' has no record that matches {"key": "bob"}.\n\n'orders' has no records at all.`,
    )
  })

  test('shows no more than twenty of many', async () => {
    for (let n = 0; n < 23; n++) await send(0, 'ada', { n })
    const shown = await failure(() => expect(kafka).toHaveRecord('orders', { key: 'bob' }))
    expect(shown).toContain('orders-0@19')
    expect(shown).not.toContain('orders-0@20')
    expect(shown).toContain('… and 3 more')
  })

  test('refuses what cannot be meant', async () => {
    // @ts-expect-error the topic is not declared
    expect(() => expect(kafka).toHaveRecord('order', {})).toThrow("'order' does not exist. Did you mean 'orders'?")
    // @ts-expect-error there is no such field
    expect(() => expect(kafka).toHaveRecord('orders', { vlaue: 1 })).toThrow("Did you mean 'value'?")
    expect(() => expect(kafka).toHaveRecord('orders', 'ada' as never)).toThrow('a record is expected as { key, value')
    expect(() => expect({}).toHaveRecord('orders', {})).toThrow('expect(kafka).toHaveRecord takes the Kafkalet')
  })

  test('is awaited where a serde is asynchronous', async () => {
    const slow = { ...json<Order>(), deserialize: () => Promise.resolve({ n: 7 }) }
    await using other = new Kafkalet({ topics: { orders: topic({ key: string, value: slow }) } })
    await other.producer().send({ topic: 'orders', key: 'k', value: { n: 1 } })
    await expect(other).toHaveRecord('orders', { value: { n: 7 } })
    expect(await failure(() => expect(other).toHaveRecord('orders', { value: { n: 1 } }))).toContain('has no record')
  })
})

describe('toHaveRecords', () => {
  test('wants all records, those of a partition in their order', async () => {
    await send(0, 'ada', { n: 1 })
    await send(1, 'bob', { n: 2 })
    await send(0, 'ada', { n: 3 })
    expect(kafka).toHaveRecords('orders', [{ value: { n: 1 } }, { value: { n: 2 } }, { value: { n: 3 } }])
    expect(kafka).toHaveRecords('orders', [{ key: 'bob' }, { key: 'ada' }, { value: { n: 3 } }])
    expect(kafka).not.toHaveRecords('orders', [{ value: { n: 3 } }, { value: { n: 2 } }, { value: { n: 1 } }])
    expect(kafka).not.toHaveRecords('orders', [{ key: 'ada' }, { key: 'ada' }])
    expect(kafka).not.toHaveRecords('orders', [{}, {}, {}, {}])
  })

  test('tries every partition where several could go on', async () => {
    await send(0, 'ada', { n: 1 })
    await send(0, 'ada', { n: 2 })
    await send(1, 'ada', { n: 1 })
    await send(1, 'bob', { n: 3 })
    const first = { value: { n: 1 } }
    expect(kafka).toHaveRecords('orders', [first, { key: 'bob' }, first, { value: { n: 2 } }])
    expect(kafka).toHaveRecords('orders', [first, { value: { n: 2 } }, first, { key: 'bob' }])
  })

  test('shows what is missing, and what is there instead', async () => {
    await send(0, 'ada', { n: 1 })
    await send(0, 'ada', { n: 2 })
    const wrong = [{ value: { n: 1 } }, { value: { n: 3 } }]
    expect(await failure(() => expect(kafka).toHaveRecords('orders', wrong))).toMatchInlineSnapshot(`
      "Topic 'orders' should have 2 records and has 2. What is expected as number 2 does not come next in any partition: {"value": {"n": 3}}.

      What 'orders' has:
        orders-0@0  key "ada", value {"n": 1}
        orders-0@1  key "ada", value {"n": 2}"
    `)
    expect(await failure(() => expect(kafka).toHaveRecords('orders', [{ key: 'ada' }]))).toContain(
      'should have 1 records and has 2. All that are expected are there; the others are too many.',
    )
    expect(() => expect(kafka).toHaveRecords('orders', { key: 'ada' } as never)).toThrow('an array of records')
  })
})

describe('where a record is not there', () => {
  test('a failure names whoever came too late, is busy, or stands still', async () => {
    await send(0, 'ada', { n: 1 })
    const late = kafka.consumer({ groupId: 'billing', topics: ['orders'], clientId: 'late' })
    void late.run({ eachRecord: () => new Promise(() => {}) })
    await waitForAssignment(kafka, late)
    await send(1, 'bob', { n: 2 })
    await clock.settle()
    faultsOf(kafka).on('Produce').hold()
    const sending = send(0, 'ada', { n: 3 })
    await clock.settle()
    const why = [
      'What may be why:',
      "  late began orders-0 at its end and skipped 1 record, which was there before it (autoOffsetReset 'latest'). With 'earliest' it reads them; or send when waitForAssignment has come.",
      '  A handler of late has not ended: it reads on, and rejoins, when that has.',
      '  A fault holds Produce of',
    ].join('\n')
    expect(await failure(() => expect(kafka).toHaveRecord('orders', { value: { n: 3 } }))).toContain(why)
    const three = [{ value: { n: 1 } }, { value: { n: 2 } }, { value: { n: 3 } }]
    expect(await failure(() => expect(kafka).toHaveRecords('orders', three))).toContain(why)
    // Here nothing is missing.
    expect(await failure(() => expect(kafka).toHaveRecords('orders', [{}]))).not.toContain('What may be why')
    expect(await failure(() => expect(kafka).not.toHaveRecord('orders', {}))).not.toContain('What may be why')
    faultsOf(kafka).clear()
    await sending
  })

  test('of a Kafkalet in which all went on, it says no more', async () => {
    expect(await failure(() => expect(kafka).toHaveRecord('orders', {}))).not.toContain('What may be why')
  })
})

describe('of a group', () => {
  const group = { groupId: 'billing', topics: ['orders'], autoOffsetReset: 'earliest', clientId: 'one' } as const

  test('toHaveCommitted compares offsets, and shows the group', async () => {
    await send(0, 'ada', { n: 1 })
    const consumer = kafka.consumer({ ...group, enableAutoCommit: false })
    await consumer.poll()
    await consumer.commit([{ topic: 'orders', partition: 0, offset: 1, metadata: '' }])
    expect(kafka).toHaveCommitted('billing', { 'orders-0': 1, 'orders-1': null })
    expect(kafka).toHaveCommitted('billing', { 'orders-0': expect.any(Number) })
    expect(kafka).not.toHaveCommitted('billing', { 'orders-0': 2 })
    const wrong = { 'orders-0': 2, 'orders-1': 0 }
    expect(await failure(() => expect(kafka).toHaveCommitted('billing', wrong))).toMatchInlineSnapshot(`
      "Group 'billing' has committed other offsets:
        orders-0: 2 is expected, 1 is committed
        orders-1: 0 is expected, nothing is committed

      Group 'billing' is Stable in generation 1, with one (nobody polls it); lag 0.
        partition  owner  committed  position  end  lag
        orders-0   one    1          1         1    0
        orders-1   one    -          0         0    0"
    `)
    expect(() => expect(kafka).toHaveCommitted('biling', wrong)).toThrow("Did you mean 'billing'?")
    expect(() => expect(kafka).toHaveCommitted('billing', {})).toThrow('offsets by partition')
    expect(() => expect(kafka).toHaveCommitted('billing', { orders: 1 })).toThrow("such as 'orders-0', not 'orders'")
    expect(() => expect(kafka).toHaveCommitted('billing', { 'orders-9': null })).toThrow('it has 2, from 0 to 1')
    expect(() => expect(kafka).toHaveCommitted('billing', { 'order-0': null })).toThrow("Did you mean 'orders'?")
  })

  test('toHaveNoLag and toBeStable show the group', async () => {
    await send(0, 'ada', { n: 1 })
    const consumer = kafka.consumer(group)
    void consumer.run({ eachRecord() {} })
    await waitForAssignment(kafka, 'billing')
    expect(kafka).toBeStable('billing')
    expect(await failure(() => expect(kafka).toHaveNoLag('billing'))).toMatchInlineSnapshot(`
      "Group 'billing' should have no lag, and has 1.

      Group 'billing' is Stable in generation 1, with one; lag 1.
        partition  owner  committed  position  end  lag
        orders-0   one    -          1         1    1
        orders-1   one    -          0         0    0"
    `)
    await waitForLag(kafka, 'billing')
    expect(kafka).toHaveNoLag('billing')
    expect(await failure(() => expect(kafka).not.toHaveNoLag('billing'))).toContain('has no lag, and should have')
    await consumer.close()
    expect(await failure(() => expect(kafka).toBeStable('billing'))).toMatch(
      /should be Stable, and is Empty\.\n\nGroup/,
    )
    const pattern = kafka.consumer({ ...group, groupId: 'none', topics: /^nothing/ })
    void pattern.run({ eachRecord() {} })
    await clock.settle()
    expect(() => expect(kafka).toHaveNoLag('none')).toThrow('nothing can be said. It has committed nothing')
    expect(() => expect(kafka).not.toHaveNoLag('none')).toThrow('nothing can be said')
    expect(() => expect(kafka).not.toBeStable('biling')).toThrow("Did you mean 'billing'?")
  })

  test('toHaveNoLag is not content with a group that has gone before it committed', async () => {
    await send(0, 'ada', { n: 1 })
    const consumer = kafka.consumer({ ...group, enableAutoCommit: false })
    await consumer.poll()
    await consumer.close()
    expect(await failure(() => expect(kafka).toHaveNoLag('billing'))).toMatch(
      /nothing can be said\. It has committed nothing, and no member subscribes to a topic that exists\.\n\nGroup/,
    )
  })

  test('toOwn compares what a consumer has, in any order', async () => {
    const consumer = kafka.consumer(group)
    expect(await failure(() => expect(consumer).toOwn(['orders-0']))).toBe(
      'one owns nothing; ["orders-0"] is expected. Nobody polls it: a consumer gets partitions inside poll only.',
    )
    void consumer.run({ eachRecord() {} })
    await waitForAssignment(kafka, consumer)
    expect(consumer).toOwn(['orders-1', 'orders-0'])
    expect(consumer).toOwn(expect.arrayContaining(['orders-1']))
    expect(await failure(() => expect(consumer).toOwn(['orders-0']))).toBe(
      'one owns orders-0, orders-1; ["orders-0"] is expected.',
    )
    expect(await failure(() => expect(consumer).not.toOwn(['orders-0', 'orders-1']))).toContain('and should not')
    expect(() => expect(kafka).toOwn([])).toThrow('is about a consumer that a Kafkalet made')
  })
})

describe('toBeOrderedPerKey', () => {
  const record = (key: string | null, offset: number, partition = 0) => ({ topic: 'orders', partition, offset, key })

  test('looks at each key alone, and at each record when it came first', () => {
    expect([record('a', 0), record('b', 2), record('a', 1), record('b', 3, 0)]).toBeOrderedPerKey()
    expect([record('a', 0), record('a', 1), record('a', 0), record('a', 1), record('a', 2)]).toBeOrderedPerKey()
    expect([record(null, 5), record(null, 4)]).toBeOrderedPerKey()
    expect([record('a', 1), record('a', 0)]).not.toBeOrderedPerKey()
  })

  test('shows which came out of order', async () => {
    const wrong = [record('b', 7), record('a', 1), record('a', 4), record('a', 2)]
    expect(await failure(() => expect(wrong).toBeOrderedPerKey())).toMatchInlineSnapshot(`
      "The records of key "a" are out of order: orders-0@2 came as number 4, after orders-0@4 as number 3.

      They came as: orders-0@1, orders-0@4, orders-0@2"
    `)
    expect(await failure(() => expect([record('a', 1), record('a', 4, 1)]).toBeOrderedPerKey())).toContain(
      'They lie in two partitions',
    )
    expect(await failure(() => expect([record('a', 1)]).not.toBeOrderedPerKey())).toContain('in order for each key')
    expect(() => expect(['one']).toBeOrderedPerKey()).toThrow('Collect the records themselves, not their values')
  })
})
