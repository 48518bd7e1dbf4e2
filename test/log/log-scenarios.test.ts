// What Kafka's own log answered, step by step, and what ours answers to the same.
import { KafkaError } from 'kafkalet'
import { expect, test } from 'vitest'
import { type Marker, markerBatch, markerIn } from '../../src/log/control-record.ts'
import type { AbortedTransaction } from '../../src/log/log-transactions.ts'
import type { LogConfig, PartitionLog, TimestampAndOffset } from '../../src/log/partition-log.ts'
import type { RecordBatch } from '../../src/log/record-batch.ts'
import { append, batchOf, type Carried, DAILY, logWith, recordsOf, type TestRecord } from '../support/record-batches.ts'
import { readVectors } from '../support/vectors.ts'

interface Scenario {
  readonly id: string
  readonly title: string
  readonly topicConfig?: Readonly<Record<string, string>>
  readonly steps: readonly {
    readonly n: number
    readonly t: number
    readonly do: string
    readonly result: unknown
    readonly log: {
      readonly logStartOffset: number
      readonly logEndOffset: number
      readonly highWatermark: number
      readonly producers: readonly string[]
    }
  }[]
}

const { scenarios } = readVectors<{ scenarios: readonly Scenario[] }>('log-scenarios')

/** t0 of the recordings; timestamps are told from it. */
const START_MS = 1_700_000_000_000

test.each(scenarios.map((scenario) => [`${scenario.id}: ${scenario.title}`, scenario] as const))(
  "the log does as Kafka's does: %s",
  (_, { topicConfig = {}, steps }) => {
    const config: Partial<LogConfig> = {
      messageTimestampAfterMaxMs: Number(topicConfig['message.timestamp.after.max.ms'] ?? 3_600_000),
      cleanupPolicy: topicConfig['cleanup.policy'] === 'compact' ? 'compact' : 'delete',
      minCompactionLagMs: Number(topicConfig['min.compaction.lag.ms'] ?? 0),
    }
    // The recording looks for expired producers whenever its clock has been advanced.
    const log = logWith(config, { ...DAILY, producerIdExpirationCheckIntervalMs: 1 })
    for (const step of steps) {
      expect(play(log, step.do, START_MS + step.t), `step ${step.n}: ${step.do}`).toEqual(step.result)
      const { startOffset: logStartOffset, endOffset: logEndOffset, highWatermark, lastStableOffset } = log
      // Kafka's log has an empty segment from the start.
      const segments = log.segments.length === 0 ? [0] : log.segments.map(({ baseOffset }) => baseOffset)
      const state = { logStartOffset, logEndOffset, highWatermark, lastStableOffset, segments }
      expect(step.log, `after step ${step.n}`).toMatchObject(state)
      expect(step.log.producers, `after step ${step.n}`).toEqual(producersOf(log, step.t))
    }
  },
)

test('all recorded scenarios are played', () => {
  expect(scenarios).toHaveLength(16)
})

const sequenceErrors: Readonly<Record<string, string>> = {
  OUT_OF_ORDER_SEQUENCE_NUMBER: 'OutOfOrderSequenceException',
  INVALID_PRODUCER_EPOCH: 'InvalidProducerEpochException',
}

/** Does what the text of a step says, and tells the result in Kafka's words. */
function play(log: PartitionLog, text: string, nowMs: number): unknown {
  const { records, time, from, isolation } =
    /(?:=\[(?<records>.+)\]|ts (?<time>t0[+-]\d+)|from (?<from>\d+) (?<isolation>\w+))$/.exec(text)?.groups ?? {}
  if (text.startsWith('produce ') && records !== undefined)
    return produce(log, records.split(', '), sequenceIn(text), nowMs)
  if (text.startsWith('transaction marker ')) return mark(log, text, nowMs)
  if (text.startsWith('fetch ') && from !== undefined) return fetch(log, Number(from), isolation === 'read_committed')
  if (text.startsWith('advance clock ')) return 'ok'
  if (text === 'roll a new segment') return `active segment base=${log.roll().baseOffset}`
  if (text === 'compact (one cleaner pass)') return compact(log, nowMs)
  if (text === 'listOffsets EARLIEST(-2)') return `offset=${log.startOffset} timestamp=-1`
  if (text === 'listOffsets LATEST(-1)') return `offset=${log.highWatermark} timestamp=-1`
  if (text === 'listOffsets MAX_TIMESTAMP(-3)') return foundText(log.offsetOfMaxTimestamp())
  if (text.startsWith('listOffsets ts ') && time !== undefined) return foundText(log.offsetForTimestamp(timeOf(time)))
  throw new Error(`no step says: ${text}`)
}

function sequenceIn(text: string): Carried {
  const found = /pid=(?<producerId>\d+) epoch=(?<producerEpoch>\d+) seq=(?<baseSequence>\d+)/.exec(text)?.groups ?? {}
  const numbers = Object.fromEntries(Object.entries(found).map(([name, number]) => [name, Number(number)]))
  return { ...numbers, isTransactional: text.includes(' transactional ') }
}

function mark(log: PartitionLog, text: string, nowMs: number): string {
  const { type, ...numbers } =
    /marker (?<type>\w+) pid=(?<producerId>\d+) epoch=(?<producerEpoch>\d+) coordinatorEpoch=(?<coordinatorEpoch>\d+)/.exec(
      text,
    )?.groups ?? {}
  const marker: Marker = {
    type: type === 'COMMIT' ? 'COMMIT' : 'ABORT',
    producerId: Number(numbers['producerId']),
    producerEpoch: Number(numbers['producerEpoch']),
    coordinatorEpoch: Number(numbers['coordinatorEpoch']),
  }
  return orKafkasError(() => `offset=${append(log, markerBatch(marker, nowMs), nowMs)}`)
}

