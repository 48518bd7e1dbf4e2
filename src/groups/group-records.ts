// Keys and values of __consumer_offsets, byte for byte Kafka's.
// (Kafka: OffsetCommitKey/Value, GroupMetadataKey/Value; written as Kafka 4.0 writes them, read in every version.)

import { ByteReader, ByteWriter, encodeUtf8 } from '../bytes.ts'
import type { CoordinatorRecord } from '../coordinator/step.ts'
import { KafkaError } from '../errors.ts'
import type { Payload } from '../log/record.ts'

export interface OffsetCommitValue {
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string
  /** Milliseconds since the epoch. */
  readonly commitTimestamp: number
  /** Only in version 1: when the offset expires, whatever the broker's retention; -1 for none. */
  readonly expireTimestamp: number
}

export interface GroupMetadataMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly rebalanceTimeout: number
  readonly sessionTimeout: number
  readonly subscription: Uint8Array
  readonly assignment: Uint8Array
}

export interface GroupMetadataValue {
  readonly protocolType: string
  readonly generation: number
  readonly protocol: string | null
  readonly leader: string | null
  /** When the group came into its state, in milliseconds since the epoch; -1 where it is not known. */
  readonly currentStateTimestamp: number
  readonly members: readonly GroupMetadataMember[]
}

/** A record of `__consumer_offsets`, read. A null value is a tombstone: what the key names is gone. */
export type OffsetsRecord =
  | {
      readonly type: 'offset-commit'
      readonly group: string
      readonly topic: string
      readonly partition: number
      readonly value: OffsetCommitValue | null
    }
  | { readonly type: 'group-metadata'; readonly group: string; readonly value: GroupMetadataValue | null }
  /** A kind of record that classic groups do not have (types 3 to 8 belong to KIP-848). */
  | { readonly type: 'unknown'; readonly keyVersion: number }

const OFFSET_COMMIT_KEY_VERSION = 1
const GROUP_METADATA_KEY_VERSION = 2
const OFFSET_COMMIT_VALUE_VERSION = 3
const GROUP_METADATA_VALUE_VERSION = 3
const HIGHEST_VALUE_VERSION = 4

export function offsetCommitRecord(
  group: string,
  topic: string,
  partition: number,
  value: OffsetCommitValue | null,
): CoordinatorRecord {
  const key = new ByteWriter().int16(OFFSET_COMMIT_KEY_VERSION).string(group).string(topic).int32(partition).finish()
  return { key, value: value && encodeOffsetCommit(value) }
}

export function groupMetadataRecord(group: string, value: GroupMetadataValue | null): CoordinatorRecord {
  const key = new ByteWriter().int16(GROUP_METADATA_KEY_VERSION).string(group).finish()
  return { key, value: value && encodeGroupMetadata(value) }
}

function encodeOffsetCommit(value: OffsetCommitValue): Uint8Array {
  return new ByteWriter()
    .int16(OFFSET_COMMIT_VALUE_VERSION)
    .int64(value.offset)
    .int32(value.leaderEpoch)
    .string(value.metadata)
    .int64(value.commitTimestamp)
    .finish()
}

function encodeGroupMetadata(value: GroupMetadataValue): Uint8Array {
  return new ByteWriter()
    .int16(GROUP_METADATA_VALUE_VERSION)
    .string(value.protocolType)
    .int32(value.generation)
    .nullableString(value.protocol)
    .nullableString(value.leader)
    .int64(value.currentStateTimestamp)
    .array(value.members, (writer, member) => {
      writer
        .string(member.memberId)
        .nullableString(member.groupInstanceId)
        .string(member.clientId)
        .string(member.clientHost)
        .int32(member.rebalanceTimeout)
        .int32(member.sessionTimeout)
        .bytes(member.subscription)
        .bytes(member.assignment)
    })
    .finish()
}

