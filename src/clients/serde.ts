// Serdes: how a record's key and value become payloads, and payloads become data again.

import { decodeUtf8, encodeUtf8 } from '../bytes.ts'
import type { Headers, Payload } from '../log/record.ts'
import type { InferInput, InferOutput, SchemaIssue, SchemaResult, StandardSchemaV1 } from './standard-schema.ts'

export type MaybePromise<T> = T | Promise<T>

export interface SerdeContext {
  readonly topic: string
  readonly part: 'key' | 'value'
  readonly headers: Headers
}

/**
 * Turns data into a payload and back. `In` is what may be sent, `T` what comes out; they differ where a schema has
 * defaults or coercions. Whatever `serialize` or `deserialize` throws reaches the caller as a KafkaError
 * SERIALIZATION_FAILED that names the topic and the part.
 */
export interface Serde<T, In = T> {
  readonly name: string
  /** Says that a string stays as it is both ways, so that neither function need be asked about one. */
  readonly passesText?: true
  serialize(data: In, context: SerdeContext): MaybePromise<Payload>
  deserialize(payload: Payload, context: SerdeContext): MaybePromise<T>
}

/** Text in UTF-8 (Kafka's StringSerializer). */
export const string: Serde<string> = {
  name: 'string',
  passesText: true,
  serialize(data) {
    if (typeof data !== 'string') throw new TypeError(`a string is wanted, not ${describe(data)}`)
    return data
  },
  deserialize(payload) {
    if (typeof payload === 'string') return payload
    return decodeUtf8(present(payload, 'string'))
  },
}

/** Bytes as they are (Kafka's ByteArraySerializer). What is sent and what is received are copies. */
export const bytes: Serde<Uint8Array> = {
  name: 'bytes',
  serialize(data) {
    if (!(data instanceof Uint8Array)) throw new TypeError(`a Uint8Array is wanted, not ${describe(data)}`)
    return data
  },
  deserialize: (payload) => new Uint8Array(present(payload, 'bytes')),
}

/** A 32-bit integer in four bytes, big-endian (Kafka's IntegerSerializer). */
export const int32: Serde<number> = {
  name: 'int32',
  serialize(data) {
    if (typeof data !== 'number' || (data | 0) !== data) {
      throw new TypeError(`a whole number from -2147483648 to 2147483647 is wanted, not ${describe(data)}`)
    }
    const four = new Uint8Array(4)
    new DataView(four.buffer).setInt32(0, data)
    return four
  },
  deserialize(payload) {
    const four = present(typeof payload === 'string' ? encodeUtf8(payload) : payload, 'int32')
    if (four.length !== 4) throw new TypeError(`an int32 has 4 bytes, not ${four.length}`)
    return new DataView(four.buffer, four.byteOffset, 4).getInt32(0)
  },
}

/** Allows null, which is a tombstone where it is a value. */
export function nullable<T, In>(serde: Serde<T, In>): Serde<T | null, In | null> {
  return {
    name: `nullable(${serde.name})`,
    serialize: (data, context) => (data === null ? null : serde.serialize(data, context)),
    deserialize: (payload, context) => (payload === null ? null : serde.deserialize(payload, context)),
  }
}

export interface JsonOptions {
  /** Sorts object keys, so that equal keys have equal bytes and so the same partition. Default false. */
  readonly canonical?: boolean
}

export interface JsonSchemaOptions extends JsonOptions {
  /** When the schema is applied. Default 'both'. */
  readonly validate?: 'both' | 'produce' | 'consume'
}

/** JSON in UTF-8, unchecked: `T` is your promise. */
export function json<T>(options?: JsonOptions): Serde<T>
/** JSON checked by any Standard Schema (zod, valibot, arktype, …), when produced, when consumed, or both. */
export function json<Schema extends StandardSchemaV1>(
  schema: Schema,
  options?: JsonSchemaOptions,
): Serde<InferOutput<Schema>, InferInput<Schema>>
export function json(first?: StandardSchemaV1 | JsonOptions, second?: JsonSchemaOptions): Serde<unknown> {
  const schema = first && '~standard' in first ? first : undefined
  const options: JsonSchemaOptions = schema ? (second ?? {}) : ((first as JsonOptions | undefined) ?? {})
  const moment = options.validate ?? 'both'
  const encode = (data: unknown) => stringify(data, options.canonical === true)
  return {
    name: 'json',
    serialize(data) {
      if (!schema || moment === 'consume') return encode(data)
      // What was sent is stored, not what the schema made of it: the reader's schema decides what it reads.
      return checked(schema, data, () => encode(data))
    },
    deserialize(payload) {
      const text = typeof payload === 'string' ? payload : decodeUtf8(present(payload, 'json'))
      const data: unknown = JSON.parse(text)
      return schema && moment !== 'produce' ? checked(schema, data, (value) => value) : data
    },
  }
}

/** Any codec with toBuffer and fromBuffer, such as an avsc Type. */
export function fromCodec<T>(codec: {
  toBuffer(value: T): Uint8Array
  // A codec says itself which bytes it takes (avsc: Buffer); `never` lets each say its own.
  fromBuffer(bytes: never): T
}): Serde<T> {
  return {
    name: 'codec',
    serialize: (data) => codec.toBuffer(data),
    deserialize(payload) {
      const given = typeof payload === 'string' ? encodeUtf8(payload) : present(payload, 'codec')
      return codec.fromBuffer(given as never)
    },
  }
}

/** Payloads as they are: what topics without a declaration have. */
export const raw: Serde<Payload> = {
  name: 'raw',
  passesText: true,
  serialize(data) {
    if (data === null || typeof data === 'string' || data instanceof Uint8Array) return data
    throw new TypeError(
      `a string, a Uint8Array or null is wanted, not ${describe(data)}; declare the topic with a serde such as json() to send other data`,
    )
  },
  deserialize: (payload) => (payload instanceof Uint8Array ? new Uint8Array(payload) : payload),
}

function present(payload: Uint8Array | null | string, serde: string): Uint8Array {
  if (payload === null)
    throw new TypeError(`there is no value (a tombstone); declare it with nullable(${serde}) to allow that`)
  return typeof payload === 'string' ? encodeUtf8(payload) : copyOf(payload)
}

/** A copy of the same kind: what Node's codecs wrote as Node's own bytes they also get back as such. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes)
}

function stringify(data: unknown, canonical: boolean): string {
  const text = JSON.stringify(data, canonical ? sortKeys : undefined) as string | undefined
  if (text === undefined) throw new TypeError(`${describe(data)} has no JSON form`)
  return text
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function checked<Value, Result>(
  schema: StandardSchemaV1<unknown, Value>,
  data: unknown,
  use: (value: Value) => Result,
): MaybePromise<Result> {
  const accept = (result: SchemaResult<Value>): Result => {
    if (result.issues) throw new TypeError(`the schema refuses it: ${result.issues.map(describeIssue).join('; ')}`)
    return use(result.value)
  }
  const result = schema['~standard'].validate(data)
  return result instanceof Promise ? result.then(accept) : accept(result)
}

function describeIssue({ message, path }: SchemaIssue): string {
  const at = (path ?? []).map((step) => String(typeof step === 'object' ? step.key : step)).join('.')
  return at === '' ? message : `${at}: ${message}`
}

export function describe(data: unknown): string {
  if (data === null || data === undefined) return String(data)
  if (typeof data === 'object') return `${data.constructor?.name === 'Array' ? 'an array' : 'an object'}`
  return `${typeof data} ${String(data)}`
}

export function isThenable<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
