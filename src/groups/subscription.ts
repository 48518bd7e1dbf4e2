// The consumer protocol: what members of a consumer group tell each other through JoinGroup and SyncGroup.
// (Kafka: ConsumerProtocolSubscription and ConsumerProtocolAssignment, versions 0 to 3.)

import { ByteReader, ByteWriter } from '../bytes.ts'

export const CONSUMER_PROTOCOL_TYPE = 'consumer'

/** Topic → its partitions. */
export type PartitionsByTopic = ReadonlyMap<string, readonly number[]>

export interface Subscription {
  readonly topics: readonly string[]
  readonly userData: Uint8Array | null
  readonly ownedPartitions: PartitionsByTopic
  /** -1 where the member has none, or does not say. */
  readonly generationId: number
  readonly rackId: string | null
}

export interface Assignment {
  readonly partitions: PartitionsByTopic
  readonly userData: Uint8Array | null
}

const LATEST_VERSION = 3

export function encodeSubscription(subscription: Subscription, version = LATEST_VERSION): Uint8Array {
  const writer = new ByteWriter().int16(version)
  writer.array([...subscription.topics].sort(), (to, topic) => to.string(topic))
  writer.nullableBytes(subscription.userData)
  if (version >= 1) writePartitions(writer, inOrder(subscription.ownedPartitions))
  if (version >= 2) writer.int32(subscription.generationId)
  if (version >= 3) writer.nullableString(subscription.rackId)
  return writer.finish()
}

/** Versions above the latest are read as the latest: what they add stands behind what is known. */
export function decodeSubscription(bytes: Uint8Array): Subscription {
  const reader = new ByteReader(bytes)
  const version = reader.int16()
  return {
    topics: reader.array((from) => from.string()),
    userData: reader.nullableBytes(),
    ownedPartitions: version >= 1 ? readPartitions(reader) : new Map(),
    generationId: version >= 2 ? reader.int32() : -1,
    rackId: version >= 3 ? reader.nullableString() : null,
  }
}

/** What every version begins with, and so all that whoever is no member may rely on. */
export function decodeSubscribedTopics(bytes: Uint8Array): readonly string[] {
  const reader = new ByteReader(bytes)
  reader.int16()
  const topics = reader.array((from) => from.string())
  reader.nullableBytes()
  return topics
}

export function encodeAssignment(assignment: Assignment, version = LATEST_VERSION): Uint8Array {
  const writer = new ByteWriter().int16(version)
  writePartitions(writer, assignment.partitions)
  return writer.nullableBytes(assignment.userData).finish()
}

/** No bytes at all, which is what a member gets that the leader left out, mean no partitions. */
export function decodeAssignment(bytes: Uint8Array): Assignment {
  if (bytes.length === 0) return { partitions: new Map(), userData: null }
  const reader = new ByteReader(bytes)
  reader.int16()
  return { partitions: readPartitions(reader), userData: reader.nullableBytes() }
}

function inOrder(partitionsByTopic: PartitionsByTopic): PartitionsByTopic {
  const entries = [...partitionsByTopic].map(
    ([topic, partitions]) => [topic, [...partitions].sort((a, b) => a - b)] as const,
  )
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function writePartitions(writer: ByteWriter, partitionsByTopic: PartitionsByTopic): void {
  writer.array([...partitionsByTopic], (to, [topic, partitions]) => {
    to.string(topic).array(partitions, (inner, partition) => inner.int32(partition))
  })
}

/** A topic may stand there more than once, in the bytes of other clients: its partitions are joined, as Java does. */
function readPartitions(reader: ByteReader): PartitionsByTopic {
  const byTopic = new Map<string, readonly number[]>()
  reader.array((from) => {
    const topic = from.string()
    const partitions = from.array((inner) => inner.int32())
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), ...partitions])
  })
  return byTopic
}
