// Text in columns of a terminal, where a letter of Hangul takes two.
import cliTruncate from 'cli-truncate'
import stringWidth from 'string-width'
import wrapAnsi from 'wrap-ansi'

export function widthOf(text: string): number {
  return stringWidth(text)
}

export function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, widthOf(text)), 0)
}

/** Made as wide as that; what is too long loses its end. */
export function sized(text: string, width: number): string {
  const cut = cutEnd(text, width)
  return cut + ' '.repeat(Math.max(0, width - widthOf(cut)))
}

export function cutEnd(text: string, width: number): string {
  return widthOf(text) <= width ? text : cliTruncate(text, width)
}

export function wrap(text: string, width: number, indent = ''): string[] {
  const lines = wrapAnsi(text, width - indent.length, { hard: true }).split('\n')
  return lines.map((line) => indent + line)
}

/** The two at the ends of a line. */
export function apart(left: string, right: string, width: number): string {
  return `${sized(left, width - widthOf(right) - 1)} ${right}`
}

/** What a record holds may have line breaks or escape sequences in it; a terminal shall not see them. */
export function harmless(text: string): string {
  return text.replace(/\p{C}+/gu, ' ')
}

const GAP = '  '

/** Rows whose cells stand under each other; where they are too wide together, the widest column gives way. */
export function align(rows: readonly (readonly string[])[], width: number): string[] {
  const widths = columnWidths(rows)
  while (total(widths) > width && Math.max(...widths) > 1) {
    const most = widths.indexOf(Math.max(...widths))
    widths[most] = Math.max(1, (widths[most] ?? 0) - (total(widths) - width))
  }
  return rows.map((row) =>
    row
      .map((cell, i) => sized(cell, widths[i] ?? 0))
      .join(GAP)
      .trimEnd(),
  )
}

function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const count = Math.max(0, ...rows.map(({ length }) => length))
  return Array.from({ length: count }, (_, i) => widest(rows.map((row) => row[i] ?? '')))
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1)
}
