// The client's half of static membership: who it says it is, when it says nothing, and what it is told when another
// takes its place.
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ApiName, RequestContext, RequestOf, ResponseOf } from '../../src/broker/api.ts'
import { ErrorCode } from '../../src/errors.ts'
import { encodeAssignment, encodeSubscription } from '../../src/groups/subscription.ts'
import { ConsumerWorld, owned } from '../support/consumer-world.ts'

/** A coordinator that knows one static member, which is its leader and comes back: nobody else is in its group. */
class StaticWorld extends ConsumerWorld {
  skipAssignment = false
  fenced = false
  #joins = 0

  override handle<Api extends ApiName>(api: Api, request: RequestOf<Api>, context: RequestContext) {
    return (this.#answer(api, request) as ResponseOf<Api> | null) ?? super.handle(api, request, context)
  }

  #answer(api: string, request: unknown): unknown {
    const errorCode = this.fenced ? ErrorCode.FENCED_INSTANCE_ID : ErrorCode.NONE
    const protocol = { protocolType: 'consumer', protocolName: 'range', errorCode, errorMessage: null }
    if (api === 'JoinGroup') {
      this.#note(api, request)
      const memberId = `i1-${++this.#joins}`
      const generationId = 7
      const leader = { memberId, leader: memberId, generationId, skipAssignment: this.skipAssignment }
      const { protocols, groupInstanceId } = request as RequestOf<'JoinGroup'>
      const metadata = protocols[0]?.metadata ?? encodeSubscription(NOTHING)
      return {
        ...protocol,
        ...leader,
        members: [{ memberId, groupInstanceId, metadata }],
      } satisfies ResponseOf<'JoinGroup'>
    }
    if (api === 'SyncGroup') {
      this.#note(api, request)
      const assignment = encodeAssignment({ partitions: new Map([['t', [0, 1]]]), userData: null })
      return { ...protocol, assignment } satisfies ResponseOf<'SyncGroup'>
    }
    if (api === 'Heartbeat') {
      this.#note(api, request)
      return { errorCode, errorMessage: null } satisfies ResponseOf<'Heartbeat'>
    }
    if (api === 'OffsetCommit') {
      this.#note(api, request)
      const topics = [{ name: 't', partitions: [{ partitionIndex: 0, errorCode }] }]
      return { errorMessage: null, topics } satisfies ResponseOf<'OffsetCommit'>
    }
    return null
  }

  #note(api: 'JoinGroup' | 'SyncGroup' | 'Heartbeat' | 'OffsetCommit', request: unknown): void {
    this.sent.push({ client: 'a', api, request })
  }
}

const NOTHING = { topics: [], userData: null, ownedPartitions: new Map(), generationId: -1, rackId: null }

let world: StaticWorld

beforeEach(() => {
  world = new StaticWorld()
})

afterEach(() => world.end())

const member = (options = {}) => world.member('a', { groupInstanceId: 'i1', ...options })

describe('a static member', () => {
  test('says its instance id with every request, and does not leave when it closes', async () => {
    const a = member()
    await world.settle([a])
    await a.commit([{ topic: 't', partition: 0, offset: 0 }])
    await a.close()
    expect(world.news()).toEqual(['a +[0,1]', 'a -[0,1]'])
    const instances = world.sent.filter(
      ({ request }) => typeof request === 'object' && request && 'memberId' in request,
    )
    expect(new Set(instances.map(({ api }) => api))).toEqual(
      new Set(['JoinGroup', 'SyncGroup', 'Heartbeat', 'OffsetCommit']),
    )
    expect(instances.map(({ request }) => (request as { groupInstanceId: unknown }).groupInstanceId)).toEqual(
      instances.map(() => 'i1'),
    )
    expect(world.requests('LeaveGroup')).toEqual([])
  })

  test('does not leave when it unsubscribes, nor when it has not polled for maxPollIntervalMs', async () => {
    const a = member({ maxPollIntervalMs: 10_000 })
    await world.settle([a])
    await world.clock.advance(10_000)
    await expect(a.commit([{ topic: 't', partition: 0, offset: 0 }])).rejects.toMatchObject({
      code: 'UNKNOWN_MEMBER_ID',
    })
    await world.settle([a])
    expect(world.news()).toEqual(['a +[0,1]', 'a lost [0,1]', 'a +[0,1]'])
    await a.unsubscribe()
    expect(world.requests('LeaveGroup')).toEqual([])
    expect(world.requests('JoinGroup').map(({ memberId }) => memberId)).toEqual(['', ''])
  })

  test('tells its instance id in the group metadata', async () => {
    const a = member()
    expect(a.groupMetadata()).toEqual({ groupId: 'g', generation: -1, memberId: '', groupInstanceId: 'i1' })
    await world.settle([a])
    expect(a.groupMetadata()).toEqual({ groupId: 'g', generation: 7, memberId: 'i1-1', groupInstanceId: 'i1' })
  })

  test('that leads and comes back assigns nothing where it is told so, and still notices that a topic grows', async () => {
    world.skipAssignment = true
    const a = member({ metadataMaxAgeMs: 10_000 })
    await world.settle([a])
    expect(world.requests('SyncGroup').map(({ assignments }) => assignments)).toEqual([[]])
    expect(owned(a)).toBe('0,1')
    await world.broker.handle(
      'CreatePartitions',
      { topics: [{ name: 't', count: 5 }], timeoutMs: 0, validateOnly: false },
      { clientId: 'admin', clientHost: '', connection: {} },
    )
    await world.settle([a], 12_000)
    expect(world.requests('JoinGroup')).toHaveLength(2)
  })
})

