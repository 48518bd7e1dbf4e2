// Cleans compacted logs in the background. Its timer is armed only while a log has something that could be cleaned.
// (Kafka: LogCleaner.CleanerThread, LogCleanerManager.grabFilthiestCompactedLog)
// Differs from Kafka: it rests after an append instead of looking around all the time; what it finds then is the same.

import { isDue } from '../log/compaction.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import type { TopicConfig } from './configs.ts'

export interface LogCleanerHost {
  readonly isEnabled: boolean
  readonly backoffMs: number
  nowMs(): number
  /** The configs of the log's topic; undefined where that was deleted. */
  configOf(log: PartitionLog): Required<TopicConfig> | undefined
  /** Arms a background timer that fires inside the broker's mailbox. */
  schedule(delayMs: number, fire: () => void): () => void
}

export class LogCleaner {
  readonly #host: LogCleanerHost
  /** Logs with something dirty that the next look is for. */
  readonly #waiting = new Set<PartitionLog>()
  #cancelTimer: (() => void) | null = null
  /** Whether the timer fires as soon as the cleaner has rested, and not only when time has made something cleanable. */
  #isSoon = false

  constructor(host: LogCleanerHost) {
    this.#host = host
  }

  /** A compacted log has grown. */
  appended(log: PartitionLog): void {
    if (!this.#host.isEnabled || !log.hasDirtySegments) return
    this.#waiting.add(log)
    if (!this.#isSoon) this.#arm(0)
  }

  /** Cleans whatever is dirty, however little it is. */
  cleanAll(logs: Iterable<PartitionLog>): void {
    const nowMs = this.#host.nowMs()
    for (const log of logs) {
      if (!log.isCompacted) continue
      const range = log.dirtyRange(nowMs)
      if (range.cleanableBytes > 0) log.compact(range, nowMs)
    }
  }

  close(): void {
    this.#cancelTimer?.()
    this.#waiting.clear()
  }

  #look(): void {
    this.#isSoon = false
    this.#cancelTimer = null
    const nowMs = this.#host.nowMs()
    let nextMs = Number.POSITIVE_INFINITY
    for (const log of this.#waiting) {
      const changesAtMs = this.#cleanIfDue(log, nowMs)
      if (changesAtMs === null) this.#waiting.delete(log)
      else nextMs = Math.min(nextMs, changesAtMs)
    }
    if (this.#waiting.size > 0) this.#arm(nextMs - nowMs)
  }

  /** Returns when time alone will have changed something. */
  #cleanIfDue(log: PartitionLog, nowMs: number): number | null {
    const config = this.#host.configOf(log)
    if (config === undefined) return null
    const range = log.dirtyRange(nowMs)
    if (!isDue(range, config)) return range.changesAtMs
    log.compact(range, nowMs)
    return log.hasDirtySegments ? log.dirtyRange(nowMs).changesAtMs : null
  }

  #arm(delayMs: number): void {
    const { backoffMs } = this.#host
    this.#cancelTimer?.()
    this.#isSoon = delayMs <= backoffMs
    this.#cancelTimer = this.#host.schedule(Math.max(backoffMs, delayMs), () => this.#look())
  }
}
