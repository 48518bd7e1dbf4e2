// Corners of the log that a naive one gets wrong. What is expected follows from Kafka's source.

import { expect, test } from 'vitest'
import { append, batchOf, batchOfValues, logWith } from '../support/record-batches.ts'

test('a record without a timestamp (-1) is taken whatever the bounds', () => {
  const log = logWith({ messageTimestampBeforeMaxMs: 100, messageTimestampAfterMaxMs: 10 })
  expect(append(log, batchOfValues(['v'], {}, -1), 1000)).toBe(0)
})

test('segment.ms counts from the largest timestamp of the first batch', () => {
  const log = logWith({ segmentMs: 10 })
  append(log, batchOf([0, 20].map((timestamp) => ({ key: null, value: 'v', timestamp }))), 0)
  append(log, batchOfValues(['v'], {}, 25), 0)
  expect(log.segments).toHaveLength(1)
})

test('a segment that begins without a time is rolled by the clock', () => {
  const log = logWith({ segmentMs: 10_000 })
  append(log, batchOfValues(['v'], {}, -1), 1_700_000_000_000)
  append(log, batchOfValues(['v'], {}, 1_700_000_000_000), 1_700_000_000_000)
  expect(log.segments).toHaveLength(1)
})

test('a look-up by time finds control records too', () => {
  const log = logWith()
  append(log, batchOfValues(['marker'], { isControl: true }, 50), 0)
  expect(log.offsetForTimestamp(10)).toEqual({ offset: 0, timestamp: 50 })
  expect(log.offsetOfMaxTimestamp()).toEqual({ offset: 0, timestamp: 50 })
})

test('joined batches stay within what one batch may have, so that a fetch can be limited', () => {
  const log = logWith()
  for (let i = 0; i < 20; i++) append(log, batchOfValues(['x'.repeat(500_000)]), 0)
  const read = log.read(0, { maxBytes: 1_048_576 })
  expect(read.reduce((bytes, batch) => bytes + batch.sizeInBytes(), 0)).toBeLessThanOrEqual(1_048_588)
})

test('an empty batch is refused, and nothing is shared between batches', () => {
  const log = logWith()
  expect(() => append(log, batchOfValues([]), 0)).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }))
  const empty = batchOfValues([])
  empty.join(batchOfValues(['a'], {}, 7))
  expect([empty.key(0), empty.value(0), empty.timestamp(0)]).toEqual([null, 'a', 7])
  const another = batchOfValues([])
  another.join(batchOfValues(['b'], {}, 8))
  expect(empty.value(0)).toBe('a')
})

test('a record may be added to a batch that was joined', () => {
  const batch = batchOfValues(['a'])
  batch.join(batchOfValues(['b']))
  batch.push('k', 'c', 9)
  expect([0, 1, 2].map((i) => batch.value(i))).toEqual(['a', 'b', 'c'])
})
