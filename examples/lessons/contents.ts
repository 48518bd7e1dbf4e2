// All lessons, in the order in which they are taught.
import { pollLesson } from './01-poll.ts'
import { consumerOffsetLesson } from './02-consumer-offset.ts'
import { oneConsumerLesson } from './03-one-consumer-many-partitions.ts'
import { groupLesson } from './04-consuming-as-a-group.ts'
import { manyGroupsLesson } from './05-many-groups.ts'
import { samePartitionLesson } from './06-same-key-same-partition.ts'
import { orderingLesson } from './07-ordering.ts'
import { skewLesson } from './08-cardinality-and-skew.ts'
import { objectKeyLesson } from './08b-keys-that-are-objects.ts'
import { failureLesson } from './09-consumer-failure.ts'
import { rebalancingLesson } from './10-rebalancing.ts'
import type { Lesson } from './lesson.ts'

export const lessons: readonly Lesson[] = [
  pollLesson,
  consumerOffsetLesson,
  oneConsumerLesson,
  groupLesson,
  manyGroupsLesson,
  samePartitionLesson,
  orderingLesson,
  skewLesson,
  objectKeyLesson,
  failureLesson,
  rebalancingLesson,
]
