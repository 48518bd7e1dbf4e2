// What compaction may clean, what it keeps, and what is left of segments and batches.
import { describe, expect, test } from 'vitest'
import { encodeUtf8 } from '../../src/bytes.ts'
import { type CompactionConfig, dirtyRange, isDue } from '../../src/log/compaction.ts'
import { type MarkerType, markerBatch, markerIn } from '../../src/log/control-record.ts'
import type { LogConfig, PartitionLog } from '../../src/log/partition-log.ts'
import type { Payload } from '../../src/log/record.ts'
import { append, batchOf, type Carried, compact, logWith, recordsOf } from '../support/record-batches.ts'

const configs: CompactionConfig = {
  cleanupPolicy: 'compact',
  minCleanableDirtyRatio: 0.5,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
  deleteRetentionMs: 100,
  segmentBytes: 1000,
}

const compacted = (config: Partial<LogConfig> = {}) => logWith({ cleanupPolicy: 'compact', ...config })

/** 'a=1' is a record, 'a=' a tombstone. */
function write(log: PartitionLog, texts: readonly string[], timestamp = 1, carried: Carried = {}): void {
  const records = texts.map((text) => {
    const [key = '', value] = text.split('=')
    return { key, value: value || null, timestamp }
  })
  append(log, batchOf(records, carried), timestamp)
}

/** A closed segment with these records. */
function segment(log: PartitionLog, texts: readonly string[], timestamp = 1): void {
  write(log, texts, timestamp)
  log.roll()
}

/** The end of producer 7's transaction. */
function mark(log: PartitionLog, type: MarkerType, producerEpoch: number, nowMs = 1): void {
  append(log, markerBatch({ producerId: 7, producerEpoch, type, coordinatorEpoch: 0 }, nowMs), nowMs)
}

const contents = (log: PartitionLog) =>
  recordsOf(log.read(log.startOffset)).map(({ offset, key, value }) => `${offset}:${key}=${value ?? ''}`)
const bases = (log: PartitionLog) => log.segments.map(({ baseOffset }) => baseOffset)

describe('what is cleaned', () => {
  test('is never in the active segment, and a log with nothing dirty is left alone', () => {
    const log = compacted()
    write(log, ['a=1', 'a=2'])
    expect(log.dirtyRange(1)).toMatchObject({ firstUncleanableOffset: 0, cleanableBytes: 0, cleanBytes: 0 })
    log.roll()
    write(log, ['a=3', 'a=4'])
    compact(log)
    expect(contents(log)).toEqual(['1:a=2', '2:a=3', '3:a=4'])
    expect(log).toMatchObject({ startOffset: 0, endOffset: 4, firstDirtyOffset: 2, hasDirtySegments: false })
    const [segmentBefore] = log.segments
    expect(log.dirtyRange(1).cleanableBytes).toBe(0)
    compact(log)
    expect(log.segments[0]).toBe(segmentBefore)
  })

  test('is due when more than min.cleanable.dirty.ratio of the bytes is dirty', () => {
    const log = compacted({ maxCompactionLagMs: 1000 })
    segment(log, ['a=1'])
    compact(log)
    segment(log, ['b=1'])
    const range = log.dirtyRange(2)
    expect([range.cleanBytes, range.cleanableBytes]).toEqual([70, 70])
    const dueWith = (minCleanableDirtyRatio: number, nowMs = 2) =>
      isDue(log.dirtyRange(nowMs), { ...configs, minCleanableDirtyRatio })
    expect([0, 0.49, 0.5, 1].map((ratio) => dueWith(ratio))).toEqual([true, true, false, false])
    // What is older than max.compaction.lag.ms does not wait for more.
    expect([1001, 1002].map((nowMs) => dueWith(1, nowMs))).toEqual([false, true])
    expect([log.dirtyRange(2).changesAtMs, log.dirtyRange(1002).changesAtMs]).toEqual([1002, null])
    compact(log)
    expect(dueWith(0, 5000)).toBe(false)
  })

  test('is as old as min.compaction.lag.ms, segment by segment', () => {
    const log = compacted({ minCompactionLagMs: 10 })
    segment(log, ['a=1'], 100)
    segment(log, ['a=2'], 105)
    segment(log, ['a=3'], 103)
    expect([109, 110, 114, 115].map((nowMs) => log.dirtyRange(nowMs).firstUncleanableOffset)).toEqual([0, 1, 1, 3])
    expect([109, 110, 115].map((nowMs) => log.dirtyRange(nowMs).changesAtMs)).toEqual([110, 115, null])
  })

  test('ends with the segment before the last stable offset', () => {
    const log = compacted()
    segment(log, ['a=1', 'a=2'])
    segment(log, ['a=3', 'a=4'])
    const { segments, startOffset, firstDirtyOffset } = log
    const endWith = (lastStableOffset: number) =>
      dirtyRange({ segments, startOffset, firstDirtyOffset, lastStableOffset }, configs, 1).firstUncleanableOffset
    expect([1, 2, 3, 4].map(endWith)).toEqual([0, 2, 2, 4])
    // Though it has waited too long, nothing of it can be cleaned yet.
    const overdue = { ...configs, maxCompactionLagMs: 10 }
    const range = dirtyRange({ segments, startOffset, firstDirtyOffset, lastStableOffset: 1 }, overdue, 1000)
    expect([range.isOverdue, isDue(range, overdue)]).toEqual([true, false])
  })

  test('begins at the log’s start, if that has moved on', () => {
    const log = compacted()
    segment(log, ['a=1', 'b=1', 'a=2'])
    const { segments, lastStableOffset } = log
    expect(dirtyRange({ segments, startOffset: 2, firstDirtyOffset: 0, lastStableOffset }, configs, 1)).toMatchObject({
      firstDirtyOffset: 2,
      firstUncleanableOffset: 3,
    })
  })
})

