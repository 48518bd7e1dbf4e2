// A coordinator that is lost in the middle of something, and its successor that reads the topic. A client sees
// NOT_COORDINATOR and COORDINATOR_LOAD_IN_PROGRESS, asks again, and goes on.
import { KafkaError, Kafkalet } from 'kafkalet'
import { loseCoordinator, ManualClock } from 'kafkalet/testing'
import { describe, expect, test } from 'vitest'
import { advance, answersTo, commit, heartbeat, join, STABLE } from '../support/group-transcript.ts'
import { GroupWorld } from '../support/group-world.ts'

const LOAD_MS = 500
const assign = "sync(A): SyncGroup memberId=id(A) generation=1 protocol=consumer/range assignments={id(A):'A-A'}"
const fetch = 'fetch(A): OffsetFetch [orders-0] requireStable=false'

function lose(world: GroupWorld, loadMs = LOAD_MS): void {
  const before = world.liveView()
  world.broker.groups.lose('grp', { loadMs })
  if (loadMs === 0) expect(world.liveView()).toEqual(before)
}

describe('while the successor loads', () => {
  const told: readonly (readonly [step: string, answer: string])[] = [
    [join('A', 3), "join(A)#3 -> error=COORDINATOR_LOAD_IN_PROGRESS memberId=''"],
    [assign, 'sync(A) -> error=COORDINATOR_LOAD_IN_PROGRESS'],
    ['leave(A): LeaveGroup members=[id(A)]', 'leave(A) -> error=COORDINATOR_LOAD_IN_PROGRESS members=[]'],
    [commit('A', 1), 'commit(A) -> orders-0:COORDINATOR_LOAD_IN_PROGRESS'],
    [fetch, 'fetch(A) -> error=COORDINATOR_LOAD_IN_PROGRESS []'],
    ['delete(A): OffsetDelete [payments-0]', 'delete(A) -> error=COORDINATOR_LOAD_IN_PROGRESS []'],
    ['delete(A): DeleteGroups [grp]', 'delete(A) -> grp:COORDINATOR_LOAD_IN_PROGRESS'],
    [
      'describe(A): DescribeGroups v5 [grp]',
      "describe(A) -> (grp error=COORDINATOR_LOAD_IN_PROGRESS state= protocolType='' protocol='' members=[])",
    ],
    ['list(A): ListGroups states=[]', 'list(A) -> error=COORDINATOR_LOAD_IN_PROGRESS []'],
    // Kafka lets heartbeats pass: nobody is thrown out by a coordinator that knows nobody yet.
    [heartbeat('A', 1), 'heartbeat(A) -> error=NONE'],
  ]

  test.each(told)('%s', async (step, answer) => {
    const world = new GroupWorld()
    await answersTo(world, STABLE)
    lose(world)
    expect(await answersTo(world, step)).toEqual([answer])
    expect(await answersTo(world, advance(LOAD_MS - 1), step)).toEqual([answer])
    expect(world.describeGroup()).toBe('(COORDINATOR_LOAD_IN_PROGRESS)')
    const [after = ''] = await answersTo(world, advance(1), step)
    expect(after).not.toContain('COORDINATOR_LOAD_IN_PROGRESS')
  })

  test('a topic that is deleted is forgotten once it has loaded', async () => {
    const world = new GroupWorld()
    await answersTo(world, STABLE, commit('A', 1))
    lose(world)
    const topics = [{ name: 'orders', topicId: null }]
    world.send('delete', 'DeleteTopics', { topics, timeoutMs: 0 }, ({ responses }) => String(responses[0]?.errorCode))
    world.appended()
    expect(await answersTo(world, advance(LOAD_MS))).toEqual([])
    expect(world.appended()).toEqual(['OffsetCommit(grp,orders-0)=TOMBSTONE'])
  })

  test('a second loss begins the loading anew', async () => {
    const world = new GroupWorld()
    await answersTo(world, STABLE)
    lose(world)
    await answersTo(world, advance(LOAD_MS - 1))
    lose(world)
    await answersTo(world, advance(LOAD_MS - 1))
    expect(world.describeGroup()).toBe('(COORDINATOR_LOAD_IN_PROGRESS)')
    await answersTo(world, advance(1))
    expect(world.describeGroup()).toContain('state=Stable generation=1')
  })

  test('groups of other partitions go on', async () => {
    const world = new GroupWorld()
    await answersTo(world, STABLE)
    world.broker.groups.lose('another group', { loadMs: LOAD_MS })
    expect(await answersTo(world, heartbeat('A', 1), fetch)).toEqual([expect.stringContaining('error=NONE')])
  })
})

