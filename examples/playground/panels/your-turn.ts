// What a reader can do beside the lesson: produce, add a consumer, a group, a partition, let time pass.
import { html, type TemplateResult } from 'lit-html'
import { type Action, addPartitions, pass, produce, run, start } from '../../lessons/action.ts'
import type { Sight } from '../../lessons/sight.ts'
import { consumerOptions, isStrategy, strategies } from '../consumer-options.ts'
import type { State, Tell } from '../state.ts'
import type { Say } from '../words.ts'

const consumerNames = ['ada', 'bob', 'cy', 'dee', 'eve', 'fay', 'gus', 'hal', 'ivy', 'jo', 'kim', 'leo'] as const
const groupNames = ['billing', 'shipping', 'search', 'audit', 'mail'] as const
const keys = ['ada', 'bob', 'cy', 'dee', 'eve', 'fay', 'gus'] as const
const RUN_MS = 500
const MOST_PARTITIONS = 50
const passesMs = [1_000, 10_000, 60_000] as const

export function yourTurn({ sight }: State, say: Say, tell: Tell): TemplateResult {
  const produceOne = (event: SubmitEvent) => {
    event.preventDefault()
    const fields = fieldsOf(event)
    const key = fields('key')
    tell({
      type: 'do',
      actions: [produce(fields('topic'), { ...(key !== '' && { key }), value: fields('value') || '1' })],
    })
  }
  const addConsumer = (event: SubmitEvent) => {
    event.preventDefault()
    const fields = fieldsOf(event)
    tell({ type: 'do', actions: newConsumer(sight, fields('group'), fields('strategy')) })
  }
  return html`
    <section class="panel turn" id="your-turn" aria-labelledby="turn-title">
      <header><h2 id="turn-title">${say('yourTurn')}</h2><div class="aside">${say('clock')} <b data-clock>${`${sight.afterMs} ms`}</b></div></header>
      <form id="produce" @submit=${produceOne}>
        <label>${say('topic')} ${topicSelect(sight)}</label>
        <label>${say('key')} <input name="key" placeholder=${say('noKey')} maxlength="20" size="7" /></label>
        <label>${say('value')} <input name="value" placeholder="1" maxlength="20" size="6" /></label>
        <button>${say('produce')}</button>
        <button type="button" id="produce-ten" @click=${(event: Event) => tell({ type: 'do', actions: [tenRecords(sight, topicIn(event))] })}>${say('produceTen')}</button>
        <button type="button" id="add-partition" @click=${(event: Event) => tell({ type: 'do', actions: [onePartitionMore(sight, topicIn(event))] })}>${say('addPartition')}</button>
      </form>
      <form id="consume" @submit=${addConsumer}>
        <label>${say('group')} ${groupSelect(sight)}</label>
        <label>${say('strategy')}
          <select name="strategy"><option value="">${say('byDefault')}</option>${strategies.map((each) => html`<option>${each}</option>`)}</select>
        </label>
        <button id="add-consumer">${say('addConsumer')}</button>
        <button type="button" id="add-group" @click=${() => tell({ type: 'do', actions: newConsumer(sight, freeGroup(sight), '') })}>${say('addGroup')}</button>
      </form>
      <div class="pass" role="group" aria-label=${say('pass')}>
        <span>${say('pass')}</span>
        ${passesMs.map((ms) => html`<button class="small" data-pass=${ms} @click=${() => tell({ type: 'do', actions: [pass(ms)] })}>${ms / 1_000} s</button>`)}
      </div>
    </section>
  `
}

function topicSelect({ topics }: Sight): TemplateResult {
  return html`<select name="topic">${topics.map(({ topic }) => html`<option>${topic}</option>`)}</select>`
}

function groupSelect(sight: Sight): TemplateResult {
  const groups = [...new Set(sight.consumers.map(({ group }) => group))]
  const shown = groups.length === 0 ? [groupNames[0]] : groups
  return html`<select name="group">${shown.map((group) => html`<option>${group}</option>`)}</select>`
}

function fieldsOf({ currentTarget }: Event): (name: string) => string {
  const data = new FormData(currentTarget instanceof HTMLFormElement ? currentTarget : undefined)
  return (name) => String(data.get(name) ?? '').trim()
}

function topicIn({ currentTarget }: Event): string {
  const form = currentTarget instanceof HTMLButtonElement ? currentTarget.form : null
  return form ? String(new FormData(form).get('topic') ?? '') : ''
}

/** The next ten of an endless row: the same again wherever the log is the same. */
function tenRecords({ topics }: Sight, topic: string): Action {
  const lanes = topics.find((each) => each.topic === topic)?.lanes ?? []
  const count = lanes.reduce((sum, { endOffset }) => sum + endOffset, 0)
  const next = Array.from({ length: 10 }, (_, index) => ({
    key: keys[(count + index) % keys.length] ?? keys[0],
    value: String(count + index),
  }))
  return produce(topic, ...next)
}

function onePartitionMore({ topics }: Sight, topic: string): Action {
  const lanes = topics.find((each) => each.topic === topic)?.lanes ?? []
  return addPartitions(topic, Math.min(MOST_PARTITIONS, lanes.length + 1))
}

/** It comes and runs. It subscribes to what its group does, or to the first topic. */
function newConsumer(sight: Sight, group: string, strategy: string): readonly [Action, ...Action[]] {
  const taken = new Set(sight.consumers.map(({ consumer }) => consumer))
  const name = consumerNames.find((each) => !taken.has(each)) ?? `c${taken.size + 1}`
  const cursors = sight.groups.find((each) => each.group === group)?.cursors ?? []
  const known = [...new Set(cursors.map(({ topic }) => topic))]
  const topics = known.length > 0 ? known : sight.topics.slice(0, 1).map(({ topic }) => topic)
  return [start(name, group, topics, consumerOptions(isStrategy(strategy) ? strategy : null)), run(name, RUN_MS)]
}

function freeGroup({ groups, consumers }: Sight): string {
  const taken = new Set([...groups, ...consumers].map(({ group }) => group))
  return groupNames.find((each) => !taken.has(each)) ?? `group-${taken.size + 1}`
}
