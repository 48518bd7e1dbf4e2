// The order in which a Java HashMap is iterated. Where Kafka's coordinator or an assignor has a choice between equals, it
// makes it: to choose as they do, we must go through them as they do. (Not followed: more than eight keys in one bucket,
// which Java keeps as a tree; it takes ids made for the purpose.)

import { javaHashCode } from './java-hash-code.ts'

const SMALLEST_TABLE = 16
const FULLEST = 0.75

/** As a HashMap is iterated into which the items were put in the order given; keys are unique. */
export function inHashMapOrder<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
  const tableSize = tableSizeFor(items.length)
  return items
    .map((item) => ({ item, bucket: bucketOf(javaHashCode(keyOf(item)), tableSize) }))
    .sort((a, b) => a.bucket - b.bucket)
    .map(({ item }) => item)
}

/** How large a HashMap's table has become that has held `count` keys; it never shrinks. */
export function tableSizeFor(count: number, atLeast = SMALLEST_TABLE): number {
  let size = atLeast
  while (count > size * FULLEST) size *= 2
  return size
}

/** Buckets are gone through in ascending order, and what shares a bucket as it came. */
export function bucketOf(hashCode: number, tableSize: number): number {
  return (hashCode ^ (hashCode >>> 16)) & (tableSize - 1)
}