describe('a coordinator that is lost', () => {
  test.each([0, LOAD_MS])('while the group is Stable (loading takes %i ms) is not missed', async (loadMs) => {
    const world = new GroupWorld()
    await answersTo(world, STABLE, commit('A', 1))
    lose(world, loadMs)
    await answersTo(world, advance(loadMs))
    expect(world.describeGroup()).toBe(
      'state=Stable generation=1 leader=id(A) protocol=range members=[id(A), id(B)] pendingJoin=0',
    )
    expect(world.liveView()).toEqual(world.rebuiltView())
    expect(await answersTo(world, heartbeat('B', 1))).toEqual(['heartbeat(B) -> error=NONE'])
    expect(await answersTo(world, fetch)).toEqual([expect.stringContaining('orders-0:(offset=5')])
  })

  test('gives each member a session from when its successor has loaded, whoever asks', async () => {
    const world = new GroupWorld()
    await answersTo(world, STABLE, advance(9000))
    lose(world)
    await answersTo(world, advance(LOAD_MS), advance(9_999))
    expect(world.describeGroup()).toContain('state=Stable')
    await answersTo(world, advance(1))
    expect(world.describeGroup()).toContain('state=Empty generation=2')
  })

  test('in the join phase sends away who has joined; the group is in its last written generation', async () => {
    const world = new GroupWorld()
    await answersTo(world, STABLE, join('C', 1), join('C', 2), join('A', 3))
    lose(world)
    const sentAway = ['A', 'C'].map((client) =>
      expect.stringMatching(`^join\\(${client}\\)#\\d -> error=NOT_COORDINATOR`),
    )
    expect(await world.answers()).toEqual(sentAway)
    await answersTo(world, advance(LOAD_MS))
    expect(world.describeGroup()).toBe(
      'state=Stable generation=1 leader=id(A) protocol=range members=[id(A), id(B)] pendingJoin=0',
    )
    // Nobody knows C any more; it begins anew.
    expect(await answersTo(world, join('C', 3))).toEqual(['join(C)#3 -> error=UNKNOWN_MEMBER_ID memberId=id(C)'])
    await answersTo(world, join('D', 1), join('D', 2), join('A', 4))
    const joined = await answersTo(world, join('B', 3))
    expect(joined).toHaveLength(3)
    for (const answer of joined) expect(answer).toContain('error=NONE')
    expect(world.describeGroup()).toContain('state=CompletingRebalance generation=2')
  })

  test('in the sync phase sends away who waits; the assignment that was not written is gone', async () => {
    const world = new GroupWorld()
    const wait = 'sync(B): SyncGroup memberId=id(B) generation=2 protocol=consumer/range assignments={}'
    await answersTo(world, STABLE, join('A', 3), join('B', 3), wait)
    lose(world)
    expect(await world.answers()).toEqual(['sync(B) -> error=NOT_COORDINATOR'])
    await answersTo(world, advance(LOAD_MS))
    expect(await answersTo(world, wait)).toEqual(['sync(B) -> error=ILLEGAL_GENERATION'])
    expect(world.describeGroup()).toContain('state=Stable generation=1')
  })

  test.each([0, LOAD_MS])('between a commit and its answer has committed (loading takes %i ms)', async (loadMs) => {
    const world = new GroupWorld()
    await answersTo(world, STABLE)
    world.broker.events.listeners.once('recordsAppended', () => world.broker.groups.lose('grp', { loadMs }))
    expect(await answersTo(world, commit('A', 1))).toEqual(['commit(A) -> orders-0:NOT_COORDINATOR'])
    await answersTo(world, advance(loadMs))
    expect(world.liveView()).toEqual(world.rebuiltView())
    expect(await answersTo(world, fetch)).toEqual([expect.stringContaining('orders-0:(offset=5')])
    expect(await answersTo(world, commit('A', 1))).toEqual(['commit(A) -> orders-0:NONE'])
  })

  test('between an assignment and its answer has written it: who asks again gets it', async () => {
    const world = new GroupWorld()
    await answersTo(world, 'SETUP A joined (session 10000, rebalance 60000), generation 1')
    world.broker.events.listeners.once('recordsAppended', () => lose(world))
    const timers = world.clock.timerCount
    expect(await answersTo(world, assign)).toEqual(['sync(A) -> error=NOT_COORDINATOR'])
    expect(world.clock.timerCount).toBeLessThan(timers)
    expect(await answersTo(world, advance(LOAD_MS), assign)).toEqual([
      "sync(A) -> error=NONE protocolType=consumer protocol=range assignment='A-A'",
    ])
    expect(world.liveView()).toEqual(world.rebuiltView())
  })

  test('between the restart of a static member and its answer has written the new id', async () => {
    const world = new GroupWorld()
    await answersTo(world, 'SETUP static members A/i1 (leader), B/i2 in generation 1, Stable')
    world.broker.events.listeners.once('recordsAppended', () => lose(world))
    const restart = join('B', 1).replace("#1: JoinGroup v9 memberId=''", "#2: JoinGroup v9 memberId='' instanceId=i2")
    expect(await answersTo(world, restart)).toEqual(['join(B)#2 -> error=NOT_COORDINATOR memberId=id(B#2)'])
    await answersTo(world, advance(LOAD_MS))
    expect(world.describeGroup()).toContain('members=[id(A)/i1, id(B#2)/i2]')
    // It restarts once more, and is let in as before.
    expect(await answersTo(world, restart)).toEqual([expect.stringContaining('join(B)#2 -> error=NONE')])
    expect(world.liveView()).toEqual(world.rebuiltView())
  })

  test('leaves no timer behind when the broker is closed', async () => {
    const world = new GroupWorld()
    await answersTo(world, STABLE)
    lose(world)
    world.broker.close()
    expect(world.clock.timerCount).toBe(0)
  })
})

