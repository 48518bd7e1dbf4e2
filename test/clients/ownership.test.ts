// Members that come, go and poll when they like, topics that grow and coordinators that are lost: at no moment has a
// partition two owners, and in the end each has one.
import { expect, test } from 'vitest'
import { seededRandom } from '../../src/random.ts'
import { ConsumerWorld, type TestConsumer, takingTurns } from '../support/consumer-world.ts'

const STEPS = 40
const SCHEDULES = 40

test.each([
  ['range', ['range']],
  ['sticky', ['sticky']],
  ['cooperative-sticky', ['cooperative-sticky']],
  ['an own cooperative assignor', [takingTurns]],
] as const)(
  'no partition has two owners, %s',
  async (_protocol, strategy) => {
    for (let seed = 1; seed <= SCHEDULES; seed++) await live(seed, strategy)
  },
  60_000,
)

async function live(
  seed: number,
  partitionAssignmentStrategy: readonly (string | typeof takingTurns)[],
): Promise<void> {
  const random = seededRandom(seed)
  const world = new ConsumerWorld({ t: 5, u: 2 })
  const members: TestConsumer[] = []
  const story: string[] = []
  let born = 0
  let grown = 5

  const any = () => random.integer(Math.max(1, members.length))
  const actions: [weight: number, act: () => unknown][] = [
    [3, () => void (members.length < 5 && join())],
    [1, () => leave(any())],
    [8, () => poll(any(), random.integer(1_000))],
    [6, () => void world.clock.advance(random.integer(2_000))],
    [1, () => members[any()]?.enforceRebalance()],
    [1, () => members[any()]?.subscribe(random.integer(2) === 0 ? ['t'] : ['t', 'u'])],
    [1, () => world.broker.groups.lose('g')],
    [1, () => grow()],
  ]
  for (let step = 0; step < STEPS; step++) {
    let choice = random.integer(actions.reduce((sum, [weight]) => sum + weight, 0))
    const chosen = actions.find(([weight]) => {
      choice -= weight
      return choice < 0
    })
    await chosen?.[1]()
    await world.clock.settle()
    check(`step ${step}`)
  }
  if (members.length === 0) join()
  for (const each of members) each.subscribe(['t'])
  // A member that has left is there again when the coordinator is lost before that was written: for one session.
  for (let round = 0; round < 40; round++) {
    const polls = members.map((each) => each.poll({ timeoutMs: 2_000 }))
    await world.clock.advance(2_000)
    await Promise.all(polls)
    check(`round ${round}`)
  }
  const all = members.flatMap(({ assignment }) => assignment.map(({ partition }) => partition))
  expect(
    all.sort((a, b) => a - b),
    `seed ${seed}\n${story.join('\n')}`,
  ).toEqual([...Array(grown).keys()])
  await world.end()

  function join(): void {
    const name = `m${++born}`
    const options = { partitionAssignmentStrategy: partitionAssignmentStrategy as never, metadataMaxAgeMs: 5_000 }
    members.push(world.member(name, options))
    story.push(`${name} comes`)
  }

  async function leave(i: number): Promise<void> {
    const [member] = members.splice(i, 1)
    story.push(`${i} leaves`)
    await member?.close()
  }

  async function poll(i: number, timeoutMs: number): Promise<void> {
    const polling = members[i]?.poll({ timeoutMs })
    await world.clock.advance(timeoutMs)
    await polling
  }

  async function grow(): Promise<void> {
    grown++
    const topics = [{ name: 't', count: grown }]
    const request = { topics, timeoutMs: 0, validateOnly: false }
    await world.broker.handle('CreatePartitions', request, { clientId: 'admin', clientHost: '', connection: {} })
  }

  function check(when: string): void {
    story.push(
      `${when}: ${members.map(({ assignment }) => assignment.map((each) => `${each.topic}-${each.partition}`)).join(' | ')}`,
    )
    const owned = members.flatMap(({ assignment }) => assignment.map((each) => `${each.topic}-${each.partition}`))
    expect(owned.length, `seed ${seed}\n${story.join('\n')}`).toBe(new Set(owned).size)
  }
}
