// Which partition of __consumer_offsets a group belongs to: Kafka's answers.
import { coordinatorPartition } from 'kafkalet'
import { expect, test } from 'vitest'
import { readVectors } from '../support/vectors.ts'

interface Row {
  readonly groupId: string
  readonly javaHashCode: number
  readonly partition: number
  readonly partitionByCount: Readonly<Record<string, number>>
}

const { vectors } = readVectors<{ vectors: readonly Row[] }>('group-partition')

test.each(vectors)('group $groupId (hash code $javaHashCode) is coordinated where Kafka does it', (row) => {
  expect(coordinatorPartition(row.groupId)).toBe(row.partition)
  const byCount = Object.keys(row.partitionByCount).map((count) => [
    count,
    coordinatorPartition(row.groupId, Number(count)),
  ])
  expect(Object.fromEntries(byCount)).toEqual(row.partitionByCount)
})

test('all recorded groups are tried, those whose hash has no positive counterpart among them', () => {
  expect(vectors).toHaveLength(102)
  expect(vectors.filter(({ javaHashCode }) => javaHashCode === -(2 ** 31))).not.toEqual([])
})