describe('what is kept', () => {
  test('is the newest record of each key, at its offset', () => {
    const log = compacted()
    segment(log, ['a=1', 'b=1', 'a=2'])
    segment(log, ['c=1', 'b=2'])
    write(log, ['c=2'])
    compact(log)
    // The newer one of c is in the active segment, which the cleaner does not look at.
    expect(contents(log)).toEqual(['2:a=2', '3:c=1', '4:b=2', '5:c=2'])
  })

  test.each<readonly [string, Payload, Payload, boolean]>([
    ['a string and its bytes', 'a', encodeUtf8('a'), true],
    ['a string beyond ASCII and its bytes', 'é한😀', encodeUtf8('é한😀'), true],
    ['two arrays of the same bytes', Uint8Array.of(0, 200, 255), Uint8Array.of(0, 200, 255), true],
    ['the empty string and no bytes', '', new Uint8Array(), true],
    ['lone surrogates, which are one character in UTF-8', '\ud800', '\udbff', true],
    ['a character and the byte of its number', 'é', Uint8Array.of(0xe9), false],
    ['one that begins like the other', 'a', 'aa', false],
    ['bytes that begin like the others', Uint8Array.of(1), Uint8Array.of(1, 0), false],
  ])('keys are one if their bytes are: %s', (_, first, second, isOne) => {
    for (const [older, newer] of [
      [first, second],
      [second, first],
    ] as const) {
      const log = compacted()
      append(log, batchOf([older, newer].map((key) => ({ key, value: 'v', timestamp: 1 }))))
      log.roll()
      compact(log)
      expect(recordsOf(log.read(0)).map(({ offset }) => offset)).toEqual(isOne ? [1] : [0, 1])
    }
  })

  test('many thousand keys are told apart, in one pass and in two', () => {
    const log = compacted()
    const keys = Array.from({ length: 5_000 }, (_, i) => `key-${i}`)
    for (const value of ['old', 'new', 'newest']) {
      segment(
        log,
        keys.map((key) => `${key}=${value}`),
      )
      if (value === 'new') compact(log)
    }
    expect(contents(log)).toHaveLength(10_000)
    compact(log)
    expect(contents(log)).toEqual(keys.map((key, i) => `${10_000 + i}:${key}=newest`))
  })

  test('of tombstones: each survives its first cleaning, even with delete.retention.ms 0', () => {
    const log = compacted({ deleteRetentionMs: 0 })
    segment(log, ['a=1', 'a=', 'b=1'])
    compact(log, 1)
    expect(contents(log)).toEqual(['1:a=', '2:b=1'])
    compact(log, 1_000_000)
    expect(contents(log)).toEqual(['1:a=', '2:b=1'])
    segment(log, ['c=1'])
    compact(log, 1)
    expect(contents(log)).toEqual(['2:b=1', '3:c=1'])
  })

  test('of tombstones: each stays for delete.retention.ms after its first cleaning', () => {
    const log = compacted({ deleteRetentionMs: 100 })
    segment(log, ['a='])
    compact(log, 50)
    segment(log, ['b='])
    compact(log, 149)
    expect(contents(log)).toEqual(['0:a=', '1:b='])
    segment(log, ['c='])
    compact(log, 150)
    expect(contents(log)).toEqual(['1:b=', '2:c='])
    segment(log, ['d='])
    compact(log, 249)
    expect(contents(log)).toEqual(['2:c=', '3:d='])
  })
})

