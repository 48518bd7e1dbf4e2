// What stands in a partition of __consumer_offsets, and what a coordinator makes of it.
import { decodeOffsetsRecord } from 'kafkalet'
import { entriesIn } from '../../src/broker/coordinator.ts'
import type { CoordinatorRecord } from '../../src/coordinator/step.ts'
import { GroupsView } from '../../src/groups/view.ts'
import type { PartitionLog } from '../../src/log/partition-log.ts'

export function recordsFrom(log: PartitionLog, offset = log.startOffset): CoordinatorRecord[] {
  return log.read(offset).flatMap((batch) =>
    Array.from({ length: batch.count }, (_, i) => i)
      .filter((i) => batch.offset(i) >= offset)
      .map((i) => ({ key: asBytes(batch.key(i)) ?? new Uint8Array(), value: asBytes(batch.value(i)) })),
  )
}

/** The durable state that a coordinator loaded from this log would have, as JSON. */
export function rebuiltView(log: PartitionLog): unknown {
  const view = new GroupsView()
  for (const entry of entriesIn(log)) {
    if ('marker' in entry) view.replayMarker(entry.marker)
    else view.replay(entry.record, entry.offset, entry.producer)
  }
  return asJson(view)
}

export function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

/** A record as the vectors write it, with member ids shown by `name`. */
export function describeRecord(record: CoordinatorRecord, name: (memberId: string | null) => string): string {
  const read = decodeOffsetsRecord(record)
  const version = record.value && new DataView(record.value.buffer, record.value.byteOffset).getInt16(0)
  if (read.type === 'offset-commit') {
    const what = `OffsetCommit(${read.group},${read.topic}-${read.partition})`
    const { value } = read
    return value ? `${what}=v${version} offset=${value.offset} metadata='${value.metadata}'` : `${what}=TOMBSTONE`
  }
  if (read.type === 'group-metadata') {
    const what = `GroupMetadata(${read.group})`
    const { value } = read
    if (value === null) return `${what}=TOMBSTONE`
    const members = value.members.map(({ memberId, assignment }) => `${name(memberId)}:'${asText(assignment)}'`).sort()
    return (
      `${what}=v${version} generation=${value.generation} protocolType='${value.protocolType}' ` +
      `protocol=${value.protocol} leader=${name(value.leader)} members=[${members.join(', ')}]`
    )
  }
  return `a record of type ${read.keyVersion}`
}

export function asText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

function asBytes(payload: string | Uint8Array | null): Uint8Array | null {
  if (typeof payload === 'string') throw new Error(`a string in __consumer_offsets: ${payload}`)
  return payload
}
