// Configs as data: what a config is called, what it may be, and what it is by default. Read strictly: an unknown
// name or a value out of range is an error that says what is known.

import { type ErrorName, KafkaError } from './errors.ts'
import { didYouMean } from './suggest.ts'

interface Common {
  /** Kafka's name; ours is the same in camelCase. */
  readonly kafkaName: string
  /** Why a value is refused that Kafka would accept. */
  readonly refuse?: (value: unknown) => string | null
}

export type ConfigDefinition = Common &
  (
    | {
        readonly type: 'number'
        readonly default: number
        readonly unit?: 'ms' | 'minutes' | 'bytes'
        readonly min?: number
        readonly max?: number
        /** Fractions are allowed. */
        readonly fractional?: boolean
      }
    | { readonly type: 'boolean'; readonly default: boolean }
    | {
        readonly type: 'choice'
        readonly default: string
        readonly choices: readonly string[]
        /** What else it may be than one of the choices. */
        readonly orElse?: OpenChoice
      }
  )

/** Values that are too many to be listed. */
export interface OpenChoice {
  readonly looksLike: string
  isValid(value: string): boolean
}

type ConfigErrorName = ErrorName | 'INVALID_ARGUMENT'

export type ConfigTable<Config> = { readonly [Name in keyof Config]-?: ConfigDefinition }

/** A definition for each name, as `define({ sessionTimeoutMs: … })` wants it. */
export function number(
  kafkaName: string,
  value: number,
  limits: Omit<Extract<ConfigDefinition, { type: 'number' }>, 'type' | 'default' | 'kafkaName'> = {},
): ConfigDefinition {
  return { type: 'number', kafkaName, default: value, ...limits }
}

export function boolean(kafkaName: string, value: boolean): ConfigDefinition {
  return { type: 'boolean', kafkaName, default: value }
}

export function choice(
  kafkaName: string,
  value: string,
  choices: readonly string[],
  orElse?: OpenChoice,
): ConfigDefinition {
  return { type: 'choice', kafkaName, default: value, choices, ...(orElse && { orElse }) }
}

/**
 * The given values over the defaults. `what` names the owner in messages; `code` is the error that a wrong one gets.
 */
export function readConfig<Config extends object>(
  table: ConfigTable<Config>,
  given: object,
  what: string,
  code: ConfigErrorName = 'INVALID_ARGUMENT',
): Required<Config> {
  rejectUnknown(given, table, what, code)
  const values = given as Record<string, unknown>
  const read: Record<string, unknown> = {}
  for (const [name, definition] of entriesOf(table)) {
    const value = values[name]
    if (value !== undefined) check(name, definition, value, what, code)
    read[name] = value === undefined ? definition.default : value
  }
  return read as Required<Config>
}

function check(name: string, definition: ConfigDefinition, value: unknown, what: string, code: ConfigErrorName): void {
  const problem = problemWith(definition, value) ?? definition.refuse?.(value) ?? null
  if (problem) throw new KafkaError(code, `${what}: ${name} (${definition.kafkaName}) ${problem}`)
}

/** Every client reads a table when it is made, so its entries are taken out once. */
const entries = new WeakMap<object, readonly [string, ConfigDefinition][]>()

function entriesOf(table: object): readonly [string, ConfigDefinition][] {
  const known = entries.get(table) ?? Object.entries<ConfigDefinition>(table as Record<string, ConfigDefinition>)
  entries.set(table, known)
  return known
}

/** `known` is a list of names, or an object that has them. */
export function rejectUnknown(
  given: object,
  known: readonly string[] | object,
  what: string,
  code: ConfigErrorName = 'INVALID_ARGUMENT',
): void {
  for (const name of Object.keys(given)) {
    const isKnown = Array.isArray(known) ? known.includes(name) : Object.hasOwn(known, name)
    if (isKnown) continue
    const names: string[] = Array.isArray(known) ? known : Object.keys(known)
    const all = [...names].sort().join(', ')
    throw new KafkaError(code, `${what}: there is no option '${name}'.${didYouMean(name, names)} Known: ${all}.`)
  }
}

function problemWith(definition: ConfigDefinition, value: unknown): string | null {
  const shown = typeof value === 'string' ? `'${value}'` : String(value)
  if (definition.type === 'boolean') return typeof value === 'boolean' ? null : `must be true or false, not ${shown}.`
  if (definition.type === 'choice') {
    const { choices, orElse } = definition
    if (choices.includes(value as string) || (typeof value === 'string' && orElse?.isValid(value))) return null
    const also = orElse ? ` or look like '${orElse.looksLike}'` : ''
    return `must be one of ${choices.map((each) => `'${each}'`).join(', ')}${also}, not ${shown}.`
  }
  const { min = 0, max = Number.MAX_SAFE_INTEGER, unit, fractional } = definition
  const isRight = typeof value === 'number' && (fractional ? Number.isFinite(value) : Number.isSafeInteger(value))
  if (isRight && value >= min && value <= max) return null
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
  return `must be a ${fractional ? '' : 'whole '}number ${unit ? `of ${unit}, ` : ''}${range}, not ${shown}.`
}
