// The payloads that every benchmark works with: made before anything is timed, and the same in every process.

export const MILLION = 1_000_000
export const PARTITIONS = 8
export const BATCH_SIZE = 100
/** What is measured has run before, more than once: the first run after another makes the compiler begin again. */
export const WARM_UPS = 6

const DISTINCT_KEYS = 10_000
/** Has no factor in common with the number of keys: each comes as often as any other, and never in order. */
const STRIDE = 7_919

export interface Payloads {
  /** 16 bytes each, 10 000 different ones. */
  readonly keys: readonly string[]
  /** 100 bytes each, all different. */
  readonly values: readonly string[]
}

export interface Keyed {
  readonly topic: string
  readonly key: string
  readonly value: string
}

export function payloads(count: number): Payloads {
  const distinct = Array.from({ length: DISTINCT_KEYS }, (_, i) => flat(`key-${String(i).padStart(12, '0')}`))
  const filler = 'abcdefghij'.repeat(9)
  return {
    keys: Array.from({ length: count }, (_, i) => distinct[(i * STRIDE) % DISTINCT_KEYS] ?? ''),
    values: Array.from({ length: count }, (_, i) => flat(String(i).padStart(10, '0') + filler)),
  }
}

/** A producer builds its records while it sends them, and so do the benchmarks. */
export function* batches(topic: string, { keys, values }: Payloads, size = BATCH_SIZE): Iterable<Keyed[]> {
  for (let from = 0; from < keys.length; from += size) {
    const batch: Keyed[] = []
    for (let i = from; i < Math.min(from + size, keys.length); i++) {
      batch.push({ topic, key: keys[i] ?? '', value: values[i] ?? '' })
    }
    yield batch
  }
}

/** A string that was put together is flattened by its first reader, who would pay for it in the time measured. */
function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
