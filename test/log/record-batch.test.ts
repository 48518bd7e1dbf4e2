// The unit of the log: what it holds, how large it is in Kafka's encoding, and how small appends become one batch.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeUtf8 } from '../../src/bytes.ts'
import { type Headers, NO_HEADERS, type Payload } from '../../src/log/record.ts'
import { MAX_JOINED_RECORDS, RecordBatch } from '../../src/log/record-batch.ts'
import { batchOf, batchOfValues, recordsOf, type TestRecord, valuesOf } from '../support/record-batches.ts'
import { fromHex, readVectors } from '../support/vectors.ts'

const trace: Headers = [['trace', Uint8Array.of(1, 2)]]

describe('a batch', () => {
  test('holds records in their order, with key, value, time and headers', () => {
    const records: TestRecord[] = [
      { key: 'a', value: 'first', timestamp: 5, headers: NO_HEADERS },
      { key: null, value: null, timestamp: 3, headers: trace },
      { key: Uint8Array.of(7), value: Uint8Array.of(8, 9), timestamp: 4, headers: NO_HEADERS },
    ]
    const batch = batchOf(records, { baseOffset: 10 })
    expect(recordsOf([batch])).toEqual(records.map((record, i) => ({ offset: 10 + i, ...record })))
    expect(batch).toMatchObject({ count: 3, lastOffset: 12, nextOffset: 13, maxTimestamp: 5 })
  })

  test('of records without headers answers with one and the same empty list', () => {
    const batch = batchOfValues(['a', 'b'])
    expect(batch.headers(0)).toBe(NO_HEADERS)
    expect(batch.headers(1)).toBe(NO_HEADERS)
  })

  test('carries what an ordinary batch of Kafka carries, unless it is told otherwise', () => {
    expect(new RecordBatch()).toMatchObject({
      baseSequence: -1,
      maxTimestamp: -1,
      attributes: {
        producerId: -1,
        producerEpoch: -1,
        isTransactional: false,
        isControl: false,
        timestampType: 'CreateTime',
      },
    })
  })

  test('stamped by the broker has one time for all of its records', () => {
    const records = [1, 9, 5].map((timestamp) => ({ key: null, value: 'v', timestamp }))
    const batch = batchOf(records, { producerId: 4, isTransactional: true })
    batch.stampAppendTime(100)
    expect(recordsOf([batch]).map(({ timestamp }) => timestamp)).toEqual([100, 100, 100])
    const attributes = { producerId: 4, isTransactional: true, timestampType: 'LogAppendTime' }
    expect(batch).toMatchObject({ maxTimestamp: 100, attributes })
    // What batches share is not changed with it.
    expect(new RecordBatch().attributes.timestampType).toBe('CreateTime')
  })

  test('finds the first record that is not older than a time, in the order of offsets', () => {
    const batch = batchOf([3, 9, 5, 9].map((timestamp) => ({ key: null, value: 'v', timestamp })))
    expect([0, 3, 4, 9, 10].map((timestamp) => batch.indexOfTimestamp(timestamp))).toEqual([0, 0, 1, 1, -1])
  })
})

interface SizeRow {
  readonly id: string
  readonly desc: string
  readonly sizeInBytes: number
  readonly records: readonly {
    readonly timestamp: number
    readonly key: PayloadRow
    readonly value: PayloadRow
    readonly headers?: readonly (readonly [name: string, value: PayloadRow])[]
  }[]
}

/** Hex, or that many bytes. */
type PayloadRow = string | number | null

const { batches } = readVectors<{ batches: readonly SizeRow[] }>('record-batch-sizes')

