// A compacted partition beside a plain array: whatever is appended, rolled and cleaned, both hold the same.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeUtf8 } from '../../src/bytes.ts'
import type { PartitionLog } from '../../src/log/partition-log.ts'
import { append, batchOf, compact, logWith, recordsOf } from '../support/record-batches.ts'

const DELETE_RETENTION_MS = 10

type Step =
  | { readonly do: 'append'; readonly producerId: number; readonly records: readonly Written[] }
  | { readonly do: 'roll' }
  | { readonly do: 'compact'; readonly laterMs: number }

interface Written {
  readonly key: string
  readonly asBytes: boolean
  readonly value: string | null
  readonly timestamp: number
}

interface Kept extends Written {
  readonly offset: number
  /** When it may go, for a tombstone that was cleaned once. */
  readonly horizonMs: number | null
}

/** What Kafka's cleaner does, in the fewest words. */
class Model {
  records: Kept[] = []
  endOffset = 0
  activeOffset = 0
  dirtyOffset = 0

  append(records: readonly Written[]): void {
    for (const record of records) this.records.push({ ...record, offset: this.endOffset++, horizonMs: null })
  }

  compact(nowMs: number): void {
    if (this.dirtyOffset === this.activeOffset) return
    const below = this.records.filter(({ offset }) => offset < this.activeOffset)
    const newest = new Map(below.map(({ key, offset }) => [key, offset]))
    this.records = this.records.flatMap((record) => {
      if (record.offset >= this.activeOffset) return [record]
      if (newest.get(record.key) !== record.offset) return []
      if (record.horizonMs !== null && nowMs >= record.horizonMs) return []
      const horizonMs = record.value === null ? (record.horizonMs ?? nowMs + DELETE_RETENTION_MS) : null
      return [{ ...record, horizonMs }]
    })
    this.dirtyOffset = this.activeOffset
  }
}

test('after any cleaning the newest record of each key is there, unchanged, and nothing that is older', () => {
  check(({ log, model }) => {
    expect(told(log.read(0))).toEqual(model.records.map(toldModel))
    expect(log).toMatchObject({ startOffset: 0, endOffset: model.endOffset, firstDirtyOffset: model.dirtyOffset })
  })
})

test('whoever reads from any offset, with any limit, comes to the end by way of every record behind it', () => {
  check(({ log, model, offset, limit }) => {
    const from = offset % (model.endOffset + 1)
    const expected = model.records.filter((record) => record.offset >= from).map(toldModel)
    for (const limits of [{}, { maxRecords: limit }, { maxBytes: limit * 20 }]) {
      const read: unknown[] = []
      for (let next = from; next < log.endOffset; ) {
        const batches = log.read(next, limits)
        read.push(...told(batches, next))
        const end = batches.at(-1)?.nextOffset ?? 0
        expect(end).toBeGreaterThan(next)
        next = end
      }
      expect(read).toEqual(expected)
    }
  })
})

test('a look-up by time finds what a search through the records that are left finds', () => {
  check(({ log, model, timestamp }) => {
    const find = (least: number) => {
      const found = model.records.find((record) => record.timestamp >= least)
      return found ? { offset: found.offset, timestamp: found.timestamp } : null
    }
    expect(log.offsetForTimestamp(timestamp)).toEqual(find(timestamp))
    expect(log.offsetOfMaxTimestamp()).toEqual(find(Math.max(0, ...model.records.map((record) => record.timestamp))))
  })
})

test('a second cleaning with nothing dirty changes nothing, whatever the time', () => {
  check(({ log, nowMs }) => {
    compact(log, nowMs)
    const before = shapeOf(log)
    compact(log, nowMs + 1_000_000)
    expect(shapeOf(log)).toEqual(before)
  })
})

test('whoever holds batches from before keeps what they had', () => {
  check(({ log, nowMs }) => {
    const held = log.read(0)
    const before = held.map((batch) => [batch.count, batch.nextOffset, batch.sizeInBytes(), told([batch])])
    log.roll()
    compact(log, nowMs)
    compact(log, nowMs + DELETE_RETENTION_MS)
    append(log, batchOf([{ key: 'a', value: 'later', timestamp: 1 }]))
    expect(held.map((batch) => [batch.count, batch.nextOffset, batch.sizeInBytes(), told([batch])])).toEqual(before)
  })
})

