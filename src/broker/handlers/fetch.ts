// Fetch: reads batches from partitions; with less than minBytes to read it waits, at most maxWaitMs.
// Differs from Kafka: topics by id only (version 13 and later); no fetch sessions, no followers.

import type { TimerHandle } from '../../clock.ts'
import { ErrorCode, KafkaError } from '../../errors.ts'
import type { PartitionLog } from '../../log/partition-log.ts'
import type { FetchPartition, FetchPartitionResponse, FetchRequest, FetchResponse, RequestContext } from '../api.ts'
import type { BrokerInternals, Handler } from '../handler.ts'
import { Parked, type ParkedFetch } from '../parked.ts'

export const fetch: Handler<'Fetch'> = (broker, request, context) => {
  const isAnswered = request.maxWaitMs <= 0 || hasEnough(broker, request, request.minBytes)
  return isAnswered ? read(broker, request) : park(broker, request, context)
}

function park(
  broker: BrokerInternals,
  request: FetchRequest,
  { connection, asksAgainForMs }: RequestContext,
): FetchResponse | Promise<FetchResponse> {
  let deadline = broker.deadline(request.maxWaitMs, expire)
  const parked = new Parked<FetchResponse>()
  const waiting: ParkedFetch = {
    connection,
    parked,
    logs: logsOf(broker, request),
    tryAnswer(mustAnswer) {
      if (!mustAnswer && !hasEnough(broker, request, request.minBytes)) return false
      parked.answer(read(broker, request))
      return true
    },
    cancelDeadline: () => broker.cancelDeadline(deadline),
  }
  broker.fetches.park(waiting)
  return parked.result

  function expire(): TimerHandle {
    // Before the turn: what the client asks the broker to know that is answered at once.
    const forMs = asksAgainForMs?.(request) ?? 0
    return broker.enter(() => end(forMs))
  }

  /** Most long polls end with nothing, and the same is asked again at once: where nobody sees that, it goes on waiting. */
  function end(forMs: number): TimerHandle {
    if (forMs === 0 || hasEnough(broker, request, 1)) {
      broker.fetches.expire(waiting)
      return null
    }
    broker.fetches.parkAgain(waiting)
    deadline = broker.deadline(request.maxWaitMs, expire, forMs)
    return deadline
  }
}

/** Enough bytes in all, or a partition that is in error: then there is no reason to wait. */
function hasEnough(broker: BrokerInternals, { topics, isolationLevel }: FetchRequest, minBytes: number): boolean {
  let missing = minBytes
  let asked = 0
  for (const { topicId, partitions } of topics) {
    const topic = broker.topics.byId(topicId)
    for (const { partition, fetchOffset } of partitions) {
      asked++
      const log = topic?.partitions[partition]
      if (log === undefined || fetchOffset < log.startOffset || fetchOffset > log.endOffset) return true
      if (fetchOffset >= readableEnd(log, isolationLevel)) continue
      // One byte is there if anything is: the usual minBytes costs no counting.
      if (missing > 1) missing -= log.bytesFrom(fetchOffset, missing)
      else missing = 0
      if (missing <= 0) return true
    }
  }
  return asked === 0 || missing <= 0
}

function logsOf(broker: BrokerInternals, { topics }: FetchRequest): PartitionLog[] {
  return topics.flatMap(({ topicId, partitions }) =>
    partitions.flatMap(({ partition }) => broker.topics.byId(topicId)?.partitions[partition] ?? []),
  )
}

function read(broker: BrokerInternals, request: FetchRequest): FetchResponse {
  const maxBytes = Math.min(request.maxBytes, broker.config.fetchMaxBytes)
  let bytesLeft = maxBytes
  return {
    errorCode: ErrorCode.NONE,
    responses: request.topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map((wanted) => {
        const log = broker.topics.byId(topicId)?.partitions[wanted.partition]
        if (log === undefined) return unknown(topicId, wanted.partition)
        // The first batch of the whole answer comes even if it is larger than what was asked for.
        const answer = readPartition(log, wanted, request, bytesLeft === maxBytes ? undefined : bytesLeft)
        for (const batch of answer.records) bytesLeft -= batch.sizeBound
        return answer
      }),
    })),
  }
}

function readPartition(
  log: PartitionLog,
  { partition, fetchOffset, partitionMaxBytes }: FetchPartition,
  { isolationLevel }: FetchRequest,
  hardMaxBytes: number | undefined,
): FetchPartitionResponse {
  const { highWatermark, lastStableOffset, startOffset } = log
  const limits = { maxBytes: partitionMaxBytes, ...(hardMaxBytes !== undefined && { hardMaxBytes }) }
  let error: KafkaError | null = null
  let records: FetchPartitionResponse['records'] = []
  try {
    records = log.read(fetchOffset, limits).filter((batch) => batch.baseOffset < readableEnd(log, isolationLevel))
  } catch (cause) {
    if (!(cause instanceof KafkaError)) throw cause
    error = cause
  }
  return {
    partitionIndex: partition,
    errorCode: error?.errorCode ?? ErrorCode.NONE,
    errorMessage: error?.message ?? null,
    highWatermark,
    lastStableOffset,
    logStartOffset: startOffset,
    abortedTransactions:
      isolationLevel === 'read_committed'
        ? abortedIn(log, fetchOffset, records.at(-1)?.nextOffset ?? fetchOffset)
        : null,
    records,
  }
}

function abortedIn(log: PartitionLog, offset: number, end: number): FetchPartitionResponse['abortedTransactions'] {
  return log.abortedBetween(offset, end).map(({ producerId, firstOffset }) => ({ producerId, firstOffset }))
}

function readableEnd(log: PartitionLog, isolationLevel: FetchRequest['isolationLevel']): number {
  return isolationLevel === 'read_committed' ? log.lastStableOffset : log.highWatermark
}

function unknown(topicId: string, partitionIndex: number): FetchPartitionResponse {
  return {
    partitionIndex,
    errorCode: ErrorCode.UNKNOWN_TOPIC_ID,
    errorMessage: `No topic has the id ${topicId} with a partition ${partitionIndex}: it was deleted. Refresh the metadata.`,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    abortedTransactions: null,
    records: [],
  }
}
