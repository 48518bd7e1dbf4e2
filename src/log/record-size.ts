// How large records and batches are in Kafka's encoding (record batch v2), and a bound that costs nothing.

import { unsignedVarintLength, utf8Length, varintLength } from '../bytes.ts'
import type { Headers, Payload } from './record.ts'

/** What a batch v2 has before its first record. */
export const BATCH_OVERHEAD_BYTES = 61

/** The most that a record has beside its key, value and headers: length, attributes, deltas, counts. */
const RECORD_OVERHEAD_BOUND_BYTES = 36

function payloadSize(payload: Payload): number {
  if (payload === null) return 0
  return typeof payload === 'string' ? utf8Length(payload) : payload.length
}

/** A UTF-16 unit has at most three bytes in UTF-8, so a string's bytes need no counting to be bounded. */
export function payloadSizeBound(payload: Payload): number {
  if (payload === null) return 0
  return typeof payload === 'string' ? payload.length * 3 : payload.length
}

/** Never more than the record's size, and exact where all is bytes or ASCII, but for a few bytes of overhead. */
export function recordSizeFloor(key: Payload, value: Payload): number {
  return (key?.length ?? 0) + (value?.length ?? 0)
}

export function recordSizeBound(key: Payload, value: Payload, headers: Headers | undefined): number {
  let bound = RECORD_OVERHEAD_BOUND_BYTES + payloadSizeBound(key) + payloadSizeBound(value)
  if (headers !== undefined) {
    for (const [name, bytes] of headers) bound += 10 + name.length * 3 + bytes.length
  }
  return bound
}

/** The exact size of a record inside a batch. */
export function recordSize(
  offsetDelta: number,
  timestampDelta: number,
  key: Payload,
  value: Payload,
  headers: Headers | undefined,
): number {
  const body =
    1 +
    varintLength(timestampDelta) +
    varintLength(offsetDelta) +
    nullableSize(key) +
    nullableSize(value) +
    headersSize(headers ?? [])
  return varintLength(body) + body
}

function nullableSize(payload: Payload): number {
  const size = payloadSize(payload)
  return payload === null ? 1 : varintLength(size) + size
}

function headersSize(headers: Headers): number {
  let size = varintLength(headers.length)
  for (const [name, bytes] of headers) {
    const nameSize = utf8Length(name)
    size += unsignedVarintLength(nameSize * 2) + nameSize + varintLength(bytes.length) + bytes.length
  }
  return size
}
