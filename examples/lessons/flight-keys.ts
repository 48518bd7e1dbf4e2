// What 20 000 real flights may be keyed by, and how many flights each key then has.
import { partitionForKey } from 'kafkalet'
import { airportCodes, flightsOfDays, flightsOfRoutes, signs } from '../data/flight-counts.ts'

/** Key → how many records have it. */
export type KeyCounts = ReadonlyMap<string, number>

const codes = airportCodes.match(/.../g) ?? []

/** Where a flight begins and where it ends, such as `ATL-DFW`. */
export const routes: KeyCounts = new Map(
  flightsOfRoutes
    .slice(1)
    .split('\n')
    .flatMap((line, origin) => routesFrom(codes[origin] ?? '', line)),
)

/** Where a flight begins. */
export const airports: KeyCounts = sumBy(routes, (route) => route.slice(0, 3))

/** The day on which it begins. */
export const days: KeyCounts = new Map(linesOf(flightsOfDays).map(([day = '', count]) => [day, Number(count)]))

/** How many records each partition gets, as the library chooses for each key. */
export function recordsPerPartition(counts: KeyCounts, partitions: number): number[] {
  const records = new Array<number>(partitions).fill(0)
  for (const [key, count] of counts) {
    const partition = partitionForKey(key, partitions)
    records[partition] = (records[partition] ?? 0) + count
  }
  return records
}

/** The key of a partition that most records have, and how many: what weighs most there. */
export function largestKeyOf(counts: KeyCounts, partitions: number): (partition: number) => string {
  const largest = new Map<number, readonly [key: string, count: number]>()
  for (const [key, count] of counts) {
    const partition = partitionForKey(key, partitions)
    if (count > (largest.get(partition)?.[1] ?? 0)) largest.set(partition, [key, count])
  }
  return (partition) => largest.get(partition)?.join(': ') ?? ''
}

/** In a line a sign is a number of flights, and a number counts airports without any. */
function routesFrom(origin: string, line: string): [route: string, flights: number][] {
  const counts: [string, number][] = []
  let destination = 0
  for (const [part] of line.matchAll(/\d+|./g)) {
    const none = Number(part)
    if (!Number.isNaN(none)) destination += none
    else counts.push([`${origin}-${codes[destination++]}`, signs.indexOf(part) + 1])
  }
  return counts
}

function sumBy(counts: KeyCounts, partOf: (key: string) => string): KeyCounts {
  const sums = new Map<string, number>()
  for (const [key, count] of counts) sums.set(partOf(key), (sums.get(partOf(key)) ?? 0) + count)
  return sums
}

function linesOf(text: string): string[][] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
}
