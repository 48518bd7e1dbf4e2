// How a key finds its partition, with every number on the way. Only the last two would be known from `partitionForKey`.
import { partitionForKey } from 'kafkalet'
import murmurhash2 from 'murmurhash-js/murmurhash2_gc.js'
import type { HashExhibit } from './exhibit.ts'

/** Kafka's: every client that is to agree with the Java client begins with it. */
const SEED = 0x9747b28c

export type KeyHash = HashExhibit['keys'][number]

/** A text is its UTF-8 bytes; `label` is how a key of other bytes is called. */
export function hashOf(key: string | readonly number[], partitions: number, label = String(key)): KeyHash {
  const bytes = typeof key === 'string' ? new TextEncoder().encode(key) : Uint8Array.from(key)
  // The package hashes a text's characters; each of these is a byte.
  const hash = murmurhash2(String.fromCharCode(...bytes), SEED) | 0
  const positive = hash & 0x7fffffff
  return { key: label, bytes, hash, positive, partitions, partition: partitionForKey(bytes, partitions) }
}

export function hashExhibit(...keys: readonly KeyHash[]): HashExhibit {
  return { type: 'hash', keys }
}
