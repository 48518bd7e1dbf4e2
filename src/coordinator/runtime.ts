// Carries out the steps of a coordinator: append, replay, then reply and arm timers. One shard for each partition
// of the internal topic; a shard that is thrown away is loaded again from its partition.

import { ErrorCode } from '../errors.ts'
import type { Marker } from '../log/control-record.ts'
import type { CoordinatorRecord, RecordProducer, Reply, Step, TimerChange } from './step.ts'

export interface CoordinatorShard {
  /** The only way in which a record becomes durable state. */
  replay(record: CoordinatorRecord, offset: number, producer: RecordProducer | null): void
  /** A transaction that may have written here has ended. */
  replayMarker(marker: Marker): void
}

/** What stands in a partition of the internal topic. */
export type LogEntry =
  | {
      readonly offset: number
      readonly record: CoordinatorRecord
      readonly producer: RecordProducer | null
    }
  | { readonly offset: number; readonly marker: Marker }

/** Where the first record of an append stands; -1 where the log refused it. */
export interface Appended {
  readonly errorCode: ErrorCode
  readonly baseOffset: number
}

/** What a kind of coordinator brings along. */
export interface CoordinatorKind<Event, Shard> {
  /** Of a coordinator whose partition has been lost that often. */
  newShard(epoch: number): Shard
  /** The first step of a shard into which all records of its partition were replayed. */
  resume(shard: Shard, nowMs: number): Step<Event>
  /** Replays a marker that was written just now, and says what follows. */
  marked(shard: Shard, marker: Marker): Step<Event>
  /** What those hear who still wait for a shard that is thrown away. */
  abandon(shard: Shard): readonly Reply[]
}

export interface CoordinatorHost<Event> {
  nowMs(): number
  /** Appends all records to the partition, or none. */
  append(partition: number, records: readonly CoordinatorRecord[], producer: RecordProducer | null): Appended
  appendMarker(partition: number, marker: Marker): Appended
  read(partition: number): Iterable<LogEntry>
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
  readonly partition: number
  readonly shard: Shard
  readonly timers: Map<string, ArmedTimer>
  /** Another one speaks for the partition now, or none does. */
  isLost: boolean
}

interface Loading<Event, Shard> {
  readonly cancel: Cancel
  /** What the broker itself has to do to the partition meanwhile. */
  readonly afterwards: MakeStep<Event, Shard>[]
}

type MakeStep<Event, Shard> = (shard: Shard, nowMs: number) => Step<Event>

export class CoordinatorRuntime<Event, Shard extends CoordinatorShard> {
  readonly #host: CoordinatorHost<Event>
  readonly #kind: CoordinatorKind<Event, Shard>
  readonly #loaded = new Map<number, Loaded<Shard>>()
  readonly #loading = new Map<number, Loading<Event, Shard>>()
  /** How often each partition's coordinator was lost: that of its leader, in Kafka. */
  readonly #epochs = new Map<number, number>()

  constructor(host: CoordinatorHost<Event>, kind: CoordinatorKind<Event, Shard>) {
    this.#host = host
    this.#kind = kind
  }

  shard(partition: number): Shard {
    return this.#load(partition).shard
  }

  /** While it loads, nobody may ask anything of the partition. */
  isLoading(partition: number): boolean {
    return this.#loading.has(partition)
  }

  run(partition: number, makeStep: MakeStep<Event, Shard>): void {
    const loaded = this.#load(partition)
    this.#carryOut(loaded, makeStep(loaded.shard, this.#host.nowMs()))
  }

  /** Writes the end of a transaction into the partition; returns Kafka's error code. */
  mark(partition: number, marker: Marker): ErrorCode {
    const loaded = this.#load(partition)
    const { errorCode } = this.#host.appendMarker(partition, marker)
    if (errorCode === ErrorCode.NONE) this.#carryOut(loaded, this.#kind.marked(loaded.shard, marker))
    return errorCode
  }

  /** For every partition that holds state of this coordinator; for one that loads, once it has. */
  runAll(partitions: Iterable<number>, makeStep: MakeStep<Event, Shard>): void {
    for (const partition of partitions) {
      const loading = this.#loading.get(partition)
      if (loading) loading.afterwards.push(makeStep)
      else this.run(partition, makeStep)
    }
  }

