// Which partition of __consumer_offsets, and so which coordinator, a group belongs to.

/** Java's String.hashCode: over UTF-16 units, in 32 bits. */
function javaHashCode(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0
  return hash
}

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
