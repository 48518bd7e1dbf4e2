// The Kafka of the example: its topics, and timeouts short enough to watch.
import { json, Kafkalet, string, type TopicDefinition, topic } from 'kafkalet'
import type { Row } from './table.ts'

/** `flights` takes flights, `rows` takes the rows of any other file. */
export type Topics = Record<'flights' | 'rows', TopicDefinition<string, Row>>
export type World = Kafkalet<Topics>

export function createWorld(partitions: number): World {
  const table = topic({ key: string, value: json<Row>(), partitions })
  return new Kafkalet({
    topics: { flights: table, rows: table },
    config: {
      // Kafka accepts no session timeout below 6 s; here a crash shall be noticed while you look.
      groupMinSessionTimeoutMs: 100,
      // Lets all consumers of a group into its first generation, instead of one and then the others.
      groupInitialRebalanceDelayMs: 20,
    },
  })
}
