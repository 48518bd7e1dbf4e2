// Whether records came in order, key by key.

import type { MatcherState } from 'vitest'
import { KafkaError } from '../errors.ts'
import { oneLine } from './one-line.ts'
import type { MatcherResult } from './record-matchers.ts'

interface Placed {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key: unknown
}

export function toBeOrderedPerKey(this: MatcherState, records: unknown): MatcherResult {
  checkRecords(records)
  const problem = findDisorder(this, records)
  const message = () => {
    if (problem === null) return `These ${records.length} records are in order for each key, and should not be.`
    return problem
  }
  return { pass: problem === null, message }
}

/** By the first time that each record came: what comes again was in order once. */
function findDisorder(state: MatcherState, records: readonly Placed[]): string | null {
  const seen = new Set<string>()
  const newest = new Map<string, { readonly record: Placed; readonly index: number }>()
  for (const [index, record] of records.entries()) {
    if (record.key === null || seen.has(placeOf(record))) continue
    seen.add(placeOf(record))
    const key = `${record.topic} ${oneLine(state, record.key)}`
    const before = newest.get(key)
    newest.set(key, { record, index })
    if (before === undefined) continue
    const { partition, offset } = before.record
    if (record.partition === partition && record.offset > offset) continue
    const came = `${placeOf(record)} came as number ${index + 1}, after ${placeOf(before.record)} as number ${before.index + 1}`
    const where = record.partition === partition ? '' : ' They lie in two partitions, which have no common order.'
    const all = records.filter(({ topic, key: other }) => `${topic} ${oneLine(state, other)}` === key)
    return `The records of key ${oneLine(state, record.key)} are out of order: ${came}.${where}\n\nThey came as: ${all.map(placeOf).join(', ')}`
  }
  return null
}

function checkRecords(records: unknown): asserts records is readonly Placed[] {
  const isPlaced = (record: unknown) =>
    typeof record === 'object' && record !== null && 'topic' in record && 'partition' in record && 'offset' in record
  if (Array.isArray(records) && records.every(isPlaced)) return
  const why =
    'expect(records).toBeOrderedPerKey is about an array of records with topic, partition, offset and key, as a consumer ' +
    'hands them over. Collect the records themselves, not their values.'
  throw new KafkaError('INVALID_ARGUMENT', why)
}

function placeOf({ topic, partition, offset }: Placed): string {
  return `${topic}-${partition}@${offset}`
}
