// Gets records of the assigned partitions and hands them over in order. (Kafka: AbstractFetch, FetchCollector)

import type { FetchPartitionResponse, FetchRequest, FetchResponse, RequestContext } from '../../broker/api.ts'
import { ErrorCode, errorFrom, errorName, KafkaError } from '../../errors.ts'
import type { Connection } from '../connection.ts'
import { leaderPasses } from '../leader-errors.ts'
import type { OffsetResetStrategy } from '../offset-reset-strategy.ts'
import { isThenable } from '../serde.ts'
import type { TopicCatalog } from '../topic-catalog.ts'
import { Delivery, stretchOf } from './delivery.ts'
import type { AssignedPartition, Positions } from './positions.ts'
import { visibleBatches } from './visible-batches.ts'

export interface FetcherConfig {
  readonly fetchMinBytes: number
  readonly fetchMaxWaitMs: number
  readonly fetchMaxBytes: number
  readonly maxPartitionFetchBytes: number
  readonly isolationLevel: 'read_uncommitted' | 'read_committed'
  readonly autoOffsetReset: OffsetResetStrategy
  readonly retryBackoffMs: number
}

export class Fetcher {
  readonly #connection: Connection
  readonly #catalog: TopicCatalog
  readonly #positions: Positions
  readonly #config: FetcherConfig
  readonly #notify: () => void
  readonly #context: RequestContext
  /** Partitions with something to hand over, in turn. */
  #ready: AssignedPartition[] = []

  /** `idleForMs`: for how many ms the poll that waits has nothing to do but to fetch. */
  constructor(
    connection: Connection,
    catalog: TopicCatalog,
    positions: Positions,
    config: FetcherConfig,
    notify: () => void,
    idleForMs: () => number,
  ) {
    this.#connection = connection
    this.#catalog = catalog
    this.#positions = positions
    this.#config = config
    this.#notify = notify
    const asksAgainForMs = (request: FetchRequest) => (this.#asksAgain(request) ? idleForMs() : 0)
    this.#context = { ...connection.context, asksAgainForMs }
  }

  /**
   * Asks for what is not there yet. An answer that comes at once is ready when this returns; one that has to wait
   * notifies. Returns false where a topic is gone or a fetch has failed: then there is no use in asking again at once.
   */
  fetch(mayWait: boolean): boolean {
    const asked: AssignedPartition[] = []
    let allKnown = true
    for (const partition of this.#positions.all) {
      if (!partition.isFetchable) continue
      if (partition.againAtMs > 0 && !this.#mayAskAgain(partition)) {
        allKnown = false
        continue
      }
      const known = this.#catalog.known(partition.topic)
      if (known && partition.partition < known.partitionCount) {
        partition.known = known
        asked.push(partition)
      } else allKnown = false
    }
    if (asked.length === 0) return allKnown
    const request = this.#requestFor(asked, mayWait)
    for (const partition of asked) {
      partition.asking = partition.position
      partition.askedBy = request
    }
    const response = this.#connection.request('Fetch', request, this.#context)
    if (isThenable(response)) {
      response.then(
        (answer) => {
          this.#accept(asked, answer)
          this.#notify()
        },
        (error: unknown) => {
          this.#failAll(asked, error)
          this.#notify()
        },
      )
      return allKnown
    }
    return this.#accept(asked, response) && allKnown
  }

  #requestFor(asked: readonly AssignedPartition[], mayWait: boolean): FetchRequest {
    return {
      maxWaitMs: mayWait ? this.#config.fetchMaxWaitMs : 0,
      minBytes: this.#config.fetchMinBytes,
      maxBytes: this.#config.fetchMaxBytes,
      isolationLevel: this.#config.isolationLevel,
      topics: asked.map((partition) => ({
        topicId: partition.known?.id ?? '',
        partitions: [
          {
            partition: partition.partition,
            fetchOffset: partition.position ?? 0,
            partitionMaxBytes: this.#config.maxPartitionFetchBytes,
          },
        ],
      })),
    }
  }

  /** Whether the same is asked for again if the answer has nothing. */
  #asksAgain(request: FetchRequest): boolean {
    let asked = 0
    for (const partition of this.#positions.all) {
      if (partition.isFetchable) return false
      if (partition.askedBy !== request || !partition.isStillAsked) continue
      const topic = request.topics[asked++]
      const isAsBefore = topic?.partitions[0]?.partition === partition.partition
      if (!isAsBefore || this.#catalog.known(partition.topic)?.id !== topic.topicId) return false
    }
    return asked === request.topics.length
  }

