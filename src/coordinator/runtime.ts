// Carries out the steps of a coordinator: append, replay, then reply and arm timers. One shard for each partition
// of the internal topic; a shard that is thrown away is loaded again from its partition.

import { ErrorCode } from '../errors.ts'
import type { CoordinatorRecord, Reply, Step, TimerChange } from './step.ts'

export interface CoordinatorShard {
  /** The only way in which a record becomes durable state. */
  replay(record: CoordinatorRecord): void
}

/** What a kind of coordinator brings along. */
export interface CoordinatorKind<Event, Shard> {
  newShard(): Shard
  /** The first step of a shard into which all records of its partition were replayed. */
  resume(shard: Shard, nowMs: number): Step<Event>
  /** What those hear who still wait for a shard that is thrown away. */
  abandon(shard: Shard): readonly Reply[]
}

export interface CoordinatorHost<Event> {
  nowMs(): number
  /** Appends all records to the partition, or none; returns Kafka's error code. */
  append(partition: number, records: readonly CoordinatorRecord[]): ErrorCode
  read(partition: number): Iterable<CoordinatorRecord>
  /** Arms a background timer that fires inside the broker's mailbox. */
  schedule(delayMs: number, fire: () => void): Cancel
  announce(event: Event): void
}

export type Cancel = () => void

interface ArmedTimer {
  readonly dueAtMs: number
  readonly cancel: Cancel
}

interface Loaded<Shard> {
  readonly shard: Shard
  readonly timers: Map<string, ArmedTimer>
}

export class CoordinatorRuntime<Event, Shard extends CoordinatorShard> {
  readonly #host: CoordinatorHost<Event>
  readonly #kind: CoordinatorKind<Event, Shard>
  readonly #loaded = new Map<number, Loaded<Shard>>()

  constructor(host: CoordinatorHost<Event>, kind: CoordinatorKind<Event, Shard>) {
    this.#host = host
    this.#kind = kind
  }

  shard(partition: number): Shard {
    return this.#load(partition).shard
  }

  run(partition: number, makeStep: (shard: Shard, nowMs: number) => Step<Event>): void {
    const { shard } = this.#load(partition)
    this.#carryOut(partition, makeStep(shard, this.#host.nowMs()))
  }

  /** For every partition that holds state of this coordinator. */
  runAll(partitions: Iterable<number>, makeStep: (shard: Shard, nowMs: number) => Step<Event>): void {
    for (const partition of partitions) this.run(partition, makeStep)
  }

  /** Throws the shard away with its timers and all that was not written; the next request loads it again. */
  unload(partition: number): void {
    const loaded = this.#loaded.get(partition)
    if (loaded === undefined) return
    this.#cancelTimers(partition)
    this.#loaded.delete(partition)
    for (const reply of this.#kind.abandon(loaded.shard)) reply.deliver()
  }

  close(): void {
    for (const partition of [...this.#loaded.keys()]) this.unload(partition)
  }

  #load(partition: number): Loaded<Shard> {
    const present = this.#loaded.get(partition)
    if (present) return present
    const loaded: Loaded<Shard> = { shard: this.#kind.newShard(), timers: new Map() }
    for (const record of this.#host.read(partition)) loaded.shard.replay(record)
    this.#loaded.set(partition, loaded)
    this.#carryOut(partition, this.#kind.resume(loaded.shard, this.#host.nowMs()))
    return loaded
  }

  #carryOut(partition: number, step: Step<Event>): void {
    const error = step.records?.length ? this.#append(partition, step.records) : ErrorCode.NONE
    for (const change of step.timers ?? []) this.#changeTimer(partition, change)
    for (const reply of step.replies ?? []) reply.deliver()
    for (const event of step.events ?? []) this.#host.announce(event)
    if (step.settle) this.#carryOut(partition, step.settle(error))
  }

  #append(partition: number, records: readonly CoordinatorRecord[]): ErrorCode {
    const error = this.#host.append(partition, records)
    if (error === ErrorCode.NONE) {
      const { shard } = this.#load(partition)
      for (const record of records) shard.replay(record)
    }
    return error
  }

  #changeTimer(partition: number, change: TimerChange<Event>): void {
    const timers = this.#loaded.get(partition)?.timers
    if (timers === undefined) return
    const armed = timers.get(change.key)
    const dueAtMs = this.#host.nowMs() + (change.delayMs ?? 0)
    if (armed && change.delayMs !== null && change.keepIfEarlier && armed.dueAtMs <= dueAtMs) return
    armed?.cancel()
    timers.delete(change.key)
    if (change.delayMs === null) return
    const { fire } = change
    const cancel = this.#host.schedule(change.delayMs, () => {
      timers.delete(change.key)
      this.#carryOut(partition, fire(this.#host.nowMs()))
    })
    timers.set(change.key, { dueAtMs, cancel })
  }

  #cancelTimers(partition: number): void {
    for (const { cancel } of this.#loaded.get(partition)?.timers.values() ?? []) cancel()
  }
}
