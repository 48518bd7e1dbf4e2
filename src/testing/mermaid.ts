// A rebalance as a picture: the sequence diagram of a timeline, in Mermaid's words.

import { rejectUnknown } from '../config.ts'
import { KafkaError } from '../errors.ts'
import { nameOf } from './group-view.ts'
import { Timeline, type TimelineEntry } from './timeline.ts'

/**
 * Draws what a timeline tells of groups as a Mermaid sequence diagram: who asks, what is answered, what changes. Paste
 * it into a Markdown file between ```mermaid fences, or into https://mermaid.live.
 *
 * @param options.groupId draws one group alone; default: all
 * @throws KafkaError INVALID_ARGUMENT for anything but a timeline; GROUP_ID_NOT_FOUND for a group it tells nothing of
 * @example
 * const timeline = inspect(kafka).timeline()
 * // … a rebalance …
 * console.log(toMermaid(timeline, { groupId: 'billing' }))
 */
export function toMermaid(timeline: Timeline, options: { readonly groupId?: string } = {}): string {
  if (!(timeline instanceof Timeline)) {
    throw new KafkaError('INVALID_ARGUMENT', 'toMermaid takes a timeline: toMermaid(inspect(kafka).timeline()).')
  }
  rejectUnknown(options, ['groupId'], 'toMermaid')
  const { groupId } = options
  const told = timeline.entries.filter(isOfGroup)
  const shown = told.filter((entry) => groupId === undefined || entry.groupId === groupId)
  if (shown.length === 0 && groupId !== undefined) {
    const others = [...new Set(told.map((entry) => entry.groupId))].join(', ') || 'no group'
    const why = `toMermaid: the timeline tells nothing of group '${groupId}', but of ${others}. Ask for the timeline before the group begins.`
    throw new KafkaError('GROUP_ID_NOT_FOUND', why)
  }
  const names = new Names()
  const lines: string[] = []
  let atMs: number | null = null
  for (const entry of shown) {
    const drawn = draw(entry, names)
    if (atMs !== entry.afterMs) lines.push(`Note over ${names.group(entry.groupId)}: ${entry.afterMs} ms`)
    atMs = entry.afterMs
    lines.push(...drawn)
  }
  return ['sequenceDiagram', ...names.participants, ...lines].join('\n  ')
}

const drawnEvents = [
  'groupRequest',
  'groupResponse',
  'groupStateChanged',
  'memberLeft',
  'partitionsAssigned',
  'partitionsRevoked',
  'partitionsLost',
] as const

type GroupEntry = Extract<TimelineEntry, { readonly event: (typeof drawnEvents)[number] }>

function isOfGroup(entry: TimelineEntry): entry is GroupEntry {
  return (drawnEvents as readonly string[]).includes(entry.event)
}

function draw(entry: GroupEntry, names: Names): string[] {
  const group = names.group(entry.groupId)
  switch (entry.event) {
    case 'groupRequest':
      return [`${names.client(entry.clientId)}->>${group}: ${entry.api}`]
    case 'groupResponse': {
      const { error, generation, isLeader } = entry
      const made = generation === null ? 'done' : `generation ${generation}${isLeader ? ', leads' : ''}`
      const answer = error === 'NONE' ? made : error
      const client = names.client(entry.clientId)
      const said = `${group}-->>${client}: ${entry.api}, ${answer}`
      // A heartbeat is worth a line only for its answer.
      return entry.api === 'Heartbeat' ? [`${client}->>${group}: Heartbeat`, said] : [said]
    }
    case 'groupStateChanged':
      return [`Note over ${group}: ${entry.to}, generation ${entry.generation}`]
    case 'memberLeft':
      return [`Note over ${group}: loses ${plain(entry.clientId)}, ${entry.reason}`]
    case 'partitionsAssigned':
      return [`Note over ${names.client(entry.clientId)}: takes ${placesOf(entry.partitions)}`]
    case 'partitionsRevoked':
      return [`Note over ${names.client(entry.clientId)}: gives back ${placesOf(entry.partitions)}`]
    case 'partitionsLost':
      return [`Note over ${names.client(entry.clientId)}: has lost ${placesOf(entry.partitions)}`]
  }
}

/** Each party has a short name of letters and digits, which Mermaid takes whatever the party is called. */
class Names {
  readonly #names = new Map<string, string>()
  readonly participants: string[] = []

  client(clientId: string): string {
    return this.#name(`client ${clientId}`, 'c', clientId)
  }

  group(groupId: string): string {
    return this.#name(`group ${groupId}`, 'g', `group ${groupId}`)
  }

  #name(party: string, letter: string, title: string): string {
    const present = this.#names.get(party)
    if (present) return present
    const name = `${letter}${this.#names.size + 1}`
    this.#names.set(party, name)
    this.participants.push(`participant ${name} as ${plain(title)}`)
    return name
  }
}

function placesOf(partitions: readonly { readonly topic: string; readonly partition: number }[]): string {
  return partitions.length === 0 ? 'nothing new' : plain(partitions.map(nameOf).join(', '))
}

/** Without what ends a line or begins an entity in Mermaid. */
function plain(text: string): string {
  return text.replaceAll(/[;#\r\n]/g, ' ')
}
