// What must hold of an instance's logs and commits. Each check answers with what does not hold, in words.

import { KafkaError } from '../../errors.ts'
import type { PartitionLog } from '../../log/partition-log.ts'
import { findGroup, groupIds, nameOf } from '../group-view.ts'
import { instance } from '../instance.ts'

/**
 * The offsets of every partition follow each other without a gap. Compacted topics have gaps, and are left out.
 *
 * @returns one problem for each gap; none where all is well
 * @throws KafkaError INVALID_ARGUMENT for anything but a Kafkalet
 */
export function findGaps(kafka: object): string[] {
  const { broker } = instance('findGaps', kafka)
  const logs = [...broker.topics.all()].flatMap(({ partitions }) => partitions)
  return logs.filter(({ isCompacted }) => !isCompacted).flatMap(gapsOf)
}

function gapsOf(log: PartitionLog): string[] {
  const problems: string[] = []
  let next = log.startOffset
  const expect = (offset: number) => {
    if (offset !== next) problems.push(`${nameOf(log)} goes from ${next - 1} to ${offset}`)
    next = offset + 1
  }
  for (const batch of log.read(log.startOffset)) {
    for (let index = 0; index < batch.count; index++) {
      if (batch.offset(index) >= log.startOffset) expect(batch.offset(index))
    }
  }
  expect(log.endOffset)
  return problems
}

/**
 * No group has committed an offset that lies behind the end of its partition's log, or for a partition that does not exist.
 *
 * @returns one problem for each such commit; none where all is well
 * @throws KafkaError INVALID_ARGUMENT for anything but a Kafkalet
 */
export function findCommitsBeyondTheLog(kafka: object): string[] {
  const insides = instance('findCommitsBeyondTheLog', kafka)
  return groupIds(insides).flatMap((groupId) => {
    try {
      const partitions = findGroup(insides, groupId)?.partitions ?? []
      return partitions.flatMap(({ committed, endOffset, ...place }) =>
        committed === null || (committed >= 0 && committed <= endOffset)
          ? []
          : [`group ${groupId} has committed ${committed} for ${nameOf(place)}, which ends at ${endOffset}`],
      )
    } catch (error) {
      // Its coordinator loads, so nobody knows what is committed.
      if (error instanceof KafkaError) return []
      throw error
    }
  })
}