  /** Throws the shard away with its timers and all that was not written. */
  #unload(partition: number): void {
    const loaded = this.#loaded.get(partition)
    if (loaded === undefined) return
    loaded.isLost = true
    for (const { cancel } of loaded.timers.values()) cancel()
    this.#loaded.delete(partition)
    for (const reply of this.#kind.abandon(loaded.shard)) reply.deliver()
  }

  /** The shard is thrown away, and another one is there after `loadMs`. */
  lose(partition: number, loadMs: number): void {
    this.#epochs.set(partition, this.#epochOf(partition) + 1)
    this.#unload(partition)
    const before = this.#loading.get(partition)
    before?.cancel()
    const afterwards = before?.afterwards ?? []
    if (loadMs === 0) this.#endLoading(partition, afterwards)
    else {
      const cancel = this.#host.schedule(loadMs, () => this.#endLoading(partition, afterwards))
      this.#loading.set(partition, { cancel, afterwards })
    }
  }

  close(): void {
    for (const { cancel } of this.#loading.values()) cancel()
    this.#loading.clear()
    for (const partition of [...this.#loaded.keys()]) this.#unload(partition)
  }

  #endLoading(partition: number, afterwards: readonly MakeStep<Event, Shard>[]): void {
    this.#loading.delete(partition)
    this.#load(partition)
    for (const makeStep of afterwards) this.run(partition, makeStep)
  }

  #epochOf(partition: number): number {
    return this.#epochs.get(partition) ?? 0
  }

  #load(partition: number): Loaded<Shard> {
    const present = this.#loaded.get(partition)
    if (present) return present
    const loaded: Loaded<Shard> = {
      partition,
      shard: this.#kind.newShard(this.#epochOf(partition)),
      timers: new Map(),
      isLost: false,
    }
    for (const entry of this.#host.read(partition)) {
      if ('marker' in entry) loaded.shard.replayMarker(entry.marker)
      else loaded.shard.replay(entry.record, entry.offset, entry.producer)
    }
    this.#loaded.set(partition, loaded)
    this.#carryOut(loaded, this.#kind.resume(loaded.shard, this.#host.nowMs()))
    return loaded
  }

  #carryOut(loaded: Loaded<Shard>, step: Step<Event>): void {
    const error = step.records?.length ? this.#append(loaded, step.records, step.producer ?? null) : ErrorCode.NONE
    if (loaded.isLost) {
      apologize(step)
      return
    }
    for (const change of step.timers ?? []) this.#changeTimer(loaded, change)
    // Onlookers hear what happened before those who waited for it do.
    for (const event of step.events ?? []) this.#host.announce(event)
    for (const reply of step.replies ?? []) reply.deliver()
    if (step.settle) this.#carryOut(loaded, step.settle(error))
  }

  #append(
    { partition, shard }: Loaded<Shard>,
    records: readonly CoordinatorRecord[],
    producer: RecordProducer | null,
  ): ErrorCode {
    const { errorCode, baseOffset } = this.#host.append(partition, records, producer)
    if (errorCode !== ErrorCode.NONE) return errorCode
    let offset = baseOffset
    for (const record of records) shard.replay(record, offset++, producer)
    return errorCode
  }

  #changeTimer(loaded: Loaded<Shard>, change: TimerChange<Event>): void {
    const { timers } = loaded
    const armed = timers.get(change.key)
    const dueAtMs = this.#host.nowMs() + (change.delayMs ?? 0)
    if (armed && change.delayMs !== null && change.keepIfEarlier && armed.dueAtMs <= dueAtMs) return
    armed?.cancel()
    timers.delete(change.key)
    if (change.delayMs === null) return
    const { fire } = change
    const cancel = this.#host.schedule(change.delayMs, () => {
      timers.delete(change.key)
      this.#carryOut(loaded, fire(this.#host.nowMs()))
    })
    timers.set(change.key, { dueAtMs, cancel })
  }
}

/** The shard was lost in the middle of this step: whoever waits for it hears so, though its records may stand. */
function apologize<Event>(step: Step<Event>): void {
  const settled = step.settle?.(ErrorCode.NOT_LEADER_OR_FOLLOWER)
  for (const reply of [...(step.replies ?? []), ...(settled?.replies ?? [])]) reply.deliver()
}
