// The groups' last commits, read from where Kafka keeps them: the topic __consumer_offsets.
import { type Admin, decodeOffsetsRecord } from 'kafkalet'
import type { World } from './world.ts'

export interface LastCommit {
  readonly groupId: string
  readonly partition: number
  readonly offset: number
  /** Milliseconds since the epoch. */
  readonly committedAt: number
  /** The record's own place. */
  readonly offsetsPartition: number
  readonly offsetsOffset: number
  /** How many commits of this partition stand there, this one included. */
  readonly commits: number
}

export async function lastCommits(kafka: World, admin: Admin): Promise<LastCommit[]> {
  const partitions = (await admin.topicOffsets('__consumer_offsets')).filter((each) => each.endOffset > 0)
  let unread = partitions.reduce((sum, { startOffset, endOffset }) => sum + endOffset - startOffset, 0)
  await using consumer = kafka.consumer<'__consumer_offsets'>({ autoOffsetReset: 'earliest' })
  consumer.assign(partitions.map(({ partition }) => ({ topic: '__consumer_offsets', partition })))
  const last = new Map<string, LastCommit>()
  while (unread > 0) {
    const records = await consumer.poll()
    unread -= records.length
    for (const record of records) {
      const found = decodeOffsetsRecord(record)
      if (found.type !== 'offset-commit' || found.value === null) continue
      const place = `${found.group} ${found.topic} ${found.partition}`
      last.set(place, {
        groupId: found.group,
        partition: found.partition,
        offset: found.value.offset,
        committedAt: found.value.commitTimestamp,
        offsetsPartition: record.partition,
        offsetsOffset: record.offset,
        commits: (last.get(place)?.commits ?? 0) + 1,
      })
    }
  }
  return [...last.values()].sort((a, b) =>
    a.groupId < b.groupId ? -1 : a.groupId > b.groupId ? 1 : a.partition - b.partition,
  )
}