  /** At most `max` records, partition by partition. Positions do not move: that is for who takes them. */
  collect(max: number): Delivery[] {
    const deliveries: Delivery[] = []
    for (let left = max; left > 0; ) {
      const partition = this.#nextReady()
      if (partition === undefined) break
      const delivery = this.#take(partition, left)
      if (delivery === null) continue
      deliveries.push(delivery)
      left -= delivery.count
    }
    return deliveries
  }

  #nextReady(): AssignedPartition | undefined {
    for (let partition = this.#ready.shift(); partition !== undefined; partition = this.#ready.shift()) {
      if (!partition.isAssigned || partition.fetched === null) continue
      if (partition.fetched.offset !== partition.position || partition.isPaused) {
        // Sought elsewhere, given back by a handler that threw, or paused: it is fetched again when it is wanted.
        partition.fetched = null
        continue
      }
      return partition
    }
    return undefined
  }

  #take(partition: AssignedPartition, max: number): Delivery | null {
    const { fetched, known } = partition
    if (fetched === null || known === null) return null
    const { batches } = fetched
    const stretch = stretchOf(fetched, max)
    fetched.offset = stretch.nextOffset
    fetched.batchIndex = stretch.lastBatch
    if (fetched.offset >= (batches.at(-1)?.nextOffset ?? 0)) partition.fetched = null
    else this.#ready.unshift(partition)
    return new Delivery(partition, known, batches, stretch)
  }

  /** False where a topic or partition is gone. */
  #accept(asked: readonly AssignedPartition[], { errorCode, responses }: FetchResponse): boolean {
    if (errorCode !== ErrorCode.NONE) return this.#failAll(asked, errorFrom(errorCode))
    let allFound = true
    for (const [i, partition] of asked.entries()) {
      const answer = responses[i]?.partitions[0]
      const offset = partition.asking
      partition.asking = null
      // An answer about where the application no longer stands says nothing.
      if (answer === undefined || offset === null || partition.position !== offset || partition.fetched) continue
      if (!partition.isAssigned) continue
      if (answer.errorCode === ErrorCode.NONE) this.#keep(partition, answer, offset)
      else if (!this.#fail(partition, answer)) allFound = false
    }
    return allFound
  }

  #keep(partition: AssignedPartition, answer: FetchPartitionResponse, offset: number): void {
    const last = answer.records.at(-1)
    if (last === undefined || last.nextOffset <= offset) return
    partition.fetched = { offset, batches: visibleBatches(answer), batchIndex: 0 }
    this.#ready.push(partition)
  }

  #fail(partition: AssignedPartition, { errorCode, errorMessage }: FetchPartitionResponse): boolean {
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) {
      const { autoOffsetReset } = this.#config
      if (autoOffsetReset === 'none') partition.error = errorFrom(errorCode, errorMessage)
      else partition.moveTo(null, autoOffsetReset)
      return true
    }
    const name = errorName(errorCode)
    const isGone =
      name === 'UNKNOWN_TOPIC_ID' || name === 'UNKNOWN_TOPIC_OR_PARTITION' || name === 'INCONSISTENT_TOPIC_ID'
    if (isGone || leaderPasses(name)) this.#catalog.forget(partition.topic)
    if (leaderPasses(name) || name === 'UNKNOWN_SERVER_ERROR') this.#askLater(partition)
    else if (!isGone) partition.error = new KafkaError(name, errorMessage ?? undefined)
    return partition.error !== null
  }

  /** The whole fetch failed, or no answer came. An error that does not pass is the next poll's. Returns false. */
  #failAll(asked: readonly AssignedPartition[], error: unknown): boolean {
    const passes = error instanceof KafkaError && error.retriable
    for (const partition of asked) {
      const isStill = partition.asking !== null && partition.asking === partition.position
      partition.asking = null
      if (passes) this.#askLater(partition)
      else if (isStill) partition.error = error instanceof KafkaError ? error : unexpected(error)
    }
    return false
  }

  #askLater(partition: AssignedPartition): void {
    partition.againAtMs = this.#connection.clock.now() + this.#config.retryBackoffMs
  }

  #mayAskAgain(partition: AssignedPartition): boolean {
    if (this.#connection.clock.now() < partition.againAtMs) return false
    partition.againAtMs = 0
    return true
  }
}

function unexpected(cause: unknown): KafkaError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new KafkaError('UNKNOWN_SERVER_ERROR', `Fetch failed: ${why}`, { cause })
}
