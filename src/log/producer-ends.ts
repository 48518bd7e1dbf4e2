// Where each producer that is still remembered has last written, as the log itself tells it.
// (Kafka: ProducerStateManager.lastRecordsOfActiveProducers)

import type { Segment } from './segment.ts'

/** Kafka forgets a producer that has been silent for so long (`producer.id.expiration.ms`). */
const PRODUCER_ID_EXPIRATION_MS = 86_400_000

export interface ProducerEnd {
  readonly producerEpoch: number
  /** null where its epoch has begun with a marker. */
  readonly lastDataOffset: number | null
  readonly timestamp: number
}

export function lastOfProducers(segments: readonly Segment[], nowMs: number): ReadonlyMap<number, ProducerEnd> {
  const ends = new Map<number, ProducerEnd>()
  for (const { batches } of segments) {
    for (const { attributes, lastOffset, maxTimestamp: timestamp } of batches) {
      const { producerId, producerEpoch, isControl } = attributes
      if (producerId < 0) continue
      const before = ends.get(producerId)
      const known = before?.producerEpoch === producerEpoch ? before.lastDataOffset : null
      ends.set(producerId, { producerEpoch, lastDataOffset: isControl ? known : lastOffset, timestamp })
    }
  }
  for (const [producerId, { timestamp }] of ends) {
    if (nowMs - timestamp >= PRODUCER_ID_EXPIRATION_MS) ends.delete(producerId)
  }
  return ends
}
