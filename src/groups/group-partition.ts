// Which partition of __consumer_offsets, and so which coordinator, a group belongs to.

import { javaHashCode } from './java-hash-code.ts'

/**
 * The partition of `__consumer_offsets` that holds everything about a group: Java's hash code of the group id,
 * made positive as Kafka's `Utils.abs` does (the smallest integer becomes 0), modulo the number of partitions.
 *
 * @param groupId the group's id (`group.id`)
 * @param partitions how many partitions the topic has (`offsets.topic.num.partitions`); 50 unless configured
 * @see GroupCoordinatorService.partitionFor in Apache Kafka
 * @example coordinatorPartition('delays') // 14
 */
export function coordinatorPartition(groupId: string, partitions = 50): number {
  const hash = javaHashCode(groupId)
  return (hash === -(2 ** 31) ? 0 : Math.abs(hash)) % partitions
}
