// What tests wait for: an assignment, a lag, records.

import { EmbeddedConsumer } from '../clients/consumer/embedded-consumer.ts'
import { isThenable } from '../clients/serde.ts'
import type { TopicPartition } from '../clients/topic.ts'
import { KafkaError } from '../errors.ts'
import type { Insides } from '../kafkalet.ts'
import { busyHints, idleHints, skippedHints } from './consumer-hints.ts'
import {
  checkGroupId,
  consumersOf,
  findGroup,
  type GroupView,
  NOTHING_TO_READ,
  nameOf,
  whyNoGroup,
} from './group-view.ts'
import { instance } from './instance.ts'
import { type RecordView, viewTopic } from './topic-view.ts'
import { countOf, counts } from './transaction-of-record.ts'
import { checkOptions, type WaitOptions, waitUntil } from './wait-until.ts'

export interface WaitForAssignmentOptions extends WaitOptions {
  /** How many members the group shall have, such as one less after a crash. Default: any number but none. */
  readonly members?: number
}

/**
 * Waits until a group's rebalance is over: it is Stable, every partition that its members subscribe to has an owner, and
 * every consumer that is being read has taken what it was given. With a ManualClock it lets the time pass, timer by timer.
 *
 * @param who a group id, or a consumer that shall be one of its group's members
 * @throws KafkaError REQUEST_TIMED_OUT, with the group as a table; INVALID_ARGUMENT for anything else than these
 * @example
 * const running = consumer.run({ eachRecord })
 * await waitForAssignment(kafka, consumer)
 */
export async function waitForAssignment(
  kafka: object,
  who: object | string,
  options: WaitForAssignmentOptions = {},
): Promise<GroupView> {
  const insides = instance('waitForAssignment', kafka)
  checkOptions('waitForAssignment', options, ['members', 'timeoutMs'])
  const { members } = options
  const groupId = typeof who === 'string' ? who : groupOf(insides, who)
  if (members !== undefined) checkCount('waitForAssignment: members', members, 1)
  return await waitUntil(`waitForAssignment(kafka, '${groupId}')`, kafka, options, () => {
    const group = lookAtGroup(insides, groupId)
    if (typeof group === 'string') return { missing: () => group }
    const unfinished = whyUnfinished(insides, group, members, who)
    return unfinished === null ? { found: group } : { missing: () => `${unfinished}\n${group}` }
  })
}

/**
 * Waits until a group has at most `lag` records left to read and commit; a group that neither subscribes to anything nor has
 * committed anything has nothing that could be waited for. With a ManualClock it lets the time pass, timer
 * by timer; an auto commit comes with `autoCommitIntervalMs`.
 *
 * @throws KafkaError REQUEST_TIMED_OUT, with the group as a table; INVALID_ARGUMENT for a lag that is no number
 * @example
 * await producer.sendBatch(orders)
 * await waitForLag(kafka, 'billing', 0)
 */
export async function waitForLag(
  kafka: object,
  groupId: string,
  lag = 0,
  options: WaitOptions = {},
): Promise<GroupView> {
  const insides = instance('waitForLag', kafka)
  checkOptions('waitForLag', options, ['timeoutMs'])
  checkGroupId('waitForLag', groupId)
  checkCount('waitForLag: the lag', lag)
  return await waitUntil(`waitForLag(kafka, '${groupId}', ${lag})`, kafka, options, () => {
    const group = lookAtGroup(insides, groupId)
    if (typeof group === 'string') return { missing: () => group }
    if (group.partitions.length === 0) return { missing: () => `${NOTHING_TO_READ}\n${group}` }
    return group.lag <= lag
      ? { found: group }
      : { missing: () => `The lag is ${group.lag}.${whyBehind(insides, group)}\n${group}` }
  })
}

/**
 * Waits until a topic has at least `count` records, and resolves with all it has. Records of transactions count, and are among
 * them, once they are committed. The topic may be made meanwhile. With a
 * ManualClock it lets the time pass, timer by timer.
 *
 * @throws KafkaError REQUEST_TIMED_OUT, with what is there; INVALID_ARGUMENT for a count that is no number
 * @example
 * const [invoice] = await waitForRecords(kafka, 'invoices', 1)
 */
export async function waitForRecords(
  kafka: object,
  topic: string,
  count: number,
  options: WaitOptions = {},
): Promise<readonly RecordView[]> {
  const insides = instance('waitForRecords', kafka)
  checkOptions('waitForRecords', options, ['timeoutMs'])
  if (typeof topic !== 'string' || topic === '') {
    const why = `waitForRecords takes the name of a topic, after the Kafkalet, not ${String(topic)}.`
    throw new KafkaError('INVALID_ARGUMENT', why)
  }
  checkCount('waitForRecords: the count', count)
  const { topics } = insides.broker
  await waitUntil(`waitForRecords(kafka, '${topic}', ${count})`, kafka, options, () => {
    const found = topics.get(topic)
    if (found === undefined) return { missing: () => topics.unknown(topic) }
    // Offsets bound what is there; it is counted only where there may be enough.
    const most = found.partitions.reduce((sum, { startOffset, endOffset }) => sum + endOffset - startOffset, 0)
    const nowMs = insides.broker.nowMs()
    const counted = (isMeant = counts) => found.partitions.map((log) => countOf(log, nowMs, isMeant))
    if (most >= count && sumOf(counted()) >= count) return { found: count }
    const hints = () => [...skippedHints(insides), ...busyHints(insides), ...idleHints(insides)]
    return {
      missing: () => {
        const present = counted()
        const open = sumOf(counted((transaction) => transaction === 'open'))
        const where = found.partitions.map((log, i) => `${nameOf(log)} has ${present[i]}`).join(', ')
        const told = `Topic '${topic}' has ${sumOf(present)} of ${count} records: ${where}.${whyFewer(open)}`
        return [told, ...hints()].join('\n  ')
      },
    }
  })
  const view = viewTopic('waitForRecords', kafka, topic)
  return (isThenable(view) ? await view : view).records.filter(({ transaction }) => counts(transaction))
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0)
}

