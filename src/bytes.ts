// Kafka's primitive encodings: big-endian integers, length-prefixed strings and bytes, varints.

import { KafkaError } from './errors.ts'

/** The length of a string is an int16. */
const LONGEST_STRING_BYTES = 2 ** 15 - 1

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text)
}

export function decodeUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes)
}

/** How many bytes the text has in UTF-8; a lone surrogate counts as the three bytes of U+FFFD. */
export function utf8Length(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    if (unit < 0x800) {
      bytes += 1
    } else if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(i + 1))) {
      bytes += 2
      i++
    } else {
      bytes += 2
    }
  }
  return bytes
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000
}

export function unsignedVarintLength(value: number): number {
  let length = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++
  return length
}

/** The length of a signed (zigzag) varint. */
export function varintLength(value: number): number {
  return unsignedVarintLength(value >= 0 ? value * 2 : -value * 2 - 1)
}

interface WriteBuffer {
  readonly bytes: Uint8Array
  readonly view: DataView
}

const LARGEST_SPARE_BYTES = 65_536

/** What is written is short and copied out at once, so one buffer serves nearly every writer. */
const UINT32_COUNT = 2 ** 32

let spare: WriteBuffer | null = null

/** Writes until `finish`; not after it. */
export class ByteWriter {
  #buffer: WriteBuffer
  #length = 0

  constructor() {
    this.#buffer = spare ?? writeBuffer(512)
    spare = null
  }

  int8(value: number): this {
    const start = this.#claim(1)
    this.#buffer.view.setInt8(start, value)
    return this
  }

  int16(value: number): this {
    const start = this.#claim(2)
    this.#buffer.view.setInt16(start, value)
    return this
  }

  int32(value: number): this {
    const start = this.#claim(4)
    this.#buffer.view.setInt32(start, value)
    return this
  }

  int64(value: number): this {
    const start = this.#claim(8)
    // Two halves: a BigInt would be an object for each number.
    this.#buffer.view.setInt32(start, Math.floor(value / UINT32_COUNT))
    this.#buffer.view.setUint32(start + 4, value % UINT32_COUNT)
    return this
  }

  raw(bytes: Uint8Array): this {
    const start = this.#claim(bytes.length)
    this.#buffer.bytes.set(bytes, start)
    return this
  }

  string(text: string): this {
    const length = utf8Length(text)
    if (length > LONGEST_STRING_BYTES) {
      const why = `A text of ${length} bytes (${text.slice(0, 20)}…) is longer than the ${LONGEST_STRING_BYTES} that Kafka can write.`
      throw new KafkaError('INVALID_REQUEST', `${why} Choose a shorter one.`)
    }
    this.int16(length)
    const start = this.#claim(length)
    // Names are short: for ASCII a loop is quicker than the encoder, and leaves no buffer behind.
    if (length === text.length) for (let i = 0; i < length; i++) this.#buffer.bytes[start + i] = text.charCodeAt(i)
    else encoder.encodeInto(text, this.#buffer.bytes.subarray(start, start + length))
    return this
  }

  nullableString(text: string | null): this {
    return text === null ? this.int16(-1) : this.string(text)
  }

  bytes(bytes: Uint8Array): this {
    return this.int32(bytes.length).raw(bytes)
  }

  nullableBytes(bytes: Uint8Array | null): this {
    return bytes === null ? this.int32(-1) : this.bytes(bytes)
  }

  /** The compact forms of flexible versions: the length plus one as an unsigned varint, 0 for null. */
  compactString(text: string): this {
    const bytes = encodeUtf8(text)
    return this.unsignedVarint(bytes.length + 1).raw(bytes)
  }

  compactArray<Item>(items: readonly Item[], write: (writer: this, item: Item) => void): this {
    this.unsignedVarint(items.length + 1)
    for (const item of items) write(this, item)
    return this
  }

  unsignedVarint(value: number): this {
    let rest = value
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.int8(((rest & 0x7f) | 0x80) - 0x100)
    return this.int8(rest)
  }

  array<Item>(items: readonly Item[], write: (writer: this, item: Item) => void): this {
    this.int32(items.length)
    for (const item of items) write(this, item)
    return this
  }

  finish(): Uint8Array {
    if (this.#buffer.bytes.length <= LARGEST_SPARE_BYTES) spare = this.#buffer
    return this.#buffer.bytes.slice(0, this.#length)
  }

  /** May replace the buffer: claim first, then write. */
  #claim(count: number): number {
    const start = this.#length
    this.#length += count
    const { bytes } = this.#buffer
    if (this.#length > bytes.length) {
      this.#buffer = writeBuffer(Math.max(this.#length, bytes.length * 2))
      this.#buffer.bytes.set(bytes)
    }
    return start
  }
}

function writeBuffer(size: number): WriteBuffer {
  const bytes = new Uint8Array(size)
  return { bytes, view: new DataView(bytes.buffer) }
}

/** Reads what {@link ByteWriter} writes; running past the end throws a RangeError. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #position = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get remaining(): number {
    return this.#bytes.length - this.#position
  }

  int8(): number {
    return this.#view.getInt8(this.#advance(1))
  }

  int16(): number {
    return this.#view.getInt16(this.#advance(2))
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4))
  }

  /** As a number: kafkalet's offsets and timestamps are safe integers. */
  int64(): number {
    const start = this.#advance(8)
    return this.#view.getInt32(start) * UINT32_COUNT + this.#view.getUint32(start + 4)
  }

  unsignedVarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#view.getUint8(this.#advance(1))
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new RangeError('a varint of more than five bytes')
  }

  raw(length: number): Uint8Array {
    const start = this.#advance(length)
    return this.#bytes.slice(start, start + length)
  }

  string(): string {
    return this.#present(this.nullableString())
  }

  nullableString(): string | null {
    const length = this.int16()
    return length < 0 ? null : this.#text(length)
  }

  bytes(): Uint8Array {
    return this.#present(this.nullableBytes())
  }

  nullableBytes(): Uint8Array | null {
    const length = this.int32()
    return length < 0 ? null : this.raw(length)
  }

  array<Item>(read: (reader: this) => Item): Item[] {
    return this.#items(this.int32(), read)
  }

  /** The compact forms of flexible versions: the length plus one as an unsigned varint, 0 for null. */
  compactNullableString(): string | null {
    const length = this.unsignedVarint() - 1
    return length < 0 ? null : this.#text(length)
  }

  compactString(): string {
    return this.#present(this.compactNullableString())
  }

  compactBytes(): Uint8Array {
    return this.raw(Math.max(0, this.unsignedVarint() - 1))
  }

  compactArray<Item>(read: (reader: this) => Item): Item[] {
    return this.#items(this.unsignedVarint() - 1, read)
  }

  /** Tag → its bytes. */
  taggedFields(): ReadonlyMap<number, Uint8Array> {
    const fields = new Map<number, Uint8Array>()
    for (let count = this.unsignedVarint(); count > 0; count--) {
      const tag = this.unsignedVarint()
      fields.set(tag, this.raw(this.unsignedVarint()))
    }
    return fields
  }

  #text(length: number): string {
    const start = this.#advance(length)
    return decodeUtf8(this.#bytes.subarray(start, start + length))
  }

  #items<Item>(count: number, read: (reader: this) => Item): Item[] {
    // Every item has at least a byte: a larger count is damage, not an array to allocate.
    if (count > this.remaining) throw new RangeError(`an array of ${count} items in ${this.remaining} bytes`)
    const items: Item[] = []
    for (let i = 0; i < count; i++) items.push(read(this))
    return items
  }

  #present<Value>(value: Value | null): Value {
    if (value === null) throw new RangeError('null where a value must stand')
    return value
  }

  #advance(count: number): number {
    const start = this.#position
    if (count < 0 || count > this.remaining) {
      throw new RangeError(`${count} bytes wanted, ${this.remaining} left`)
    }
    this.#position += count
    return start
  }
}
