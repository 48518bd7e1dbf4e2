// A reader's actions as short text, for a link: `poll,bill;pass,1000*5`. What comes from a link is checked, as anybody may have written it.
import type { Action, Written } from '../lessons/action.ts'
import { addPartitions, createTopic, pass, produce, resetOffsets, run, seek, start } from '../lessons/action.ts'
import { consumerOptions, isStrategy, type Strategy } from './consumer-options.ts'

/** Bounds for what a link may ask of the page. */
const MOST_ACTIONS = 1_000
const MOST_PARTITIONS = 50
const LONGEST_PASS_MS = 86_400_000
const LONGEST_NAME = 60

/** The actions that name a consumer and nothing else. */
const bare = ['poll', 'commit', 'close', 'crash', 'freeze', 'thaw', 'stop'] as const

export function actionsToText(actions: readonly Action[]): string {
  const runs: { text: string; times: number }[] = []
  for (const text of actions.map(actionToText)) {
    const last = runs.at(-1)
    if (last?.text === text) last.times++
    else runs.push({ text, times: 1 })
  }
  return runs.map(({ text, times }) => (times === 1 ? text : `${text}*${times}`)).join(';')
}

/** null where any part of it cannot be understood. */
export function actionsFromText(text: string): readonly Action[] | null {
  const actions: Action[] = []
  for (const part of text.split(';').filter((each) => each !== '')) {
    const [, once = '', times = '1'] = /^([^*]*)(?:\*(\d{1,4}))?$/.exec(part) ?? []
    const action = actionFromFields(once.split(',').map(unescaped))
    if (action === null || actions.length + Number(times) > MOST_ACTIONS) return null
    for (let i = 0; i < Number(times); i++) actions.push(action)
  }
  return actions
}

function actionToText(action: Action): string {
  return fieldsOf(action)
    .map((field) => escaped(String(field)))
    .join(',')
}

function fieldsOf(action: Action): readonly (string | number)[] {
  const { type } = action
  switch (type) {
    case 'createTopic':
    case 'addPartitions':
      return [type, action.topic, action.partitions]
    case 'produce':
      return [
        type,
        action.topic,
        ...action.records.flatMap(({ key, value, partition }) => [key ?? '', value, partition ?? '']),
      ]
    case 'start':
      return [type, action.consumer, action.group, action.options.strategy?.[0] ?? '', ...action.topics]
    case 'run':
      return [type, action.consumer, action.handlerMs]
    case 'seek':
      return [type, action.consumer, action.topic, action.partition, action.offset]
    case 'resetOffsets':
      return [type, action.group, action.topic, action.to]
    case 'pass':
      return [type, action.ms]
    default:
      return [type, action.consumer]
  }
}

function actionFromFields([type, first = '', ...rest]: readonly string[]): Action | null {
  const [second = '', third = '', fourth = ''] = rest
  if (first === '' || [first, ...rest].some((field) => field.length > LONGEST_NAME)) return null
  const plain = bare.find((each) => each === type)
  if (plain) return { type: plain, consumer: first }
  switch (type) {
    case 'createTopic':
      return isWhole(second, 1, MOST_PARTITIONS) ? createTopic(first, Number(second)) : null
    case 'addPartitions':
      return isWhole(second, 1, MOST_PARTITIONS) ? addPartitions(first, Number(second)) : null
    case 'produce':
      return produceFrom(first, rest)
    case 'start':
      return startFrom(first, rest)
    case 'run':
      return isWhole(second, 0, LONGEST_PASS_MS) ? run(first, Number(second)) : null
    case 'seek':
      return isWhole(third, 0, MOST_PARTITIONS) && isWhole(fourth, 0, Number.MAX_SAFE_INTEGER)
        ? seek(first, second, Number(third), Number(fourth))
        : null
    case 'resetOffsets':
      return third === 'earliest' || third === 'latest' ? resetOffsets(first, second, third) : null
    case 'pass':
      return isWhole(first, 0, LONGEST_PASS_MS) ? pass(Number(first)) : null
    default:
      return null
  }
}

function produceFrom(topic: string, fields: readonly string[]): Action | null {
  const records: Written[] = []
  for (let i = 0; i < fields.length; i += 3) {
    const [key = '', value = '', partition = ''] = fields.slice(i, i + 3)
    if (partition !== '' && !isWhole(partition, 0, MOST_PARTITIONS)) return null
    records.push({
      ...(key !== '' && { key }),
      value,
      ...(partition !== '' && { partition: Number(partition) }),
    })
  }
  return records.length === 0 ? null : produce(topic, ...records)
}

function startFrom(consumer: string, [group = '', strategy = '', ...topics]: readonly string[]): Action | null {
  if (group === '' || topics.length === 0) return null
  const chosen: Strategy | null = isStrategy(strategy) ? strategy : null
  if (strategy !== '' && chosen === null) return null
  return start(consumer, group, topics, consumerOptions(chosen))
}

function isWhole(text: string, least: number, most: number): boolean {
  return /^\d{1,16}$/.test(text) && Number(text) >= least && Number(text) <= most
}

/** What has a meaning in the text is written as its code. */
function escaped(field: string): string {
  return encodeURIComponent(field).replaceAll('*', '%2A')
}

function unescaped(field: string): string {
  try {
    return decodeURIComponent(field)
  } catch {
    return ''
  }
}