describe('loseCoordinator', () => {
  test('takes the coordinator of a Kafkalet away: an admin waits until the next one has loaded', async () => {
    const clock = new ManualClock()
    await using kafka = new Kafkalet({ clock, seed: 1 })
    const admin = kafka.admin()
    await admin.createTopics([{ topic: 't' }])
    await admin.alterConsumerGroupOffsets('g', [{ topic: 't', partition: 0, offset: 7 }])
    loseCoordinator(kafka, 'g', { loadMs: 2000 })
    const startMs = clock.now()
    const reading = admin.listConsumerGroupOffsets('g').then((offsets) => ({ offsets, afterMs: clock.now() - startMs }))
    await clock.advance(5000)
    // 100 ms, 200 ms, … at most a second: as long as Kafka's retry.backoff.ms and retry.backoff.max.ms have it.
    expect(await reading).toMatchObject({ offsets: [{ offset: 7 }], afterMs: 2500 })
    expect(await admin.listGroups()).toHaveLength(1)
  })

  test('lets an admin give up after a minute, and at once when it is closed', async () => {
    const clock = new ManualClock()
    await using kafka = new Kafkalet({ clock, seed: 1 })
    const [patient, closed] = [kafka.admin(), kafka.admin()]
    await patient.createTopics([{ topic: 't' }])
    await patient.alterConsumerGroupOffsets('g', [{ topic: 't', partition: 0, offset: 7 }])
    loseCoordinator(kafka, 'g', { loadMs: 3_600_000 })
    const failures = [patient, closed].map((admin) => admin.lag('g').catch((error: unknown) => error))
    await clock.settle()
    await closed.close()
    expect(await failures[1]).toMatchObject({ code: 'ILLEGAL_STATE' })
    await clock.advance(60_000)
    const [failure] = await Promise.all(failures)
    expect(failure).toMatchObject({ code: 'REQUEST_TIMED_OUT', retriable: true })
    expect(failure).toMatchObject({ cause: { code: 'COORDINATOR_LOAD_IN_PROGRESS' } })
  })

  test('refuses what is no Kafkalet, and no time', async () => {
    await using kafka = new Kafkalet({ seed: 1 })
    expect(() => loseCoordinator(kafka.admin(), 'g')).toThrow('takes the Kafkalet')
    for (const loadMs of [-1, 0.5, Number.NaN])
      expect(() => loseCoordinator(kafka, 'g', { loadMs })).toThrow(KafkaError)
  })
})