describe('the size of a batch', () => {
  test.each(batches.map((row) => [`${row.id} ${row.desc}`, row] as const))("is that of Kafka's bytes: %s", (_, row) => {
    const { sizeInBytes, records } = row
    const batch = batchOf(
      records.map(({ timestamp, key, value, headers }) => ({
        timestamp,
        key: bytesOf(key),
        value: bytesOf(value),
        // A header without a value is as long as one with an empty value.
        ...(headers && { headers: headers.map(([name, each]) => [name, bytesOf(each) ?? new Uint8Array()] as const) }),
      })),
    )
    expect(batch.sizeInBytes()).toBe(sizeInBytes)
  })

  test('is tried with every recorded row', () => {
    expect(batches).toHaveLength(26)
  })

  test('counts a string as its UTF-8 bytes, and is never above its bound', () => {
    fc.assert(
      fc.property(fc.array(records, { maxLength: 10 }), (each) => {
        const batch = batchOf(each)
        expect(batch.sizeInBytes()).toBe(batchOf(each.map(asBytes)).sizeInBytes())
        expect(batch.sizeInBytes()).toBeLessThanOrEqual(batch.sizeBound)
      }),
    )
  })

  test('grows with each record, and is the same whether it was asked for in between or not', () => {
    fc.assert(
      fc.property(fc.array(records, { minLength: 1, maxLength: 10 }), (each) => {
        const asked = new RecordBatch()
        for (const { key, value, timestamp, headers } of each) {
          const before = asked.sizeInBytes()
          asked.push(key, value, timestamp, headers)
          expect(asked.sizeInBytes()).toBeGreaterThan(before)
        }
        expect(asked.sizeInBytes()).toBe(batchOf(each).sizeInBytes())
      }),
    )
  })

  test('counts times far apart with as many bytes as their distance takes', () => {
    const sizeWith = (timestamp: number) =>
      batchOf([0, timestamp].map((each) => ({ key: null, value: null, timestamp: each }))).sizeInBytes()
    // A zigzag varint holds 6 bits in its first byte and 7 in each more.
    const times = [63, -64, 64, -65, 8191, 8192, 2 ** 48 - 1, 2 ** 48, Date.UTC(2026, 0)]
    expect(times.map((each) => sizeWith(each) - sizeWith(0))).toEqual([0, 0, 1, 1, 1, 2, 6, 7, 5])
  })
})

describe('batches that are joined', () => {
  test('hold the records of all, with the headers where they belong', () => {
    const first = batchOfValues(['a', 'b'])
    const second = batchOf([
      { key: null, value: 'c', timestamp: 7, headers: trace },
      { key: null, value: 'd', timestamp: 2 },
    ])
    const third = batchOfValues(['e'])
    const fourth = batchOf([{ key: null, value: 'f', timestamp: 0, headers: trace }])
    for (const next of [second, third, fourth]) first.join(next)
    expect(valuesOf([first])).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    expect(recordsOf([first]).map(({ headers }) => headers)).toEqual([[], [], trace, [], [], trace])
    expect(first).toMatchObject({ count: 6, maxTimestamp: 7 })
  })

  test('are as large as a batch of all their records, within the bound', () => {
    fc.assert(
      fc.property(
        fc.array(records, { minLength: 1, maxLength: 6 }),
        fc.array(records, { maxLength: 40 }),
        (some, others) => {
          const joined = batchOf(some)
          joined.sizeInBytes()
          joined.join(batchOf(others))
          const whole = batchOf([...some, ...others])
          expect(recordsOf([joined])).toEqual(recordsOf([whole]))
          expect(joined.sizeInBytes()).toBe(whole.sizeInBytes())
          expect(joined.sizeInBytes()).toBeLessThanOrEqual(joined.sizeBound)
          expect(joined.maxTimestamp).toBe(whole.maxTimestamp)
        },
      ),
    )
  })

  test.each([
    ['producers', { producerId: 1 }, { producerId: 2 }],
    ['producer epochs', { producerId: 1, producerEpoch: 0 }, { producerId: 1, producerEpoch: 1 }],
    ['transactional and not', { producerId: 1, isTransactional: true }, { producerId: 1 }],
    ['times of producer and broker', {}, { timestampType: 'LogAppendTime' }],
    ['control batches', { isControl: true }, { isControl: true }],
    ['a control batch behind records', {}, { isControl: true }],
    ['a gap in the sequence', { producerId: 1, baseSequence: 0 }, { producerId: 1, baseSequence: 3 }],
    ['a sequence that begins', { producerId: 1 }, { producerId: 1, baseSequence: 2 }],
    ['a sequence that ends', { producerId: 1, baseSequence: 0 }, { producerId: 1 }],
  ] as const)('agree in all they carry: not %s', (_, ours, theirs) => {
    expect(batchOfValues(['a', 'b'], ours).canJoin(batchOfValues(['c'], theirs))).toBe(false)
  })

  test('of one producer follow each other in the sequence', () => {
    const first = batchOfValues(['a', 'b'], { producerId: 1, producerEpoch: 0, baseSequence: 5 })
    expect(first.canJoin(batchOfValues(['c'], { producerId: 1, producerEpoch: 0, baseSequence: 7 }))).toBe(true)
  })

  test('do not pass the most records that a joined batch may have', () => {
    const nearlyFull = batchOfValues(Array(MAX_JOINED_RECORDS - 2).fill('v'))
    expect(nearlyFull.canJoin(batchOfValues(['a', 'b']))).toBe(true)
    expect(nearlyFull.canJoin(batchOfValues(['a', 'b', 'c']))).toBe(false)
  })
})

