// What happened in an instance, in order, as text that one can read.

import type { EventMap } from '../broker/events.ts'
import { OFFSETS_TOPIC, TRANSACTIONS_TOPIC } from '../broker/topics.ts'
import type { Insides } from '../kafkalet.ts'
import type { TransactionState } from '../transactions/transaction-state.ts'
import { nameOf } from './group-view.ts'
import { instance } from './instance.ts'

type Told = {
  readonly [Name in keyof EventMap]: Parameters<EventMap[Name]>[0] & { readonly event: Name }
}[keyof EventMap]
type EventOf<Name extends keyof EventMap> = Parameters<EventMap[Name]>[0]

/** One thing that happened. */
export type TimelineEntry = {
  /** Since the timeline began. */
  readonly afterMs: number
  /** What happened, in words. */
  readonly text: string
} & Told

/**
 * What happened since it began. As text it is stable: times count from its beginning, and members go by their client
 * ids. Heartbeats are left out while all is well, and so are the records of internal topics.
 *
 * @example
 * const timeline = inspect(kafka).timeline()
 * // …
 * expect(String(timeline)).toMatchInlineSnapshot()
 */
export class Timeline {
  readonly #entries: TimelineEntry[] = []
  readonly #insides: Insides
  readonly #startMs: number
  /** Producer id → whose transactions it has. */
  readonly #transactionalIds = new Map<number, string>()

