// Chance comes into kafkalet here and nowhere else.

export interface Random {
  /** What makes this sequence repeatable. */
  readonly seed: number
  /** A whole number from 0 to `bound` - 1. */
  integer(bound: number): number
  /** An id as Kafka writes its UUIDs: 16 bytes in URL-safe base64 without padding. */
  uuid(): string
}

const URL_SAFE_BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

export function randomSeed(): number {
  return Math.floor(Math.random() * 2 ** 32)
}

/** The sequence that belongs to a seed (the splitmix32 generator: one 32-bit state, any seed is good). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0

  function next32(): number {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }

  return {
    seed,
    integer: (bound) => Math.floor((next32() / 2 ** 32) * bound),
    uuid() {
      let text = ''
      for (let i = 0; i < 21; i++) text += URL_SAFE_BASE64[next32() >>> 26]
      // 16 bytes are 21 sextets and two bits: of the last one only the upper two are used.
      return text + URL_SAFE_BASE64[(next32() >>> 30) << 4]
    },
  }
}
