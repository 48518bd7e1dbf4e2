// Where to begin: what the group committed, else what auto.offset.reset says, else what a seek asked for.

import { KafkaError } from '../../errors.ts'
import type { Connection } from '../connection.ts'
import type { CoordinatorRetry } from '../coordinator-retry.ts'
import { EARLIEST, fetchCommitted, LATEST, listOffsets } from '../offsets-client.ts'
import { type AssignedPartition, keyOf, type Positions } from './positions.ts'

export interface PositionLookupConfig {
  readonly groupId: string | null
  readonly autoOffsetReset: 'earliest' | 'latest' | 'none'
  readonly isolationLevel: 'read_uncommitted' | 'read_committed'
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

  /** The same for a poll, which goes on with what it has. Resolves with how long to wait where nobody can answer. */
  async tryRun(): Promise<number | null> {
    try {
      await this.#coordinator.find()
      await this.run()
      return null
    } catch (error) {
      if (!this.#coordinator.mayRetry(error)) throw error
      return this.#coordinator.config.retryBackoffMs
    }
  }

  /** Gives every assigned partition a position, or throws NO_OFFSET_FOR_PARTITION. */
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
    for (const partition of without) partition.reset = autoOffsetReset
  }

  async #reset(resets: readonly AssignedPartition[]): Promise<void> {
    const queries = resets.map(({ topic, partition, reset }) => ({
      topic,
      partition,
      timestamp: reset === 'earliest' ? EARLIEST : LATEST,
    }))
    const asked = resets.map(({ reset }) => reset)
    const found = await listOffsets(this.#connection, queries, this.#config.isolationLevel)
    for (const [i, partition] of resets.entries()) {
      const offset = found[i]?.offset
      if (offset !== undefined && partition.reset === asked[i]) partition.moveTo(offset)
    }
  }
}

function noOffset(partitions: readonly AssignedPartition[], groupId: string | null): KafkaError {
  const names = partitions.map(keyOf).join(', ')
  const whose = groupId === null ? 'A consumer without a group has' : `Group '${groupId}' has`
  const why = `${whose} no committed offset for ${names}, and autoOffsetReset is 'none'. Seek, commit one, or use 'earliest' or 'latest'.`
  return new KafkaError('NO_OFFSET_FOR_PARTITION', why)
}
