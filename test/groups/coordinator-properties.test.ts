// What holds after any sequence of requests, losses and silences, for dynamic and static members.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeUtf8 } from '../../src/bytes.ts'
import { errorName } from '../../src/errors.ts'
import { encodeSubscription } from '../../src/groups/subscription.ts'
import { GroupWorld } from '../support/group-world.ts'

const SESSION_MS = 10_000
const REBALANCE_MS = 20_000
/** The first two clients are static. */
const CLIENTS = 4

type Act =
  | { readonly kind: 'join' | 'restart' | 'sync' | 'heartbeat' | 'leave' | 'remove'; readonly client: number }
  | { readonly kind: 'commit'; readonly client: number; readonly offset: number }
  /** Everyone who does not wait joins: a generation of all. */
  | { readonly kind: 'gather' }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'lose'; readonly loadMs: number; readonly beforeReply: boolean }

const client = fc.nat(CLIENTS - 1)
const acts: fc.Arbitrary<Act> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constantFrom('join', 'sync'), client }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('restart', 'heartbeat', 'leave', 'remove'), client }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('gather') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('commit'), client, offset: fc.nat(99) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('advance'), ms: fc.constantFrom(1, 500, 9_999, 25_000) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('lose'), loadMs: fc.constantFrom(0, 500), beforeReply: fc.boolean() }),
  },
)

/** Clients that know of themselves what they were last told. */
class Clients {
  readonly #world: GroupWorld
  readonly #told = Array.from({ length: CLIENTS }, () => ({ memberId: '', generation: -1 }))
  /** What the group was last told to keep for the client's partition. */
  readonly acknowledged = new Map<number, number>()
  /** Client → joins and syncs of it that wait: it sends no other meanwhile, unless it restarts. */
  readonly #waiting = new Map<number, number>()
  #sent = 0

  constructor(world: GroupWorld) {
    this.#world = world
  }

  do(act: Act): Promise<unknown> {
    if (act.kind === 'gather') return this.#gather()
    if (act.kind === 'advance') return this.#world.clock.advance(act.ms)
    if (act.kind === 'lose') this.#lose(act.loadMs, act.beforeReply)
    else if (act.kind === 'commit') this.#commit(act.client, act.offset)
    else if (act.kind === 'join' || act.kind === 'restart') this.#join(act.client, act.kind === 'restart')
    else if (act.kind === 'sync') this.#sync(act.client)
    else if (act.kind === 'heartbeat') this.#heartbeat(act.client)
    else this.#leave(act.client, act.kind === 'remove')
    return this.#world.clock.settle()
  }

