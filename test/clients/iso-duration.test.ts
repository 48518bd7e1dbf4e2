// What java.time.Duration makes of the same texts, in milliseconds; null where it refuses them.
import { expect, test } from 'vitest'
import { parseDuration } from '../../src/clients/iso-duration.ts'

const rows: readonly [text: string, ms: number | null][] = [
  ['PT1H', 3_600_000],
  ['pt1h', 3_600_000],
  ['-PT-1H', 3_600_000],
  ['PT0.5S', 500],
  ['PT1H30M', 5_400_000],
  ['+P1D', 86_400_000],
  ['PT+1H', 3_600_000],
  ['PT1H-30M', 1_800_000],
  ['PT1,5S', 1_500],
  ['P-1DT48H', 86_400_000],
  ['PT-0.5S', -500],
  ['PT-1.25S', -1_250],
  ['PT1.S', 1_000],
  ['PT0.0009S', 0],
  ['PT-0.0009S', 0],
  ['-PT0.0009S', 0],
  ['P1DT2H3M4.005S', 93_784_005],
  ['P1DT', null],
  ['PT', null],
  ['P', null],
  ['PT,5S', null],
  ['P1W', null],
  ['P1Y', null],
  ['P1M', null],
  ['PT1M1H', null],
  ['PT1.1234567891S', null],
  [' PT1H', null],
  ['PT1H ', null],
  ['PT1.5H', null],
]

test.each(rows)('%j is read as Java reads it: %j ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})
