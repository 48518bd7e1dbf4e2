// A partition beside a plain array: whatever is appended, in whatever batches and segments, both answer the same.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PartitionLog, TimestampAndOffset } from '../../src/log/partition-log.ts'
import { append, batchOf, logWith, recordsOf, type TestRecord } from '../support/record-batches.ts'

test('a log reads, from any offset, all that was appended behind it, in order', () => {
  check(({ log, records, offset }) => {
    const from = offset % (records.length + 1)
    const read = recordsOf(log.read(from)).filter((record) => record.offset >= from)
    expect(read).toEqual(records.map((record, i) => ({ offset: i, headers: [], ...record })).slice(from))
    expect([log.endOffset, log.highWatermark]).toEqual([records.length, records.length])
  })
})

test('whoever reads with limits, from where the last read ended, comes to the end and misses nothing', () => {
  check(({ log, records, limit }) => {
    for (const limits of [{ maxRecords: limit + 1 }, { maxBytes: limit * 20 }]) {
      const read: number[] = []
      for (let next = 0; next < log.endOffset; next = (read.at(-1) ?? -1) + 1) {
        const found = recordsOf(log.read(next, limits)).filter(({ offset }) => offset >= next)
        expect(found).not.toEqual([])
        read.push(...found.map(({ offset }) => offset))
      }
      expect(read).toEqual(records.map((_, i) => i))
    }
  })
})

test('a look-up by time finds what a search from the first record on finds', () => {
  check(({ log, records, timestamp }) => {
    expect(log.offsetForTimestamp(timestamp)).toEqual(firstFrom(records, timestamp))
    const max = Math.max(...records.map((record) => record.timestamp))
    expect(log.offsetOfMaxTimestamp()).toEqual(firstFrom(records, max))
  })
})

test('batches follow each other without a gap, none across segments, none larger than a segment', () => {
  check(({ log, segmentBytes }) => {
    let next = 0
    for (const segment of log.segments) {
      expect(segment.baseOffset).toBe(next)
      expect(segment.batches.length).toBeGreaterThan(0)
      expect(segment.sizeInBytes()).toBeLessThanOrEqual(segmentBytes)
      for (const batch of segment.batches) {
        expect(batch.baseOffset).toBe(next)
        next = batch.nextOffset
      }
      expect(segment.nextOffset).toBe(next)
    }
    expect(next).toBe(log.endOffset)
    expect(log.bytesFrom(0)).toBe(log.segments.reduce((bytes, segment) => bytes + segment.sizeInBytes(), 0))
  })
})

test('what was read stays as it was, whatever is appended afterwards', () => {
  const both = fc.tuple(appends(), appends())
  fc.assert(
    fc.property(both, ([before, after]) => {
      const log = logWith({ segmentBytes: 450 })
      appendAll(log, before)
      const held = log.read(0)
      const then = held.map((batch) => [batch.count, batch.sizeInBytes(), batch.maxTimestamp, recordsOf([batch])])
      appendAll(log, after)
      const now = held.map((batch) => [batch.count, batch.sizeInBytes(), batch.maxTimestamp, recordsOf([batch])])
      expect(now).toEqual(then)
    }),
  )
})

interface World {
  readonly log: PartitionLog
  /** The same, as an array. */
  readonly records: readonly TestRecord[]
  readonly segmentBytes: number
  readonly offset: number
  readonly limit: number
  readonly timestamp: number
}

interface Append {
  readonly producerId: number
  readonly records: readonly TestRecord[]
}

function check(holds: (world: World) => void): void {
  const question = fc.record({ offset: fc.nat(100), limit: fc.nat(10), timestamp: fc.integer({ min: -5, max: 60 }) })
  const config = fc.record({
    segmentBytes: fc.integer({ min: 450, max: 1500 }),
    segmentMs: fc.integer({ min: 1, max: 60 }),
  })
  fc.assert(
    fc.property(appends(), config, question, (given, limits, asked) => {
      const log = logWith(limits)
      appendAll(log, given)
      const records = given.flatMap((append) => append.records)
      holds({ log, records, segmentBytes: limits.segmentBytes, ...asked })
    }),
    { numRuns: 150 },
  )
}

function appendAll(log: PartitionLog, given: readonly Append[]): void {
  for (const { records, producerId } of given) {
    const end = log.endOffset
    expect(append(log, batchOf(records, { producerId }))).toBe(end)
  }
}

function firstFrom(records: readonly TestRecord[], timestamp: number): TimestampAndOffset | null {
  const offset = records.findIndex((record) => record.timestamp >= timestamp)
  const found = records[offset]
  return found ? { offset, timestamp: found.timestamp } : null
}

/** Of few producers, so that some batches are joined and some are not. */
function appends(): fc.Arbitrary<Append[]> {
  const payload = fc.option(fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 20 })))
  const headers = fc.array(fc.tuple(fc.string({ maxLength: 4 }), fc.uint8Array({ maxLength: 4 })), { maxLength: 2 })
  const record = fc.record(
    { key: payload, value: payload, timestamp: fc.nat(50), headers },
    { requiredKeys: ['key', 'value', 'timestamp'] },
  )
  const batch = fc.record({
    producerId: fc.integer({ min: -1, max: 0 }),
    records: fc.array(record, { minLength: 1, maxLength: 3 }),
  })
  return fc.array(batch, { maxLength: 25 })
}
