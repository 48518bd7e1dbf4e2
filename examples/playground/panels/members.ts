// The groups, their consumers, what each owns and does, and what one can do to them.
import { html, nothing, type TemplateResult } from 'lit-html'
import { type Action, run } from '../../lessons/action.ts'
import type { ConsumerSight, GroupSight, Sight } from '../../lessons/sight.ts'
import { groupNamesOf } from '../arrival.ts'
import { huesOfConsumers } from '../colours.ts'
import type { Extent } from '../extent.ts'
import type { State, Tell } from '../state.ts'
import type { Say, Word } from '../words.ts'
import { panel } from './panel.ts'

/** Longer than a poll's default `max.poll.records` would allow within `max.poll.interval.ms`, and short enough to watch. */
const SLOW_MS = 5_000
const RUN_MS = 500

const GROUP_PX = 34
const ROW_PX = 83
/** For what a refused call says. */
const REFUSAL_PX = 20

export function membersPanel({ sight }: State, extent: Extent, heightPx: number, say: Say, tell: Tell): TemplateResult {
  const groups = groupNamesOf(sight)
  return panel(
    { id: 'members', title: say('members'), heightPx },
    groups.length === 0
      ? html`<p class="empty">${say('nothingYet')}</p>`
      : groups.map((name) => groupSection(name, sight, extent, say, tell)),
  )
}

/** Of all of them, at their most. */
export function membersHeight(extent: Extent): number {
  return [...extent.groups.keys()].reduce((sum, name) => sum + groupHeight(name, extent), 0)
}

function groupHeight(name: string, { groups, hasRefusals }: Extent): number {
  return GROUP_PX + (groups.get(name)?.consumers ?? 1) * (ROW_PX + (hasRefusals ? REFUSAL_PX : 0))
}

function groupSection(name: string, sight: Sight, extent: Extent, say: Say, tell: Tell): TemplateResult {
  const group = sight.groups.find((each) => each.group === name)
  const consumers = sight.consumers.filter((each) => each.group === name)
  return html`
    <div class="group" data-group=${name} .style=${`min-height:${groupHeight(name, extent)}px`}>
      <h3>${name} ${group ? groupState(group, say) : nothing}</h3>
      <ul class=${extent.hasRefusals ? 'with-refusals' : ''}>${consumers.map((each) => consumerRow(each, group, sight, say, tell))}</ul>
    </div>
  `
}

function groupState({ state, generation, protocol }: GroupSight, say: Say): TemplateResult {
  const kind = say(protocol === 'cooperative-sticky' ? 'cooperative' : 'eager')
  return html`
    <small>${say('generation', { n: generation })}${protocol === null ? nothing : ` · ${protocol} (${kind})`}</small>
    <span class="badge state-${state}" data-state>${state}</span>
  `
}

function consumerRow(each: ConsumerSight, group: GroupSight | undefined, sight: Sight, say: Say, tell: Tell) {
  const { consumer, state, owns, received, error } = each
  const isOver = state === 'closed' || state === 'crashed'
  const member = group?.members.find(({ clientId }) => clientId === consumer)
  const isIdle = member !== undefined && member.assignment.length === 0 && group?.state === 'Stable'
  const hue = huesOfConsumers(sight).get(consumer) ?? ''
  return html`
    <li class="consumer ${isOver ? 'over' : ''}" data-consumer=${consumer}>
      <div class="who">
        <span class="chip ${hue}">${consumer}</span>
        ${heart(each, member !== undefined, say)}
        <span class="doing" data-doing>${say(state)}</span>
        <small data-received>${say('received', { n: received.length })}</small>
        <span class="owns">
          ${owns.map((name, index) => html`<span class="own ${hue}" data-own=${name}>${shortened(name, owns[index - 1])}</span>`)}
          ${isIdle ? html`<span class="badge idle">${say('idle')}</span>` : nothing}
        </span>
        ${member?.isLeader ? html`<span class="badge">${say('leader')}</span>` : nothing}
      </div>
      ${isOver ? nothing : buttons(each, say, tell)}
      ${error === null ? nothing : html`<p class="refusal" data-error title=${error}>! ${error}</p>`}
    </li>
  `
}

/** Behind a partition of the same topic, its number says enough. */
function shortened(partition: string, before: string | undefined): string {
  const dash = partition.lastIndexOf('-')
  const isSameTopic = before?.slice(0, before.lastIndexOf('-')) === partition.slice(0, dash)
  return isSameTopic ? partition.slice(dash + 1) : partition
}

function heart({ state }: ConsumerSight, isMember: boolean, say: Say): TemplateResult {
  const isSilent = state === 'frozen' || state === 'crashed'
  const word: Word = isMember ? (isSilent ? 'silent' : 'beats') : 'outside'
  const sign = isMember ? (isSilent ? '♡' : '♥') : '·'
  return html`<span class="heart ${word}" role="img" aria-label=${say(word)} title=${say(word)}>${sign}</span>`
}

function buttons({ consumer, state, isRunning }: ConsumerSight, say: Say, tell: Tell): TemplateResult {
  const button = (word: Word, action: Action) => html`
    <button class="small" @click=${() => tell({ type: 'do', actions: [action] })}>${say(word)}</button>
  `
  return html`
    <div class="acts" role="group" aria-label=${consumer}>
      ${button('doPoll', { type: 'poll', consumer })}
      ${isRunning ? button('doStop', { type: 'stop', consumer }) : button('doRun', run(consumer, RUN_MS))}
      ${button('doSlow', run(consumer, SLOW_MS))}
      ${button('doCommit', { type: 'commit', consumer })}
      ${state === 'frozen' ? button('doThaw', { type: 'thaw', consumer }) : button('doFreeze', { type: 'freeze', consumer })}
      ${button('doClose', { type: 'close', consumer })}
      ${button('doCrash', { type: 'crash', consumer })}
    </div>
  `
}