describe('what is left', () => {
  test('of neighbouring segments is merged while they fitted into segment.bytes together', () => {
    // A segment of one such record has 70 bytes.
    const log = compacted({ segmentBytes: 210 })
    for (const text of ['a=1', 'b=1', 'c=1', 'd=1', 'e=1']) segment(log, [text])
    expect(bases(log)).toEqual([0, 1, 2, 3, 4, 5])
    compact(log)
    expect(bases(log)).toEqual([0, 3, 5])
    expect(contents(log)).toEqual(['0:a=1', '1:b=1', '2:c=1', '3:d=1', '4:e=1'])
    for (const text of ['a=2', 'b=2', 'c=2']) segment(log, [text])
    compact(log)
    // Merged by the sizes before: 210, 140 + 70, 70 + 70.
    expect(bases(log)).toEqual([0, 3, 6, 8])
    compact(log)
    expect(contents(log)).toEqual(['3:d=1', '4:e=1', '5:a=2', '6:b=2', '7:c=2'])
  })

  test('of an active producer is its last batch, though empty, for a day and until that is noticed', () => {
    const day = 86_400_000
    const checkIntervalMs = 600_000
    for (const [nowMs, stays] of [
      [day + checkIntervalMs - 1, true],
      [day + checkIntervalMs, false],
    ] as const) {
      const log = compacted()
      write(log, ['a=1'], 1, { producerId: 7, producerEpoch: 0, baseSequence: 0 })
      log.roll()
      write(log, ['b=1'], 1, { producerId: 7, producerEpoch: 0, baseSequence: 1 })
      segment(log, ['a=2', 'b=2'])
      compact(log, nowMs)
      expect(contents(log)).toEqual(['2:a=2', '3:b=2'])
      const empty = log.read(0).filter(({ count }) => count === 0)
      expect(empty.map(({ baseOffset, nextOffset }) => [baseOffset, nextOffset])).toEqual(stays ? [[1, 2]] : [])
      // It goes when the producer has written more.
      segment(log, ['c=1'])
      write(log, ['d=1'], nowMs, { producerId: 7, producerEpoch: 0, baseSequence: 2 })
      compact(log, nowMs)
      expect(log.read(0).filter(({ count }) => count === 0)).toEqual([])
    }
  })

  test('of a transaction is nothing from where it is open on', () => {
    const log = compacted()
    write(log, ['a=1'])
    write(log, ['a=2'])
    log.roll()
    write(log, ['a=3'], 1, { producerId: 7, producerEpoch: 0, baseSequence: 0, isTransactional: true })
    segment(log, ['a=4'])
    compact(log, 1)
    expect(contents(log)).toEqual(['1:a=2', '2:a=3', '3:a=4'])
  })

  test('of a marker is all, for a day after the last record of its transaction has gone', () => {
    for (const type of ['COMMIT', 'ABORT'] as const) {
      const log = compacted()
      write(log, ['a=1'], 1, { producerId: 7, producerEpoch: 0, baseSequence: 0, isTransactional: true })
      mark(log, type, 0)
      segment(log, ['a=2'])
      const markers = () => log.read(0).filter((batch) => markerIn(batch)?.type === type).length
      // The record goes, then the empty batch with its producer; then the marker's day begins, and is over.
      for (const nowMs of [1, 90_000_000, 90_000_001, 176_400_000]) {
        segment(log, ['b=1'], nowMs)
        compact(log, nowMs)
        expect(markers()).toBe(1)
      }
      segment(log, ['b=1'], 176_400_001)
      compact(log, 176_400_001)
      expect(markers()).toBe(0)
    }
  })

  test('of a producer whose transaction has ended is its last batch too, unless the marker has begun a new epoch', () => {
    for (const [producerEpoch, stays] of [
      [0, true],
      [1, false],
    ] as const) {
      const log = compacted()
      write(log, ['a=1'], 1, { producerId: 7, producerEpoch: 0, baseSequence: 0, isTransactional: true })
      mark(log, 'COMMIT', producerEpoch)
      segment(log, ['a=2'])
      compact(log, 1)
      expect(log.read(0).map(({ count, nextOffset }) => [count, nextOffset])).toEqual([
        ...(stays ? [[0, 1]] : []),
        [1, 2],
        [1, 3],
      ])
    }
  })

  test('of records without a key, which stand in a log that was not compacted before, is nothing but its end', () => {
    const log = logWith()
    const without = (value: string, producerId: number) =>
      append(log, batchOf([{ key: null, value, timestamp: 1 }], { producerId }))
    without('x', 1)
    write(log, ['a=1'])
    without('y', -1)
    without('z', 2)
    log.roll()
    compact(log, 10 * 86_400_000)
    // The last batch says how far the log goes: a reader comes to the end.
    expect(contents(log)).toEqual(['1:a=1'])
    expect(log.read(3).map(({ count, nextOffset }) => [count, nextOffset])).toEqual([[0, 4]])
  })

  test('can be looked up by time, past batches that are empty', () => {
    const log = compacted()
    write(log, ['a=1'], 90, { producerId: 7, producerEpoch: 0, baseSequence: 0 })
    write(log, ['b=1', 'c=1', 'a=2'], 50)
    segment(log, ['c=2'], 70)
    compact(log, 100)
    expect([0, 51, 71].map((time) => log.offsetForTimestamp(time)?.offset ?? null)).toEqual([1, 4, null])
    expect(log.offsetOfMaxTimestamp()).toEqual({ offset: 4, timestamp: 70 })
  })
})

