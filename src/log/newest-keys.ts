// The keys of the dirty part of a log, and which of its records are not the newest of theirs. (Kafka: SkimpyOffsetMap)
// A table of its own: a Map would want a string for every key of bytes, and is slower also where there are strings.

import { encodeUtf8 } from '../bytes.ts'
import type { Payload } from './record.ts'

type Key = string | Uint8Array

const FIRST_SLOTS = 1024
/** A slot is three numbers beside each other, padded to four: one look into memory finds them all. */
const SLOT = 4
const HASH = 0
const ENTRY = 1
const NEWEST = 2

export class NewestKeys {
  readonly #firstOffset: number
  /** By offset: 1 for a record that is older than another one of its key, or has none. */
  readonly #isOld: Uint8Array
  readonly #keys: Key[] = []
  /** A key's hash, its number plus one (0 is a free place), the offset of its newest record from the first offset. */
  #slots = new Int32Array(FIRST_SLOTS * SLOT)

  /** For records from `firstOffset` on, before `endOffset`. */
  constructor(firstOffset: number, endOffset: number) {
    this.#firstOffset = firstOffset
    this.#isOld = new Uint8Array(endOffset - firstOffset)
  }

  /** Records come in the order of their offsets. */
  add(key: Payload, offset: number): void {
    const at = offset - this.#firstOffset
    if (key === null) {
      this.#isOld[at] = 1
      return
    }
    const hash = hashOf(key)
    const slot = this.#find(key, hash)
    const slots = this.#slots
    if (slots[slot + ENTRY] !== 0) {
      this.#isOld[slots[slot + NEWEST] ?? 0] = 1
      slots[slot + NEWEST] = at
      return
    }
    this.#keys.push(key)
    slots[slot + HASH] = hash
    slots[slot + ENTRY] = this.#keys.length
    slots[slot + NEWEST] = at
    if (this.#keys.length * 2 * SLOT > slots.length) this.#grow()
  }

  /** Whether a record with this key at this offset has to go for a newer one of the same key. */
  supersede(key: Payload, offset: number): boolean {
    const at = offset - this.#firstOffset
    if (at >= 0) return this.#isOld[at] === 1
    return key === null || this.#slots[this.#find(key, hashOf(key)) + ENTRY] !== 0
  }

  /** Where the key stands, or the free place where it would. */
  #find(key: Key, hash: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = (hash * SLOT) & mask
    for (let entry = slots[slot + ENTRY] ?? 0; entry !== 0; entry = slots[slot + ENTRY] ?? 0) {
      if (slots[slot + HASH] === hash && isSame(key, this.#keys[entry - 1] ?? '')) break
      slot = (slot + SLOT) & mask
    }
    return slot
  }

  #grow(): void {
    const before = this.#slots
    const slots = new Int32Array(before.length * 2)
    const mask = slots.length - 1
    for (let from = 0; from < before.length; from += SLOT) {
      if (before[from + ENTRY] === 0) continue
      let slot = ((before[from + HASH] ?? 0) * SLOT) & mask
      while (slots[slot + ENTRY] !== 0) slot = (slot + SLOT) & mask
      for (let i = 0; i < SLOT; i++) slots[slot + i] = before[from + i] ?? 0
    }
    this.#slots = slots
  }
}

const FNV_BASIS = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** The same for a string and for its UTF-8 bytes. */
function hashOf(key: Key): number {
  let hash = FNV_BASIS
  for (let i = 0; i < key.length; i++) {
    const unit = typeof key === 'string' ? key.charCodeAt(i) : (key[i] ?? 0)
    if (unit > 0x7f && typeof key === 'string') return hashOf(encodeUtf8(key))
    hash = Math.imul(hash ^ unit, FNV_PRIME)
  }
  // The low bits choose the place, and the last bytes have hardly reached the others.
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return hash ^ (hash >>> 13)
}

function isSame(a: Key, b: Key): boolean {
  if (a === b) return true
  const one = typeof a === 'string' ? encodeUtf8(a) : a
  const other = typeof b === 'string' ? encodeUtf8(b) : b
  if (one.length !== other.length) return false
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false
  return true
}
