// What became of the transaction that a record belongs to, as its partition knows it.

import type { PartitionLog } from '../log/partition-log.ts'
import type { RecordBatch } from '../log/record-batch.ts'

/** Records of an open transaction may still be aborted. */
export type RecordTransaction = 'open' | 'committed' | 'aborted'

/** Of each batch of the log; undefined for one that belongs to no transaction. */
export function transactionsIn(
  log: PartitionLog,
  nowMs: number,
): (batch: RecordBatch) => RecordTransaction | undefined {
  const aborted = log.abortedBetween(log.startOffset, log.endOffset)
  const openFrom = new Map(
    log.activeProducers(nowMs).flatMap(({ producerId, currentTransactionStartOffset: offset }) => {
      return offset < 0 ? [] : [[producerId, offset] as const]
    }),
  )
  return ({ attributes: { isTransactional, producerId }, baseOffset, lastOffset }) => {
    if (!isTransactional) return undefined
    if (baseOffset >= (openFrom.get(producerId) ?? Number.POSITIVE_INFINITY)) return 'open'
    const isAborted = aborted.some(
      (each) => each.producerId === producerId && each.firstOffset <= baseOffset && lastOffset <= each.lastOffset,
    )
    return isAborted ? 'aborted' : 'committed'
  }
}

/** Whether the record counts: it belongs to no transaction, or to one that was committed. */
export function counts(transaction: RecordTransaction | undefined): boolean {
  return transaction === undefined || transaction === 'committed'
}

/** How many records of the log are meant. */
export function countOf(log: PartitionLog, nowMs: number, isMeant: typeof counts): number {
  const transactionOf = transactionsIn(log, nowMs)
  return log
    .read(log.startOffset)
    .filter((batch) => !batch.attributes.isControl && isMeant(transactionOf(batch)))
    .reduce((sum, batch) => sum + batch.count - batch.indexOf(log.startOffset), 0)
}
