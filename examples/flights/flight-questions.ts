// What the two groups want to know of flights.
import { countOne, type Question, top } from './question.ts'
import type { Table } from './table.ts'

/** Whether the file is about flights; of any other file, other things are asked. */
export function hasFlights({ rows }: Table): boolean {
  return rows.every(
    ({ fields: { origin, destination, delay } }) => origin && destination && delay && Number.isFinite(Number(delay)),
  )
}

export function worstAirports(): Question {
  const airports = new Map<string, { flights: number; delay: number }>()
  let flights = 0
  return {
    title: 'The ten worst airports by mean delay (with at least 1 flight in 1,000)',
    head: ['airport', 'flights', 'mean delay (min)'],
    add({ fields: { origin = '', delay } }) {
      const airport = airports.get(origin) ?? { flights: 0, delay: 0 }
      airports.set(origin, { flights: airport.flights + 1, delay: airport.delay + Number(delay) })
      flights++
    },
    answer() {
      // The mean of a handful of flights says little: one flight in a thousand is asked for.
      const enough = new Map([...airports].filter(([, airport]) => airport.flights >= flights / 1000))
      const worst = top(10, enough, ({ flights, delay }) => delay / flights)
      return worst.map(([name, { flights, delay }]) => [name, flights, (delay / flights).toFixed(1)])
    },
  }
}

export function busiestRoutes(): Question {
  const routes = new Map<string, number>()
  return {
    title: 'The ten busiest routes',
    head: ['route', 'flights'],
    add({ fields: { origin, destination } }) {
      countOne(routes, `${origin} → ${destination}`)
    },
    answer: () => top(10, routes, (count) => count),
  }
}
