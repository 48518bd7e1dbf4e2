// The consumer of an embedded broker. poll, run and for await stand on the poll loop.

import type { TimerHandle } from '../../clock.ts'
import { KafkaError } from '../../errors.ts'
import { type ClientHost, Connection } from '../connection.ts'
import { CoordinatorRetry } from '../coordinator-retry.ts'
import { checkOffset, LATEST, listOffsets, type OffsetQuery } from '../offsets-client.ts'
import { keyOf, type Offset, type RecordOut, type TopicMap, type TopicName, type TopicPartition } from '../topic.ts'
import { TopicCatalog } from '../topic-catalog.ts'
import { AutoCommit } from './auto-commit.ts'
import { Committer } from './committer.ts'
import type { Consumer, ConsumerOptions, GroupMetadata, Handlers, PollOptions, RunOptions } from './consumer.ts'
import { closedError, exclusive } from './consumer-errors.ts'
import { type ConsumerSettings, checkHandlers, checkTimeout, readConsumerOptions } from './consumer-settings.ts'
import { announceRebalance, type ConsumerSight, sightOf } from './consumer-sight.ts'
import { type Delivery, finish, handOver, isWanted, takeAll } from './delivery.ts'
import { Fetcher } from './fetcher.ts'
import { checkSubscription, GroupSubscription } from './group-subscription.ts'
import { Membership } from './membership.ts'
import { PollLoop } from './poll-loop.ts'
import { PositionLookup } from './position-lookup.ts'
import { Positions } from './positions.ts'
import type { AnyConsumerRecord } from './record-reader.ts'
import { Wakeup } from './wakeup.ts'

/** How long one round of `run` and `for await` waits; they go on until they are ended. */
const ROUND_MS = 5_000
const DEFAULT_POLL_TIMEOUT_MS = 1_000
const DEFAULT_CLOSE_TIMEOUT_MS = 30_000

export class EmbeddedConsumer<M extends TopicMap, T extends TopicName<M>> implements Consumer<M, T> {
  readonly #settings: ConsumerSettings
  readonly #connection: Connection
  readonly #catalog: TopicCatalog
  readonly #positions = new Positions()
  readonly #wakeup = new Wakeup()
  readonly #coordinator: CoordinatorRetry
  readonly #membership: Membership | null
  readonly #committer: Committer | null
  readonly #autoCommit: AutoCommit | null
  readonly #lookup: PositionLookup
  readonly #loop: PollLoop
  /** While unsubscribe tells the callbacks: what they commit is still the member's. */
  #ending: GroupSubscription | null = null
  /** Made by the first run: its handlers are told when the consumer ends. */
  #ended: AbortController | null = null
  /** What is reading at the moment, to refuse a second reader. */
  #reader: string | null = null
  #state: 'open' | 'closing' | 'closed' = 'open'

