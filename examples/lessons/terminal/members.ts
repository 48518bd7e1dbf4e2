// The groups as text: their state, and of each consumer what it does, what it owns and what it has received.
import type { ConsumerSight, GroupSight, Sight } from '../sight.ts'
import { align, cutEnd, widthOf, wrap } from './columns.ts'
import type { Words } from './words.ts'

const INDENT = '  '
const LEAST_RECEIVED_WIDTH = 12

/** In the order in which their first consumers came, so that a group keeps its place on the screen. */
export function groupNames({ groups, consumers }: Sight): string[] {
  return [...new Set([...consumers, ...groups].map(({ group }) => group))]
}

export function drawMembers(sight: Sight, words: Words, columns: number): string[] {
  const { groups, consumers } = sight
  return groupNames(sight).flatMap((name) => {
    const group = groups.find((each) => each.group === name)
    const ours = consumers.filter((each) => each.group === name)
    const rows = align(
      ours.map((each) => [each.consumer, stateOf(each, group, words), ownedText(each.owns)]),
      columns - INDENT.length,
    )
    return [
      cutEnd(titleOf(name, group, words), columns),
      ...ours.flatMap((each, i) => [
        withReceived(INDENT + (rows[i] ?? ''), Math.max(...rows.map(widthOf)), each, words, columns),
        ...(each.error === null ? [] : wrap(each.error, columns, '    ')),
      ]),
    ]
  })
}

function titleOf(name: string, group: GroupSight | undefined, words: Words): string {
  if (group === undefined) return `${name}: ${words.noGroup}`
  const { state, generation, protocol, lag } = group
  return [
    `${name}: ${state}`,
    words.generation(generation),
    ...(protocol ? [protocol] : []),
    `${words.lag} ${lag}`,
  ].join(', ')
}

function stateOf({ state, consumer, owns }: ConsumerSight, group: GroupSight | undefined, words: Words): string {
  const isMember = group?.members.some(({ clientId }) => clientId === consumer) ?? false
  const isAtHand = state === 'waits' || state === 'rests'
  const isIdle = isAtHand && isMember && owns.length === 0 && group?.state === 'Stable'
  return words.states[isIdle ? 'idle' : state]
}

/** `orders-0 orders-2 stock-1` as `orders-0,2 stock-1`. */
function ownedText(owns: readonly string[]): string {
  const byTopic = new Map<string, string[]>()
  for (const name of owns) {
    const dash = name.lastIndexOf('-')
    const topic = name.slice(0, dash)
    byTopic.set(topic, [...(byTopic.get(topic) ?? []), name.slice(dash + 1)])
  }
  return owns.length === 0 ? '-' : [...byTopic].map(([topic, partitions]) => `${topic}-${partitions.join()}`).join(' ')
}

/** What it received last, as far as there is room. */
function withReceived(row: string, width: number, { received }: ConsumerSight, words: Words, columns: number): string {
  const start = `${row}${' '.repeat(Math.max(0, INDENT.length + width - widthOf(row)))}  ${words.received(received.length)}`
  const room = columns - widthOf(start) - 2
  if (received.length === 0 || room < LEAST_RECEIVED_WIDTH) return cutEnd(start, columns)
  return `${start}: ${lastOf(received, room)}`
}

function lastOf(received: readonly string[], width: number): string {
  if (received.length <= width && widthOf(received.join(' ')) <= width) return received.join(' ')
  let shown = '…'
  for (const record of [...received].reverse()) {
    const more = `… ${record}${shown.slice(1)}`
    if (widthOf(more) > width) break
    shown = more
  }
  return shown
}