describe('an append to a compacted topic', () => {
  test('is refused whole if a record has no key, and says which and what to do', () => {
    const log = compacted()
    const batch = batchOf([
      { key: 'a', value: '1', timestamp: 1 },
      { key: null, value: 'x', timestamp: 1 },
    ])
    const message = expect.stringMatching(
      /^Record 1 of a batch for orders-0 has no key, .*cleanupPolicy to 'delete'\.$/,
    )
    expect(() => append(log, batch)).toThrow(expect.objectContaining({ code: 'INVALID_RECORD', message }))
    expect([log.endOffset, log.segments.length]).toEqual([0, 0])
    append(logWith(), batch)
  })

  test('is refused for a bad timestamp before a missing key, as Kafka has it', () => {
    const log = compacted({ messageTimestampAfterMaxMs: 10 })
    const code = (...timestamps: number[]) => {
      try {
        append(log, batchOf(timestamps.map((timestamp, i) => ({ key: i === 0 ? null : 'k', value: 'v', timestamp }))))
      } catch (error) {
        return (error as { code: string }).code
      }
      return 'none'
    }
    expect([code(1, 11), code(11, 1), code(1, 1)]).toEqual(['INVALID_TIMESTAMP', 'INVALID_RECORD', 'INVALID_RECORD'])
  })

  test('rolls the segment when it is as old as max.compaction.lag.ms', () => {
    const rolledAt = (config: Partial<LogConfig>) => {
      const log = logWith({ maxCompactionLagMs: 100, ...config })
      for (const timestamp of [1000, 1100, 1101]) write(log, ['a=1'], timestamp)
      return bases(log)
    }
    expect(rolledAt({ cleanupPolicy: 'compact' })).toEqual([0, 2])
    expect(rolledAt({ cleanupPolicy: 'compact', segmentMs: 99 })).toEqual([0, 1])
    expect(rolledAt({ cleanupPolicy: 'delete' })).toEqual([0])
  })
})
