// Where to begin: what the group committed, else what auto.offset.reset says, else what a seek asked for.

import { ErrorCode, errorFrom, KafkaError } from '../../errors.ts'
import type { Connection } from '../connection.ts'
import type { CoordinatorRetry } from '../coordinator-retry.ts'
import { type OffsetResetStrategy, timestampOf } from '../offset-reset-strategy.ts'
import { askOffsets, fetchCommitted, type OffsetAnswer } from '../offsets-client.ts'
import { keyOf } from '../topic.ts'
import type { AssignedPartition, Positions } from './positions.ts'

export interface PositionLookupConfig {
  readonly groupId: string | null
  readonly autoOffsetReset: OffsetResetStrategy
  readonly isolationLevel: 'read_uncommitted' | 'read_committed'
}

/** What became of a poll's look-up. */
export interface LookupResult {
  /** How long to wait before what is still unknown can be looked up again; null where nothing is. */
  readonly againInMs: number | null
  /** False where a topic or partition is gone. */
  readonly allFound: boolean
}

export class PositionLookup {
  readonly #connection: Connection
  readonly #positions: Positions
  readonly #config: PositionLookupConfig
  readonly #coordinator: CoordinatorRetry

  constructor(
    connection: Connection,
    positions: Positions,
    config: PositionLookupConfig,
    coordinator: CoordinatorRetry,
  ) {
    this.#connection = connection
    this.#positions = positions
    this.#config = config
    this.#coordinator = coordinator
  }

  get isNeeded(): boolean {
    return this.#positions.all.some(({ position }) => position === null)
  }

  /** For one partition; that another one cannot be looked up does not matter then. */
  async find(partition: AssignedPartition): Promise<void> {
    try {
      await this.run()
    } catch (error) {
      if (partition.position === null) throw error
    }
  }

  /** For a poll, which goes on with what it has: the coordinator may answer later, and a topic may be gone. */
  async tryRun(): Promise<LookupResult> {
    const againInMs = this.#coordinator.config.retryBackoffMs
    try {
      await this.#coordinator.find()
      await this.run()
      return { againInMs: null, allFound: true }
    } catch (error) {
      if (this.#coordinator.mayRetry(error)) return { againInMs, allFound: true }
      if (error instanceof KafkaError && error.code === 'UNKNOWN_TOPIC_OR_PARTITION') {
        return { againInMs, allFound: false }
      }
      throw error
    }
  }

  /**
   * Gives every assigned partition a position, or throws NO_OFFSET_FOR_PARTITION. Where one does not exist any more, the
   * others get theirs before that is thrown.
   */
  async run(): Promise<void> {
    const unknown = this.#positions.all.filter(({ position, reset }) => position === null && reset === null)
    if (unknown.length > 0) await this.#fromCommitted(unknown)
    const resets = this.#positions.all.filter(({ reset }) => reset !== null)
    if (resets.length > 0) await this.#reset(resets)
  }

  async #fromCommitted(unknown: readonly AssignedPartition[]): Promise<void> {
    const { groupId, autoOffsetReset } = this.#config
    const found = groupId === null ? [] : await fetchCommitted(this.#connection, groupId, unknown)
    const committed = new Map(found.map((each) => [keyOf(each), each]))
    const without: AssignedPartition[] = []
    for (const partition of unknown) {
      const here = committed.get(keyOf(partition))
      if (partition.position !== null || partition.reset !== null) continue
      if (here === undefined) {
        without.push(partition)
      } else {
        partition.moveTo(here.offset)
        partition.committed = here.offset
      }
    }
    if (without.length === 0) return
    if (autoOffsetReset === 'none') throw noOffset(without, groupId)
    for (const partition of without) {
      partition.reset = autoOffsetReset
      partition.isUncommitted = true
    }
  }

  async #reset(resets: readonly AssignedPartition[]): Promise<void> {
    const nowMs = this.#connection.host.clock.now()
    const queries = resets.map(({ topic, partition, reset }) => ({
      topic,
      partition,
      timestamp: timestampOf(reset ?? 'latest', nowMs),
    }))
    const asked = resets.map(({ reset }) => reset)
    const answers = await askOffsets(this.#connection, queries, this.#config.isolationLevel)
    let failed: OffsetAnswer | null = null
    let tooOld: AssignedPartition | null = null
    for (const [i, partition] of resets.entries()) {
      const answer = answers[i]
      if (answer === undefined || partition.reset !== asked[i]) continue
      if (answer.errorCode !== ErrorCode.NONE) failed ??= answer
      else if (answer.offset >= 0) {
        if (partition.isUncommitted) this.#tellBegin(partition, answer.offset)
        partition.moveTo(answer.offset)
      } else tooOld ??= partition
    }
    if (failed) throw errorFrom(failed.errorCode, failed.errorMessage)
    if (tooOld) throw noYoungRecord(tooOld)
  }

  #tellBegin(assigned: AssignedPartition, offset: number): void {
    const { host, context } = this.#connection
    const { topic, partition, reset: autoOffsetReset } = assigned
    if (autoOffsetReset === null) return
    if (autoOffsetReset === 'latest') assigned.begunAtEnd = offset
    const { groupId } = this.#config
    const { clientId } = context
    host.events.announce('positionReset', { groupId, clientId, topic, partition, offset, autoOffsetReset })
  }
}

/** As in Kafka, it is waited for. */
function noYoungRecord(partition: AssignedPartition): KafkaError {
  const why = `No record of ${keyOf(partition)} is as young as autoOffsetReset '${partition.reset}' asks for.`
  return new KafkaError('OFFSET_NOT_AVAILABLE', why)
}

function noOffset(partitions: readonly AssignedPartition[], groupId: string | null): KafkaError {
  const names = partitions.map(keyOf).join(', ')
  const whose = groupId === null ? 'A consumer without a group has' : `Group '${groupId}' has`
  const why = `${whose} no committed offset for ${names}, and autoOffsetReset is 'none'. Seek, commit one, or use 'earliest', 'latest' or 'by_duration:…'.`
  return new KafkaError('NO_OFFSET_FOR_PARTITION', why)
}
