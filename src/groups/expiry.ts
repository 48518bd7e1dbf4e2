// When a group's offsets expire, and the group with them.
// (Kafka: OffsetMetadataManager.cleanupExpiredOffsets, ClassicGroup.offsetExpirationCondition)

import type { CoordinatorRecord } from '../coordinator/step.ts'
import { NOTHING } from '../coordinator/step.ts'
import { ErrorCode } from '../errors.ts'
import type { ClassicGroup } from './group.ts'
import { groupMetadataRecord, type OffsetCommitValue, offsetCommitRecord } from './group-records.ts'
import type { GroupStep, GroupTimer } from './group-step.ts'
import type { GroupShard } from './shard.ts'
import { CONSUMER_PROTOCOL_TYPE } from './subscription.ts'

/** The group is gone, and nothing of it is left to expire. */
export function cancelExpiry(groupId: string): GroupTimer {
  return { key: expiryKey(groupId), delayMs: null }
}

function expiryKey(groupId: string): string {
  return `expire:${groupId}`
}

/** Looks at the group's offsets after `offsets.retention.check.interval.ms`. A look that is due earlier stays due. */
export function expiryTimer(shard: GroupShard, groupId: string, dueInMs = 0): GroupTimer {
  const intervalMs = shard.config.offsetsRetentionCheckIntervalMs
  return {
    key: expiryKey(groupId),
    delayMs: Math.max(1, Math.ceil(dueInMs / intervalMs)) * intervalMs,
    keepIfEarlier: true,
    fire: (nowMs) => expireOffsets(shard, groupId, nowMs),
  }
}

function expireOffsets(shard: GroupShard, groupId: string, nowMs: number): GroupStep {
  const group = shard.group(groupId, nowMs)
  if (group === undefined) return NOTHING
  const records: CoordinatorRecord[] = []
  let kept = 0
  let nextDueMs = Number.POSITIVE_INFINITY
  for (const [topic, partitions] of shard.view.offsets(groupId)) {
    for (const [partition, committed] of partitions) {
      const expiresAtMs = expiry(shard, group, topic, committed)
      if (expiresAtMs !== null && expiresAtMs <= nowMs && !shard.view.pending.has(groupId, topic, partition)) {
        records.push(offsetCommitRecord(groupId, topic, partition, null))
        continue
      }
      kept++
      if (expiresAtMs !== null) nextDueMs = Math.min(nextDueMs, expiresAtMs)
    }
  }
  // An open transaction holds what it may still commit, and with it the group.
  const isOver = kept === 0 && group.state === 'Empty' && !shard.view.pending.hasAny(groupId)
  if (isOver) records.push(groupMetadataRecord(groupId, null))
  const timers = Number.isFinite(nextDueMs) ? [expiryTimer(shard, groupId, nextDueMs - nowMs)] : []
  return {
    records,
    timers,
    settle: (error) => {
      // What the log refuses is due again at the next look.
      if (error !== ErrorCode.NONE) return { timers: [expiryTimer(shard, groupId)] }
      if (isOver) shard.groups.delete(groupId)
      return NOTHING
    },
  }
}

/** When the offset expires, or null while something holds it. */
function expiry(
  shard: GroupShard,
  group: ClassicGroup,
  topic: string,
  { commitTimestamp, expireTimestamp }: OffsetCommitValue,
): number | null {
  const heldSince = countsFrom(group, topic, commitTimestamp)
  if (heldSince === null) return null
  return expireTimestamp >= 0 ? expireTimestamp : heldSince + shard.config.offsetsRetentionMinutes * 60_000
}

function countsFrom(group: ClassicGroup, topic: string, commitTimestamp: number): number | null {
  if (group.isSubscribedTo(topic)) return null
  if (group.protocolType === null) return commitTimestamp
  if (group.state === 'Empty') return group.stateTimestampMs ?? commitTimestamp
  return group.protocolType === CONSUMER_PROTOCOL_TYPE && group.state === 'Stable' ? commitTimestamp : null
}
