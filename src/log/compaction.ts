// What compaction does to a log: the newest record of each key stays where it is, older ones go.
// (Kafka: LogCleanerManager.cleanableOffsets, LogToClean, Cleaner)

import type { AbortedTransaction } from './log-transactions.ts'
import { NewestKeys } from './newest-keys.ts'
import type { RecordBatch } from './record-batch.ts'
import { Segment, segmentIndex } from './segment.ts'
import { TransactionsInCleaning } from './transactions-in-cleaning.ts'

/** The topic configs that compaction obeys. */
export interface CompactionConfig {
  readonly cleanupPolicy: 'delete' | 'compact' | 'compact,delete'
  readonly minCleanableDirtyRatio: number
  readonly minCompactionLagMs: number
  readonly maxCompactionLagMs: number
  readonly deleteRetentionMs: number
  readonly segmentBytes: number
}

/** What of a log the cleaner looks at. */
export interface CleanableLog {
  readonly segments: readonly Segment[]
  readonly startOffset: number
  readonly lastStableOffset: number
  /** What lies before it has been cleaned. */
  readonly firstDirtyOffset: number
}

/** … and what it asks the log while it cleans. */
export interface LogInCleaning extends CleanableLog {
  /** Whether what a producer did last is known from this batch: its sequence, or where it has none its epoch. */
  isLastOfProducer(batch: RecordBatch, nowMs: number): boolean
  abortedBetween(offset: number, end: number): readonly AbortedTransaction[]
}

/** From the first dirty offset to the first one that must stay as it is. */
export interface DirtyRange {
  readonly firstDirtyOffset: number
  readonly firstUncleanableOffset: number
  readonly cleanBytes: number
  readonly cleanableBytes: number
  /** Something dirty is older than `max.compaction.lag.ms`. */
  readonly isOverdue: boolean
  /** When the passing of time alone makes more of it cleanable; null if it does not. */
  readonly changesAtMs: number | null
}

export function isCompacted({ cleanupPolicy }: CompactionConfig): boolean {
  return cleanupPolicy !== 'delete'
}

export function dirtyRange(log: CleanableLog, config: CompactionConfig, nowMs: number): DirtyRange {
  const { segments } = log
  const firstDirtyOffset = Math.max(log.firstDirtyOffset, log.startOffset)
  const activeOffset = segments.at(-1)?.baseOffset ?? 0
  const dirty = segmentsBetween(segments, firstDirtyOffset, activeOffset)
  const young = dirty.find((segment) => segment.maxTimestamp > nowMs - config.minCompactionLagMs)
  const lagOffset = config.minCompactionLagMs > 0 ? (young?.baseOffset ?? activeOffset) : activeOffset
  const limit = Math.max(firstDirtyOffset, Math.min(log.lastStableOffset, activeOffset, lagOffset))
  // A segment is cleaned whole or not at all.
  const firstUncleanableOffset = segments[segmentIndex(segments, limit)]?.baseOffset ?? 0
  const cleanable = segmentsBetween(segments, firstDirtyOffset, firstUncleanableOffset)
  const times = dirty.map(({ firstTimestamp }) => firstTimestamp).filter((timestamp) => timestamp > 0)
  const overdueAtMs = Math.min(...times) + config.maxCompactionLagMs + 1
  const oldEnoughAtMs = lagOffset < activeOffset && young ? young.maxTimestamp + config.minCompactionLagMs : 0
  const changes = [overdueAtMs, oldEnoughAtMs].filter((atMs) => atMs > nowMs && atMs < Number.MAX_SAFE_INTEGER)
  return {
    firstDirtyOffset,
    firstUncleanableOffset,
    cleanBytes: sizeOf(segments.filter(({ baseOffset }) => baseOffset < firstDirtyOffset)),
    cleanableBytes: sizeOf(cleanable),
    isOverdue: overdueAtMs <= nowMs,
    changesAtMs: changes.length > 0 ? Math.min(...changes) : null,
  }
}

/** Whether there is enough to do, or it has waited long enough. */
export function isDue(range: DirtyRange, { minCleanableDirtyRatio }: CompactionConfig): boolean {
  const { cleanBytes, cleanableBytes, isOverdue } = range
  if (cleanableBytes === 0) return false
  return isOverdue || cleanableBytes / (cleanBytes + cleanableBytes) > minCleanableDirtyRatio
}

/** One cleaning, with what it decides by. */
interface Pass {
  readonly newest: NewestKeys
  readonly log: LogInCleaning
  readonly transactions: TransactionsInCleaning
  readonly endOffset: number
  readonly deleteRetentionMs: number
  readonly nowMs: number
}

export interface CleanedLog {
  /** They take the place of all those before the range's end. Whoever reads the old ones keeps them. */
  readonly segments: readonly Segment[]
  /** Nothing of these is left that a reader could meet. */
  readonly emptied: readonly AbortedTransaction[]
}

