// Assignors of the application's own: what they are told, and what becomes of an assignment that cannot be.
import type { Assignor, AssignorMember, LastAssignment, PartitionsByTopic } from 'kafkalet'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { decodeAssignment } from '../../src/groups/subscription.ts'
import { ConsumerWorld, owned, type TestConsumer, takingTurns } from '../support/consumer-world.ts'

let world: ConsumerWorld

beforeEach(() => {
  world = new ConsumerWorld({ t: 4, u: 1 })
})

afterEach(() => world.end())

const none: PartitionsByTopic = new Map()

/** Everything to the first member. */
const toTheFirst: Assignor = {
  name: 'to-the-first',
  assign: ([first], partitionCounts) => {
    const partitions = new Map([...partitionCounts].map(([topic, count]) => [topic, [...Array(count).keys()]]))
    return new Map(first ? [[first.memberId, { partitions, userData: new Uint8Array([partitions.size]) }]] : [])
  },
}

const member = (name: string, ...assignors: Assignor[]) =>
  world.member(name, { partitionAssignmentStrategy: assignors })

async function problemOf(consumer: TestConsumer): Promise<{ code: string; message: string; cause: unknown }> {
  const polling = consumer.poll({ timeoutMs: 100 }).then(
    () => ({ code: 'NONE', message: '', cause: null }),
    (error: { code: string; message: string; cause: unknown }) => error,
  )
  await world.clock.advance(100)
  return polling
}

describe('an assignor of one’s own', () => {
  test('divides as it likes', async () => {
    const [a, b] = [member('a', toTheFirst), member('b', toTheFirst)]
    await world.settle([a, b])
    expect([owned(a, b), owned(b, a)]).toContain('0,1,2,3 | ')
  })

  test('is told what this member was given, before the application is, and what it was given last when it joins', async () => {
    const lasts: (LastAssignment | null)[] = []
    const own: Assignor = {
      ...toTheFirst,
      subscriptionUserData(topics, last) {
        lasts.push(last)
        return new TextEncoder().encode(`${topics}`)
      },
      onAssignment({ partitions, userData }, generation) {
        world.told.push(`assignor: ${partitions.get('t')} ${userData} in ${generation}`)
      },
    }
    const seen: AssignorMember[] = []
    const assign: Assignor['assign'] = (members, counts) => {
      seen.push(...members)
      return own.assign(members, counts)
    }
    const a = member('a', { ...own, assign })
    await world.settle([a])
    expect(world.news()).toEqual(['assignor: 0,1,2,3 1 in 1', 'a +[0,1,2,3]'])
    expect(new TextDecoder().decode(seen[0]?.subscription.userData ?? undefined)).toBe('t')
    a.enforceRebalance()
    await world.settle([a])
    expect(lasts).toEqual([null, null, { generation: 1, partitions: new Map([['t', [0, 1, 2, 3]]]) }])
  })

  test('still knows what it was given last after this member was thrown out, as in Kafka', async () => {
    const lasts: (number | undefined)[] = []
    const own: Assignor = {
      ...toTheFirst,
      subscriptionUserData: (_topics, last) => {
        lasts.push(last?.generation)
        return null
      },
    }
    const a = world.member('a', { partitionAssignmentStrategy: [own], maxPollIntervalMs: 10_000 })
    await world.settle([a])
    await world.clock.advance(10_000)
    await world.settle([a])
    expect(lasts).toEqual([undefined, undefined, 1, 1])
  })

  test('is offered beside others, and the group takes what all have', async () => {
    const [a, b] = [member('a', toTheFirst, takingTurns), member('b', takingTurns)]
    await world.settle([a, b], 20_000)
    expect(owned(a, b)).toBe('0,2 | 1,3')
    const last = world.requests('SyncGroup', 'a').at(-1)
    expect(last?.protocolName).toBe('taking-turns')
  })
})

