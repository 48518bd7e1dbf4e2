// One partition: appended at the end, read from any offset, rolled into segments.
import { describe, expect, test } from 'vitest'
import type { PartitionLog } from '../../src/log/partition-log.ts'
import type { RecordBatch } from '../../src/log/record-batch.ts'
import { append, batchOf, batchOfValues, logWith, recordsOf, valuesOf } from '../support/record-batches.ts'

const error = (code: string) => expect.objectContaining({ name: 'KafkaError', code })

/** Batches that stay apart: each is of another producer. */
function appendApart(log: PartitionLog, ...batches: readonly (readonly string[])[]): void {
  for (const [producerId, values] of batches.entries()) append(log, batchOfValues(values, { producerId }))
}

describe('append', () => {
  test('gives each record the next offset, and says which the first one got', () => {
    const log = logWith()
    expect(append(log, batchOfValues(['a', 'b']))).toBe(0)
    expect(append(log, batchOfValues(['c']))).toBe(2)
    expect(recordsOf(log.read(0)).map(({ offset, value }) => `${offset}=${value}`)).toEqual(['0=a', '1=b', '2=c'])
    expect(log).toMatchObject({ startOffset: 0, endOffset: 3, highWatermark: 3, lastStableOffset: 3 })
  })

  test('refuses a batch above max.message.bytes and leaves the log as it was', () => {
    const fits = batchOfValues(['x'.repeat(100)])
    const log = logWith({ maxMessageBytes: fits.sizeInBytes() })
    append(log, fits)
    const before = stateOf(log)
    expect(() => append(log, batchOfValues(['x'.repeat(101)]))).toThrow(error('MESSAGE_TOO_LARGE'))
    expect(stateOf(log)).toEqual(before)
  })

  test('measures what is encoded: a string counts as its UTF-8 bytes', () => {
    const maxMessageBytes = batchOfValues(['x'.repeat(99)]).sizeInBytes()
    const log = logWith({ maxMessageBytes })
    append(log, batchOfValues(['é'.repeat(49)]))
    append(log, batchOfValues(['한'.repeat(33)]))
    expect(() => append(log, batchOfValues(['한'.repeat(34)]))).toThrow(error('MESSAGE_TOO_LARGE'))
    expect(log.endOffset).toBe(2)
  })

  test('refuses a batch that no segment can hold', () => {
    const log = logWith({ segmentBytes: 100 })
    expect(() => append(log, batchOfValues(['x'.repeat(100)]))).toThrow(error('RECORD_LIST_TOO_LARGE'))
    expect(log.endOffset).toBe(0)
  })

  test('stamps records with the time of the broker where the topic says LogAppendTime, whatever the producer said', () => {
    const log = logWith({ messageTimestampType: 'LogAppendTime', messageTimestampAfterMaxMs: 10 })
    append(log, batchOf([99_999, 5].map((timestamp) => ({ key: null, value: 'v', timestamp }))), 1000)
    append(log, batchOf([{ key: null, value: 'w', timestamp: 1 }]), 2000)
    expect(recordsOf(log.read(0)).map(({ timestamp }) => timestamp)).toEqual([1000, 1000, 2000])
    expect(log.read(0).map(({ attributes }) => attributes.timestampType)).toEqual(['LogAppendTime'])
    expect(log.offsetForTimestamp(1001)).toEqual({ offset: 2, timestamp: 2000 })
  })

  test('takes timestamps within the bounds around the time of the broker, both ends included', () => {
    const log = logWith({ messageTimestampBeforeMaxMs: 100, messageTimestampAfterMaxMs: 10 })
    const appendAt = (nowMs: number, ...timestamps: number[]) =>
      append(log, batchOf(timestamps.map((timestamp) => ({ key: null, value: 'v', timestamp }))), nowMs)
    appendAt(1000, 900, 1010)
    for (const refused of [[899], [1011], [900, 899], [1010, 950, 1011]]) {
      expect(() => appendAt(1000, ...refused), String(refused)).toThrow(error('INVALID_TIMESTAMP'))
    }
    expect(log.endOffset).toBe(2)
    // The bounds go with the clock.
    appendAt(1001, 901, 1011)
    expect(() => appendAt(1001, 900)).toThrow(error('INVALID_TIMESTAMP'))
    expect(() => appendAt(1001, 1012)).toThrow(error('INVALID_TIMESTAMP'))
  })
})

