// The assignors that a consumer can name in partitionAssignmentStrategy.

import type { Assignor } from './assignor.ts'
import { range } from './range.ts'

export const builtInAssignors: ReadonlyMap<string, Assignor> = new Map(
  [range].map((assignor) => [assignor.name, assignor]),
)
