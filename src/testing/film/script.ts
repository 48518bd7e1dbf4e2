// What each thing that happened draws: in which lanes a mark stands, and which bars begin or end with it.

import { nameOf } from '../group-view.ts'
import type { TimelineEntry } from '../timeline.ts'
import type { Columns } from './columns.ts'
import { Lanes, type MarkKind, type Section } from './lanes.ts'

type EventName = TimelineEntry['event']
type EntryOf<Name extends EventName> = Extract<TimelineEntry, { readonly event: Name }>

interface DrawnMark {
  readonly section: Section
  readonly lane: string
  readonly kind: MarkKind
  readonly label: string
}

type Marker<Name extends EventName> = (entry: EntryOf<Name>) => readonly DrawnMark[]

const LETTERS = { JoinGroup: 'J', SyncGroup: 'S', Heartbeat: 'H', LeaveGroup: 'L' } as const
const MOST_LETTERS = 14

const markers: { readonly [Name in EventName]: Marker<Name> } = {
  topicCreated: ({ topic, partitions }) => [topicNote(`${shortened(topic)} ${partitions}`)],
  topicDeleted: ({ topic }) => [topicNote(`${shortened(topic)} deleted`)],
  partitionsCreated: ({ topic, partitions }) => [topicNote(`${shortened(topic)} ${partitions}`)],
  recordsAppended: ({ baseOffset, count, ...place }) => {
    const label = count === 1 ? `${baseOffset}` : `${baseOffset}–${baseOffset + count - 1}`
    return [{ section: 'Partitions', lane: nameOf(place), kind: 'record', label }]
  },
  groupRequest: ({ api, clientId }) => [{ section: 'Clients', lane: clientId, kind: 'request', label: LETTERS[api] }],
  groupResponse: ({ api, clientId, error }) => {
    const kind = error === 'NONE' ? 'answer' : 'error'
    return [{ section: 'Clients', lane: clientId, kind, label: LETTERS[api] }]
  },
  groupStateChanged: () => [],
  transactionStateChanged: () => [],
  memberJoined: ({ groupId, clientId }) => {
    return [{ section: 'Groups', lane: groupId, kind: 'joined', label: `+${shortened(clientId)}` }]
  },
  memberLeft: ({ groupId, clientId }) => {
    return [{ section: 'Groups', lane: groupId, kind: 'left', label: `−${shortened(clientId)}` }]
  },
  offsetsCommitted: ({ groupId, offsets }) =>
    offsets.map(({ offset, ...place }): DrawnMark => {
      return { section: 'Partitions', lane: nameOf(place), kind: 'commit', label: `${shortened(groupId)} ${offset}` }
    }),
  partitionsAssigned: ({ clientId }) => [{ section: 'Clients', lane: clientId, kind: 'owns', label: '' }],
  partitionsRevoked: ({ clientId }) => [{ section: 'Clients', lane: clientId, kind: 'gives', label: '' }],
  partitionsLost: ({ clientId }) => [{ section: 'Clients', lane: clientId, kind: 'loses', label: '' }],
  positionReset: ({ clientId, offset, text }) => {
    const skips = /, and (skips \d+)/.exec(text)?.[1]
    const label = skips === undefined ? `@${offset}` : `@${offset} ${skips}`
    return [{ section: 'Clients', lane: clientId, kind: 'begin', label }]
  },
  listenerError: () => [],
}

function marksOf(entry: TimelineEntry): readonly DrawnMark[] {
  return (markers[entry.event] as Marker<EventName>)(entry)
}

/** What must fit into the column of this entry. */
export function labelsOf(entry: TimelineEntry): readonly string[] {
  return marksOf(entry).map(({ label }) => label)
}

/** All lanes, with what stands in them. What happened before the first column still says who owns what there. */
export function performed({ columns, earlier, endX }: Columns, startX: number): Lanes {
  const lanes = new Lanes()
  const owned = new Map<string, Set<string>>()
  for (const entry of earlier) changeBars(lanes, owned, entry, startX)
  for (const { entry, x, width } of columns) {
    for (const { section, lane, kind, label } of marksOf(entry)) {
      lanes.of(section, lane).marks.push({ kind, x, width, label, text: textOf(entry) })
    }
    changeBars(lanes, owned, entry, x)
  }
  lanes.end(endX)
  return lanes
}

function changeBars(lanes: Lanes, owned: Map<string, Set<string>>, entry: TimelineEntry, x: number): void {
  switch (entry.event) {
    case 'groupStateChanged': {
      const label = `${entry.to} · generation ${entry.generation}`
      lanes.of('Groups', entry.groupId).change(x, { kind: entry.to, label, text: textOf(entry) })
      return
    }
    case 'transactionStateChanged': {
      const label = `${entry.to} · epoch ${entry.producerEpoch}`
      lanes.of('Transactions', entry.transactionalId).change(x, { kind: entry.to, label, text: textOf(entry) })
      return
    }
    case 'memberLeft': {
      const label = labelOf(owned.get(entry.clientId))
      // What it still takes for its own is others' by now.
      const bar = label === '' ? null : { kind: 'stale', label: `no member, had ${label}`, text: textOf(entry) }
      lanes.of('Clients', entry.clientId).change(x, bar)
      return
    }
    case 'partitionsAssigned':
    case 'partitionsRevoked':
    case 'partitionsLost': {
      const mine = owned.get(entry.clientId) ?? new Set()
      owned.set(entry.clientId, mine)
      for (const name of entry.partitions.map(nameOf)) {
        if (entry.event === 'partitionsAssigned') mine.add(name)
        else mine.delete(name)
      }
      const label = labelOf(mine)
      const bar = mine.size === 0 ? null : { kind: 'owned', label, text: `${entry.clientId} owns ${label}` }
      lanes.of('Clients', entry.clientId).change(x, bar)
    }
  }
}

function labelOf(owned: ReadonlySet<string> = new Set()): string {
  return [...owned].sort().join(', ')
}

function textOf({ afterMs, text }: TimelineEntry): string {
  return `${afterMs} ms: ${text}`
}

function topicNote(label: string): DrawnMark {
  return { section: 'Topics', lane: 'topics', kind: 'note', label }
}

/** Names can be long, and a column is as wide as its label. */
function shortened(name: string): string {
  const letters = [...name]
  return letters.length <= MOST_LETTERS ? name : `${letters.slice(0, MOST_LETTERS - 1).join('')}…`
}
