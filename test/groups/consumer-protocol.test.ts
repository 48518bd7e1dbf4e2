// What the members of a consumer group tell each other: Kafka's bytes, versions 0 to 3.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteWriter } from '../../src/bytes.ts'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../src/groups/subscription.ts'
import { fromHex, readVectors, toHex } from '../support/vectors.ts'

interface Row {
  readonly what: string
  readonly id: string
  readonly type: 'ConsumerProtocolSubscription' | 'ConsumerProtocolAssignment'
  readonly version: number
  readonly hex: string
  /** Bytes are hex; null where the version does not have the field. */
  readonly fields: {
    readonly topics: readonly string[]
    readonly userData: string | null
    readonly ownedPartitions: Readonly<Record<string, readonly number[]>>
    readonly generationId: number | null
    readonly rackId: string | null
    /** Of an assignment. */
    readonly partitions: Readonly<Record<string, readonly number[]>>
  }
}

const rows = readVectors<{ vectors: readonly Row[] }>('offsets-topic').vectors.filter(
  ({ what }) => what === 'consumer-protocol',
)

function rowsOf(type: Row['type']): (readonly [string, Row])[] {
  return rows.filter((row) => row.type === type).map((row) => [`${row.id}, version ${row.version}`, row])
}

describe('a subscription', () => {
  test.each(rowsOf('ConsumerProtocolSubscription'))("has Kafka's bytes: %s", (_, { version, hex, fields }) => {
    const subscription = {
      topics: fields.topics,
      userData: bytesOrNull(fields.userData),
      ownedPartitions: new Map(Object.entries(fields.ownedPartitions)),
      generationId: fields.generationId ?? -1,
      rackId: fields.rackId,
    }
    expect(decodeSubscription(fromHex(hex))).toEqual(subscription)
    expect(toHex(encodeSubscription(subscription, version))).toBe(hex)
  })

  test('names its topics in order, as Kafka writes them', () => {
    const rest = { userData: null, ownedPartitions: new Map(), generationId: -1, rackId: null }
    expect(encodeSubscription({ topics: ['t2', 't10', 't1'], ...rest })).toEqual(
      encodeSubscription({ topics: ['t1', 't10', 't2'], ...rest }),
    )
  })

  test('of a version above the latest is read as the latest', () => {
    const latest = rows.find(({ version }) => version === 3)?.hex ?? ''
    expect(decodeSubscription(fromHex(`0004${latest.slice(4)}ff`))).toEqual(decodeSubscription(fromHex(latest)))
  })

  test('keeps all that it says', () => {
    fc.assert(
      fc.property(subscriptions, (subscription) => {
        const sorted = { ...subscription, topics: [...subscription.topics].sort() }
        expect(decodeSubscription(encodeSubscription(subscription))).toEqual(sorted)
      }),
    )
  })
})

describe('an assignment', () => {
  test.each(rowsOf('ConsumerProtocolAssignment'))("has Kafka's bytes: %s", (_, { version, hex, fields }) => {
    const partitions = new Map(Object.entries(fields.partitions))
    const assignment = { partitions, userData: bytesOrNull(fields.userData) }
    expect(decodeAssignment(fromHex(hex))).toEqual(assignment)
    expect(toHex(encodeAssignment(assignment, version))).toBe(hex)
  })

  test('of no bytes, which is what a member gets that the leader left out, has no partitions', () => {
    expect(decodeAssignment(new Uint8Array())).toEqual({ partitions: new Map(), userData: null })
  })

  test('keeps all that it says', () => {
    fc.assert(
      fc.property(fc.record({ partitions: partitionsByTopic(), userData: userData() }), (assignment) => {
        expect(decodeAssignment(encodeAssignment(assignment))).toEqual(assignment)
      }),
    )
  })
})

test('every recorded row of the consumer protocol is tried', () => {
  expect(rowsOf('ConsumerProtocolSubscription').length + rowsOf('ConsumerProtocolAssignment').length).toBe(rows.length)
  expect(rows).toHaveLength(9)
})

function bytesOrNull(hex: string | null): Uint8Array | null {
  return hex === null ? null : fromHex(hex)
}

function name() {
  return fc.string({ unit: 'binary', maxLength: 40 })
}

function userData() {
  return fc.option(fc.uint8Array({ maxLength: 40 }))
}

function partitionsByTopic() {
  const partitions = fc
    .uniqueArray(fc.nat(100), { minLength: 1, maxLength: 5 })
    .map((each) => each.sort((a, b) => a - b))
  return fc
    .uniqueArray(fc.tuple(name(), partitions), { selector: ([topic]) => topic })
    .map((entries) => new Map(entries))
}

const subscriptions = fc.record({
  topics: fc.uniqueArray(name()),
  userData: userData(),
  ownedPartitions: partitionsByTopic(),
  generationId: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
  rackId: fc.option(name()),
})

test('a topic that another client lists twice has the partitions of both', () => {
  const bytes = new ByteWriter().int16(0).int32(2)
  for (const partition of [3, 1]) bytes.string('orders').int32(1).int32(partition)
  const { partitions } = decodeAssignment(bytes.nullableBytes(null).finish())
  expect([...partitions]).toEqual([['orders', [3, 1]]])
})
