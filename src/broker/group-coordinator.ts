// The group coordinator in its broker: its records are those of __consumer_offsets, its timers the broker's.

import { CoordinatorRuntime } from '../coordinator/runtime.ts'
import type { CoordinatorRecord } from '../coordinator/step.ts'
import { ErrorCode, type ErrorName, KafkaError } from '../errors.ts'
import { coordinatorPartition } from '../groups/group-partition.ts'
import type { GroupEvent, GroupStep } from '../groups/group-step.ts'
import { abandonGroups, resumeGroups } from '../groups/load.ts'
import { type GroupConfig, GroupShard } from '../groups/shard.ts'
import { RecordBatch } from '../log/record-batch.ts'
import type { Topic } from './topics.ts'

export interface GroupCoordinatorHost {
  readonly config: GroupConfig
  offsetsTopic(): Topic
  append(topic: Topic, partition: number, batch: RecordBatch): void
  nowMs(): number
  newUuid(): string
  schedule(delayMs: number, fire: () => void): () => void
  announce(event: GroupEvent): void
}

export class GroupCoordinator {
  readonly #host: GroupCoordinatorHost
  readonly #runtime: CoordinatorRuntime<GroupEvent, GroupShard>
  #isClosed = false

  constructor(host: GroupCoordinatorHost) {
    this.#host = host
    this.#runtime = new CoordinatorRuntime<GroupEvent, GroupShard>(
      {
        nowMs: () => host.nowMs(),
        append: (partition, records) => this.#append(partition, records),
        read: (partition) => this.#read(partition),
        // What is looked at after the end is loaded once more, and nothing happens to it.
        schedule: (delayMs, fire) => (this.#isClosed ? () => {} : host.schedule(delayMs, fire)),
        announce: (event) => host.announce(event),
      },
      {
        newShard: () => new GroupShard(host.config, (prefix) => `${prefix}-${host.newUuid()}`),
        resume: resumeGroups,
        abandon: abandonGroups,
      },
    )
  }

  /** One step of the group's shard, or `refuse` while that cannot answer. */
  run(
    groupId: string,
    makeStep: (shard: GroupShard, nowMs: number) => GroupStep,
    refuse: (error: ErrorName) => void,
  ): void {
    const partition = this.#partitionOf(groupId)
    if (this.#runtime.isLoading(partition)) refuse('COORDINATOR_LOAD_IN_PROGRESS')
    else this.#runtime.run(partition, makeStep)
  }

  /** A look at the state of the group's shard, without a step. */
  look<Seen>(
    groupId: string,
    see: (shard: GroupShard, nowMs: number) => Seen,
    refuse: (error: ErrorName) => Seen,
  ): Seen {
    const partition = this.#partitionOf(groupId)
    if (this.#runtime.isLoading(partition)) return refuse('COORDINATOR_LOAD_IN_PROGRESS')
    return see(this.#runtime.shard(partition), this.#host.nowMs())
  }

  lookAtAll<Seen>(
    see: (shard: GroupShard, nowMs: number) => readonly Seen[],
    refuse: (error: ErrorName) => void,
  ): Seen[] {
    const partitions = this.#partitions()
    if (partitions.some((partition) => this.#runtime.isLoading(partition))) {
      refuse('COORDINATOR_LOAD_IN_PROGRESS')
      return []
    }
    return partitions.flatMap((partition) => see(this.#runtime.shard(partition), this.#host.nowMs()))
  }

  runAll(makeStep: (shard: GroupShard, nowMs: number) => GroupStep): void {
    this.#runtime.runAll(this.#partitions(), makeStep)
  }

  /**
   * The coordinator of this group, and of all others in its partition, is lost, with all that was not written: whoever
   * waits for it is sent away, and for `loadMs` another one reads the partition and can answer nothing.
   */
  lose(groupId: string, { loadMs = 0 }: { readonly loadMs?: number } = {}): void {
    this.#runtime.lose(this.#partitionOf(groupId), loadMs)
  }

  close(): void {
    this.#isClosed = true
    this.#runtime.close()
  }

  /** The partitions with records: no others can hold a group. */
  #partitions(): number[] {
    return this.#host
      .offsetsTopic()
      .partitions.filter((log) => log.endOffset > 0)
      .map((log) => log.partition)
  }

  #partitionOf(groupId: string): number {
    return coordinatorPartition(groupId, this.#host.offsetsTopic().partitions.length)
  }

  #append(partition: number, records: readonly CoordinatorRecord[]): ErrorCode {
    const batch = new RecordBatch()
    for (const { key, value } of records) batch.push(key, value, this.#host.nowMs())
    try {
      this.#host.append(this.#host.offsetsTopic(), partition, batch)
      return ErrorCode.NONE
    } catch (error) {
      if (error instanceof KafkaError && error.errorCode !== null) return error.errorCode
      throw error
    }
  }

  *#read(partition: number): Iterable<CoordinatorRecord> {
    const log = this.#host.offsetsTopic().partitions[partition]
    for (const batch of log?.read(log.startOffset) ?? []) {
      for (let i = 0; i < batch.count; i++) {
        const key = batch.key(i)
        const value = batch.value(i)
        if (key instanceof Uint8Array && typeof value !== 'string') yield { key, value }
      }
    }
  }
}
