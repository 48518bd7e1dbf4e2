// Which partition a key goes to: the answers of Kafka's Java client.
import { partitionForKey } from 'kafkalet'
import { describe, expect, test } from 'vitest'
import { fromHex, readVectors } from '../support/vectors.ts'

interface Row {
  readonly hex: string
  /** Where the bytes are UTF-8: the text. */
  readonly utf8?: string
  readonly toPositive: number
  readonly partition: Readonly<Record<string, number>>
}

const { vectors } = readVectors<{ vectors: readonly Row[] }>('murmur2')
const texts = vectors.filter(({ utf8 }) => utf8 !== undefined)

describe('partitionForKey', () => {
  test.each(vectors)("sends the bytes '$hex' where Kafka does", ({ hex, toPositive, partition }) => {
    const key = fromHex(hex)
    expect(partitionsOf(key, Object.keys(partition))).toEqual(partition)
    // With this many partitions the hash itself is seen.
    expect(partitionForKey(key, 2 ** 31)).toBe(toPositive)
  })

  test.each(texts)("takes the text '$utf8' for its UTF-8 bytes", ({ utf8 = '', partition }) => {
    expect(partitionsOf(utf8, Object.keys(partition))).toEqual(partition)
  })

  test('is tried with every recorded row, texts beyond ASCII among them', () => {
    expect(vectors).toHaveLength(298)
    expect(texts.filter(({ utf8 = '' }) => /[^\0-\x7f]/.test(utf8))).not.toEqual([])
  })

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('refuses %s partitions', (partitions) => {
    expect(() => partitionForKey('key', partitions)).toThrow(
      expect.objectContaining({
        name: 'KafkaError',
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining('whole'),
      }),
    )
  })

  test('refuses a count that is no number', () => {
    expect(() => partitionForKey('key', '4' as unknown as number)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    )
  })
})

function partitionsOf(key: string | Uint8Array, counts: readonly string[]): Record<string, number> {
  return Object.fromEntries(counts.map((count) => [count, partitionForKey(key, Number(count))]))
}
