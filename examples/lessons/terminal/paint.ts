// Colours, which say nothing that the signs do not say without them.
import { styleText } from 'node:util'

type Format = Parameters<typeof styleText>[0]

const signs: readonly (readonly [sign: RegExp, format: Format])[] = [
  [/▲\d*/g, 'yellow'],
  [/▶\d*/g, 'cyan'],
  [/▮/g, 'green'],
  [/·{2,}|│|─+/g, 'dim'],
  [/█+/g, 'cyan'],
]

export function paint(lines: readonly string[]): string[] {
  return lines.map((line) =>
    signs.reduce(
      (text, [sign, format]) => text.replace(sign, (found) => styleText(format, found, { validateStream: false })),
      line,
    ),
  )
}

/** @see https://no-color.org */
export function wantsColours(isTerminal: boolean, environment: NodeJS.ProcessEnv): boolean {
  return isTerminal && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb'
}
