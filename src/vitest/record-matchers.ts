// What is expected of a topic's records.

import type { MatcherState } from 'vitest'
import { isThenable, type MaybePromise } from '../clients/serde.ts'
import { rejectUnknown } from '../config.ts'
import { KafkaError } from '../errors.ts'
import { busyHints, skippedHints } from '../testing/consumer-hints.ts'
import { instance } from '../testing/instance.ts'
import { hindrancesOf } from '../testing/standstill.ts'
import { type RecordView, type TopicView, viewTopic } from '../testing/topic-view.ts'
import { counts } from '../testing/transaction-of-record.ts'
import { equal, isAsymmetric } from './equality.ts'
import { oneLine } from './one-line.ts'

/** A record by what matters of it; each can be an asymmetric matcher, such as `expect.anything()`, and so can the whole. */
export interface ExpectedRecord {
  readonly key?: unknown
  readonly value?: unknown
  /** Those that are named; others may be there. */
  readonly headers?: unknown
  readonly partition?: unknown
  readonly offset?: unknown
  readonly timestamp?: unknown
  /** Why the topic's serde refuses it. */
  readonly error?: unknown
  /** 'committed', or 'open' or 'aborted': where it is named, records of all transactions are looked at. */
  readonly transaction?: unknown
}

export interface MatcherResult {
  readonly pass: boolean
  readonly message: () => string
}

const FIELDS = ['key', 'value', 'headers', 'partition', 'offset', 'timestamp', 'error', 'transaction'] as const
const MOST_SHOWN = 20

export function toHaveRecord(
  this: MatcherState,
  kafka: unknown,
  topic: string,
  expected: ExpectedRecord,
): MaybePromise<MatcherResult> {
  checkExpected('toHaveRecord', [expected])
  return withRecords('toHaveRecord', kafka, topic, [expected], (records, others) => {
    const found = records.find((record) => matches(this, record, expected))
    if (found) {
      const message = () => `Topic '${topic}' has a record that it should not have: ${describe(this, found)}`
      return { pass: true, message }
    }
    const message = () => {
      const wanted = `Topic '${topic}' has no record that matches ${oneLine(this, expected)}.`
      const uncommitted = others.find((record) => matches(this, record, expected))
      const near = uncommitted ? whyNotCounted(uncommitted) : nearest(this, records, expected)
      return `${wanted}${near}\n\n${listed(this, topic, [...records, ...others])}${whyNotThere(kafka)}`
    }
    return { pass: false, message }
  })
}

export function toHaveRecords(
  this: MatcherState,
  kafka: unknown,
  topic: string,
  expected: readonly ExpectedRecord[],
): MaybePromise<MatcherResult> {
  if (!Array.isArray(expected)) {
    const why = 'toHaveRecords takes the topic and an array of records. For a single one there is toHaveRecord.'
    throw new KafkaError('INVALID_ARGUMENT', why)
  }
  checkExpected('toHaveRecords', expected)
  return withRecords('toHaveRecords', kafka, topic, expected, (records, others) => {
    const matched = matchInOrder(this, records, expected)
    const pass = matched === expected.length && expected.length === records.length
    if (pass) return { pass, message: () => `Topic '${topic}' has exactly these records, and should not.` }
    const message = () => {
      const why = records.length < expected.length ? whyNotThere(kafka) : ''
      const wanted = `Topic '${topic}' should have ${expected.length} records and has ${records.length}.`
      const all = listed(this, topic, [...records, ...others])
      return `${wanted}${firstMissing(this, expected, matched)}\n\n${all}${why}`
    }
    return { pass, message }
  })
}

function firstMissing(state: MatcherState, expected: readonly ExpectedRecord[], matched: number): string {
  const missing = expected[matched]
  if (missing === undefined) return ' All that are expected are there; the others are too many.'
  return ` What is expected as number ${matched + 1} does not come next in any partition: ${oneLine(state, missing)}.`
}

/**
 * How many of the expected records, from the first on, can be found so that each comes next in some partition. Where
 * several partitions could go on, all ways are tried.
 */
function matchInOrder(
  state: MatcherState,
  records: readonly RecordView[],
  expected: readonly ExpectedRecord[],
): number {
  const byPartition = [...new Set(records.map(({ partition }) => partition))].map((each) =>
    records.filter(({ partition }) => partition === each),
  )
  const tried = new Set<string>()
  let farthest = 0
  const goOn = (next: readonly number[], matched: number): boolean => {
    farthest = Math.max(farthest, matched)
    const wanted = expected[matched]
    if (wanted === undefined) return true
    const place = next.join()
    if (tried.has(place)) return false
    tried.add(place)
    return byPartition.some((partition, p) => {
      const record = partition[next[p] ?? 0]
      return record !== undefined && matches(state, record, wanted) && goOn(after(next, p), matched + 1)
    })
  }
  goOn(
    byPartition.map(() => 0),
    0,
  )
  return farthest
}

