// Writes flight-counts.ts beside itself: how many of the flights in flights.csv have which key, for a page that shall not
// load them all. To run it again: npx tsx examples/data/make-flight-counts.ts
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parse } from 'csv-parse/sync'
import { z } from 'zod'

const SIGNS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#%&*+-'

const flights = z.array(z.object({ date: z.string(), origin: z.string(), destination: z.string() }))

/** The text of flight-counts.ts for the text of flights.csv. */
export function flightCounts(csv: string): string {
  const rows = flights.parse(parse(csv, { columns: true }))
  const days = counted(rows.map(({ date }) => date.slice(0, 10)))
  const routes = new Map(counted(rows.map(({ origin, destination }) => `${origin}${destination}`)))
  const airports = counted(rows.flatMap(({ origin, destination }) => [origin, destination]))
    .sort(([, a], [, b]) => b - a)
    .map(([airport]) => airport)
  const table = airports.map((from) => airports.map((to) => routes.get(`${from}${to}`) ?? 0))
  return [
    '// How many of the 20 000 flights in flights.csv have which key. Made by make-flight-counts.ts: do not edit it.',
    '',
    '/** A line for each day: the day, and how many flights left on it. */',
    `export const flightsOfDays = \`\n${days.map((each) => each.join(' ')).join('\n')}\n\``,
    '',
    '/** The codes of all airports, three letters each: the busiest first, so that most routes lie close together. */',
    `export const airportCodes =\n  '${airports.join('')}'`,
    '',
    '/** For one flight, two flights, and so on. */',
    `export const signs = '${SIGNS}'`,
    '',
    '/**',
    ' * A line for each airport where flights begin, in the order of the codes: on it, for the airports where they end, in the',
    ' * same order, a sign says how many, and a number how many airports have none.',
    ' */',
    `export const flightsOfRoutes = \`\n${table.map(lineOf).join('\n')}\n\``,
    '',
  ].join('\n')
}

function lineOf(counts: readonly number[]): string {
  const line = counts.map((count) => (count === 0 ? '.' : SIGNS.charAt(count - 1))).join('')
  return line.replace(/\.+$/, '').replace(/\.+/g, (none) => String(none.length))
}

function counted(keys: readonly string[]): [string, number][] {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const csv = readFileSync(new URL('flights.csv', import.meta.url), 'utf8')
  writeFileSync(new URL('flight-counts.ts', import.meta.url), flightCounts(csv))
}
