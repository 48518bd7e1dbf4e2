// The durable state of the groups of one partition of __consumer_offsets. Only `replay` writes it, so it can always
// be made again from the topic.

import type { CoordinatorRecord, RecordProducer } from '../coordinator/step.ts'
import type { Marker } from '../log/control-record.ts'
import { decodeOffsetsRecord, type GroupMetadataValue, type OffsetCommitValue } from './group-records.ts'
import { PendingOffsets } from './pending-offsets.ts'

/** An offset, and where its record stands: of two, the later one counts, whenever its transaction ended. */
export interface CommittedOffset extends OffsetCommitValue {
  readonly recordOffset: number
}

type OffsetsByTopic = Map<string, Map<number, CommittedOffset>>

interface Written {
  readonly metadata: GroupMetadataValue
  /** Member id → assignment, of `metadata.members`. */
  readonly assignments: ReadonlyMap<string, Uint8Array>
}

export class GroupsView {
  readonly #written = new Map<string, Written>()
  readonly #offsets = new Map<string, OffsetsByTopic>()
  readonly pending = new PendingOffsets()

  /** A group exists as soon as anything is written about it; a simple group has offsets and no metadata. */
  has(groupId: string): boolean {
    return this.#written.has(groupId) || this.#offsets.has(groupId) || this.pending.hasAny(groupId)
  }

  groupIds(): Set<string> {
    return new Set([...this.#written.keys(), ...this.#offsets.keys(), ...this.pending.groupIds()])
  }

  metadata(groupId: string): GroupMetadataValue | null {
    return this.#written.get(groupId)?.metadata ?? null
  }

  /** What the leader gave this member in the generation that was written last; null where there is nothing. */
  assignment(groupId: string, memberId: string): Uint8Array | null {
    return this.#written.get(groupId)?.assignments.get(memberId) ?? null
  }

  committed(groupId: string, topic: string, partition: number): CommittedOffset | null {
    return this.#offsets.get(groupId)?.get(topic)?.get(partition) ?? null
  }

  /** Topic → partition → what was committed. */
  offsets(groupId: string): ReadonlyMap<string, ReadonlyMap<number, CommittedOffset>> {
    return this.#offsets.get(groupId) ?? new Map()
  }

  replay(record: CoordinatorRecord, recordOffset: number, producer: RecordProducer | null): void {
    const read = decodeOffsetsRecord(record)
    if (read.type === 'group-metadata') {
      if (read.value) this.#written.set(read.group, written(read.value))
      else this.#written.delete(read.group)
    } else if (read.type === 'offset-commit') {
      const { group, topic, partition, value } = read
      if (value === null) this.#forget(group, topic, partition)
      else if (producer === null) this.#commit(group, topic, partition, { ...value, recordOffset })
      else this.pending.add(producer.producerId, { group, topic, partition, committed: { ...value, recordOffset } })
    }
  }

  replayMarker({ producerId, type }: Marker): void {
    const offsets = this.pending.take(producerId)
    if (type === 'ABORT') return
    for (const { group, topic, partition, committed } of offsets) {
      const present = this.committed(group, topic, partition)
      if (present === null || present.recordOffset < committed.recordOffset) {
        this.#commit(group, topic, partition, committed)
      }
    }
  }

  /** Everything, in an order that does not depend on history: two views of the same topic give equal values. */
  toJSON(): unknown {
    return [...this.groupIds()].sort().map((groupId) => ({
      groupId,
      metadata: this.metadata(groupId),
      offsets: [...this.offsets(groupId)].map(([topic, partitions]) => [topic, [...partitions].sort()]).sort(),
      pending: this.pending
        .of(groupId)
        .map((each) => JSON.stringify(each))
        .sort(),
    }))
  }

  #commit(groupId: string, topic: string, partition: number, value: CommittedOffset): void {
    const topics = this.#offsets.get(groupId) ?? new Map<string, Map<number, CommittedOffset>>()
    const partitions = topics.get(topic) ?? new Map<number, CommittedOffset>()
    this.#offsets.set(groupId, topics.set(topic, partitions.set(partition, value)))
  }

  #forget(groupId: string, topic: string, partition: number): void {
    this.pending.forget(groupId, topic, partition)
    const topics = this.#offsets.get(groupId)
    const partitions = topics?.get(topic)
    partitions?.delete(partition)
    if (partitions?.size === 0) topics?.delete(topic)
    if (topics?.size === 0) this.#offsets.delete(groupId)
  }
}

function written(metadata: GroupMetadataValue): Written {
  return { metadata, assignments: new Map(metadata.members.map((member) => [member.memberId, member.assignment])) }
}