describe('the head of a batch', () => {
  test('stays what it was when the batch grows', () => {
    const batch = batchOf([{ key: 'k', value: 'a', timestamp: 1 }], {
      baseOffset: 4,
      producerId: 9,
      isTransactional: true,
    })
    const head = batch.head()
    const before = everythingOf(head)
    batch.join(batchOf([{ key: 'k', value: 'much longer', timestamp: 50, headers: trace }], { producerId: 9 }))
    batch.join(batchOfValues(Array(100).fill('b'), {}, 70))
    expect(batch.count).toBe(102)
    expect(everythingOf(head)).toEqual(before)
    expect(everythingOf(batch.head())).toEqual(everythingOf(batch))
  })
})

describe('a batch that was cleaned', () => {
  const values = Array.from({ length: 300 }, (_, i) => `v${i}`)
  const dense = () =>
    batchOf(
      values.map((value, i) => ({ key: 'k', value, timestamp: i, ...(i === 200 && { headers: trace }) })),
      { baseOffset: 1000, baseSequence: 7, producerId: 4 },
    )

  test('has its records where they were, and ends where it ended', () => {
    const batch = dense().retaining([3, 200], null)
    expect(recordsOf([batch])).toEqual([
      { offset: 1003, key: 'k', value: 'v3', timestamp: 3, headers: NO_HEADERS },
      { offset: 1200, key: 'k', value: 'v200', timestamp: 200, headers: trace },
    ])
    expect(batch).toMatchObject({ count: 2, baseOffset: 1000, lastOffset: 1299, nextOffset: 1300, maxTimestamp: 200 })
    expect(batch).toMatchObject({ baseSequence: 7, attributes: { producerId: 4 }, deleteHorizonMs: null })
  })

  test('finds the record at an offset, or the next one', () => {
    const batch = dense().retaining([3, 200], null)
    expect([0, 1000, 1003, 1004, 1200, 1201, 2000].map((offset) => batch.indexOf(offset))).toEqual([
      0, 0, 0, 1, 1, 2, 2,
    ])
    expect([0, 1000, 1003, 1299, 1300].map((offset) => dense().indexOf(offset))).toEqual([0, 0, 3, 299, 300])
  })

  test('can be cleaned again', () => {
    const batch = dense().retaining([3, 200, 299], 50).retaining([1], 50)
    expect(recordsOf([batch]).map(({ offset, value }) => `${offset}:${value}`)).toEqual(['1200:v200'])
    expect(batch).toMatchObject({ baseOffset: 1000, lastOffset: 1299, deleteHorizonMs: 50 })
  })

  test('may have no records left, and keeps its place and its time', () => {
    const batch = dense().retaining([], null)
    expect(batch).toMatchObject({ count: 0, baseOffset: 1000, nextOffset: 1300, maxTimestamp: 299 })
    expect([batch.sizeInBytes(), batch.indexOf(1000), batch.indexOfTimestamp(0)]).toEqual([61, 0, -1])
  })

  test('is larger by what a far offset takes, and by what a time takes that is told from the delete horizon', () => {
    const near = batchOf([
      { key: 'k', value: 'v3', timestamp: 3 },
      { key: 'k', value: 'v200', timestamp: 200, headers: trace },
    ])
    const far = dense().retaining([3, 200], null)
    // The delta of 200 takes two bytes where 1 takes one.
    expect(far.sizeInBytes()).toBe(near.sizeInBytes() + 1)
    // The deltas 3 - 10 000 and 200 - 10 000 take three bytes each, where 0 took one and 197 two.
    expect(far.withDeleteHorizon(10_000).sizeInBytes()).toBe(far.sizeInBytes() + 3)
    expect(far.sizeBound).toBeGreaterThanOrEqual(far.withDeleteHorizon(2 ** 45).sizeInBytes())
  })

  test('takes no more records, for they would not stand behind its last one', () => {
    const batch = batchOfValues(['a', 'b'])
    expect(batch.canJoin(batchOfValues(['c']))).toBe(true)
    expect(batch.retaining([0], null).canJoin(batchOfValues(['c']))).toBe(false)
  })

  test('leaves the one it was made from as it was', () => {
    const batch = dense()
    const before = everythingOf(batch)
    const cleaned = batch.retaining([3, 200], 5)
    const head = cleaned.head()
    cleaned.withDeleteHorizon(9)
    expect(everythingOf(batch)).toEqual(before)
    expect([everythingOf(head), head.deleteHorizonMs]).toEqual([everythingOf(cleaned), 5])
  })
})

