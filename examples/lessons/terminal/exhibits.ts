// A step's figure as text.
import type { Exhibit, HashExhibit, HistogramExhibit, TableExhibit } from '../exhibit.ts'
import type { Language } from '../lesson.ts'
import { align, cutEnd, harmless, widest } from './columns.ts'

const INDENT = '  '
const MOST_BYTES = 8
const LONGEST_BAR = 40
const WIDEST_LABEL = 20

export function drawExhibit(exhibit: Exhibit, language: Language, columns: number): string[] {
  const lines = linesOf(exhibit, language, columns - INDENT.length).map((line) => INDENT + line)
  return exhibit.type === 'hash' ? lines : [cutEnd(exhibit.title[language], columns), ...lines]
}

function linesOf(exhibit: Exhibit, language: Language, columns: number): string[] {
  switch (exhibit.type) {
    case 'hash':
      return drawHash(exhibit, columns)
    case 'histogram':
      return drawHistogram(exhibit, columns)
    case 'table':
      return drawTable(exhibit, language, columns)
  }
}

function drawHash({ keys }: HashExhibit, columns: number): string[] {
  const rows = keys.map(({ key, bytes, hash, positive, partitions, partition }) => [
    cutEnd(harmless(key), WIDEST_LABEL),
    hexOf(bytes),
    String(hash),
    String(positive),
    `% ${partitions} = ${partition}`,
  ])
  return align([['key', 'bytes', 'murmur2', '& 0x7fffffff', 'partition'], ...rows], columns)
}

function hexOf(bytes: Uint8Array): string {
  const hex = Array.from(bytes.subarray(0, MOST_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join(' ')
  return bytes.length > MOST_BYTES ? `${hex} …` : hex
}

function drawHistogram({ bars }: HistogramExhibit, columns: number): string[] {
  const most = Math.max(1, ...bars.map(({ count }) => count))
  const countWidth = widest(bars.map(({ count }) => String(count)))
  const rows = bars.map(({ label, count, note = '' }) => [
    cutEnd(harmless(label), WIDEST_LABEL),
    String(count).padStart(countWidth),
    barOf(count, most),
    note,
  ])
  return align(rows, columns)
}

/** Something that is there at all is seen. */
function barOf(count: number, most: number): string {
  return '█'.repeat(count === 0 ? 0 : Math.max(1, Math.round((count / most) * LONGEST_BAR)))
}

function drawTable({ head, rows }: TableExhibit, language: Language, columns: number): string[] {
  return align([head.map((text) => text[language]), ...rows.map((row) => row.map(harmless))], columns)
}