function whyFewer(open: number): string {
  return open === 0 ? '' : ` Those of open transactions do not count yet: ${open} more.`
}

function groupOf({ clients }: Insides, who: object): string {
  if (!(who instanceof EmbeddedConsumer)) {
    const why = 'waitForAssignment takes a group id, or a consumer that this Kafkalet made, after the Kafkalet.'
    throw new KafkaError('INVALID_ARGUMENT', why)
  }
  const { groupId, clientId, isClosed } = who.sight
  if (!clients.has(who)) {
    const problem = isClosed ? 'is closed' : 'was made by another Kafkalet than this'
    throw new KafkaError(
      'ILLEGAL_STATE',
      `waitForAssignment: ${clientId} ${problem}, so it will never be assigned anything here.`,
    )
  }
  if (groupId !== null) return groupId
  const why = `waitForAssignment: ${clientId} has no group, so its partitions are what assign says, and at once.`
  throw new KafkaError('INVALID_ARGUMENT', why)
}

/** The group, or why there is none to look at. */
function lookAtGroup(insides: Insides, groupId: string): GroupView | string {
  try {
    return findGroup(insides, groupId) ?? whyNoGroup(insides, groupId)
  } catch (error) {
    if (error instanceof KafkaError && error.retriable) return error.message
    throw error
  }
}

function whyUnfinished(
  insides: Insides,
  group: GroupView,
  members: number | undefined,
  who: object | string,
): string | null {
  if (group.state !== 'Stable') return `The group is ${group.state}.${whyIdle(group)}${whyBusy(insides, group)}`
  if (members !== undefined && group.members.length !== members) {
    return `It has ${group.members.length} members, and ${members} are waited for.`
  }
  const unowned = group.partitions.filter(({ isSubscribed, owner }) => isSubscribed && owner === null)
  if (unowned.length > 0) return `Nobody owns ${unowned.map(nameOf).join(', ')}.`
  const given = new Map(group.members.map(({ memberId, assignment }) => [memberId, assignment]))
  const wanted = who instanceof EmbeddedConsumer ? who.sight : null
  for (const consumer of consumersOf(insides)) {
    const isMeant =
      consumer.groupId === group.groupId && (consumer.reader !== null || consumer.clientId === wanted?.clientId)
    if (!isMeant) continue
    const assignment = given.get(consumer.memberId)
    if (assignment === undefined) return `${consumer.clientId} is no member.${polls(consumer.reader)}`
    if (!sameNames(assignment, consumer.positions.map(nameOf))) {
      return `${consumer.clientId} has not taken yet what it was given.${polls(consumer.reader)}`
    }
  }
  return null
}

function polls(reader: string | null): string {
  return reader === null ? ' Nobody polls it: a consumer joins inside poll, so call poll, run or for await.' : ''
}

function whyIdle({ members }: GroupView): string {
  const idle = members.filter(({ reader }) => reader === 'nobody').map(({ clientId }) => clientId)
  return idle.length === 0 ? '' : ` Nobody polls ${idle.join(', ')}, and a member takes part inside poll only.`
}

function whyBusy(insides: Insides, { groupId }: GroupView): string {
  return busyHints(insides, groupId)
    .map((hint) => ` ${hint}`)
    .join('')
}

function whyBehind(insides: Insides, group: GroupView): string {
  if (group.members.length === 0) return ' The group has no members that could read on.'
  const why = whyIdle(group) + whyBusy(insides, group)
  if (why !== '') return why
  const read = group.partitions.filter(({ position, endOffset, lag }) => lag > 0 && position === endOffset)
  if (read.length > 0) {
    return ` ${read.map(nameOf).join(', ')} is read to its end and not committed: commit, or wait for the auto commit.`
  }
  const held = group.partitions.filter((each) => each.lag > 0 && isHeldByTransaction(insides, each))
  return held.length === 0
    ? ''
    : ` A transaction is open in ${held.map(nameOf).join(', ')}: who reads with read_committed gets no further until it ends.`
}

function isHeldByTransaction({ broker }: Insides, { topic, partition }: TopicPartition): boolean {
  const log = broker.topics.get(topic)?.partitions[partition]
  return log !== undefined && log.lastStableOffset < log.endOffset
}

function sameNames(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((name) => others.includes(name))
}

function checkCount(what: string, count: unknown, least = 0): void {
  if (Number.isSafeInteger(count) && Number(count) >= least) return
  throw new KafkaError('INVALID_ARGUMENT', `${what} must be a whole number of at least ${least}, not ${String(count)}.`)
}
