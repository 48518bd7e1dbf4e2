// What compaction does to a log: the newest record of each key stays where it is, older ones go.
// (Kafka: LogCleanerManager.cleanableOffsets, LogToClean, Cleaner)

import { NewestKeys } from './newest-keys.ts'
import type { RecordBatch } from './record-batch.ts'
import { Segment, segmentIndex } from './segment.ts'

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
  /** Where a producer that is remembered has last written a record; -1 for another one. */
  lastDataOffset(producerId: number, nowMs: number): number
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
  readonly endOffset: number
  readonly deleteRetentionMs: number
  readonly nowMs: number
}

/** The segments that take the place of all those before the range's end. Whoever reads the old ones keeps them. */
export function compacted(log: LogInCleaning, range: DirtyRange, config: CompactionConfig, nowMs: number): Segment[] {
  const { firstDirtyOffset, firstUncleanableOffset: endOffset } = range
  const pass: Pass = {
    newest: newestKeys(segmentsBetween(log.segments, firstDirtyOffset, endOffset), firstDirtyOffset, endOffset),
    log,
    endOffset,
    deleteRetentionMs: config.deleteRetentionMs,
    nowMs,
  }
  const before = log.segments.filter(({ baseOffset }) => baseOffset < endOffset)
  return groupsOf(before, config.segmentBytes).map((group) => merged(group, pass))
}

function newestKeys(segments: readonly Segment[], firstOffset: number, endOffset: number): NewestKeys {
  const newest = new NewestKeys(firstOffset, endOffset)
  for (const segment of segments) {
    for (const batch of segment.batches) {
      if (batch.attributes.isControl) continue
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
  // Which markers have no records left is for transactions to know: until then all stay.
  if (batch.attributes.isControl) return batch
  const retained: number[] = []
  let hasTombstones = false
  for (let i = 0; i < batch.count; i++) {
    if (!isRetained(batch, i, pass)) continue
    retained.push(i)
    if (batch.value(i) === null) hasTombstones = true
  }
  if (retained.length === 0) {
    if (!staysEmpty(batch, pass)) return null
    return batch.count === 0 ? batch : batch.retaining(retained, null)
  }
  const setsHorizon = hasTombstones && batch.deleteHorizonMs === null
  const horizonMs = setsHorizon ? pass.nowMs + pass.deleteRetentionMs : batch.deleteHorizonMs
  if (retained.length < batch.count) return batch.retaining(retained, horizonMs)
  return setsHorizon && horizonMs !== null ? batch.withDeleteHorizon(horizonMs) : batch
}

function isRetained(batch: RecordBatch, index: number, { newest, nowMs }: Pass): boolean {
  if (newest.supersede(batch.key(index), batch.offset(index))) return false
  const { deleteHorizonMs } = batch
  return deleteHorizonMs === null || nowMs < deleteHorizonMs || batch.value(index) !== null
}

/** A producer's sequence must be known from its last batch, and the log's end from the last one of the pass. */
function staysEmpty(batch: RecordBatch, { log, endOffset, nowMs }: Pass): boolean {
  if (batch.nextOffset === endOffset) return true
  const { producerId } = batch.attributes
  return producerId >= 0 && log.lastDataOffset(producerId, nowMs) === batch.lastOffset
}

/** From the segment that holds `offset` to the one before `end`. */
function segmentsBetween(segments: readonly Segment[], offset: number, end: number): readonly Segment[] {
  if (offset >= end) return []
  return segments.slice(segmentIndex(segments, offset)).filter(({ baseOffset }) => baseOffset < end)
}

function sizeOf(segments: readonly Segment[]): number {
  return segments.reduce((bytes, segment) => bytes + segment.sizeInBytes(), 0)
}
