// What a partition knows of its producers, next to what Kafka's own code knew, and next to a model that forgets nothing.
import fc from 'fast-check'
import { KafkaError } from 'kafkalet'
import { describe, expect, test } from 'vitest'
import type { PartitionLog } from '../../src/log/partition-log.ts'
import { batchOfValues, logWith, valuesOf } from '../support/record-batches.ts'
import { readVectors } from '../support/vectors.ts'

interface Numbered {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly count: number
  readonly timestamp: number
}

type Outcome = { readonly baseOffset: number } | { readonly duplicate: object } | { readonly error: string }

type Step = Outcome & {
  readonly atMs: number
  readonly batch: readonly [number, number, number, number, number]
  readonly producers: readonly (readonly number[])[]
}

const LARGEST = 2 ** 31 - 1
const { scenarios } = readVectors<{ scenarios: readonly { id: string; steps: readonly Step[] }[] }>('producer-state')

function send(log: PartitionLog, { count, timestamp, ...numbers }: Numbered, nowMs: number): Outcome {
  const values = Array.from({ length: count }, (_, i) => `${numbers.producerId}/${numbers.baseSequence}+${i}`)
  try {
    const appended = log.append(batchOfValues(values, numbers, timestamp), () => nowMs, 'client')
    if (typeof appended === 'number') return { baseOffset: appended }
    return { duplicate: { baseOffset: appended.baseOffset, timestamp: appended.timestamp } }
  } catch (error) {
    if (error instanceof KafkaError) return { error: error.code }
    throw error
  }
}

describe("as Kafka's ProducerStateManager", () => {
  const expiry = { producerIdExpirationMs: 1_000, producerIdExpirationCheckIntervalMs: 100, logCreatedMs: 0 }

  test.each(scenarios.map(({ id, steps }) => [id, steps] as const))('%s', (_, steps) => {
    const log = logWith({}, expiry)
    for (const [i, { atMs, batch, producers, ...outcome }] of steps.entries()) {
      const [producerId, producerEpoch, baseSequence, count, timestamp] = batch
      const numbered = { producerId, producerEpoch, baseSequence, count, timestamp }
      expect(send(log, numbered, atMs), `step ${i}`).toEqual(outcome)
      const active = [...log.activeProducers(atMs)].sort((a, b) => a.producerId - b.producerId)
      const known = active.map((each) => [each.producerId, each.producerEpoch, each.lastSequence, each.lastTimestamp])
      expect(known, `after step ${i}`).toEqual(producers)
    }
  })

  test('all recorded steps are played', () => {
    expect(scenarios.flatMap(({ steps }) => steps)).toHaveLength(560)
  })
})

/** All that a producer has written in its last epoch. */
interface Written {
  readonly producerEpoch: number
  readonly batches: readonly (Numbered & { readonly baseOffset: number })[]
}

function expected(written: Written | undefined, next: Numbered, endOffset: number): Outcome {
  if (written === undefined) return { baseOffset: endOffset }
  const isSameEpoch = next.producerEpoch === written.producerEpoch
  const remembered = isSameEpoch ? written.batches.slice(-5) : []
  const again = remembered.find((each) => each.baseSequence === next.baseSequence && each.count === next.count)
  if (again) return { duplicate: { baseOffset: again.baseOffset, timestamp: again.timestamp } }
  if (next.producerEpoch < written.producerEpoch) return { error: 'INVALID_PRODUCER_EPOCH' }
  const last = remembered.at(-1)
  const end = last === undefined ? 0 : last.baseSequence + last.count
  const follows = isSameEpoch && end > LARGEST ? end - LARGEST - 1 : end
  return next.baseSequence === follows ? { baseOffset: endOffset } : { error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' }
}

test('of a producer the last five batches are known, and only what follows the last one is new', () => {
  const numbers = fc.record({
    producerId: fc.integer({ min: 0, max: 1 }),
    epochStep: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, -1),
    /** Where it begins, counted from what would follow. */
    shift: fc.constantFrom(0, 0, 0, 0, -1, -2, -3, -4, -6, 1, LARGEST),
    count: fc.integer({ min: 1, max: 2 }),
  })
  const starts = fc.constantFrom(0, 7, LARGEST - 3, LARGEST)
  fc.assert(
    fc.property(fc.array(numbers, { maxLength: 40 }), starts, (sends, start) => {
      const log = logWith()
      const all = new Map<number, Written>()
      const values: string[] = []
      for (const [timestamp, { producerId, epochStep, shift, count }] of sends.entries()) {
        const before = all.get(producerId)
        const last = before?.batches.at(-1)
        const follows = epochStep > 0 ? 0 : last === undefined ? start : last.baseSequence + last.count
        const baseSequence = (((follows + shift) % (LARGEST + 1)) + LARGEST + 1) % (LARGEST + 1)
        const producerEpoch = Math.max(0, (before?.producerEpoch ?? 0) + epochStep)
        const batch = { producerId, producerEpoch, baseSequence, count, timestamp }
        const endOffset = log.endOffset
        const outcome = expected(before, batch, endOffset)
        expect(send(log, batch, 50)).toEqual(outcome)
        if (!('baseOffset' in outcome)) {
          expect(log.endOffset).toBe(endOffset)
          continue
        }
        const batches = before?.producerEpoch === producerEpoch ? before.batches : []
        all.set(producerId, { producerEpoch, batches: [...batches, { ...batch, baseOffset: endOffset }] })
        for (let i = 0; i < count; i++) values.push(`${producerId}/${baseSequence}+${i}`)
      }
      expect(valuesOf(log.read(0))).toEqual(values)
    }),
    { numRuns: 400 },
  )
})