  constructor(host: ClientHost, options: ConsumerOptions & { topics?: readonly string[] | RegExp }, clientId: string) {
    this.#settings = readConsumerOptions(options)
    const { groupId, metadataMaxAgeMs, allowAutoCreateTopics } = this.#settings
    this.#connection = new Connection(host, clientId)
    this.#catalog = new TopicCatalog(this.#connection, metadataMaxAgeMs, allowAutoCreateTopics)
    const notify = () => this.#wakeup.notify()
    const coordinator = new CoordinatorRetry(this.#connection, groupId, this.#settings)
    this.#coordinator = coordinator
    this.#membership =
      groupId !== null
        ? new Membership(this.#connection, this.#catalog, coordinator, { ...this.#settings, groupId }, notify)
        : null
    const committer =
      this.#membership &&
      new Committer(this.#connection, this.#membership, () => (this.#loop.subscription ?? this.#ending) !== null)
    this.#committer = committer
    this.#autoCommit =
      committer && this.#settings.enableAutoCommit
        ? new AutoCommit(
            this.#positions,
            this.#settings.autoCommitIntervalMs,
            host.clock.now(),
            (offsets) => committer.commitOnce(offsets),
            (error) => (coordinator.mayRetry(error) ? coordinator.config.retryBackoffMs : null),
          )
        : null
    const fetcher = new Fetcher(this.#connection, this.#catalog, this.#positions, this.#settings, notify, () =>
      this.#loop.idleForMs(),
    )
    this.#lookup = new PositionLookup(this.#connection, this.#positions, this.#settings, coordinator)
    this.#loop = new PollLoop({
      connection: this.#connection,
      wakeup: this.#wakeup,
      catalog: this.#catalog,
      positions: this.#positions,
      membership: this.#membership,
      autoCommit: this.#autoCommit,
      lookup: this.#lookup,
      fetcher,
      maxPollRecords: this.#settings.maxPollRecords,
      retryBackoffMs: this.#settings.retryBackoffMs,
    })
    if (options.topics !== undefined) this.subscribe(options.topics as readonly T[] | RegExp)
  }

  subscribe(topics: readonly T[] | RegExp): void {
    this.#checkOpen()
    checkSubscription(topics)
    const membership = this.#memberOnly('subscribe')
    if (this.#loop.isManual) throw exclusive('subscribe', 'assign')
    if (Array.isArray(topics) && topics.length === 0) {
      void this.unsubscribe()
      return
    }
    const { subscription } = this.#loop
    if (subscription && subscription.isPattern !== topics instanceof RegExp) {
      throw exclusive('subscribe to a pattern', 'subscribe to names')
    }
    if (subscription) subscription.change(topics)
    else {
      this.#loop.subscription = new GroupSubscription(topics, {
        clock: this.#connection.clock,
        catalog: this.#catalog,
        membership,
        positions: this.#positions,
        callbacks: this.#settings.callbacks,
        autoCommit: this.#autoCommit,
        metadataMaxAgeMs: this.#settings.metadataMaxAgeMs,
        whenPolled: () => this.#loop.whenPolled(),
        announce: (event, partitions) => announceRebalance(this.#connection, membership, event, partitions),
      })
    }
    this.#wakeup.notify()
  }

  assign(partitions: readonly TopicPartition<T>[]): void {
    this.#checkOpen()
    if (this.#loop.subscription) throw exclusive('assign', 'subscribe')
    for (const { topic, partition } of partitions) {
      if (typeof topic === 'string' && topic !== '' && Number.isSafeInteger(partition) && partition >= 0) continue
      const why = `assign: a partition is { topic, partition } with a whole number of at least 0, not ${topic}-${partition}.`
      throw new KafkaError('INVALID_ARGUMENT', why)
    }
    // No rebalance follows that would commit what was read until now.
    if (partitions.length > 0 && this.#autoCommit?.isDue(this.#nowMs())) void this.#autoCommit.run(this.#nowMs())
    this.#positions.assign(partitions)
    this.#loop.isManual = partitions.length > 0
    this.#wakeup.notify()
  }

  async unsubscribe(): Promise<void> {
    this.#checkOpen()
    const subscription = this.#loop.subscription
    this.#loop.subscription = null
    this.#loop.isManual = false
    this.#ending = subscription
    try {
      await subscription?.end()
    } finally {
      this.#ending = null
    }
    this.#positions.clear()
  }

  get assignment(): readonly TopicPartition<T>[] {
    return this.#positions.list() as TopicPartition<T>[]
  }

  async poll({ timeoutMs = DEFAULT_POLL_TIMEOUT_MS, signal }: PollOptions = {}): Promise<RecordOut<M, T>[]> {
    checkTimeout('poll', timeoutMs)
    const records = await this.#reading('poll', async () => takeAll(await this.#loop.next(timeoutMs, { signal })))
    return records as RecordOut<M, T>[]
  }

  async run(handlers: Handlers<RecordOut<M, T>>, { signal, concurrency = 1 }: RunOptions = {}): Promise<void> {
    checkHandlers(handlers, concurrency)
    this.#ended ??= new AbortController()
    const ended = signal ? AbortSignal.any([signal, this.#ended.signal]) : this.#ended.signal
    const hand = (delivery: Delivery) => handOver(delivery, handlers as Handlers<AnyConsumerRecord>, { signal: ended })
    await this.#reading('run', async () => {
      while (!ended.aborted) {
        const deliveries = await this.#loop.next(ROUND_MS, { until: ended, goesOn: true })
        if (concurrency === 1) {
          for (const delivery of deliveries) await hand(delivery)
        } else {
          const results = await Promise.allSettled(deliveries.map(hand))
          for (const result of results) if (result.status === 'rejected') throw result.reason
        }
      }
    })
  }

  async *[Symbol.asyncIterator](): AsyncIterator<RecordOut<M, T>> {
    while (this.#state === 'open') {
      const deliveries = await this.#reading('for await', () => this.#loop.next(ROUND_MS, { goesOn: true }))
      for (const delivery of deliveries) {
        for (let at = delivery.offset; isWanted(delivery, at); at = delivery.position) {
          const record = await delivery.next()
          if (record === undefined) {
            finish(delivery, at, delivery.nextOffset)
            break
          }
          if (!isWanted(delivery, at)) break
          yield record as RecordOut<M, T>
          finish(delivery, at, delivery.position)
        }
      }
    }
  }

  async commit(
    offsets?: readonly (TopicPartition<T> & { readonly offset: Offset; readonly metadata?: string })[],
  ): Promise<void> {
    this.#checkOpen()
    this.#memberOnly('commit')
    for (const each of offsets ?? []) checkOffset(each.offset, each)
    const all =
      offsets ??
      this.#positions.all.flatMap(({ topic, partition, position }) =>
        position === null ? [] : [{ topic, partition, offset: position }],
      )
    if (all.length > 0) await this.#committer?.commit(all)
  }

  async committed(partitions: readonly TopicPartition<T>[]): Promise<(Offset | null)[]> {
    this.#checkOpen()
    this.#memberOnly('committed')
    const committed = (await this.#committer?.committed(partitions)) ?? []
    const found = new Map(committed.map((each) => [keyOf(each), each]))
    return partitions.map((each) => found.get(keyOf(each))?.offset ?? null)
  }

  async position(partition: TopicPartition<T>): Promise<Offset> {
    this.#checkOpen()
    for (;;) {
      // It may be given up, or given up and assigned anew, while it is looked up.
      const assigned = this.#positions.get(partition)
      if (assigned.position !== null) return assigned.position
      await this.#coordinator.ask('position', () => this.#lookup.find(assigned))
    }
  }

  seek(partition: TopicPartition<T>, to: Offset | 'beginning' | 'end'): void {
    this.#checkOpen()
    const assigned = this.#positions.get(partition)
    if (to === 'beginning') assigned.moveTo(null, 'earliest')
    else if (to === 'end') assigned.moveTo(null, 'latest')
    else {
      checkOffset(to, partition)
      assigned.moveTo(to)
    }
    this.#wakeup.notify()
  }

  pause(partitions: readonly TopicPartition<T>[]): void {
    this.#checkOpen()
    for (const assigned of partitions.map((each) => this.#positions.get(each))) assigned.isPaused = true
  }

  resume(partitions: readonly TopicPartition<T>[]): void {
    this.#checkOpen()
    for (const assigned of partitions.map((each) => this.#positions.get(each))) assigned.isPaused = false
    this.#wakeup.notify()
  }

  paused(): readonly TopicPartition<T>[] {
    const paused = this.#positions.all.filter(({ isPaused }) => isPaused)
    return paused.map(({ topic, partition }) => ({ topic: topic as T, partition }))
  }

  async offsetsForTimes(
    times: readonly (TopicPartition<T> & { readonly timestamp: number })[],
  ): Promise<(Offset | null)[]> {
    this.#checkOpen()
    for (const { topic, partition, timestamp } of times) {
      if (Number.isSafeInteger(timestamp) && timestamp >= 0) continue
      const why = `offsetsForTimes: the timestamp for ${topic}-${partition} must be whole milliseconds since 1970, not ${timestamp}.`
      throw new KafkaError('INVALID_ARGUMENT', why)
    }
    const found = await this.#listOffsets('offsetsForTimes', times)
    return found.map(({ offset }) => (offset < 0 ? null : offset))
  }

  async lag(partition: TopicPartition<T>): Promise<number> {
    const position = await this.position(partition)
    const [end] = await this.#listOffsets('lag', [{ ...partition, timestamp: LATEST }])
    return (end?.offset ?? position) - position
  }

  groupMetadata(): GroupMetadata {
    return this.#memberOnly('groupMetadata').metadata
  }

  enforceRebalance(_reason?: string): void {
    this.#checkOpen()
    this.#memberOnly('enforceRebalance').requestRejoin()
  }

  async close({ timeoutMs = DEFAULT_CLOSE_TIMEOUT_MS }: { readonly timeoutMs?: number } = {}): Promise<void> {
    checkTimeout('close', timeoutMs)
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.#end()
    let timer: TimerHandle = null
    const { clock } = this.#connection
    const tooLong = new Promise<void>((resolve) => {
      timer = clock.setTimeout(resolve, timeoutMs)
    })
    try {
      await Promise.race([this.#sayGoodbye(), tooLong])
    } catch (error) {
      // A crash in the middle of it ends it; what the callbacks then could not do is nobody's fault.
      if (this.#isOpen) throw error
    } finally {
      clock.clearTimeout(timer)
      this.#release()
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** What the outside can do to its line. */
  get connection(): Connection {
    return this.#connection
  }

  /** Stops silently: no commit, no goodbye. The group notices when the session times out. */
  crash(): void {
    this.#end()
    this.#release()
  }

  /** What a test may see of it. */
  get sight(): ConsumerSight {
    const { groupId } = this.#settings
    return sightOf(this.#connection, groupId, this.#membership, this.#positions, this.#reader, this.#loop.isPolling)
  }

  async #sayGoodbye(): Promise<void> {
    for (let again = true; again && this.#isOpen; ) {
      const retryInMs = (await this.#autoCommit?.run(this.#nowMs())) ?? null
      again = retryInMs !== null
      if (retryInMs !== null) await this.#coordinator.sleep(retryInMs)
    }
    await this.#loop.subscription?.end()
  }

  #listOffsets(call: string, queries: readonly OffsetQuery[]) {
    const { isolationLevel } = this.#settings
    return this.#coordinator.askBroker(call, () => listOffsets(this.#connection, queries, isolationLevel))
  }

  get #isOpen(): boolean {
    return this.#state !== 'closed'
  }

  #end(): void {
    this.#loop.isClosed = true
    this.#ended?.abort(closedError())
    this.#wakeup.notify()
  }

  #release(): void {
    this.#state = 'closed'
    this.#loop.subscription?.abandon()
    this.#membership?.stop()
    this.#coordinator.stop(closedError)
    this.#positions.clear()
    this.#connection.close()
    this.#connection.host.closed(this)
  }

  async #reading<Result>(reader: string, read: () => Promise<Result>): Promise<Result> {
    if (this.#state !== 'open') throw closedError()
    if (this.#reader !== null) {
      const why = `This consumer is already read by ${this.#reader}; ${reader} must wait until it has ended. One reader at a time.`
      throw new KafkaError('ILLEGAL_STATE', why)
    }
    this.#reader = reader
    try {
      return await read()
    } finally {
      this.#reader = null
    }
  }

  #memberOnly(call: string): Membership {
    if (this.#membership) return this.#membership
    const why = `${call} needs a group: give the consumer a groupId. Without a group, read with assign and keep offsets yourself.`
    throw new KafkaError('INVALID_GROUP_ID', why)
  }

  /** While it closes, the callbacks may still commit and look. */
  #checkOpen(): void {
    if (!this.#isOpen) throw closedError()
  }

  #nowMs(): number {
    return this.#connection.host.clock.now()
  }
}
