// Where a consumer begins that has no position, or one outside the log. (Kafka: AutoOffsetResetStrategy)

import type { OpenChoice } from '../config.ts'
import { parseDuration } from './iso-duration.ts'
import { EARLIEST, LATEST } from './offsets-client.ts'

/** An end of the log, a length of time before now in ISO 8601, or none. */
export type OffsetResetStrategy = OffsetReset | 'none'
export type OffsetReset = 'earliest' | 'latest' | `by_duration:${string}`

const BY_DURATION = 'by_duration:'

export const byDuration: OpenChoice = {
  looksLike: 'by_duration:PnDTnHnMn.nS',
  isValid: (value) => (durationOf(value) ?? -1) >= 0,
}

/** What to ask ListOffsets for. A duration that is longer than time is old reaches back to its beginning. */
export function timestampOf(reset: OffsetReset, nowMs: number): number {
  if (reset === 'earliest') return EARLIEST
  if (reset === 'latest') return LATEST
  return Math.max(0, nowMs - (durationOf(reset) ?? 0))
}

function durationOf(value: string): number | null {
  return value.startsWith(BY_DURATION) ? parseDuration(value.slice(BY_DURATION.length)) : null
}