function producersOf(log: PartitionLog, t: number): string[] {
  return log
    .activeProducers(START_MS + t)
    .map(
      (each) =>
        `pid=${each.producerId} epoch=${each.producerEpoch} lastSequence=${each.lastSequence} ` +
        `currentTxnStartOffset=${each.currentTransactionStartOffset} coordinatorEpoch=${each.coordinatorEpoch}`,
    )
}

function foundText(found: TimestampAndOffset | null): string {
  return found ? `offset=${found.offset} timestamp=t0+${found.timestamp - START_MS}` : 'nothing'
}

function compact(log: PartitionLog, nowMs: number): unknown {
  const range = log.dirtyRange(nowMs)
  const { firstDirtyOffset, firstUncleanableOffset, cleanableBytes } = range
  if (cleanableBytes > 0) log.compact(range, nowMs)
  const pass =
    cleanableBytes > 0
      ? `cleaned offsets [${firstDirtyOffset},${firstUncleanableOffset}) -> next dirty offset ${log.firstDirtyOffset}`
      : `nothing dirty below the first uncleanable offset ${firstUncleanableOffset}: the cleaner does not touch the log`
  return { pass, logContents: log.read(log.startOffset).flatMap(contentsOf) }
}

function fetch(log: PartitionLog, from: number, isCommitted: boolean): unknown {
  const end = isCommitted ? log.lastStableOffset : log.highWatermark
  const batches = inOneSegment(log, log.read(from)).filter(({ baseOffset }) => baseOffset < end)
  const aborted = isCommitted ? log.abortedBetween(from, batches.at(-1)?.nextOffset ?? from) : []
  const seen = batches.filter((batch) => !batch.attributes.isControl && !isAborted(batch, aborted))
  return {
    fetched: batches.flatMap(contentsOf),
    ...(isCommitted && {
      abortedTransactions: aborted.map((each) => `(pid=${each.producerId} firstOffset=${each.firstOffset})`),
    }),
    consumerSees: recordsOf(seen)
      .filter(({ offset }) => offset >= from)
      .map(recordText),
    nextPosition: batches.at(-1)?.nextOffset ?? from,
  }
}

/** Kafka's log reads no further than to the end of a segment that has something. */
function inOneSegment(log: PartitionLog, batches: readonly RecordBatch[]): readonly RecordBatch[] {
  const first = batches[0]
  const next = first && log.segments.find(({ baseOffset }) => baseOffset > first.baseOffset)
  return next ? batches.filter(({ baseOffset }) => baseOffset < next.baseOffset) : batches
}

/** The log joins no batches over a marker: so one is inside a transaction, or outside. */
function isAborted({ attributes, baseOffset }: RecordBatch, aborted: readonly AbortedTransaction[]): boolean {
  return aborted.some(
    ({ producerId, firstOffset, lastOffset }) =>
      attributes.isTransactional &&
      attributes.producerId === producerId &&
      firstOffset <= baseOffset &&
      baseOffset < lastOffset,
  )
}

function contentsOf(batch: RecordBatch): string[] {
  const { producerId, isTransactional } = batch.attributes
  const marker = markerIn(batch)
  if (marker) return [`${batch.baseOffset}:${marker.type} pid=${producerId}`]
  if (batch.count === 0) {
    const { baseOffset, lastOffset, baseSequence } = batch
    return [
      `(empty batch ${baseOffset}..${lastOffset} pid=${producerId} lastSequence=${baseSequence + lastOffset - baseOffset})`,
    ]
  }
  return recordsOf([batch]).map((each) => `${recordText(each)}${isTransactional ? ` txn pid=${producerId}` : ''}`)
}

function recordText({ offset, key, value }: TestRecord & { readonly offset: number }): string {
  return `${offset}:${key}=${value}`
}

function produce(log: PartitionLog, texts: readonly string[], sequence: Carried, nowMs: number): string {
  const records = texts.map((text) => {
    const { key = '', value = '', time } = /^(?<key>\w*)=(?<value>[\w-]+)(?:@(?<time>\S+))?$/.exec(text)?.groups ?? {}
    return { key: key === 'null' ? null : key, value, timestamp: time === undefined ? nowMs : timeOf(time) }
  })
  const write = () => {
    const baseOffset = append(log, batchOf(records, sequence), nowMs)
    return `baseOffset=${baseOffset} lastOffset=${baseOffset + records.length - 1} logStartOffset=${log.startOffset}`
  }
  try {
    return orKafkasError(write)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    const byTime = records.findIndex(({ timestamp }) => error.message.includes(String(timestamp)))
    const culprit = /^Record (\d+) /.exec(error.message)?.[1] ?? byTime
    return `${error.code} recordErrors=[batchIndex ${culprit}]`
  }
}

function orKafkasError(write: () => string): string {
  try {
    return write()
  } catch (error) {
    const exception = error instanceof KafkaError ? sequenceErrors[error.code] : undefined
    if (exception === undefined || !(error instanceof KafkaError)) throw error
    return `${error.code} (${exception})`
  }
}

function timeOf(text: string): number {
  return START_MS + Number(text.replace('t0', ''))
}
