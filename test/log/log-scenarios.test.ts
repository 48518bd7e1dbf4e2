// What Kafka's own log answered, step by step, and what ours answers to the same.
import { KafkaError } from 'kafkalet'
import { expect, test } from 'vitest'
import type { PartitionLog } from '../../src/log/partition-log.ts'
import { append, batchOf, logWith } from '../support/record-batches.ts'
import { readVectors } from '../support/vectors.ts'

interface Scenario {
  readonly id: string
  readonly title: string
  readonly topicConfig?: Readonly<Record<string, string>>
  readonly steps: readonly {
    readonly n: number
    readonly t: number
    readonly do: string
    readonly result: string
    readonly log: { readonly logStartOffset: number; readonly logEndOffset: number; readonly highWatermark: number }
  }[]
}

const { scenarios } = readVectors<{ scenarios: readonly Scenario[] }>('log-scenarios')

/** t0 of the recordings; timestamps are told from it. */
const START_MS = 1_700_000_000_000

test.each(scenarios.map((scenario) => [`${scenario.id}: ${scenario.title}`, scenario] as const))(
  "the log does as Kafka's does: %s",
  (_, { topicConfig = {}, steps }) => {
    const log = logWith({
      messageTimestampAfterMaxMs: Number(topicConfig['message.timestamp.after.max.ms'] ?? 3_600_000),
    })
    for (const step of steps) {
      expect(play(log, step.do, START_MS + step.t), `step ${step.n}: ${step.do}`).toBe(step.result)
      const { startOffset: logStartOffset, endOffset: logEndOffset, highWatermark, lastStableOffset } = log
      // Kafka's log has an empty segment from the start.
      const segments = log.segments.length === 0 ? [0] : log.segments.map(({ baseOffset }) => baseOffset)
      const state = { logStartOffset, logEndOffset, highWatermark, lastStableOffset, segments }
      expect(step.log, `after step ${step.n}`).toMatchObject(state)
    }
  },
)

test('all recorded scenarios are played', () => {
  expect(scenarios).toHaveLength(2)
})

/** Does what the text of a step says, and tells the result in Kafka's words. */
function play(log: PartitionLog, text: string, nowMs: number): string {
  const produced = /^produce records=\[(?<records>.+)\]$/.exec(text)?.groups?.['records']
  if (produced !== undefined) return produce(log, produced.split(', '), nowMs)
  const lookedUp = /^listOffsets (?:ts (?<time>t0[+-]\d+)|MAX_TIMESTAMP\(-3\))$/.exec(text)
  if (lookedUp === null) throw new Error(`no step says: ${text}`)
  const time = lookedUp.groups?.['time']
  const found = time === undefined ? log.offsetOfMaxTimestamp() : log.offsetForTimestamp(timeOf(time))
  return found ? `offset=${found.offset} timestamp=t0+${found.timestamp - START_MS}` : 'nothing'
}

function produce(log: PartitionLog, texts: readonly string[], nowMs: number): string {
  const records = texts.map((text) => {
    const [, key = '', value = '', time = ''] = /^(\w+)=(\w+)@(\S+)$/.exec(text) ?? []
    return { key, value, timestamp: timeOf(time) }
  })
  try {
    const baseOffset = append(log, batchOf(records), nowMs)
    return `baseOffset=${baseOffset} lastOffset=${log.endOffset - 1} logStartOffset=${log.startOffset}`
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    const culprit = records.findIndex(({ timestamp }) => error.message.includes(String(timestamp)))
    return `${error.code} recordErrors=[batchIndex ${culprit}]`
  }
}

function timeOf(text: string): number {
  return START_MS + Number(text.replace('t0', ''))
}
