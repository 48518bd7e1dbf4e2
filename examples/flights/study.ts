// What is done with a file: where its rows go, who reads them, and what they want to know.
import { busiestRoutes, hasFlights, worstAirports } from './flight-questions.ts'
import { busiestKeys, columnProfile } from './general-questions.ts'
import type { Question } from './question.ts'
import { keysOf, type Row, type Table } from './table.ts'

export interface Study {
  readonly topic: 'flights' | 'rows'
  /** What a row is called, many of them. */
  readonly noun: string
  readonly partitions: number
  readonly rows: readonly Row[]
  /** The key of each row. */
  readonly keys: readonly string[]
  /** Four consumers, of which one crashes. */
  readonly shared: GroupPlan
  /** One consumer. */
  readonly alone: GroupPlan
}

export interface GroupPlan {
  readonly groupId: string
  /** A fresh one for each who asks it. */
  ask(): Question
}

export function planStudy(file: string, table: Table, key: string, partitions: number): Study {
  const keys = keysOf(file, table, key)
  const common = { partitions, rows: table.rows, keys }
  if (hasFlights(table)) {
    return {
      ...common,
      topic: 'flights',
      noun: 'flights',
      shared: { groupId: 'delays', ask: worstAirports },
      alone: { groupId: 'routes', ask: busiestRoutes },
    }
  }
  return {
    ...common,
    topic: 'rows',
    noun: 'rows',
    shared: { groupId: 'keys', ask: () => busiestKeys(key) },
    alone: { groupId: 'columns', ask: columnProfile },
  }
}
