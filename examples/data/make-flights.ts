// Writes flights.csv, the stream of the main example, beside itself: 20 000 US flights of 2001 (US Department of
// Transportation data, as the npm package vega-datasets carries it), in the order of the source. It downloads
// nothing. To run it again:
//
//   npm pack vega-datasets@3.2.1 --pack-destination /tmp
//   tar -xzf /tmp/vega-datasets-3.2.1.tgz -C /tmp
//   npx tsx examples/data/make-flights.ts /tmp/package/data/flights-20k.json
import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

const airport = z.string().regex(/^[A-Z]{3}$/)
// No field can hold a comma, a quote or a line break: none has to be quoted.
const flight = z.strictObject({
  date: z.string().regex(/^\d{4}\/\d\d\/\d\d \d\d:\d\d$/),
  delay: z.int(),
  distance: z.int(),
  origin: airport,
  destination: airport,
})

const source = process.argv[2]
if (source === undefined) throw new Error('usage: tsx examples/data/make-flights.ts <path of flights-20k.json>')

const flights = z.array(flight).parse(JSON.parse(readFileSync(source, 'utf8')))
const lines = flights.map(({ date, delay, distance, origin, destination }) =>
  [date.replaceAll('/', '-').replace(' ', 'T'), delay, distance, origin, destination].join(','),
)
const csv = ['date,delay,distance,origin,destination', ...lines, ''].join('\n')
writeFileSync(new URL('flights.csv', import.meta.url), csv)
process.stdout.write(`${flights.length} flights\n`)
