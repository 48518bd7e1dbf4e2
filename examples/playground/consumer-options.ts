// How the consumers that a reader adds are configured.
import type { ReaderOptions } from '../lessons/action.ts'

export const strategies = ['range', 'roundrobin', 'sticky', 'cooperative-sticky'] as const
export type Strategy = (typeof strategies)[number]

export function isStrategy(text: string): text is Strategy {
  return strategies.some((each) => each === text)
}

/** They begin at the start of the log, as one wants to see records move; without a strategy, Kafka's default. */
export function consumerOptions(strategy: Strategy | null): ReaderOptions {
  return { autoOffsetReset: 'earliest', maxPollRecords: 2, ...(strategy && { strategy: [strategy] }) }
}
