// The bytes of __consumer_offsets: Kafka's, in every version that Kafka reads.
import fc from 'fast-check'
import { decodeOffsetsRecord, type GroupMetadataValue, KafkaError, type OffsetCommitValue } from 'kafkalet'
import { describe, expect, test } from 'vitest'
import type { CoordinatorRecord } from '../../src/coordinator/step.ts'
import { groupMetadataRecord, offsetCommitRecord } from '../../src/groups/group-records.ts'
import { fromHex, readVectors, toHex } from '../support/vectors.ts'

type MessageType = 'OffsetCommitKey' | 'OffsetCommitValue' | 'GroupMetadataKey' | 'GroupMetadataValue'
/** As Kafka's field: numbers of 64 bits are text, bytes are hex. */
type Fields = Readonly<Record<string, unknown>>

interface MessageRow {
  readonly what: 'message'
  readonly id: string
  readonly desc: string
  readonly type: MessageType
  readonly version: number
  readonly hex: string
  readonly fields: Fields
}

interface RecordRow {
  readonly what: 'record'
  readonly id: string
  readonly desc: string
  readonly keyHex: string
  readonly keyFields: Fields
  readonly valueHex: string | null
  readonly valueVersion?: number
  readonly valueFields?: Fields
}

interface ErrorRow {
  readonly what: 'decode-error'
  readonly id: string
  readonly desc: string
  readonly keyHex: string
  readonly valueHex: string | null
}

type Row = MessageRow | RecordRow | ErrorRow

const { vectors } = readVectors<{ vectors: readonly Row[] }>('offsets-topic')

function rows<What extends Row['what']>(what: What): (readonly [string, Extract<Row, { what: What }>])[] {
  return vectors
    .filter((row): row is Extract<Row, { what: What }> => row.what === what)
    .map((row) => [`${row.id} ${row.desc}`, row])
}

/** What Kafka 4.0 writes. */
const writtenVersions: Readonly<Record<MessageType, number>> = {
  OffsetCommitKey: 1,
  OffsetCommitValue: 3,
  GroupMetadataKey: 2,
  GroupMetadataValue: 3,
}

const keyOf: Readonly<Record<'OffsetCommitValue' | 'GroupMetadataValue', string>> = {
  OffsetCommitValue: toHex(offsetCommitRecord('g', 't', 7, null).key),
  GroupMetadataValue: toHex(groupMetadataRecord('g', null).key),
}

test('every recorded row is tried: what is read, and what Kafka 4.0 writes', () => {
  expect(vectors.filter(({ what }) => what !== ('consumer-protocol' as string))).toHaveLength(37)
  expect([rows('message').length, rows('record').length, rows('decode-error').length]).toEqual([30, 4, 3])
  expect(rows('message').filter(([, row]) => isWritten(row)).length).toBe(12)
})

