// Reads what there is to see in a Kafka, through the doors that any test has.
import type { Admin, Kafkalet, OffsetsRecord } from 'kafkalet'
import { inspect, type RecordView, type TopicView } from 'kafkalet/testing'
import type { GroupSight, OffsetsSight, TopicSight } from './sight.ts'

const OFFSETS_TOPIC = '__consumer_offsets'

export async function lookAtTopics(kafka: Kafkalet, admin: Admin): Promise<TopicSight[]> {
  const topics = await admin.listTopics()
  return await Promise.all(topics.map(async (topic) => lanesOf(await inspect(kafka).topic(topic))))
}

export async function lookAtGroups(kafka: Kafkalet, admin: Admin): Promise<GroupSight[]> {
  return (await admin.listGroups()).map(({ groupId }) => {
    const { state, generation, protocol, members, partitions, lag } = inspect(kafka).group(groupId)
    return { group: groupId, state, generation, protocol, members, cursors: partitions, lag }
  })
}

/** In the order in which they were written, as far as one partition is concerned. */
export async function lookAtOffsets(kafka: Kafkalet, admin: Admin): Promise<OffsetsSight[]> {
  const topics = await admin.listTopics({ listInternal: true })
  if (!topics.includes(OFFSETS_TOPIC)) return []
  const { records } = await inspect(kafka).topic(OFFSETS_TOPIC)
  const newest = new Map(records.map((record) => [keyOf(record), record]))
  return records.map((record) => ({
    partition: record.partition,
    offset: record.offset,
    record: record.value as OffsetsRecord,
    isNewest: newest.get(keyOf(record)) === record,
  }))
}

function lanesOf({ topic, partitions, records }: TopicView): TopicSight {
  const lanes = partitions.map(({ partition, startOffset, endOffset }) => ({
    partition,
    startOffset,
    endOffset,
    records: records
      .filter((record) => record.partition === partition)
      .map(({ offset, key, value }) => ({ offset, key: textOf(key), value: textOf(value) })),
  }))
  return { topic, lanes }
}

/** Two records have one key where they are of one partition and their bytes are equal. */
function keyOf({ partition, key }: RecordView): string {
  return `${partition} ${String(key)}`
}

/** Bytes that are no text are told as such. */
function textOf(value: unknown): string | null {
  if (value instanceof Uint8Array) return Array.from(value, hexOf).join(' ')
  return value === null ? null : String(value)
}

function hexOf(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}
