// Keys of a terminal, by what they ask for.
import { on } from 'node:events'
import { emitKeypressEvents, type Key as Pressed } from 'node:readline'

export type Key = 'next' | 'back' | 'quit' | 'interrupt' | number

/** Of a terminal's input, what is needed of it. */
export type KeyInput = NodeJS.ReadableStream & { setRawMode(isRaw: boolean): unknown }

const names: ReadonlyMap<string | undefined, Key> = new Map([
  ['space', 'next'],
  ['return', 'next'],
  ['enter', 'next'],
  ['right', 'next'],
  ['n', 'next'],
  ['b', 'back'],
  ['left', 'back'],
  ['backspace', 'back'],
  ['q', 'quit'],
  ['escape', 'quit'],
])

/** Until nobody asks for one any more, or the input ends; the terminal is then as it was before. */
export async function* keysOf(input: KeyInput): AsyncGenerator<Key> {
  emitKeypressEvents(input)
  input.setRawMode(true)
  try {
    for await (const [, pressed] of on(input, 'keypress', { close: ['end', 'close'] })) {
      const key = meaningOf(pressed)
      if (key !== null) yield key
    }
  } finally {
    input.setRawMode(false)
    input.pause()
  }
}

function meaningOf({ name, ctrl, sequence }: Pressed): Key | null {
  if (ctrl) return name === 'c' || name === 'd' ? 'interrupt' : null
  if (/^[1-9]$/.test(sequence ?? '')) return Number(sequence)
  return names.get(name) ?? null
}