test('what was written with an older epoch cannot be repeated with a newer one', () => {
  const log = logWith()
  const batch = { producerId: 0, producerEpoch: 0, count: 1, timestamp: 0 }
  for (const baseSequence of [0, 1, 2, 3]) send(log, { ...batch, baseSequence }, 0)
  expect(send(log, { ...batch, producerEpoch: 1, baseSequence: 0 }, 0)).toEqual({ baseOffset: 4 })
  expect(send(log, { ...batch, producerEpoch: 1, baseSequence: 3 }, 0)).toEqual({
    error: 'OUT_OF_ORDER_SEQUENCE_NUMBER',
  })
})

describe('a producer that is silent', () => {
  const expiry = { producerIdExpirationMs: 1_000, producerIdExpirationCheckIntervalMs: 100, logCreatedMs: 30 }
  const first = { producerId: 4, producerEpoch: 0, baseSequence: 0, count: 1, timestamp: 100 }

  test('is forgotten with the first check that finds its last record as old as that', () => {
    const log = logWith({}, expiry)
    send(log, first, 100)
    expect(log.activeProducers(1_129)).toMatchObject([
      { producerId: 4, producerEpoch: 0, lastSequence: 0, lastTimestamp: 100 },
    ])
    expect(send(log, { ...first, baseSequence: 9 }, 1_129)).toEqual({ error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' })
    expect(log.activeProducers(1_130)).toEqual([])
    expect(send(log, { ...first, baseSequence: 9, timestamp: 1_130 }, 1_130)).toEqual({ baseOffset: 1 })
  })

  test('is known until the next check, however old its records say they are', () => {
    const log = logWith({}, expiry)
    const old = { ...first, timestamp: 5 }
    send(log, old, 5_000)
    expect(send(log, old, 5_029)).toEqual({ duplicate: { baseOffset: 0, timestamp: 5 } })
    expect(send(log, old, 5_030)).toEqual({ baseOffset: 1 })
  })

  test('… and forgotten by it, though what follows says that no time has passed', () => {
    const log = logWith({}, expiry)
    send(log, { ...first, timestamp: 5 }, 5_000)
    expect(send(log, { ...first, baseSequence: 1, timestamp: 6 }, 5_031)).toEqual({ baseOffset: 1 })
    expect(send(log, { ...first, timestamp: 5 }, 5_031)).toEqual({ error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' })
  })

  test('has not been silent where the marker of a transaction is its last', () => {
    const log = logWith({}, expiry)
    send(log, first, 100)
    const marker = { producerId: 4, producerEpoch: 0, isControl: true, isTransactional: true }
    log.append(batchOfValues(['m'], marker, 900), () => 900, 'coordinator')
    const known = { producerId: 4, producerEpoch: 0, lastSequence: 0, lastTimestamp: 900 }
    expect(log.activeProducers(1_500)).toMatchObject([known])
    expect(send(log, { ...first, baseSequence: 1, timestamp: 901 }, 901)).toEqual({ baseOffset: 2 })
  })

  test('begins anew with what follows its last batch, too: then that one is known alone', () => {
    const log = logWith({}, expiry)
    send(log, first, 100)
    send(log, { ...first, baseSequence: 1, timestamp: 5_000 }, 5_000)
    expect(send(log, { ...first, baseSequence: 1 }, 5_000)).toEqual({
      duplicate: { baseOffset: 1, timestamp: 5_000 },
    })
    expect(send(log, first, 5_000)).toEqual({ error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' })
  })
})

describe('what a client sends', () => {
  const log = () => logWith()

  test.each([
    ['a producer id without a sequence number', { producerId: 3, producerEpoch: 0 }],
    ['a control batch', { isControl: true }],
  ])('must not be %s', (_, carried) => {
    const refused = () => log().append(batchOfValues(['v'], carried), () => 0, 'client')
    expect(refused).toThrow(expect.objectContaining({ code: 'INVALID_RECORD' }))
    expect(log().append(batchOfValues(['v'], carried), () => 0, 'coordinator')).toBe(0)
  })

  test('is checked as any batch before it is compared with what was written', () => {
    const strict = logWith({ messageTimestampBeforeMaxMs: 100 })
    const batch = { producerId: 0, producerEpoch: 0, baseSequence: 0, count: 1, timestamp: 0 }
    expect(send(strict, batch, 0)).toEqual({ baseOffset: 0 })
    expect(send(strict, batch, 101)).toEqual({ error: 'INVALID_TIMESTAMP' })
  })

  test('without a producer id is nobody’s, and as often there as it was sent', () => {
    const plain = log()
    for (let i = 0; i < 2; i++) plain.append(batchOfValues(['v']), () => 0, 'client')
    expect([plain.endOffset, plain.activeProducers(0)]).toEqual([2, []])
  })
})