/**
 * Turns a record of `__consumer_offsets` into an object. Give it any record a consumer read from that topic.
 *
 * @throws KafkaError INVALID_RECORD when the bytes are not what Kafka writes there
 * @see GroupCoordinatorRecordSerde in Apache Kafka
 */
export function decodeOffsetsRecord(record: { readonly key: Payload; readonly value: Payload }): OffsetsRecord {
  const keyBytes = toBytes(record.key)
  if (keyBytes === null)
    throw new KafkaError('INVALID_RECORD', 'A record of __consumer_offsets has a key; this one has none.')
  const valueBytes = toBytes(record.value)
  const key = new ByteReader(keyBytes)
  const keyVersion = decoded('key', () => key.int16())
  if (keyVersion === 0 || keyVersion === OFFSET_COMMIT_KEY_VERSION) {
    const names = decoded('key', () => ({ group: key.string(), topic: key.string(), partition: key.int32() }))
    return {
      type: 'offset-commit',
      ...names,
      value: valueBytes && decoded('value', () => readOffsetCommit(valueBytes)),
    }
  }
  if (keyVersion === GROUP_METADATA_KEY_VERSION) {
    const group = decoded('key', () => key.string())
    return { type: 'group-metadata', group, value: valueBytes && decoded('value', () => readGroupMetadata(valueBytes)) }
  }
  return { type: 'unknown', keyVersion }
}

function readOffsetCommit(bytes: Uint8Array): OffsetCommitValue {
  const reader = new ByteReader(bytes)
  const version = valueVersion(reader)
  return {
    offset: reader.int64(),
    leaderEpoch: version >= 3 ? reader.int32() : -1,
    metadata: version >= 4 ? reader.compactString() : reader.string(),
    commitTimestamp: reader.int64(),
    expireTimestamp: version === 1 ? reader.int64() : -1,
  }
}

function readGroupMetadata(bytes: Uint8Array): GroupMetadataValue {
  const reader = new ByteReader(bytes)
  const version = valueVersion(reader)
  const compact = version >= 4
  const member = (): GroupMetadataMember => {
    const read = {
      memberId: compact ? reader.compactString() : reader.string(),
      groupInstanceId: version < 3 ? null : compact ? reader.compactNullableString() : reader.nullableString(),
      clientId: compact ? reader.compactString() : reader.string(),
      clientHost: compact ? reader.compactString() : reader.string(),
    }
    const rebalanceTimeout = version >= 1 ? reader.int32() : -1
    const sessionTimeout = reader.int32()
    const subscription = compact ? reader.compactBytes() : reader.bytes()
    const assignment = compact ? reader.compactBytes() : reader.bytes()
    if (compact) reader.taggedFields()
    // Version 0 knew one timeout for both.
    const timeouts = { rebalanceTimeout: version >= 1 ? rebalanceTimeout : sessionTimeout, sessionTimeout }
    return { ...read, ...timeouts, subscription, assignment }
  }
  return {
    protocolType: compact ? reader.compactString() : reader.string(),
    generation: reader.int32(),
    protocol: compact ? reader.compactNullableString() : reader.nullableString(),
    leader: compact ? reader.compactNullableString() : reader.nullableString(),
    currentStateTimestamp: version >= 2 ? reader.int64() : -1,
    members: compact ? reader.compactArray(member) : reader.array(member),
  }
}

function valueVersion(reader: ByteReader): number {
  const version = reader.int16()
  if (version < 0 || version > HIGHEST_VALUE_VERSION) throw new RangeError(`version ${version} is not known`)
  return version
}

function decoded<Part>(what: 'key' | 'value', read: () => Part): Part {
  try {
    return read()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new KafkaError('INVALID_RECORD', `The ${what} is not one that Kafka writes to __consumer_offsets: ${why}.`, {
      cause,
    })
  }
}

function toBytes(payload: Payload): Uint8Array | null {
  return typeof payload === 'string' ? encodeUtf8(payload) : payload
}
