// Gets records of the assigned partitions and hands them over in order. (Kafka: AbstractFetch, FetchCollector)

import type { FetchPartitionResponse, FetchResponse } from '../../broker/api.ts'
import { ErrorCode, errorFrom, errorName, KafkaError } from '../../errors.ts'
import { type Headers, NO_HEADERS, type Payload } from '../../log/record.ts'
import type { RecordBatch } from '../../log/record-batch.ts'
import type { Connection } from '../connection.ts'
import { isThenable } from '../serde.ts'
import type { ConsumerRecord } from '../topic.ts'
import { contextOf, type KnownTopic, type TopicCatalog } from '../topic-catalog.ts'
import type { AssignedPartition, Positions } from './positions.ts'

export interface FetcherConfig {
  readonly fetchMinBytes: number
  readonly fetchMaxWaitMs: number
  readonly fetchMaxBytes: number
  readonly maxPartitionFetchBytes: number
  readonly isolationLevel: 'read_uncommitted' | 'read_committed'
  readonly autoOffsetReset: 'earliest' | 'latest' | 'none'
}

export type AnyConsumerRecord = ConsumerRecord<unknown, unknown>
type Mutable<Shape> = { -readonly [Field in keyof Shape]: Shape[Field] }

/** Records of one partition, from where it stood to where it stands when all of them are done with. */
export interface Delivery {
  readonly partition: AssignedPartition
  readonly records: AnyConsumerRecord[]
  readonly nextOffset: number
}

export class Fetcher {
  readonly #connection: Connection
  readonly #catalog: TopicCatalog
  readonly #positions: Positions
  readonly #config: FetcherConfig
  readonly #notify: () => void
  /** Partitions with something to hand over, in turn. */
  #ready: AssignedPartition[] = []

  constructor(
    connection: Connection,
    catalog: TopicCatalog,
    positions: Positions,
    config: FetcherConfig,
    notify: () => void,
  ) {
    this.#connection = connection
    this.#catalog = catalog
    this.#positions = positions
    this.#config = config
    this.#notify = notify
  }

  /**
   * Asks for what is not there yet. An answer that comes at once is ready when this returns; one that has to wait
   * notifies. Returns false where a topic is gone: then there is no use in asking again at once.
   */
  fetch(mayWait: boolean): boolean {
    const asked: AssignedPartition[] = []
    let allKnown = true
    for (const partition of this.#positions.all) {
      if (!partition.isFetchable) continue
      partition.known = this.#catalog.known(partition.topic) ?? null
      if (partition.known && partition.partition < partition.known.partitionCount) asked.push(partition)
      else allKnown = false
    }
    if (asked.length === 0) return allKnown
    for (const partition of asked) partition.asking = partition.position
    const response = this.#connection.request('Fetch', {
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
    })
    if (isThenable(response)) {
      response.then((answer) => {
        this.#accept(asked, answer)
        this.#notify()
      })
      return allKnown
    }
    return this.#accept(asked, response) && allKnown
  }

  /** At most `max` records, partition by partition. Positions do not move: that is for who takes them. */
  async collect(max: number): Promise<Delivery[]> {
    const deliveries: Delivery[] = []
    const pending: Promise<void>[] = []
    let left = max
    while (left > 0) {
      const partition = this.#nextReady()
      if (partition === undefined) break
      try {
        const delivery = this.#take(partition, left, pending)
        if (delivery === null) continue
        deliveries.push(delivery)
        left -= delivery.records.length
      } catch (error) {
        // What was read before the record that cannot be read comes first; the error comes with the next poll.
        this.#ready.unshift(partition)
        if (deliveries.length > 0) break
        throw error
      }
    }
    if (pending.length > 0) await this.#settle(pending, deliveries)
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

  #take(partition: AssignedPartition, max: number, pending: Promise<void>[]): Delivery | null {
    const { fetched, known } = partition
    if (fetched === null || known === null) return null
    const end = fetched.batches.at(-1)?.nextOffset ?? 0
    const records = new Array<AnyConsumerRecord>(Math.min(max, end - fetched.offset))
    let count = 0
    let { offset } = fetched
    try {
      for (const batch of fetched.batches) {
        const isPassed = batch.isText && known.passesText
        for (; offset < batch.nextOffset && count < records.length; offset++, count++) {
          records[count] = isPassed
            ? passRecord(known, partition.partition, batch, offset)
            : readRecord(known, partition.partition, batch, offset, pending)
        }
      }
    } catch (error) {
      if (count === 0) throw error
    }
    records.length = count
    fetched.offset = offset
    if (offset >= end) partition.fetched = null
    else this.#ready.unshift(partition)
    return records.length > 0 ? { partition, records, nextOffset: offset } : null
  }

  /** Waits for serdes that took their time; if one refuses, nothing was handed over. */
  async #settle(pending: readonly Promise<void>[], deliveries: readonly Delivery[]): Promise<void> {
    const results = await Promise.allSettled(pending)
    const failed = results.find((result) => result.status === 'rejected')
    if (failed === undefined) return
    for (const { partition } of deliveries) partition.fetched = null
    throw failed.reason
  }

  /** False where a topic or partition is gone. */
  #accept(asked: readonly AssignedPartition[], { responses }: FetchResponse): boolean {
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

  #keep(partition: AssignedPartition, { records }: FetchPartitionResponse, offset: number): void {
    const last = records.at(-1)
    if (last === undefined || last.nextOffset <= offset) return
    partition.fetched = { offset, batches: records }
    this.#ready.push(partition)
  }

  #fail(partition: AssignedPartition, { errorCode, errorMessage }: FetchPartitionResponse): boolean {
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) {
      const { autoOffsetReset } = this.#config
      if (autoOffsetReset === 'none') partition.error = errorFrom(errorCode, errorMessage)
      else partition.moveTo(null, autoOffsetReset)
      return true
    }
    if (errorCode === ErrorCode.UNKNOWN_TOPIC_ID || errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
      this.#catalog.forget(partition.topic)
      return false
    }
    partition.error = new KafkaError(errorName(errorCode), errorMessage ?? undefined)
    return true
  }
}