function withRecords(
  call: string,
  kafka: unknown,
  topic: string,
  expected: readonly ExpectedRecord[],
  judge: Judge,
): MaybePromise<MatcherResult> {
  const view = viewTopic(`expect(kafka).${call}`, kafka as object, topic)
  // Whoever names the transaction may mean one that is open or was aborted.
  const namesTransaction = expected.some((each) => Object.hasOwn(each, 'transaction'))
  const isMeant = ({ transaction }: RecordView) => namesTransaction || counts(transaction)
  const judgeAll = ({ records }: TopicView) =>
    judge(
      records.filter(isMeant),
      records.filter((record) => !isMeant(record)),
    )
  return isThenable(view) ? view.then(judgeAll) : judgeAll(view)
}

/** `others` are those of transactions that are open or were aborted. */
type Judge = (records: readonly RecordView[], others: readonly RecordView[]) => MatcherResult

function whyNotCounted(record: RecordView): string {
  const become = record.transaction === 'open' ? 'is still open: commit it' : 'was aborted'
  return ` ${placeOf(record)} would, but its transaction ${become}.`
}

function matches(state: MatcherState, record: RecordView, expected: ExpectedRecord): boolean {
  if (isAsymmetric(expected)) return equal(state, record, expected)
  return namedFields(expected).every((field) => fieldMatches(state, record, expected, field))
}

function fieldMatches(
  state: MatcherState,
  record: RecordView,
  expected: ExpectedRecord,
  field: (typeof FIELDS)[number],
): boolean {
  const isSubset = field === 'headers' && !isAsymmetric(expected.headers)
  return equal(state, record[field], expected[field], isSubset)
}

function namedFields(expected: ExpectedRecord): (typeof FIELDS)[number][] {
  return FIELDS.filter((field) => Object.hasOwn(expected, field))
}

function checkExpected(call: string, expected: readonly ExpectedRecord[]): void {
  for (const each of expected) {
    if (isAsymmetric(each)) continue
    if (typeof each !== 'object' || each === null) {
      const why = `${call}: a record is expected as { key, value, headers, partition, … }, of which one names what matters.`
      throw new KafkaError('INVALID_ARGUMENT', why)
    }
    rejectUnknown(each, FIELDS, call)
  }
}

/** The record that has most of what was expected, and how it differs. */
function nearest(state: MatcherState, records: readonly RecordView[], expected: ExpectedRecord): string {
  if (isAsymmetric(expected)) return ''
  const fields = namedFields(expected)
  const alike = (record: RecordView) => fields.filter((field) => fieldMatches(state, record, expected, field)).length
  const [best] = [...records].sort((a, b) => alike(b) - alike(a))
  if (best === undefined || alike(best) === 0) return ''
  const actual = Object.fromEntries(fields.map((field) => [field, best[field]]))
  const difference = state.utils.diff(expected, actual)
  return difference ? ` The nearest is ${placeOf(best)}:\n\n${difference}` : ''
}

function listed(state: MatcherState, topic: string, records: readonly RecordView[]): string {
  if (records.length === 0) return `'${topic}' has no records at all.`
  const shown = records.slice(0, MOST_SHOWN).map((record) => `  ${describe(state, record)}`)
  const more = records.length > MOST_SHOWN ? [`  … and ${records.length - MOST_SHOWN} more`] : []
  return [`What '${topic}' has:`, ...shown, ...more].join('\n')
}

/** Whoever should have made the record may have come too late for what it makes it from, or stand still. */
function whyNotThere(kafka: unknown): string {
  const insides = instance('expect(kafka)', kafka)
  const hints = [...skippedHints(insides), ...busyHints(insides), ...hindrancesOf(kafka as object)]
  return hints.length === 0 ? '' : `\n\nWhat may be why:\n  ${hints.join('\n  ')}`
}

function describe(state: MatcherState, record: RecordView): string {
  const { key, value, headers, error, transaction } = record
  const has = Object.keys(headers).length > 0
  const parts = [`key ${oneLine(state, key)}`, `value ${oneLine(state, value)}`]
  if (has) parts.push(`headers ${oneLine(state, headers)}`)
  if (error !== undefined) parts.push(`unreadable: ${error}`)
  if (!counts(transaction)) parts.push(transaction === 'open' ? 'transaction open' : 'transaction aborted')
  return `${placeOf(record)}  ${parts.join(', ')}`
}

function placeOf({ topic, partition, offset }: RecordView): string {
  return `${topic}-${partition}@${offset}`
}

/** The places in all partitions, once that of one has gone on by a record. */
function after(next: readonly number[], partition: number): number[] {
  return next.map((index, p) => (p === partition ? index + 1 : index))
}