describe('a record of __consumer_offsets', () => {
  test.each(rows('message'))('is read: %s', (_, { type, hex, fields }) => {
    if (type === 'OffsetCommitKey' || type === 'GroupMetadataKey') {
      const kind = type === 'OffsetCommitKey' ? 'offset-commit' : 'group-metadata'
      expect(decode(hex, null)).toEqual({ type: kind, ...fields, value: null })
    } else {
      expect(decode(keyOf[type], hex)).toHaveProperty('value', valueFrom(type, fields))
    }
  })

  test.each(rows('message').filter(([, row]) => isWritten(row)))(
    "is written byte for byte as Kafka's: %s",
    (_, row) => {
      expect(encode(row)).toBe(row.hex)
    },
  )

  test.each(rows('record'))('is read and written whole: %s', (_, row) => {
    const { keyHex, keyFields, valueHex, valueVersion, valueFields } = row
    const value = valueFields ? offsetCommitOf(valueFields) : null
    expect(decode(keyHex, valueHex)).toEqual({ type: 'offset-commit', ...keyFields, value })
    const { group, topic, partition } = keyFields
    const written = offsetCommitRecord(String(group), String(topic), Number(partition), value)
    expect(toHex(written.key)).toBe(keyHex)
    // Older versions are read, and not written.
    if (valueVersion === 3 || valueHex === null) expect(written.value && toHex(written.value)).toBe(valueHex)
  })

  test.each(rows('decode-error'))('that is damaged is refused as INVALID_RECORD: %s', (_, { keyHex, valueHex }) => {
    expect(() => decode(keyHex, valueHex)).toThrow(
      expect.objectContaining({ name: 'KafkaError', code: 'INVALID_RECORD' }),
    )
  })

  test('without a key is refused as INVALID_RECORD', () => {
    expect(() => decodeOffsetsRecord({ key: null, value: null })).toThrow(
      expect.objectContaining({ name: 'KafkaError', code: 'INVALID_RECORD' }),
    )
  })

  test('of a kind that classic groups do not have is named by its version', () => {
    // ConsumerGroupMetadataKey of KIP-848.
    expect(decode('0003000167', '000000000001')).toEqual({ type: 'unknown', keyVersion: 3 })
  })

  test('of the flexible version is read past fields that nobody knows yet', () => {
    const unknownField = '010002abcd'
    const member = (id: string) => `04${id}00026302680000000a0000001403010201${unknownField}`
    const value = decode(
      keyOf.GroupMetadataValue,
      `000409636f6e73756d6572000000030672616e6765046d2d310000018bcfe5687b03${member('6d2d31')}${member('6d2d32')}${unknownField}`,
    )
    const rest = { groupInstanceId: null, clientId: 'c', clientHost: 'h', rebalanceTimeout: 10, sessionTimeout: 20 }
    const bytes = { subscription: Uint8Array.of(1, 2), assignment: new Uint8Array() }
    expect(value).toMatchObject({
      value: {
        generation: 3,
        protocol: 'range',
        leader: 'm-1',
        members: ['m-1', 'm-2'].map((memberId) => ({ memberId, ...rest, ...bytes })),
      },
    })
  })

  test('keeps whatever was committed: group, topic, offset and metadata of any characters', () => {
    fc.assert(
      fc.property(name, name, int32, offsetCommitValue, (group, topic, partition, value) => {
        const record = offsetCommitRecord(group, topic, partition, value)
        expect(decodeOffsetsRecord(record)).toEqual({ type: 'offset-commit', group, topic, partition, value })
      }),
    )
  })

  test('keeps whatever there is to know of a generation', () => {
    fc.assert(
      fc.property(name, groupMetadataValue, (group, value) => {
        const record = groupMetadataRecord(group, value)
        expect(decodeOffsetsRecord(record)).toEqual({ type: 'group-metadata', group, value })
      }),
    )
  })

  test('of arbitrary bytes is read, or refused with a KafkaError', () => {
    fc.assert(fc.property(key, fc.option(version), fc.uint8Array({ maxLength: 80 }), readsOrRefuses), { numRuns: 2000 })

    function readsOrRefuses(keyBytes: Uint8Array, valueVersion: Uint8Array | null, rest: Uint8Array): void {
      try {
        decodeOffsetsRecord({ key: keyBytes, value: valueVersion && Uint8Array.of(...valueVersion, ...rest) })
      } catch (error) {
        expect(error).toBeInstanceOf(KafkaError)
        expect(error).toHaveProperty('code', 'INVALID_RECORD')
      }
    }
  })

  test('of Kafka, cut short or with a byte changed, is read, or refused with a KafkaError', () => {
    const whole = rows('message').flatMap(([, row]) =>
      row.type === 'OffsetCommitValue' || row.type === 'GroupMetadataValue'
        ? [[keyOf[row.type], row.hex] as const]
        : [],
    )
    fc.assert(
      fc.property(fc.constantFrom(...whole), fc.nat(), fc.nat(), fc.nat(255), ([keyHex, hex], cut, at, byte) => {
        const value = fromHex(hex)
        value[at % value.length] = byte
        try {
          decodeOffsetsRecord({ key: fromHex(keyHex), value: value.slice(0, cut % (value.length + 1)) })
        } catch (error) {
          expect(error).toHaveProperty('code', 'INVALID_RECORD')
        }
      }),
      { numRuns: 2000 },
    )
  })
})

