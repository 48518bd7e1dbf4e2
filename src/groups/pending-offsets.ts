// Offsets that were committed inside transactions which have not ended: they count when theirs is committed.
// (Kafka: OffsetMetadataManager's pending transactional offsets)

import type { CommittedOffset } from './view.ts'

/** One offset of one transaction. */
export interface PendingOffset {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly committed: CommittedOffset
}

export class PendingOffsets {
  /** Producer id → group, topic and partition → the last one. */
  readonly #byProducer = new Map<number, Map<string, PendingOffset>>()

  add(producerId: number, offset: PendingOffset): void {
    const offsets = this.#byProducer.get(producerId) ?? new Map<string, PendingOffset>()
    this.#byProducer.set(producerId, offsets.set(placeOf(offset), offset))
  }

  /** The transaction is over: what it had. */
  take(producerId: number): PendingOffset[] {
    const offsets = this.#byProducer.get(producerId)
    this.#byProducer.delete(producerId)
    return [...(offsets?.values() ?? [])]
  }

  ofProducer(producerId: number): PendingOffset[] {
    return [...(this.#byProducer.get(producerId)?.values() ?? [])]
  }

  /** A tombstone takes also what is not committed yet. */
  forget(group: string, topic: string, partition: number): void {
    const place = placeOf({ group, topic, partition })
    for (const offsets of this.#byProducer.values()) offsets.delete(place)
  }

  /** Whether a transaction may still change what the group has committed here. */
  has(group: string, topic: string, partition: number): boolean {
    const place = placeOf({ group, topic, partition })
    for (const offsets of this.#byProducer.values()) if (offsets.has(place)) return true
    return false
  }

  hasAny(group: string): boolean {
    return this.of(group).length > 0
  }

  of(group: string): PendingOffset[] {
    const found: PendingOffset[] = []
    for (const offsets of this.#byProducer.values()) {
      for (const each of offsets.values()) if (each.group === group) found.push(each)
    }
    return found
  }

  groupIds(): string[] {
    return this.all().map(({ group }) => group)
  }

  all(): (PendingOffset & { readonly producerId: number })[] {
    return [...this.#byProducer].flatMap(([producerId, offsets]) =>
      Array.from(offsets.values(), (offset) => ({ producerId, ...offset })),
    )
  }

  /** Of several transactions that have one here, the offset that stands last in the log. */
  last(group: string, topic: string, partition: number): CommittedOffset | null {
    const place = placeOf({ group, topic, partition })
    let last: CommittedOffset | null = null
    for (const offsets of this.#byProducer.values()) {
      const committed = offsets.get(place)?.committed
      if (committed && (last === null || committed.recordOffset > last.recordOffset)) last = committed
    }
    return last
  }
}

function placeOf({ group, topic, partition }: Omit<PendingOffset, 'committed'>): string {
  return JSON.stringify([group, topic, partition])
}