export function compacted(log: LogInCleaning, range: DirtyRange, config: CompactionConfig, nowMs: number): CleanedLog {
  const { firstUncleanableOffset: endOffset } = range
  const transactions = new TransactionsInCleaning(log.abortedBetween(0, endOffset))
  const pass: Pass = {
    newest: newestKeys(log, range),
    log,
    transactions,
    endOffset,
    deleteRetentionMs: config.deleteRetentionMs,
    nowMs,
  }
  const before = log.segments.filter(({ baseOffset }) => baseOffset < endOffset)
  const segments = groupsOf(before, config.segmentBytes).map((group) => merged(group, pass))
  return { segments, emptied: transactions.emptied }
}

/** What was aborted hides nothing. */
function newestKeys(log: LogInCleaning, range: DirtyRange): NewestKeys {
  const { firstDirtyOffset: firstOffset, firstUncleanableOffset: endOffset } = range
  const newest = new NewestKeys(firstOffset, endOffset)
  const transactions = new TransactionsInCleaning(log.abortedBetween(firstOffset, endOffset))
  for (const segment of segmentsBetween(log.segments, firstOffset, endOffset)) {
    for (const batch of segment.batches) {
      if (transactions.isSpent(batch) || batch.attributes.isControl) continue
      for (let i = batch.indexOf(firstOffset); i < batch.count; i++) newest.add(batch.key(i), batch.offset(i))
    }
  }
  return newest
}

/** Neighbours that fit into one segment, by their sizes before the cleaning. */
function groupsOf(segments: readonly Segment[], segmentBytes: number): Segment[][] {
  const groups: Segment[][] = []
  let bytes = 0
  for (const segment of segments) {
    const size = segment.sizeInBytes()
    const group = groups.at(-1)
    if (group !== undefined && bytes + size <= segmentBytes) {
      group.push(segment)
      bytes += size
    } else {
      groups.push([segment])
      bytes = size
    }
  }
  return groups
}

function merged(group: readonly Segment[], pass: Pass): Segment {
  const segment = new Segment(group[0]?.baseOffset ?? 0)
  for (const { batches } of group) {
    for (const batch of batches) {
      const left = cleaned(batch, pass)
      if (left !== null) segment.adopt(left)
    }
  }
  return segment
}

/** What is left of the batch; null for nothing. */
function cleaned(batch: RecordBatch, pass: Pass): RecordBatch | null {
  const isSpent = pass.transactions.isSpent(batch)
  if (batch.attributes.isControl) return cleanedMarker(batch, isSpent, pass)
  const retained: number[] = []
  let hasTombstones = false
  for (let i = 0; i < batch.count && !isSpent; i++) {
    if (!isRetained(batch, i, pass)) continue
    retained.push(i)
    if (batch.value(i) === null) hasTombstones = true
  }
  if (retained.length === 0) return emptied(batch, pass)
  const setsHorizon = hasTombstones && batch.deleteHorizonMs === null
  const horizonMs = setsHorizon ? pass.nowMs + pass.deleteRetentionMs : batch.deleteHorizonMs
  if (retained.length < batch.count) return batch.retaining(retained, horizonMs)
  return setsHorizon && horizonMs !== null ? batch.withDeleteHorizon(horizonMs) : batch
}

/** As long as a tombstone: a reader may have met the records, and still has to learn how they ended. */
function cleanedMarker(batch: RecordBatch, isSpent: boolean, pass: Pass): RecordBatch | null {
  const { deleteHorizonMs } = batch
  if (!isSpent || batch.count === 0) return batch.count === 0 ? emptied(batch, pass) : batch
  if (deleteHorizonMs === null) return batch.withDeleteHorizon(pass.nowMs + pass.deleteRetentionMs)
  return deleteHorizonMs <= pass.nowMs ? emptied(batch, pass) : batch
}

/** Nothing, or the batch without its records where it has to stay for what it says. */
function emptied(batch: RecordBatch, pass: Pass): RecordBatch | null {
  if (!staysEmpty(batch, pass)) return null
  return batch.count === 0 ? batch : batch.retaining([], null)
}

function isRetained(batch: RecordBatch, index: number, { newest, nowMs }: Pass): boolean {
  if (newest.supersede(batch.key(index), batch.offset(index))) return false
  const { deleteHorizonMs } = batch
  return deleteHorizonMs === null || nowMs < deleteHorizonMs || batch.value(index) !== null
}

/** A producer's sequence must be known from its last batch, and the log's end from the last one of the pass. */
function staysEmpty(batch: RecordBatch, { log, endOffset, nowMs }: Pass): boolean {
  return batch.nextOffset === endOffset || log.isLastOfProducer(batch, nowMs)
}

/** From the segment that holds `offset` to the one before `end`. */
function segmentsBetween(segments: readonly Segment[], offset: number, end: number): readonly Segment[] {
  if (offset >= end) return []
  return segments.slice(segmentIndex(segments, offset)).filter(({ baseOffset }) => baseOffset < end)
}

function sizeOf(segments: readonly Segment[]): number {
  return segments.reduce((bytes, segment) => bytes + segment.sizeInBytes(), 0)
}