test('segments and batches stand in the order of their offsets, and no two hold the same one', () => {
  check(({ log }) => {
    let next = 0
    for (const { baseOffset, batches } of log.segments) {
      expect(baseOffset).toBeGreaterThanOrEqual(next)
      next = baseOffset
      for (const batch of batches) {
        expect(batch.baseOffset).toBeGreaterThanOrEqual(next)
        expect(batch.nextOffset).toBeGreaterThan(batch.baseOffset)
        next = batch.nextOffset
        const offsets = Array.from({ length: batch.count }, (_, i) => batch.offset(i))
        expect(offsets.every((each) => each >= batch.baseOffset && each <= batch.lastOffset)).toBe(true)
      }
    }
    expect(next).toBe(log.endOffset)
  })
})

interface World {
  readonly log: PartitionLog
  readonly model: Model
  readonly nowMs: number
  readonly offset: number
  readonly limit: number
  readonly timestamp: number
}

function check(holds: (world: World) => void): void {
  const question = fc.record({ offset: fc.nat(60), limit: fc.integer({ min: 1, max: 10 }), timestamp: fc.nat(60) })
  const sizes = fc.record({ segmentBytes: fc.integer({ min: 150, max: 600 }) })
  fc.assert(
    fc.property(steps(), sizes, question, (given, config, asked) => {
      const log = logWith({ cleanupPolicy: 'compact', deleteRetentionMs: DELETE_RETENTION_MS, ...config })
      const model = new Model()
      let nowMs = 100
      for (const step of given) {
        if (step.do === 'append') {
          append(log, batchOf(step.records.map(asRecord), { producerId: step.producerId }), nowMs)
          model.append(step.records)
        } else if (step.do === 'roll') {
          log.roll()
        } else {
          nowMs += step.laterMs
          compact(log, nowMs)
        }
        // Where segments end is the log's own affair, and told elsewhere.
        model.activeOffset = log.segments.at(-1)?.baseOffset ?? 0
        if (step.do === 'compact') model.compact(nowMs)
      }
      holds({ log, model, nowMs, ...asked })
    }),
    { numRuns: 300 },
  )
}

function asRecord({ key, asBytes, value, timestamp }: Written) {
  return { key: asBytes ? encodeUtf8(key) : key, value, timestamp }
}

function told(batches: Parameters<typeof recordsOf>[0], from = 0) {
  return recordsOf(batches)
    .filter(({ offset }) => offset >= from)
    .map(({ offset, key, value, timestamp }) => ({ offset, key, value, timestamp }))
}

function toldModel(record: Kept) {
  return { offset: record.offset, ...asRecord(record) }
}

function shapeOf(log: PartitionLog) {
  return log.segments.map(({ baseOffset, batches }) => [
    baseOffset,
    batches.map((batch) => [batch.baseOffset, batch.nextOffset, batch.deleteHorizonMs, told([batch])]),
  ])
}

function steps(): fc.Arbitrary<Step[]> {
  const written = fc.record({
    key: fc.constantFrom('', 'a', 'b', 'é', '한', 'a\u0000'),
    asBytes: fc.boolean(),
    value: fc.option(fc.string({ maxLength: 5 }), { freq: 2 }),
    timestamp: fc.nat(50),
  })
  const appended = fc.record({
    do: fc.constant('append' as const),
    producerId: fc.integer({ min: -1, max: 0 }),
    records: fc.array(written, { minLength: 1, maxLength: 4 }),
  })
  const cleaned = fc.record({ do: fc.constant('compact' as const), laterMs: fc.nat(8) })
  const rolled = fc.constant({ do: 'roll' as const })
  return fc.array(fc.oneof({ arbitrary: appended, weight: 4 }, cleaned, rolled), { maxLength: 25 })
}
