// Handing records over one by one: a position moves when the application is done with a record, not before.

import { isThenable } from '../producer/outgoing.ts'
import type { HandlerContext, Handlers } from './consumer.ts'
import type { AnyConsumerRecord, Delivery } from './fetcher.ts'
import type { Positions } from './positions.ts'

/** What stands between a delivery and the next poll. */
export class HandOver {
  readonly #positions: Positions

  constructor(positions: Positions) {
    this.#positions = positions
  }

  /** All of it at once. */
  take({ partition, nextOffset }: Delivery): void {
    partition.position = nextOffset
  }

  /** What lies before `to` is done with; unless the application has gone elsewhere meanwhile, the position moves. */
  finish({ partition }: Delivery, from: number, to: number): void {
    if (partition.position === from && this.#positions.owns(partition)) partition.position = to
  }

  /** Whether what comes next of this delivery is still wanted. */
  isWanted({ partition }: Delivery, offset: number): boolean {
    return partition.position === offset && !partition.isPaused && this.#positions.owns(partition)
  }

  async run(delivery: Delivery, handlers: Handlers<AnyConsumerRecord>, context: HandlerContext): Promise<void> {
    const { records, nextOffset, partition } = delivery
    if ('eachBatch' in handlers) {
      const from = partition.position
      if (from === null || !this.isWanted(delivery, from)) return
      const done = handlers.eachBatch(records, context)
      if (isThenable(done)) await done
      this.finish(delivery, from, nextOffset)
      return
    }
    let at = partition.position ?? 0
    for (const [i, record] of records.entries()) {
      if (context.signal.aborted || !this.isWanted(delivery, at)) return
      const done = handlers.eachRecord(record, context)
      if (isThenable(done)) await done
      const next = records[i + 1]?.offset ?? nextOffset
      this.finish(delivery, at, next)
      at = next
    }
  }
}