function decode(keyHex: string, valueHex: string | null) {
  return decodeOffsetsRecord({ key: fromHex(keyHex), value: valueHex === null ? null : fromHex(valueHex) })
}

/** Written by Kafka 4.0, and by us where its numbers are safe integers. */
function isWritten({ type, version, fields }: MessageRow): boolean {
  return version === writtenVersions[type] && Number.isSafeInteger(Number(fields['offset'] ?? 0))
}

function encode({ type, fields }: MessageRow): string {
  const { group, topic, partition } = fields
  const written: Readonly<Record<MessageType, () => CoordinatorRecord>> = {
    OffsetCommitKey: () => offsetCommitRecord(String(group), String(topic), Number(partition), null),
    GroupMetadataKey: () => groupMetadataRecord(String(group), null),
    OffsetCommitValue: () => offsetCommitRecord('g', 't', 0, offsetCommitOf(fields)),
    GroupMetadataValue: () => groupMetadataRecord('g', groupMetadataOf(fields)),
  }
  const record = written[type]()
  return toHex(record.value ?? record.key)
}

function valueFrom(type: 'OffsetCommitValue' | 'GroupMetadataValue', fields: Fields) {
  return type === 'OffsetCommitValue' ? offsetCommitOf(fields) : groupMetadataOf(fields)
}

/** Beyond 2^53 an offset is read as the nearest number. */
function offsetCommitOf({
  offset,
  leaderEpoch,
  metadata,
  commitTimestamp,
  expireTimestamp,
}: Fields): OffsetCommitValue {
  return {
    offset: Number(offset),
    leaderEpoch: Number(leaderEpoch ?? -1),
    metadata: String(metadata),
    commitTimestamp: Number(commitTimestamp),
    expireTimestamp: Number(expireTimestamp ?? -1),
  }
}

function groupMetadataOf(fields: Fields): GroupMetadataValue {
  const members = fields['members'] as readonly Fields[]
  return {
    protocolType: String(fields['protocolType']),
    generation: Number(fields['generation']),
    protocol: nullableText(fields['protocol']),
    leader: nullableText(fields['leader']),
    currentStateTimestamp: Number(fields['currentStateTimestamp'] ?? -1),
    members: members.map((member) => ({
      memberId: String(member['memberId']),
      groupInstanceId: nullableText(member['groupInstanceId'] ?? null),
      clientId: String(member['clientId']),
      clientHost: String(member['clientHost']),
      // Version 0 knew one timeout for both.
      rebalanceTimeout: Number(member['rebalanceTimeout'] ?? member['sessionTimeout']),
      sessionTimeout: Number(member['sessionTimeout']),
      subscription: fromHex(String(member['subscription'])),
      assignment: fromHex(String(member['assignment'])),
    })),
  }
}

function nullableText(value: unknown): string | null {
  return value === null ? null : String(value)
}

const name = fc.string({ unit: 'binary', maxLength: 40 })
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const int64 = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER))
const bytes = fc.uint8Array({ maxLength: 40 })
const version = fc.nat(9).map((number) => Uint8Array.of(0, number))
/** Mostly one of the three kinds there are, so that values are read at all. */
const key = fc.oneof(
  fc.constantFrom(keyOf.OffsetCommitValue, keyOf.GroupMetadataValue).map(fromHex),
  fc.tuple(version, bytes).map(([type, rest]) => Uint8Array.of(...type, ...rest)),
  bytes,
)
const offsetCommitValue = fc.record({
  offset: int64,
  leaderEpoch: int32,
  metadata: fc.string({ unit: 'binary', maxLength: 300 }),
  commitTimestamp: int64,
  expireTimestamp: fc.constant(-1),
})

const groupMetadataValue = fc.record({
  protocolType: name,
  generation: int32,
  protocol: fc.option(name),
  leader: fc.option(name),
  currentStateTimestamp: int64,
  members: fc.array(
    fc.record({
      memberId: name,
      groupInstanceId: fc.option(name),
      clientId: name,
      clientHost: name,
      rebalanceTimeout: int32,
      sessionTimeout: int32,
      subscription: bytes,
      assignment: bytes,
    }),
    { maxLength: 4 },
  ),
})
