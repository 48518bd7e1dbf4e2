// What is expected of groups and of their members.

import type { MatcherState } from 'vitest'
import { EmbeddedConsumer } from '../clients/consumer/embedded-consumer.ts'
import { KafkaError } from '../errors.ts'
import { didYouMean } from '../suggest.ts'
import { NOTHING_TO_READ, nameOf, viewGroup } from '../testing/group-view.ts'
import { topicNamed } from '../testing/topic-view.ts'
import { isAsymmetric } from './equality.ts'
import { oneLine } from './one-line.ts'
import type { MatcherResult } from './record-matchers.ts'

export function toHaveCommitted(
  this: MatcherState,
  kafka: unknown,
  groupId: string,
  expected: Readonly<Record<string, unknown>>,
): MatcherResult {
  const group = viewGroup('expect(kafka).toHaveCommitted', kafka, groupId)
  if (typeof expected !== 'object' || expected === null || Object.keys(expected).length === 0) {
    const why = "toHaveCommitted takes the group and its offsets by partition: { 'orders-0': 3 }."
    throw new KafkaError('INVALID_ARGUMENT', why)
  }
  const committed = new Map(group.partitions.map((each) => [nameOf(each), each.committed]))
  for (const name of Object.keys(expected)) checkPartition(kafka, name, [...committed.keys()])
  const differing = Object.entries(expected).filter(([name, offset]) => {
    return !this.equals(committed.get(name) ?? null, offset, this.customTesters)
  })
  const pass = differing.length === 0
  const message = () => {
    if (pass) return `Group '${groupId}' has committed ${oneLine(this, expected)}, and should not.\n\n${group}`
    const lines = differing.map(([name, offset]) => {
      return `  ${name}: ${oneLine(this, offset)} is expected, ${committed.get(name) ?? 'nothing'} is committed`
    })
    return `Group '${groupId}' has committed other offsets:\n${lines.join('\n')}\n\n${group}`
  }
  return { pass, message }
}

export function toHaveNoLag(this: MatcherState, kafka: unknown, groupId: string): MatcherResult {
  const group = viewGroup('expect(kafka).toHaveNoLag', kafka, groupId)
  const pass = group.lag === 0
  // Neither yes nor no would be true.
  if (group.partitions.length === 0) {
    throw new KafkaError('ILLEGAL_STATE', `toHaveNoLag: nothing can be said. ${NOTHING_TO_READ}\n\n${group}`)
  }
  const what = pass ? `has no lag, and should have` : `should have no lag, and has ${group.lag}`
  return { pass, message: () => `Group '${groupId}' ${what}.\n\n${group}` }
}

export function toBeStable(this: MatcherState, kafka: unknown, groupId: string): MatcherResult {
  const group = viewGroup('expect(kafka).toBeStable', kafka, groupId)
  const pass = group.state === 'Stable'
  const what = pass ? 'is Stable, and should not be' : `should be Stable, and is ${group.state}`
  return { pass, message: () => `Group '${groupId}' ${what}.\n\n${group}` }
}

export function toOwn(this: MatcherState, consumer: unknown, expected: unknown): MatcherResult {
  if (!(consumer instanceof EmbeddedConsumer)) {
    const why =
      'expect(consumer).toOwn is about a consumer that a Kafkalet made. For a whole group, see inspect(kafka).group.'
    throw new KafkaError('INVALID_ARGUMENT', why)
  }
  if (!isPlaces(expected)) {
    const why = `toOwn takes the partitions as an array of names such as 'orders-0', or an asymmetric matcher, not ${oneLine(this, expected)}.`
    throw new KafkaError('INVALID_ARGUMENT', why)
  }
  const { clientId, positions, reader, isClosed } = consumer.sight
  const owned = positions.map(nameOf).sort()
  const wanted = Array.isArray(expected) ? [...expected].sort() : expected
  const pass = this.equals(owned, wanted, this.customTesters)
  const message = () => {
    const what = `${clientId} owns ${owned.length === 0 ? 'nothing' : owned.join(', ')}`
    if (pass) return `${what}, and should not.`
    if (isClosed) return `${clientId} is closed and owns nothing; ${oneLine(this, wanted)} is expected.`
    const idle =
      owned.length === 0 && reader === null ? ' Nobody polls it: a consumer gets partitions inside poll only.' : ''
    return `${what}; ${oneLine(this, wanted)} is expected.${idle}`
  }
  return { pass, message }
}

function isPlaces(expected: unknown): boolean {
  if (isAsymmetric(expected)) return true
  return (
    Array.isArray(expected) &&
    expected.every((each) => isAsymmetric(each) || (typeof each === 'string' && /.-\d+$/.test(each)))
  )
}

/** A partition that the group knows nothing of must exist, or the test is about a slip of the pen. */
function checkPartition(kafka: unknown, name: string, known: readonly string[]): void {
  if (known.includes(name)) return
  const [, topic, partition] = /^(.+)-(\d+)$/.exec(name) ?? []
  if (topic === undefined) {
    const why = `toHaveCommitted: a partition is named topic-partition, such as 'orders-0', not '${name}'.${didYouMean(name, known)}`
    throw new KafkaError('INVALID_ARGUMENT', why)
  }
  const { partitions } = topicNamed('toHaveCommitted', kafka, topic)
  if (Number(partition) < partitions.length) return
  const why = `toHaveCommitted: topic '${topic}' has no partition ${partition}: it has ${partitions.length}, from 0 to ${partitions.length - 1}.`
  throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', why)
}
