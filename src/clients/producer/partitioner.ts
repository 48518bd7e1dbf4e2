// Which partition a record goes to.

// The package's index would load another hash beside it.
import murmurhash2 from 'murmurhash-js/murmurhash2_gc.js'
import { encodeUtf8 } from '../../bytes.ts'
import { KafkaError } from '../../errors.ts'
import type { Payload } from '../../log/record.ts'
import { recordSize } from '../../log/record-size.ts'
import type { Random } from '../../random.ts'

const SEED = 0x9747b28c

export interface PartitionChoice {
  readonly topic: string
  readonly key: Payload
  readonly partitions: number
}

/** 'default': by the key's hash, without a key sticky. Or one after the other. Or yours. */
export type Partitioner = 'default' | 'round-robin' | ((choice: PartitionChoice) => number)

/** Kafka's murmur2 over the key's bytes; a number without sign. */
function murmur2(key: string | Uint8Array): number {
  if (typeof key !== 'string') return murmurhash2(asLatin1(key), SEED)
  // An ASCII string is its own bytes; of any other the package would hash the low byte of each unit.
  return murmurhash2(isAscii(key) ? key : asLatin1(encodeUtf8(key)), SEED)
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return false
  }
  return true
}

function asLatin1(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

/**
 * The partition of a key, as Kafka's Java client and every client compatible with it computes it:
 * `(murmur2(keyBytes) & 0x7fffffff) % partitions`.
 *
 * @param key the key's bytes, or a string for its UTF-8 bytes
 * @param partitions how many partitions the topic has
 * @throws KafkaError INVALID_ARGUMENT when `partitions` is not a whole number of at least 1
 * @see BuiltInPartitioner.partitionForKey in Apache Kafka
 * @example partitionForKey('21', 8) // 4
 */
export function partitionForKey(key: string | Uint8Array, partitions: number): number {
  if (!Number.isSafeInteger(partitions) || partitions < 1) {
    throw new KafkaError(
      'INVALID_ARGUMENT',
      `partitionForKey: partitions must be a whole number of at least 1, not ${partitions}.`,
    )
  }
  return (murmur2(key) & 0x7fffffff) % partitions
}

/** Chooses partitions of one topic. */
export class TopicPartitioner {
  readonly #topic: string
  readonly #partitioner: Partitioner
  readonly #batchSize: number
  readonly #random: Random
  #current: number | null = null
  #bytesOnCurrent = 0

  constructor(topic: string, partitioner: Partitioner, batchSize: number, random: Random) {
    this.#topic = topic
    this.#partitioner = partitioner
    this.#batchSize = batchSize
    this.#random = random
  }

  choose(key: Payload, value: Payload, partitions: number): number {
    if (this.#partitioner === 'round-robin') return this.#next(partitions)
    if (typeof this.#partitioner === 'function') return this.#ask(this.#partitioner, key, partitions)
    return key === null ? this.#sticky(value, partitions) : (murmur2(key) & 0x7fffffff) % partitions
  }

  #next(partitions: number): number {
    this.#current = ((this.#current ?? -1) + 1) % partitions
    return this.#current
  }

  #ask(partitioner: (choice: PartitionChoice) => number, key: Payload, partitions: number): number {
    const chosen = partitioner({ topic: this.#topic, key, partitions })
    if (Number.isSafeInteger(chosen) && chosen >= 0 && chosen < partitions) return chosen
    const why = `The partitioner chose ${chosen} for topic '${this.#topic}'. It must return a whole number from 0 to ${partitions - 1}.`
    throw new KafkaError('INVALID_ARGUMENT', why)
  }

  /** One partition until `batch.size` bytes have gone to it, then one chosen at random. */
  #sticky(value: Payload, partitions: number): number {
    if (this.#current === null || this.#current >= partitions || this.#bytesOnCurrent >= this.#batchSize) {
      this.#current = this.#random.integer(partitions)
      this.#bytesOnCurrent = 0
    }
    this.#bytesOnCurrent += recordSize(0, 0, null, value, undefined)
    return this.#current
  }
}
