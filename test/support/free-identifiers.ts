// Which globals a piece of code really uses: not as a comment, a string, a type, a method or a local of that name.
import { transformSync } from 'esbuild'

const MARKER = '__free'

/** Those of `names` (`Buffer`, `Date.now`) that the TypeScript `code` uses as globals. */
export function freeIdentifiers(code: string, names: readonly string[]): string[] {
  // esbuild replaces a defined name only where it is free, which is just what is asked for.
  const define = Object.fromEntries(
    names.flatMap((name, index) => [name, `globalThis.${name}`].map((form) => [form, `${MARKER}${index}_`])),
  )
  const output = transformSync(code, { loader: 'ts', target: 'es2022', define }).code
  return names.filter((_, index) => output.includes(`${MARKER}${index}_`))
}
