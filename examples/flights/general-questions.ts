// What the two groups want to know of a file they know nothing about.
import { countOne, type Question, top } from './question.ts'

export function busiestKeys(column: string): Question {
  const keys = new Map<string, number>()
  let rows = 0
  return {
    title: `The ten busiest keys (${column})`,
    head: ['key', 'rows', 'share'],
    add({ fields }) {
      countOne(keys, fields[column] ?? '')
      rows++
    },
    answer() {
      return top(10, keys, (count) => count).map(([key, count]) => [
        key,
        count,
        `${((100 * count) / rows).toFixed(1)} %`,
      ])
    },
  }
}

export function columnProfile(): Question {
  const columns = new Map<string, Map<string, number>>()
  return {
    title: 'What stands in the columns',
    head: ['column', 'distinct values', 'most frequent value', 'rows'],
    add({ fields }) {
      for (const [column, value] of Object.entries(fields)) {
        const values = columns.get(column) ?? new Map<string, number>()
        countOne(values, value)
        columns.set(column, values)
      }
    },
    answer() {
      const byName = [...columns].sort(([a], [b]) => (a < b ? -1 : 1))
      return byName.map(([column, values]) => {
        const [[value, count] = ['', 0]] = top(1, values, (count) => count)
        return [column, values.size, value, count]
      })
    },
  }
}