describe('read', () => {
  test('returns whole batches from the one that holds the offset on', () => {
    const log = logWith()
    appendApart(log, ['a', 'b'], ['c', 'd', 'e'], ['f'])
    expect(log.read(3).map(({ baseOffset }) => baseOffset)).toEqual([2, 5])
    expect(valuesOf(log.read(3))).toEqual(['c', 'd', 'e', 'f'])
  })

  test('finds nothing at the end, and refuses an offset outside the log', () => {
    const log = logWith()
    expect(log.read(0)).toEqual([])
    appendApart(log, ['a', 'b'])
    expect(log.read(2)).toEqual([])
    expect(() => log.read(3)).toThrow(error('OFFSET_OUT_OF_RANGE'))
    expect(() => log.read(-1)).toThrow(error('OFFSET_OUT_OF_RANGE'))
  })

  test('stays below maxBytes, except that one batch is always read', () => {
    const log = logWith()
    appendApart(log, ['a'], ['b'], ['c'])
    const [first] = log.read(0) as [RecordBatch]
    const values = (maxBytes: number) => valuesOf(log.read(0, { maxBytes }))
    expect(values(0)).toEqual(['a'])
    expect(values(first.sizeBound * 2 - 1)).toEqual(['a'])
    expect(values(first.sizeBound * 2)).toEqual(['a', 'b'])
  })

  test('reads not even one batch above hardMaxBytes', () => {
    const log = logWith()
    appendApart(log, ['a'], ['b'])
    const [first] = log.read(0) as [RecordBatch]
    expect(log.read(0, { hardMaxBytes: first.sizeInBytes() - 1 })).toEqual([])
    expect(valuesOf(log.read(0, { maxBytes: 0, hardMaxBytes: first.sizeInBytes() }))).toEqual(['a'])
  })

  test('stops with the batch that reaches maxRecords, counted from the offset', () => {
    const log = logWith()
    appendApart(log, ['a', 'b', 'c'], ['d', 'e'], ['f'])
    const values = (offset: number, maxRecords: number) => valuesOf(log.read(offset, { maxRecords })).join('')
    expect([values(0, 1), values(0, 3), values(0, 4), values(2, 2), values(2, 3)]).toEqual([
      'abc',
      'abc',
      'abcde',
      'abcde',
      'abcde',
    ])
  })

  test('counts the bytes from an offset to the end, and no further than enough', () => {
    const log = logWith()
    appendApart(log, ['a'], ['bb'], ['ccc'])
    const sizes = log.read(0).map((batch) => batch.sizeInBytes()) as [number, number, number]
    expect(log.bytesFrom(0)).toBe(sizes[0] + sizes[1] + sizes[2])
    expect(log.bytesFrom(1)).toBe(sizes[1] + sizes[2])
    expect(log.bytesFrom(3)).toBe(0)
    expect(log.bytesFrom(0, 1)).toBe(sizes[0])
  })
})

describe('a look-up by time', () => {
  test('finds the first record in offset order that is not older', () => {
    const log = logWith({ segmentBytes: 200 })
    for (const [producerId, timestamp] of [30, 10, 50, 40, 50].entries()) {
      append(log, batchOf([{ key: null, value: 'v'.repeat(50), timestamp }], { producerId }))
    }
    expect(log.segments.length).toBeGreaterThan(1)
    expect(log.offsetForTimestamp(5)).toEqual({ offset: 0, timestamp: 30 })
    expect(log.offsetForTimestamp(31)).toEqual({ offset: 2, timestamp: 50 })
    expect(log.offsetForTimestamp(50)).toEqual({ offset: 2, timestamp: 50 })
    expect(log.offsetForTimestamp(51)).toBeNull()
    expect(log.offsetOfMaxTimestamp()).toEqual({ offset: 2, timestamp: 50 })
  })

  test('finds nothing in an empty log', () => {
    expect(logWith().offsetForTimestamp(0)).toBeNull()
    expect(logWith().offsetOfMaxTimestamp()).toBeNull()
  })
})

