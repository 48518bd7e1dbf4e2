// npm run bench [-- --rounds 7] [--only name]
// Each variant in a process of its own, in rounds through all of them; a time is never a failure, a crash is.

import { parseArgs } from 'node:util'
import Table from 'cli-table3'
import { MILLION } from './data.ts'
import { median } from './median.ts'
import type { Measurement } from './report.ts'
import { type Lookup, type Row, rows, type VariantName, variants } from './rows.ts'
import { Workshop } from './variant-process.ts'

const options = parseArgs({ options: { rounds: { type: 'string', default: '5' }, only: { type: 'string' } } }).values
const rounds = Number(options.rounds)
if (!Number.isSafeInteger(rounds) || rounds < 1) throw new RangeError(`--rounds is ${options.rounds}, not 1 or more`)

const chosen = rows.filter(({ name }) => options.only === undefined || name === options.only)
if (chosen.length === 0) {
  throw new RangeError(`--only is '${options.only}', not one of ${rows.map(({ name }) => name).join(', ')}`)
}

const names = [...new Set(chosen.flatMap((row) => row.variants))]
const measured = await measureAll()
console.log(`Medians of ${rounds} rounds, each in processes of its own. Node ${process.version}.`)
if (names.includes('limit')) {
  const limitNs = median(measured.map((each) => each('limit', 'ms'))) * (1e6 / MILLION)
  console.log(`LIMIT, the same records in plain arrays: ${show(limitNs)} ns a record.`)
}
console.log(tableOf(chosen))

async function measureAll(): Promise<Lookup[]> {
  await using workshop = await Workshop.open(names.map((name) => variants[name]))
  const all: Lookup[] = []
  for (let round = 1; round <= rounds; round++) {
    console.error(`round ${round} of ${rounds}`)
    all.push(await measureOnce(workshop))
  }
  return all
}

async function measureOnce(workshop: Workshop): Promise<Lookup> {
  const found = new Map<VariantName, Measurement>()
  for (const name of names) found.set(name, await workshop.run(variants[name]))
  return (variant, quantity) => {
    const number = found.get(variant)?.[quantity]
    if (number === undefined) throw new Error(`${variant} did not measure ${quantity}`)
    return number
  }
}

function tableOf(all: readonly Row[]): string {
  const head = ['what', 'measured', 'range', 'required', 'ok?']
  const table = new Table({ head, style: { head: [], border: [], compact: true } })
  for (const { what, of, unit, atLeast, atMost } of all) {
    const numbers = measured.map(of)
    const middle = median(numbers)
    const required = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`
    const isMet = (atLeast === undefined || middle >= atLeast) && (atMost === undefined || middle <= atMost)
    const range = `${show(Math.min(...numbers))} – ${show(Math.max(...numbers))}`
    table.push([what, `${show(middle)} ${unit}`, range, `${required} ${unit}`, isMet ? 'yes' : 'NO'])
  }
  return table.toString()
}

/** Three digits say what a measurement is worth. */
function show(number: number): string {
  return Math.abs(number) >= 100 ? number.toFixed(0) : number.toPrecision(3)
}