  /** Made by `inspect(kafka).timeline()`. */
  constructor(insides: Insides) {
    this.#insides = insides
    this.#startMs = insides.host.clock.now()
    const { listeners } = insides.broker.events
    for (const event of Object.keys(describers) as (keyof typeof describers)[]) {
      listeners.on(event, (told: EventOf<keyof EventMap>) => this.#record({ ...told, event } as Told))
    }
  }

  get entries(): readonly TimelineEntry[] {
    return this.#entries
  }

  /** Forgets what has happened so far; times still count from the beginning. */
  clear(): void {
    this.#entries.length = 0
  }

  toString(): string {
    if (this.#entries.length === 0) {
      return 'Nothing has happened since inspect(kafka).timeline() was first asked for. Ask for it before what it shall show.'
    }
    const widest = Math.max(...this.#entries.map(({ afterMs }) => String(afterMs).length))
    return this.#entries.map(({ afterMs, text }) => `${String(afterMs).padStart(widest)} ms  ${text}`).join('\n')
  }

  #record(told: Told): void {
    const afterMs = this.#insides.host.clock.now() - this.#startMs
    const before = this.#entries.at(-1)
    const joined = joinAppends(before, told, afterMs)
    if (joined) this.#entries.pop()
    if (told.event === 'transactionStateChanged') this.#transactionalIds.set(told.producerId, told.transactionalId)
    const text = describe(joined ?? told, {
      broker: this.#insides.broker,
      transactionalIdOf: (producerId) => this.#transactionalIds.get(producerId) ?? `producer ${producerId}`,
    })
    if (text !== null) this.#entries.push({ ...(joined ?? told), afterMs, text })
  }
}

const timelines = new WeakMap<object, Timeline>()

export function timelineOf(kafka: object): Timeline {
  const present = timelines.get(kafka)
  if (present) return present
  const timeline = new Timeline(instance('inspect', kafka))
  timelines.set(kafka, timeline)
  return timeline
}

/** Sends of one moment that stand side by side in the log are one thing that happened. */
function joinAppends(before: TimelineEntry | undefined, told: Told, afterMs: number): Told | null {
  if (before?.event !== 'recordsAppended' || told.event !== 'recordsAppended' || before.afterMs !== afterMs) return null
  if (before.marker || told.marker) return null
  const follows = nameOf(before) === nameOf(told) && before.baseOffset + before.count === told.baseOffset
  return follows ? { ...told, baseOffset: before.baseOffset, count: before.count + told.count } : null
}

type Describers = { readonly [Name in Exclude<keyof EventMap, 'listenerError'>]: Describer<Name> }
/** In words; null for what is not worth them. */
type Describer<Name extends keyof EventMap> = (event: EventOf<Name>, scene: Scene) => string | null

interface Scene {
  readonly broker: Insides['broker']
  transactionalIdOf(producerId: number): string
}

const describers: Describers = {
  topicCreated: ({ topic, partitions }) => `topic ${topic} is created with ${counted(partitions, 'partition')}`,
  topicDeleted: ({ topic }) => `topic ${topic} is deleted`,
  partitionsCreated: ({ topic, partitions }) => `topic ${topic} grows to ${counted(partitions, 'partition')}`,
  recordsAppended: ({ topic, partition, baseOffset, count, marker }, { transactionalIdOf }) => {
    if (topic === OFFSETS_TOPIC || topic === TRANSACTIONS_TOPIC) return null
    if (marker) {
      const { type, producerId } = marker
      return `${topic}-${partition} gets the ${type.toLowerCase()} marker of ${transactionalIdOf(producerId)}, at ${baseOffset}`
    }
    const offsets = count === 1 ? `${baseOffset}` : `${baseOffset} to ${baseOffset + count - 1}`
    return `${topic}-${partition} gets ${count === 1 ? 'record' : 'records'} ${offsets}`
  },
  groupRequest: ({ api, clientId, groupId }) => (api === 'Heartbeat' ? null : `${clientId} -> ${groupId}: ${api}`),
  groupResponse: ({ api, clientId, groupId, error, generation, isLeader }) => {
    if (api === 'Heartbeat' && error === 'NONE') return null
    const leads = isLeader ? ', leads' : ''
    const answer = error === 'NONE' ? (generation === null ? 'done' : `generation ${generation}${leads}`) : error
    return `${groupId} -> ${clientId}: ${api} answered, ${answer}`
  },
  groupStateChanged: ({ groupId, to, generation }) => `group ${groupId} is ${to}, generation ${generation}`,
  memberJoined: ({ groupId, clientId }) => `group ${groupId} has a new member, ${clientId}`,
  memberLeft: ({ groupId, clientId, reason }) => `group ${groupId} loses ${clientId}: ${reason}`,
  offsetsCommitted: ({ groupId, offsets }) => {
    const places = offsets.map((each) => `${nameOf(each)}@${each.offset}`)
    return `group ${groupId} commits ${places.join(', ')}`
  },
  transactionStateChanged: ({ transactionalId, to, producerId, producerEpoch }) => {
    return `${transactionTold[to](transactionalId)}, producer ${producerId} in epoch ${producerEpoch}`
  },
  partitionsAssigned: ({ clientId, partitions }) => {
    return `${clientId} takes ${partitions.length === 0 ? 'nothing new' : partitions.map(nameOf).join(', ')}`
  },
  partitionsRevoked: ({ clientId, partitions }) => {
    return partitions.length === 0 ? null : `${clientId} gives back ${partitions.map(nameOf).join(', ')}`
  },
  partitionsLost: ({ clientId, partitions }) => `${clientId} has lost ${partitions.map(nameOf).join(', ')}`,
  positionReset: ({ clientId, topic, partition, offset, autoOffsetReset }, { broker }) => {
    const startOffset = broker.topics.get(topic)?.partitions[partition]?.startOffset ?? 0
    const skipped = autoOffsetReset === 'latest' ? offset - startOffset : 0
    const skips = skipped > 0 ? `, and skips ${counted(skipped, 'record')}` : ''
    return `${clientId} begins ${topic}-${partition} at ${offset} (${autoOffsetReset})${skips}`
  },
}

const transactionTold: { readonly [State in TransactionState]: (transactionalId: string) => string } = {
  Empty: (id) => `${id} begins anew`,
  Ongoing: (id) => `transaction of ${id} begins`,
  PrepareCommit: (id) => `transaction of ${id} is to be committed`,
  PrepareAbort: (id) => `transaction of ${id} is to be aborted`,
  CompleteCommit: (id) => `transaction of ${id} is committed`,
  CompleteAbort: (id) => `transaction of ${id} is aborted`,
  PrepareEpochFence: (id) => `transaction of ${id} is to be aborted`,
  Dead: (id) => `${id} is forgotten`,
}

function describe(told: Told, scene: Scene): string | null {
  if (told.event === 'listenerError') return null
  const describer = describers[told.event] as Describer<keyof EventMap>
  return describer(told, scene)
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}
