// Which requests a fault is for, and which parts of them.

import type { ApiName, RequestContext, RequestOf } from '../broker/api.ts'
import type { Exchange } from '../broker/interceptors.ts'
import { rejectUnknown } from '../config.ts'
import { KafkaError } from '../errors.ts'
import { type PartField, type RequestPart, requestParts, type TopicDirectory } from './request-parts.ts'

/** All that is given must agree. A request with several parts is meant where one of them agrees. */
export interface FaultFilter<Api extends ApiName = ApiName> {
  readonly topic?: string
  readonly partition?: number
  readonly groupId?: string
  readonly memberId?: string
  readonly transactionalId?: string
  readonly clientId?: string
  /** Anything else: whether this request is meant. */
  where?(request: RequestOf<Api>, context: RequestContext): boolean
}

export const PART_FIELDS: readonly PartField[] = ['topic', 'partition', 'groupId', 'memberId', 'transactionalId']

/** `others` are what can be asked for beside the parts of a request. */
export function checkFilter(call: string, api: ApiName, filter: object, others: readonly string[]): void {
  if (typeof filter !== 'object' || filter === null) {
    const why = `${call}: ${api} is filtered by an object such as { clientId: 'worker' }, not by ${String(filter)}.`
    throw new KafkaError('INVALID_ARGUMENT', why)
  }
  rejectUnknown(filter, [...PART_FIELDS, ...others], `${call}: the filter for ${api}`)
  const { fields } = requestParts[api]
  const given: Readonly<Partial<Record<PartField, unknown>>> = filter
  const stranger = PART_FIELDS.find((field) => given[field] !== undefined && !fields.includes(field))
  if (stranger === undefined) return
  const known = [...fields, ...others].join(', ')
  throw new KafkaError('INVALID_ARGUMENT', `${call}: ${api} names no ${stranger}. It can be filtered by ${known}.`)
}

/** For each part of the request whether it is meant; null where the request is not. */
export function hitsOf<Api extends ApiName>(
  filter: FaultFilter<Api>,
  { api, request, context }: Exchange<Api>,
  topics: TopicDirectory,
): readonly boolean[] | null {
  if (filter.clientId !== undefined && filter.clientId !== context.clientId) return null
  const isHit = requestParts[api].list(request, topics).map((part) => agrees(filter, part))
  const isMeant = isHit.length > 0 ? isHit.includes(true) : asksForNoPart(filter)
  if (!isMeant || filter.where?.(request, context) === false) return null
  return isHit
}

function agrees(filter: FaultFilter, part: RequestPart): boolean {
  return PART_FIELDS.every((field) => filter[field] === undefined || filter[field] === part[field])
}

function asksForNoPart(filter: FaultFilter): boolean {
  return PART_FIELDS.every((field) => filter[field] === undefined)
}

/** `Produce { topic: 'orders', partition: 0 }` */
export function describeFilter(api: ApiName, filter: FaultFilter): string {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined)
  if (given.length === 0) return api
  const each = given.map(([name, value]) => (name === 'where' ? 'where' : `${name}: ${quoted(value)}`))
  return `${api} { ${each.join(', ')} }`
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : String(value)
}