/**
 * Text that stays text is handed over without a look at it: the string itself may be far away in memory, and whoever
 * handles the record is the first who needs it.
 */
function passRecord(topic: KnownTopic, partition: number, batch: RecordBatch, offset: number): AnyConsumerRecord {
  const index = offset - batch.baseOffset
  return {
    topic: topic.name,
    partition,
    offset,
    timestamp: batch.timestamp(index),
    timestampType: batch.attributes.timestampType,
    key: batch.key(index),
    value: batch.value(index),
    headers: copyHeaders(batch.headers(index)),
  }
}

function copyHeaders(headers: Headers): Headers {
  return headers === NO_HEADERS ? NO_HEADERS : headers.map(([name, bytes]) => [name, bytes.slice()] as const)
}

function readRecord(
  topic: KnownTopic,
  partition: number,
  batch: RecordBatch,
  offset: number,
  pending: Promise<void>[],
): AnyConsumerRecord {
  const index = offset - batch.baseOffset
  const headers = batch.headers(index)
  const keyPayload = batch.key(index)
  const key = keyPayload === null ? null : read(topic, partition, offset, 'key', keyPayload, headers)
  const value = read(topic, partition, offset, 'value', batch.value(index), headers)
  const record: Mutable<AnyConsumerRecord> = {
    topic: topic.name,
    partition,
    offset,
    timestamp: batch.timestamp(index),
    timestampType: batch.attributes.timestampType,
    key,
    value,
    headers: copyHeaders(headers),
  }
  if (isThenable(key)) {
    pending.push(
      key.then((data) => {
        record.key = data
      }),
    )
  }
  if (isThenable(value)) {
    pending.push(
      value.then((data) => {
        record.value = data
      }),
    )
  }
  return record
}

function read(
  topic: KnownTopic,
  partition: number,
  offset: number,
  part: 'key' | 'value',
  payload: Payload,
  headers: Headers,
): unknown {
  const serde = topic[part]
  try {
    const data = serde.deserialize(payload, contextOf(topic, part, headers))
    if (!isThenable(data)) return data
    return data.then(undefined, (cause: unknown) => Promise.reject(unreadable(topic, partition, offset, part, cause)))
  } catch (cause) {
    throw unreadable(topic, partition, offset, part, cause)
  }
}

function unreadable(
  topic: KnownTopic,
  partition: number,
  offset: number,
  part: 'key' | 'value',
  cause: unknown,
): KafkaError {
  const why = cause instanceof Error ? cause.message : String(cause)
  const message =
    `The ${part} of record ${topic.name}-${partition}@${offset} was refused by its serde '${topic[part].name}': ${why}. ` +
    `To go on behind it: consumer.seek({ topic: '${topic.name}', partition: ${partition} }, ${offset + 1}).`
  return new KafkaError('SERIALIZATION_FAILED', message, { cause })
}
