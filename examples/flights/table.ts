// The plain reading of a file: every row of a CSV or NDJSON file, numbered.
import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { InputError } from './input-error.ts'

/** What a record carries. The number is what the check recognizes a row by. */
export interface Row {
  readonly number: number
  readonly fields: Readonly<Record<string, string>>
}

export interface Table {
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
}

export function readTable(file: string): Table {
  const text = readText(file)
  const found = text.startsWith('{') ? readNdjson(file, text) : readCsv(file, text)
  if (found.length === 0) throw new InputError(`${file} has no rows. A header line and at least one row are wanted.`)
  const rows = found.map((fields, i) => ({ number: i + 1, fields }))
  return { columns: [...new Set(found.flatMap((fields) => Object.keys(fields)))], rows }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
      .replace(/^\uFEFF/, '')
      .trim()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') throw new InputError(`${file} does not exist. Give --file the path of a CSV or NDJSON file.`)
    if (code === 'EISDIR') throw new InputError(`${file} is a folder. Give --file a CSV or NDJSON file inside it.`)
    throw new InputError(`${file} cannot be read: ${messageOf(error)}.`)
  }
}

function readCsv(file: string, text: string): Record<string, string>[] {
  if (text.startsWith('[')) {
    throw new InputError(`${file} is a JSON array. NDJSON is wanted, an object a line: jq -c '.[]' FILE > FILE.ndjson`)
  }
  try {
    return parse(text, { columns: true, delimiter: delimiterOf(text), skip_empty_lines: true })
  } catch (error) {
    throw new InputError(`${file} is not a CSV (${messageOf(error)}). Give --file a CSV with a header line, or NDJSON.`)
  }
}

/** Whatever parts the header line most often: not every country separates by commas. */
function delimiterOf(text: string): string {
  const [header = ''] = text.split('\n', 1)
  const count = (delimiter: string) => header.split(delimiter).length
  return [',', ';', '\t'].reduce((best, each) => (count(each) > count(best) ? each : best))
}

function readNdjson(file: string, text: string): Record<string, string>[] {
  return text.split('\n').flatMap((line, i) => (line.trim() === '' ? [] : [readObject(`${file}, line ${i + 1}`, line)]))
}

function readObject(place: string, line: string): Record<string, string> {
  let data: unknown
  try {
    data = JSON.parse(line)
  } catch (error) {
    throw new InputError(`${place} is not JSON: ${messageOf(error)}.`)
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new InputError(`${place} is not a JSON object. NDJSON has an object on each line.`)
  }
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, textOf(value)]))
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** On one line and short, whatever of the file it quotes. */
function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message
    .replace(/\p{C}+/gu, ' ')
    .slice(0, 100)
    .replace(/\.$/, '')
}

/** The key of each row, or an error that tells which columns there are. */
export function keysOf(file: string, { columns, rows }: Table, column: string): string[] {
  if (!columns.includes(column)) {
    throw new InputError(`${file} has no column '${column}'. Choose one with --key: ${columns.join(', ')}.`)
  }
  return rows.map(({ number, fields }) => {
    const key = fields[column]
    if (key !== undefined) return key
    throw new InputError(`Row ${number} of ${file} has no '${column}'. Choose a --key that every row has.`)
  })
}
