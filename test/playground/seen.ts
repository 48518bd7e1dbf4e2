// What stands on the page, read panel by panel, and what should stand there, made from what the library says.
import type { Page } from 'playwright-core'
import type { Sight } from '../../examples/lessons/sight.ts'

/** Every panel as lines of text. */
export interface Seen {
  readonly lanes: readonly string[]
  readonly marks: readonly string[]
  readonly cursors: readonly string[]
  readonly groups: readonly string[]
  readonly consumers: readonly string[]
  readonly offsets: readonly string[]
  readonly keys: readonly string[]
  readonly states: readonly string[]
  readonly clock: string
}

/** Sorted where a panel has an order of its own. */
export async function read(page: Page): Promise<Seen> {
  return await page.evaluate(() => {
    const all = (selector: string, within: ParentNode = document) => [...within.querySelectorAll(selector)]
    const text = (within: Element, selector: string) => within.querySelector(selector)?.textContent?.trim() ?? ''
    const cells = (row: Element) => [...row.children].map((cell) => cell.textContent?.trim().replace(/\s+/g, ' ') ?? '')
    return {
      lanes: all('#lanes [data-record]').map((each) => each.getAttribute('aria-label') ?? ''),
      marks: all('#lanes [data-marks]').map((each) =>
        [
          each.getAttribute('data-marks'),
          text(each, 'text'),
          all('.committed', each).length,
          all('.position', each).length,
        ].join(' '),
      ),
      cursors: all('[data-cursor]').map((row) => `${row.getAttribute('data-cursor')}: ${cells(row).join(' ')}`),
      groups: all('[data-group] h3').map((each) => each.textContent?.trim().replace(/\s+/g, ' ') ?? ''),
      consumers: all('[data-consumer]').map((each) =>
        [
          each.getAttribute('data-consumer'),
          text(each, '[data-doing]'),
          all('.own', each)
            .map((own) => own.getAttribute('data-own'))
            .join(','),
          text(each, '[data-received]'),
          text(each, '[data-error]'),
        ].join('|'),
      ),
      offsets: all('[data-offsets]')
        .map((row) => cells(row).join('|'))
        .sort(),
      keys: all('[data-spread]').map((each) =>
        [
          each.getAttribute('data-spread'),
          all('[data-count]', each)
            .map((bar) => bar.textContent)
            .join(','),
          text(each, '[data-distinct]'),
        ].join('|'),
      ),
      states: all('[data-swim]').flatMap((swim) => all('.span title', swim).map((title) => title.textContent ?? '')),
      clock: text(document.documentElement, '[data-clock]'),
    }
  })
}

const doings: Readonly<Record<string, string>> = { waits: 'waits in poll' }

export function expectedOf(sight: Sight): Seen {
  const names = [...new Set([...sight.consumers, ...sight.groups].map(({ group }) => group))]
  const groups = names.flatMap((name) => sight.groups.find(({ group }) => group === name) ?? [])
  const mostOfLane = Math.floor(300 / Math.max(1, sight.topics.flatMap(({ lanes }) => lanes).length))
  return {
    lanes: sight.topics.flatMap(({ topic, lanes }) =>
      lanes.flatMap(({ partition, records }) =>
        records
          .slice(-mostOfLane)
          .map(
            ({ offset, key, value }) =>
              `${topic}-${partition}@${offset}: ${key === null ? 'no key' : `Key ${key}`}, ${value}`,
          ),
      ),
    ),
    marks: sight.topics.flatMap(({ topic, lanes }) =>
      lanes.flatMap(({ partition }) =>
        groups.flatMap(({ group, cursors }) =>
          cursors
            .filter((each) => each.topic === topic && each.partition === partition)
            .map(({ lag, committed, position }) =>
              [
                `${group}/${topic}-${partition}`,
                `lag ${lag}`,
                committed === null ? 0 : 1,
                position === null ? 0 : 1,
              ].join(' '),
            ),
        ),
      ),
    ),
    cursors: groups.flatMap(({ group, cursors }) =>
      cursors.map(({ topic, partition, owner, committed, position, endOffset, lag }) =>
        [
          `${group}/${topic}-${partition}:`,
          `${topic}-${partition}`,
          owner ?? '–',
          committed ?? '–',
          position ?? '–',
          endOffset,
          lag,
        ].join(' '),
      ),
    ),
    groups: names.map((name) => groupLine(name, sight)),
    consumers: names.flatMap((name) =>
      sight.consumers
        .filter(({ group }) => group === name)
        .map(({ consumer, state, owns, received, error }) =>
          [
            consumer,
            doings[state] ?? state,
            owns.join(','),
            `${received.length} received`,
            error === null ? '' : `! ${error}`,
          ].join('|'),
        ),
    ),
    offsets: sight.offsets.map(offsetsLine).sort(),
    keys: sight.topics.map(({ topic, lanes }) => {
      const keys = new Set(lanes.flatMap(({ records }) => records.flatMap(({ key }) => key ?? [])))
      return `${topic}|${lanes.map(({ records }) => records.length).join(',')}|${keys.size} distinct keys`
    }),
    states: names.flatMap((name) => statesOf(name, sight)),
    clock: `${sight.afterMs} ms`,
  }
}

function groupLine(name: string, { groups }: Sight): string {
  const group = groups.find((each) => each.group === name)
  if (!group) return name
  const { state, generation, protocol } = group
  const kind = protocol === 'cooperative-sticky' ? 'cooperative' : 'eager'
  return `${name} generation ${generation}${protocol === null ? '' : ` · ${protocol} (${kind})`} ${state}`
}

function offsetsLine({ partition, offset, record, isNewest }: Sight['offsets'][number]): string {
  if (record.type === 'unknown')
    throw new Error(`A record of a kind that classic groups do not have: ${record.keyVersion}`)
  const key = record.type === 'offset-commit' ? `${record.group}, ${record.topic}-${record.partition}` : record.group
  const value =
    record.value === null
      ? 'null (tombstone)'
      : record.type === 'offset-commit'
        ? `offset ${record.value.offset}`
        : `generation ${record.value.generation}, ${record.value.members.length} members`
  return [partition, offset, key, isNewest ? value : `${value} superseded`].join('|')
}

/** As many of a group's newest events as the page draws; the changes of state among them. */
function statesOf(name: string, { timeline }: Sight): string[] {
  return timeline
    .filter(
      (entry) =>
        'groupId' in entry &&
        entry.groupId === name &&
        entry.event !== 'offsetsCommitted' &&
        entry.event !== 'positionReset',
    )
    .slice(-60)
    .flatMap((entry) => (entry.event === 'groupStateChanged' ? [entry.text] : []))
}
