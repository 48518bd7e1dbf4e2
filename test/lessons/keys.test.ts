// What the lessons on keys show beside the library is what Kafka's code, Avro's specification and the flights' file say.
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { partitionForKey } from 'kafkalet'
import { describe, expect, test } from 'vitest'
import { flightCounts } from '../../examples/data/make-flight-counts.ts'
import { avroBytes, registeredBytes } from '../../examples/lessons/avro-key.ts'
import { airports, days, recordsPerPartition, routes } from '../../examples/lessons/flight-keys.ts'
import { hashOf } from '../../examples/lessons/key-hash.ts'
import { fromHex, readVectors } from '../support/vectors.ts'

interface HashVectors {
  readonly numPartitions: readonly number[]
  readonly vectors: readonly {
    readonly hex: string
    readonly murmur2: number
    readonly toPositive: number
    readonly partition: Readonly<Record<string, number>>
  }[]
}

const dataFile = (name: string) => readFileSync(new URL(`../../examples/data/${name}`, import.meta.url), 'utf8')

describe('the numbers of a key', () => {
  test('are those of the Java client', () => {
    const { vectors, numPartitions } = readVectors<HashVectors>('murmur2')
    for (const { hex, murmur2, toPositive, partition } of vectors) {
      for (const partitions of numPartitions) {
        const { hash, positive, partition: found } = hashOf([...fromHex(hex)], partitions)
        expect({ hash, positive, found }).toEqual({
          hash: murmur2,
          positive: toPositive,
          found: partition[String(partitions)],
        })
      }
    }
  })

  test('lead from one to the next, and to where the library puts the key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 1_000 }), (key, partitions) => {
        const { bytes, hash, positive, partition } = hashOf(key, partitions)
        expect(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)).toBe(key)
        expect(positive).toBe(hash & 0x7fffffff)
        expect(positive % partitions).toBe(partition)
        expect(partitionForKey(key, partitions)).toBe(partition)
      }),
    )
  })
})

describe('a key in Avro', () => {
  test('has the bytes of the example in the specification', () => {
    const schema = {
      id: 258,
      fields: [
        { name: 'a', type: 'long' },
        { name: 'b', type: 'string' },
      ],
    } as const
    expect(avroBytes(schema, { a: 27, b: 'foo' })).toEqual([0x36, 0x06, 0x66, 0x6f, 0x6f])
    expect(registeredBytes(schema, { a: 27, b: 'foo' })).toEqual([0, 0, 0, 1, 2, 0x36, 0x06, 0x66, 0x6f, 0x6f])
  })

  test('writes longs as the table in the specification does', () => {
    const long = (n: number) => avroBytes({ id: 1, fields: [{ name: 'n', type: 'long' }] }, { n })
    expect([0, -1, 1, -2, 2, -64, 64].map(long)).toEqual([[0], [1], [2], [3], [4], [0x7f], [0x80, 0x01]])
  })
})

describe('the keys of the flights', () => {
  test('are counted from the file as it is', () => {
    expect(dataFile('flight-counts.ts') === flightCounts(dataFile('flights.csv')), 'run make-flight-counts.ts').toBe(
      true,
    )
  })

  test('are those of every flight', () => {
    const flights = dataFile('flights.csv').trim().split('\n').slice(1)
    const count = (keyOf: (fields: readonly string[]) => string) => {
      const counts = new Map<string, number>()
      for (const flight of flights) {
        const key = keyOf(flight.split(','))
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
      return counts
    }
    expect(days).toEqual(count(([date]) => String(date).slice(0, 10)))
    expect(airports).toEqual(count(([, , , origin]) => String(origin)))
    expect(routes).toEqual(count(([, , , origin, destination]) => `${origin}-${destination}`))
  })

  test('are all given a partition', () => {
    for (const keys of [days, airports, routes]) {
      expect(recordsPerPartition(keys, 12).reduce((sum, records) => sum + records, 0)).toBe(20_000)
    }
  })
})
