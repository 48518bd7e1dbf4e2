// Which of the eight hues a key or a consumer has. A hue never tells alone: a label stands beside it.
import type { Sight } from '../lessons/sight.ts'

const HUES = 8

/** A class for each key, in the order in which keys came; records without a key have none. */
export function huesOfKeys({ topics }: Sight): ReadonlyMap<string, string> {
  const hues = new Map<string, string>()
  for (const { lanes } of topics) {
    for (const { records } of lanes) {
      for (const { key } of records) if (key !== null && !hues.has(key)) hues.set(key, `hue-${hues.size % HUES}`)
    }
  }
  return hues
}

/** A class for each consumer's name, in the order in which they came. */
export function huesOfConsumers({ consumers }: Sight): ReadonlyMap<string, string> {
  const names = [...new Set(consumers.map(({ consumer }) => consumer))]
  return new Map(names.map((name, index) => [name, `hue-${index % HUES}`]))
}
