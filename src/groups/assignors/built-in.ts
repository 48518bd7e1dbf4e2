// The assignors that a consumer can name in partitionAssignmentStrategy.

import type { Assignor } from './assignor.ts'
import { cooperativeSticky } from './cooperative-sticky.ts'
import { range } from './range.ts'
import { roundRobin } from './round-robin.ts'
import { sticky } from './sticky.ts'

export const builtInAssignors: ReadonlyMap<string, Assignor> = new Map(
  [range, roundRobin, sticky, cooperativeSticky].map((assignor) => [assignor.name, assignor]),
)
