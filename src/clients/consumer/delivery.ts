// Handing records over one by one: a position moves when the application is done with a record, not before.

import { isThenable } from '../serde.ts'
import type { HandlerContext, Handlers } from './consumer.ts'
import type { AnyConsumerRecord, Delivery } from './fetcher.ts'

/** All of it at once. */
export function takeAll({ partition, nextOffset }: Delivery): void {
  partition.position = nextOffset
}

/** What lies before `to` is done with; unless the application has gone elsewhere meanwhile, the position moves. */
export function finish({ partition }: Delivery, from: number, to: number): void {
  if (partition.position === from && partition.isAssigned) partition.position = to
}

/** Whether what comes next of this delivery is still wanted. */
export function isWanted({ partition }: Delivery, offset: number): boolean {
  return partition.position === offset && !partition.isPaused && partition.isAssigned
}

export async function handOver(
  delivery: Delivery,
  handlers: Handlers<AnyConsumerRecord>,
  context: HandlerContext,
): Promise<void> {
  const { records, nextOffset, partition } = delivery
  if ('eachBatch' in handlers) {
    const from = partition.position
    if (from === null || !isWanted(delivery, from)) return
    const done = handlers.eachBatch(records, context)
    if (isThenable(done)) await done
    finish(delivery, from, nextOffset)
    return
  }
  let at = partition.position ?? 0
  for (let i = 0; i < records.length; i++) {
    const record = records[i] as AnyConsumerRecord
    if (context.signal.aborted || !isWanted(delivery, at)) return
    const done = handlers.eachRecord(record, context)
    if (isThenable(done)) await done
    const next = records[i + 1]?.offset ?? nextOffset
    finish(delivery, at, next)
    at = next
  }
}