  async #gather(): Promise<void> {
    // A dynamic client first gets an id.
    for (const _ of ['id', 'member']) {
      for (let client = 0; client < CLIENTS; client++) this.#join(client, false)
      await this.#world.clock.settle()
    }
  }

  #lose(loadMs: number, beforeReply: boolean): void {
    const { groups, events } = this.#world.broker
    if (beforeReply) events.listeners.once('recordsAppended', () => groups.lose('grp', { loadMs }))
    else groups.lose('grp', { loadMs })
  }

  #waits(client: number, more: 1 | 0 | -1): number {
    const count = (this.#waiting.get(client) ?? 0) + more
    this.#waiting.set(client, count)
    return count
  }

  #identity(client: number) {
    const { memberId = '' } = this.#told[client] ?? {}
    return { groupId: 'grp', memberId, groupInstanceId: client < 2 ? `i${client}` : null }
  }

  #label(kind: string): string {
    return `${kind}#${++this.#sent}`
  }

  #join(client: number, forgets: boolean): void {
    if (this.#waits(client, 0) > 0 && !forgets) return
    this.#waits(client, 1)
    const nothing = { userData: null, ownedPartitions: new Map(), generationId: -1, rackId: null }
    const metadata = encodeSubscription({ topics: ['orders'], ...nothing })
    const identity = this.#identity(client)
    const request = {
      ...identity,
      memberId: forgets ? '' : identity.memberId,
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: REBALANCE_MS,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata }],
    }
    this.#world.send(this.#label('join'), 'JoinGroup', request, ({ errorCode, memberId, generationId }) => {
      this.#waits(client, -1)
      const name = errorName(errorCode)
      const forgotten = name === 'UNKNOWN_MEMBER_ID' || name === 'FENCED_INSTANCE_ID'
      if (name === 'NONE' || name === 'MEMBER_ID_REQUIRED') this.#told[client] = { memberId, generation: generationId }
      else if (forgotten) this.#told[client] = { memberId: '', generation: -1 }
      return name
    })
  }

  #sync(client: number): void {
    if (this.#waits(client, 0) > 0) return
    this.#waits(client, 1)
    const assignments = this.#told.map(({ memberId }, i) => ({ memberId, assignment: encodeUtf8(`P${i}`) }))
    const { generation = -1 } = this.#told[client] ?? {}
    const protocol = { protocolType: 'consumer', protocolName: 'range' }
    const request = { ...this.#identity(client), ...protocol, generationId: generation, assignments }
    this.#world.send(this.#label('sync'), 'SyncGroup', request, ({ errorCode }) => {
      this.#waits(client, -1)
      return errorName(errorCode)
    })
  }

  #heartbeat(client: number): void {
    const { generation = -1 } = this.#told[client] ?? {}
    const request = { ...this.#identity(client), generationId: generation }
    this.#world.send(this.#label('heartbeat'), 'Heartbeat', request, ({ errorCode }) => errorName(errorCode))
  }

  #leave(client: number, byInstance: boolean): void {
    const { memberId, groupInstanceId } = this.#identity(client)
    const members = [{ memberId: byInstance ? '' : memberId, groupInstanceId }]
    this.#world.send(this.#label('leave'), 'LeaveGroup', { groupId: 'grp', members }, () => '')
  }

  #commit(client: number, offset: number): void {
    const { generation = -1 } = this.#told[client] ?? {}
    const partition = {
      partitionIndex: client,
      committedOffset: offset,
      committedLeaderEpoch: -1,
      committedMetadata: '',
    }
    const topics = [{ name: 'orders', partitions: [partition] }]
    const request = { ...this.#identity(client), generationIdOrMemberEpoch: generation, topics }
    this.#world.send(this.#label('commit'), 'OffsetCommit', request, (response) => {
      const name = errorName(response.topics[0]?.partitions[0]?.errorCode ?? -1)
      // After a loss in the middle the client cannot know: it may stand, or it may not.
      if (name === 'NONE') this.acknowledged.set(client, offset)
      else if (name === 'NOT_COORDINATOR') this.acknowledged.delete(client)
      return name
    })
  }
}

function check(world: GroupWorld, clients: Clients): void {
  if (world.describeGroup().startsWith('(')) return
  expect(world.liveView()).toEqual(world.rebuiltView())
  const { members, state } = world.broker.groups.look(
    'grp',
    (shard, nowMs) => shard.groupOrNew('grp', nowMs),
    (error) => {
      throw new Error(error)
    },
  )
  const instances = [...members.values()].flatMap(({ groupInstanceId }) => groupInstanceId ?? [])
  expect(new Set(instances).size, 'an instance is one member').toBe(instances.length)
  const waits = [...members.values()].filter(({ awaitingJoin, awaitingSync }) => awaitingJoin ?? awaitingSync)
  if (state === 'Stable' || state === 'Empty') expect(waits, `nobody waits in ${state}`).toEqual([])
  for (const [partition, offset] of clients.acknowledged) {
    const committed = world.broker.groups.look(
      'grp',
      ({ view }) => view.committed('grp', 'orders', partition)?.offset,
      () => undefined,
    )
    expect(committed, `what was acknowledged for orders-${partition}`).toBe(offset)
  }
}

test('the view is what the topic says, an instance is one member, nobody waits for ever, no commit is lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(acts, { minLength: 5, maxLength: 40 }), async (sequence) => {
      const world = new GroupWorld('grp', { 'group.initial.rebalance.delay.ms': '0' })
      const clients = new Clients(world)
      for (const act of sequence) {
        await clients.do(act)
        check(world, clients)
      }
      // Silence: every session and every wait ends.
      await world.clock.advance(4 * (SESSION_MS + REBALANCE_MS) + 5 * 60_000)
      check(world, clients)
      expect(world.stillWaiting).toEqual([])
      expect(world.describeGroup()).toMatch(/^(\(group absent\)|state=Empty)/)
      expect((await world.answers()).filter((answer) => /Error/.test(answer))).toEqual([])
    }),
    { numRuns: 1000 },
  )
}, 60_000)