describe('a segment', () => {
  test('is rolled before it would pass segment.bytes, not when it has just as many', () => {
    const size = batchOfValues(['a']).sizeInBytes()
    const log = logWith({ segmentBytes: size * 2 })
    appendApart(log, ['a'], ['b'], ['c'], ['dd'], ['e'])
    expect(log.segments.map(({ baseOffset }) => baseOffset)).toEqual([0, 2, 3, 4])
    expect(valuesOf(log.read(1))).toEqual(['b', 'c', 'dd', 'e'])
  })

  test('is rolled when a record is more than segment.ms younger than its first one, by the times of the records', () => {
    const log = logWith({ segmentMs: 10_000 })
    const bases = () => log.segments.map(({ baseOffset }) => baseOffset)
    const appendAt = (timestamp: number) => append(log, batchOfValues(['v'], {}, timestamp))
    for (const timestamp of [0, 5000, 10_000]) appendAt(timestamp)
    expect(bases()).toEqual([0])
    appendAt(10_001)
    expect(bases()).toEqual([0, 3])
    // Older records do not roll it, and it counts from the first one still.
    for (const timestamp of [0, 20_001, 20_002]) appendAt(timestamp)
    expect(bases()).toEqual([0, 3, 6])
  })

  test('ends the batch that small appends were joined to', () => {
    const log = logWith({ segmentMs: 10 })
    for (const timestamp of [0, 1, 20, 21]) append(log, batchOfValues([String(timestamp)], {}, timestamp))
    expect(log.read(0).map((batch) => valuesOf([batch]))).toEqual([
      ['0', '1'],
      ['20', '21'],
    ])
  })
})

describe('small appends', () => {
  test('of one producer become few batches', () => {
    const log = logWith()
    for (let i = 0; i < 10_000; i++) append(log, batchOfValues([String(i)], {}, i))
    expect(log.read(0).map(({ count }) => count)).toEqual([4096, 4096, 1808])
    expect(valuesOf(log.read(5000)).slice(0, 905).at(-1)).toBe('5000')
  })

  test('of an idempotent producer become one batch while its sequence goes on', () => {
    const log = logWith()
    for (const [producerEpoch, baseSequence] of [
      [0, 5],
      [0, 6],
      [0, 7],
      [1, 0],
    ] as const) {
      append(log, batchOfValues(['v'], { producerId: 1, producerEpoch, baseSequence }))
    }
    expect(log.read(0).map(({ baseSequence, count }) => [baseSequence, count])).toEqual([
      [5, 3],
      [0, 1],
    ])
  })

  test('do not change what a reader holds already', () => {
    const log = logWith()
    append(log, batchOfValues(['a'], {}, 1))
    const held = log.read(0)
    const before = held.map((batch) => ({ size: batch.sizeInBytes(), max: batch.maxTimestamp, end: batch.nextOffset }))
    append(log, batchOf([{ key: 'k', value: 'b', timestamp: 9, headers: [['name', Uint8Array.of(1)]] }]))
    expect(valuesOf(held)).toEqual(['a'])
    expect(
      held.map((batch) => ({ size: batch.sizeInBytes(), max: batch.maxTimestamp, end: batch.nextOffset })),
    ).toEqual(before)
    expect(valuesOf(log.read(0))).toEqual(['a', 'b'])
  })
})

function stateOf(log: PartitionLog) {
  const { startOffset, endOffset, highWatermark, segments } = log
  return { startOffset, endOffset, highWatermark, segments: segments.length, records: recordsOf(log.read(0)) }
}