describe('an assignment that cannot be', () => {
  const firstOf = (members: readonly AssignorMember[]) => members[0]?.memberId ?? ''
  const one =
    (partitions: PartitionsByTopic): Assignor['assign'] =>
    (members) =>
      new Map([[firstOf(members), { partitions }]])

  test.each<[what: string, assign: Assignor['assign'], message: string]>([
    ['of an unknown member', () => new Map([['nobody', { partitions: none }]]), "the group has no member 'nobody'"],
    ['of a partition that does not exist', one(new Map([['t', [4]]])), "gets t-4, and 't' has 4 partitions"],
    ['of a partition that is no number', one(new Map([['t', [0.5]]])), "gets t-0.5, and 't' has 4 partitions"],
    ['of a topic that is not subscribed', one(new Map([['u', [0]]])), "gets u-0, and does not subscribe to 'u'"],
    ['of a partition twice', one(new Map([['t', [0, 0]]])), 't-0 is given twice'],
    ['that is no Map', (() => ({})) as never, 'it must return a Map from member id to { partitions }'],
    ['whose partitions are no Map', one([['t', [0]]] as never), 'must be a Map from topic to partition numbers'],
  ])(
    '%s is refused at the leader’s poll, by the assignor’s name, and nobody gets it',
    async (_what, assign, message) => {
      const a = member('a', { name: 'broken', assign })
      const problem = await problemOf(a)
      expect(problem.code).toBe('ILLEGAL_STATE')
      expect(problem.message).toContain("The assignor 'broken' made an assignment that cannot be: ")
      expect(problem.message).toContain(message)
      expect(owned(a)).toBe('')
      expect(world.requests('SyncGroup')).toEqual([])
      expect((await problemOf(a)).message).toContain(message)
    },
  )

  test('that moves a partition before its owner has given it up is refused under the cooperative protocol', async () => {
    let isGreedy = false
    const greedy: Assignor = {
      name: 'greedy',
      supportedProtocols: ['cooperative'],
      assign(members, counts) {
        if (!isGreedy) return takingTurns.assign(members, counts)
        const { memberId } = members.find(({ subscription }) => subscription.ownedPartitions.size === 0) ?? {
          memberId: '',
        }
        return new Map([[memberId, { partitions: new Map([['t', [0]]]) }]])
      },
    }
    const a = member('a', greedy)
    await world.settle([a])
    isGreedy = true
    const b = member('b', greedy)
    const joining = b.poll({ timeoutMs: 10_000 })
    const polling = a.poll({ timeoutMs: 10_000 })
    polling.catch(() => {})
    await world.clock.advance(10_000)
    await expect(polling).rejects.toMatchObject({ code: 'ILLEGAL_STATE' })
    await expect(polling).rejects.toThrow(/given to nobody.*At once it moved t-0 of 'a-/)
    await joining
    // What a has, it still has, and nobody else.
    expect(owned(a, b)).toBe('0,1,2,3 | ')
    isGreedy = false
    await world.settle([a, b], 20_000)
    expect(owned(a, b)).toBe('0,2 | 1,3')
  })

  test('because the assignor threw comes with its error', async () => {
    const cause = new Error('no idea')
    const throwing = () => {
      throw cause
    }
    for (const hooks of [{ assign: throwing }, { subscriptionUserData: throwing }, { onAssignment: throwing }]) {
      const a = world.member('a', {
        groupId: `g-${Object.keys(hooks)}`,
        partitionAssignmentStrategy: [{ ...toTheFirst, ...hooks }],
      })
      const problem = await problemOf(a)
      expect(problem).toMatchObject({ code: 'CALLBACK_FAILED', cause })
      expect(problem.message).toContain(`${Object.keys(hooks)} of the assignor 'to-the-first' threw an error: no idea`)
    }
  })
})

describe('a strategy', () => {
  const refusal = (partitionAssignmentStrategy: unknown) => {
    try {
      world.member('a', { partitionAssignmentStrategy: partitionAssignmentStrategy as never })
    } catch (error) {
      return (error as Error).message
    }
    return 'none'
  }

  test.each<[given: unknown, message: string]>([
    [[], 'at least one assignor'],
    ['range', 'at least one assignor'],
    [['rnge'], "there is no assignor 'rnge'. Did you mean 'range'?"],
    [[7], 'an assignor is a name, or { name, assign(members, partitionCounts) { … } }, not 7'],
    [[{ assign() {} }], "an assignor's name must be a text"],
    [[{ name: '', assign() {} }], "an assignor's name must be a text"],
    [[{ name: 'x' }], "the assignor 'x' needs a function assign"],
    [[{ ...toTheFirst, onAssignment: 1 }], "onAssignment of the assignor 'to-the-first' must be a function"],
    [[{ ...toTheFirst, supportedProtocols: ['lazy'] }], "must be a list of 'eager' and 'cooperative'"],
    [[toTheFirst, { ...toTheFirst }], "has the assignor 'to-the-first' twice"],
    [['range', { ...toTheFirst, name: 'range' }], "has the assignor 'range' twice"],
  ])('%j is refused', (given, message) => {
    expect(refusal(given)).toContain('consumer: partitionAssignmentStrategy: ')
    expect(refusal(given)).toContain(message)
  })

  test('writes what was given to __consumer_offsets, user data and all', async () => {
    const a = member('a', toTheFirst)
    await world.settle([a])
    const { groups } = await world.broker.handle(
      'DescribeGroups',
      { groups: ['g'] },
      { clientId: 'admin', clientHost: '', connection: {} },
    )
    const [described] = groups[0]?.members ?? []
    expect(groups[0]?.protocolData).toBe('to-the-first')
    expect(decodeAssignment(described?.memberAssignment ?? new Uint8Array()).userData).toEqual(new Uint8Array([1]))
  })
})
