// Tables for a terminal of 80 columns.
import Table from 'cli-table3'

export type Cell = string | number

const WIDEST_TEXT = 22

export function printTable(title: string, head: readonly string[], lines: readonly (readonly Cell[])[]): void {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, i) => (isNumeric(lines.map((line) => line[i])) ? 'right' : 'left')),
    // No colours: it is read in logs, too.
    style: { head: [], border: [], compact: true },
  })
  table.push(...lines.map((line) => line.map(shown)))
  console.log(`\n${title}\n${table.toString()}`)
}

/** A column that has a number, or nothing but texts that begin like one. */
function isNumeric(cells: readonly (Cell | undefined)[]): boolean {
  return cells.some((cell) => typeof cell === 'number') || cells.every((cell) => /^-?\d/.test(String(cell)))
}

function shown(cell: Cell): string {
  if (typeof cell === 'number') return cell.toLocaleString('en-US')
  // A value of the file may be long, and may hold line breaks or escape sequences.
  const letters = [...cell.replace(/\p{C}+/gu, ' ')]
  return letters.length > WIDEST_TEXT ? `${letters.slice(0, WIDEST_TEXT - 1).join('')}…` : cell
}