describe('a static member whose place another has taken', () => {
  const told = "Another consumer has joined group 'g' with the groupInstanceId 'i1'"

  test('learns it from a heartbeat: everything is lost, and every poll and commit says why', async () => {
    const a = member()
    await world.settle([a])
    world.fenced = true
    await world.clock.advance(3_000)
    const joins = world.requests('JoinGroup').length
    await expect(a.commit([{ topic: 't', partition: 0, offset: 0 }])).rejects.toThrow(told)
    await expect(a.poll()).rejects.toMatchObject({ code: 'FENCED_INSTANCE_ID' })
    await expect(a.poll()).rejects.toThrow(told)
    await expect(a.poll()).rejects.toThrow('close this one')
    expect(world.news()).toEqual(['a +[0,1]', 'a lost [0,1]'])
    expect(owned(a)).toBe('')
    expect(world.requests('JoinGroup')).toHaveLength(joins)
    await a.close()
    expect(world.news()).toEqual([])
  })

  test('is told so however long it takes to poll again', async () => {
    const a = member({ maxPollIntervalMs: 10_000 })
    await world.settle([a], 1_000)
    world.fenced = true
    await world.clock.advance(3_000)
    world.fenced = false
    await world.clock.advance(60_000)
    await expect(a.poll()).rejects.toThrow(told)
  })

  test('may subscribe anew once it has unsubscribed', async () => {
    const a = member()
    await world.settle([a], 1_000)
    world.fenced = true
    await world.clock.advance(3_000)
    world.fenced = false
    await a.unsubscribe()
    a.subscribe(['t'])
    await world.settle([a], 1_000)
    expect(world.news()).toEqual(['a +[0,1]', 'a lost [0,1]', 'a +[0,1]'])
  })

  test('learns it from a commit', async () => {
    const a = member()
    await world.settle([a])
    world.fenced = true
    await expect(a.commit([{ topic: 't', partition: 0, offset: 0 }])).rejects.toThrow(told)
    await expect(a.poll()).rejects.toThrow(told)
    expect(world.news()).toEqual(['a +[0,1]', 'a lost [0,1]'])
  })

  test('learns it when it joins', async () => {
    world.fenced = true
    const a = member()
    await expect(a.poll()).rejects.toThrow(told)
    await expect(a.poll()).rejects.toThrow(told)
    expect(world.news()).toEqual([])
  })
})

describe('an instance id', () => {
  test.each(['', '.', '..', 'a b', 'ä', 'x'.repeat(250), 7 as never])('%j is refused', (groupInstanceId) => {
    expect(() => member({ groupInstanceId })).toThrow('groupInstanceId (group.instance.id) must be 1 to 249')
  })

  test('of 249 legal characters is taken', () => {
    expect(member({ groupInstanceId: `A-z_0.${'x'.repeat(243)}` })).toBeDefined()
  })

  test('needs a group', () => {
    expect(() => member({ groupId: undefined, topics: undefined })).toThrow('groupInstanceId needs a groupId')
  })
})
