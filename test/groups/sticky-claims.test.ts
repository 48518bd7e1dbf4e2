// The sticky assignors where members claim what is stale, double or damaged: Kafka's assignments.
import { describe, expect, test } from 'vitest'
import { builtInAssignors } from '../../src/groups/assignors/built-in.ts'
import { assign, member, plain } from '../support/assignors.ts'
import { fromHex, readVectors } from '../support/vectors.ts'

interface Row {
  readonly id: string
  readonly assignor: string
  readonly desc: string
  readonly topics: Readonly<Record<string, number>>
  readonly members: readonly {
    readonly id: string
    readonly instanceId?: string
    readonly topics: readonly string[]
    readonly ownedPartitions?: Readonly<Record<string, readonly number[]>>
    readonly generationId?: number
    readonly userData?: string
  }[]
  readonly assignment: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>
}

const { scenarios } = readVectors<{ scenarios: readonly Row[] }>('assignors-claims')

describe('with any claims', () => {
  test.each(scenarios.map((row) => [`${row.assignor}, ${row.id}: ${row.desc}`, row] as const))('%s', (_, row) => {
    const assignor = builtInAssignors.get(row.assignor)
    if (assignor === undefined) throw new Error(`there is no assignor '${row.assignor}'`)
    const members = row.members.map(({ id, topics, ownedPartitions = {}, generationId = -1, userData, instanceId }) => {
      const past = {
        ownedPartitions: new Map(Object.entries(ownedPartitions)),
        generationId,
        userData: userData === undefined ? null : fromHex(userData),
      }
      return member(id, topics, past, instanceId)
    })
    expect(plain(assign(assignor, { members, topics: new Map(Object.entries(row.topics)) }))).toEqual(row.assignment)
  })
})