function everythingOf(batch: RecordBatch) {
  const { baseOffset, count, lastOffset, nextOffset, maxTimestamp, baseSequence, attributes, sizeBound } = batch
  const carried = { baseOffset, count, lastOffset, nextOffset, maxTimestamp, baseSequence, attributes, sizeBound }
  return { ...carried, sizeInBytes: batch.sizeInBytes(), records: recordsOf([batch]) }
}

function bytesOf(payload: PayloadRow): Uint8Array | null {
  if (payload === null) return null
  return typeof payload === 'number' ? new Uint8Array(payload) : fromHex(payload)
}

function asBytes({ key, value, ...rest }: TestRecord): TestRecord {
  const toBytes = (payload: Payload) => (typeof payload === 'string' ? encodeUtf8(payload) : payload)
  return { key: toBytes(key), value: toBytes(value), ...rest }
}

/** With lone surrogates: in UTF-8 they become U+FFFD. */
const utf16Units = fc.array(fc.nat(0xffff), { maxLength: 40 }).map((units) => String.fromCharCode(...units))

const payloads: fc.Arbitrary<Payload> = fc.option(
  fc.oneof(fc.string({ unit: 'binary' }), utf16Units, fc.uint8Array({ maxLength: 200 })),
)

const records: fc.Arbitrary<TestRecord> = fc.record(
  {
    key: payloads,
    value: payloads,
    timestamp: fc.integer({ min: 0, max: 2 ** 45 }),
    headers: fc.array(fc.tuple(fc.string({ unit: 'binary', maxLength: 8 }), fc.uint8Array({ maxLength: 80 })), {
      maxLength: 3,
    }),
  },
  { requiredKeys: ['key', 'value', 'timestamp'] },
)
