// toHaveBeenRequested: what it finds, what it shows when it fails, and when it cannot tell.
import { stripVTControlCharacters } from 'node:util'
import { Kafkalet } from 'kafkalet'
import { faultsOf, ManualClock } from 'kafkalet/testing'
import { test as withKafka } from 'kafkalet/vitest'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let clock: ManualClock
let kafka: Kafkalet
beforeEach(async () => {
  clock = new ManualClock()
  kafka = new Kafkalet({ clock, seed: 1 })
  await kafka.admin().createTopics([
    { topic: 'orders', partitions: 2 },
    { topic: 'other', partitions: 1 },
  ])
  faultsOf(kafka).record()
})
afterEach(() => kafka.close())

const send = (partition: number, clientId = 'shop', topic = 'orders') =>
  kafka.producer({ clientId }).send({ topic, partition, value: 'v' })
const commit = (groupId: string, partition: number, offset: number) =>
  kafka.admin({ clientId: 'admin' }).alterConsumerGroupOffsets(groupId, [{ topic: 'orders', partition, offset }])

/** What the matcher says when it fails. */
function failure(judge: () => unknown): string {
  try {
    judge()
  } catch (error) {
    return stripVTControlCharacters((error as Error).message)
  }
  throw new Error('the matcher passed')
}

describe('a request', () => {
  test('is found by its topic, partition, group and client', async () => {
    await send(1)
    await commit('billing', 0, 3)
    expect(kafka).toHaveBeenRequested('Produce')
    expect(kafka).toHaveBeenRequested('Produce', { topic: 'orders', partition: 1, clientId: 'shop' })
    expect(kafka).toHaveBeenRequested('OffsetCommit', { groupId: 'billing', topic: 'orders', partition: 0 })
    expect(kafka).not.toHaveBeenRequested('Produce', { partition: 0 })
    expect(kafka).not.toHaveBeenRequested('Produce', { topic: 'other' })
    expect(kafka).not.toHaveBeenRequested('Produce', { clientId: 'admin' })
    expect(kafka).not.toHaveBeenRequested('OffsetCommit', { groupId: 'shipping' })
    expect(kafka).not.toHaveBeenRequested('Fetch')
  })

  test('needs one part that agrees in everything, not several that agree in something', async () => {
    await kafka.producer().sendBatch([
      { topic: 'orders', partition: 1, value: 'v' },
      { topic: 'other', partition: 0, value: 'v' },
    ])
    expect(kafka).toHaveBeenRequested('Produce', { topic: 'orders', partition: 1 })
    expect(kafka).not.toHaveBeenRequested('Produce', { topic: 'orders', partition: 0 })
  })

  test('is found by a member, and by the topic it named by id, also when that is gone', async () => {
    const consumer = kafka.consumer({ groupId: 'billing', topics: ['orders'], autoOffsetReset: 'earliest' })
    void consumer.run({ eachRecord() {} })
    await clock.settle()
    const { memberId } = consumer.groupMetadata()
    expect(kafka).toHaveBeenRequested('SyncGroup', { memberId, times: 1 })
    expect(kafka).not.toHaveBeenRequested('SyncGroup', { memberId: 'nobody' })
    await kafka.admin().deleteTopics(['orders'])
    expect(kafka).toHaveBeenRequested('Fetch', { topic: 'orders' })
    expect(kafka).not.toHaveBeenRequested('Fetch', { topic: 'other' })
  })

  test('is counted by `times`', async () => {
    await send(0)
    await send(1)
    await send(1)
    expect(kafka).toHaveBeenRequested('Produce', { times: 3 })
    expect(kafka).toHaveBeenRequested('Produce', { partition: 1, times: 2 })
    expect(kafka).toHaveBeenRequested('Fetch', { times: 0 })
    expect(kafka).not.toHaveBeenRequested('Produce', { times: 2 })
    expect(kafka).not.toHaveBeenRequested('Produce', { times: 4 })
  })

  test('is found by fields of the request and of its answer', async () => {
    await commit('billing', 0, 3)
    const partitions = [{ partitionIndex: 0, committedOffset: 3 }]
    expect(kafka).toHaveBeenRequested('OffsetCommit', { request: { topics: [{ name: 'orders', partitions }] } })
    expect(kafka).toHaveBeenRequested('OffsetCommit', { response: { topics: [{ name: 'orders' }] } })
    expect(kafka).not.toHaveBeenRequested('OffsetCommit', { request: { groupId: 'shipping' } })
    expect(kafka).not.toHaveBeenRequested('OffsetCommit', { response: { topics: [{ name: 'other' }] } })
    // @ts-expect-error an OffsetCommit has no such field
    expect(kafka).not.toHaveBeenRequested('OffsetCommit', { request: { acks: 1 } })
  })

  test('is found by what became of it', async () => {
    const faults = faultsOf(kafka)
    faults.on('Produce').fail('NOT_LEADER_OR_FOLLOWER')
    faults.on('Produce').drop()
    const sent = send(0)
    await clock.advance(1_000)
    await sent
    expect(kafka).toHaveBeenRequested('Produce', { error: 'NOT_LEADER_OR_FOLLOWER', times: 1 })
    expect(kafka).toHaveBeenRequested('Produce', { error: 'NETWORK_EXCEPTION', times: 1 })
    expect(kafka).toHaveBeenRequested('Produce', { error: 'NONE', times: 1 })
    expect(kafka).not.toHaveBeenRequested('Produce', { error: 'MESSAGE_TOO_LARGE' })
    const held = faults.on('OffsetCommit').hold()
    const committing = commit('billing', 0, 1)
    await held.arrived()
    expect(kafka).toHaveBeenRequested('OffsetCommit', { response: null })
    expect(kafka).not.toHaveBeenRequested('OffsetCommit', { error: 'NONE' })
    held.release()
    await committing
    expect(kafka).toHaveBeenRequested('OffsetCommit', { error: 'NONE' })
  })

  test('takes an asymmetric matcher in every place', async () => {
    await send(1)
    await commit('billing', 0, 3)
    expect(kafka).toHaveBeenRequested('Produce', { clientId: expect.stringMatching(/^sh/), topic: expect.any(String) })
    expect(kafka).not.toHaveBeenRequested('Produce', { clientId: expect.stringMatching(/^ad/) })
    const topics = expect.arrayContaining([expect.objectContaining({ name: 'orders' })])
    expect(kafka).toHaveBeenRequested('OffsetCommit', { request: { topics }, error: expect.stringMatching('NO') })
    expect(kafka).toHaveBeenRequested('OffsetCommit', { response: expect.objectContaining({ topics }) })
    expect(kafka).not.toHaveBeenRequested('OffsetCommit', { request: { topics: expect.arrayContaining([1]) } })
  })
})

describe('a failure', () => {
  test('shows the requests that came instead, and what became of them', async () => {
    faultsOf(kafka).on('OffsetCommit', { groupId: 'shipping' }).fail('GROUP_AUTHORIZATION_FAILED')
    await commit('billing', 0, 3)
    await clock.advance(250)
    await commit('shipping', 1, 4).catch(() => {})
    const wanted = { groupId: 'billing', partition: 1 }
    expect(failure(() => expect(kafka).toHaveBeenRequested('OffsetCommit', wanted))).toMatchInlineSnapshot(`
      "OffsetCommit {"groupId": "billing", "partition": 1} was not requested.

      What was requested of OffsetCommit:
          0 ms  admin: OffsetCommit of group 'billing', orders-0 -> NONE
        250 ms  admin: OffsetCommit of group 'shipping', orders-1 -> GROUP_AUTHORIZATION_FAILED"
    `)
    expect(
      failure(() => expect(kafka).toHaveBeenRequested('OffsetCommit', { groupId: 'billing', times: 2 })),
    ).toMatchInlineSnapshot(`
      "OffsetCommit {"groupId": "billing"} should be requested 2 times, and was once.

      What was requested of OffsetCommit:
          0 ms  admin: OffsetCommit of group 'billing', orders-0 -> NONE
        250 ms  admin: OffsetCommit of group 'shipping', orders-1 -> GROUP_AUTHORIZATION_FAILED"
    `)
    expect(
      failure(() => expect(kafka).not.toHaveBeenRequested('OffsetCommit', { groupId: 'billing' })),
    ).toMatchInlineSnapshot(`
      "OffsetCommit {"groupId": "billing"} was requested once, and should not have been:
        0 ms  admin: OffsetCommit of group 'billing', orders-0 -> NONE"
    `)
  })

  test('shows how the last request that was meant differs', async () => {
    await commit('billing', 0, 3)
    const request = { topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, committedOffset: 4 }] }] }
    expect(failure(() => expect(kafka).toHaveBeenRequested('OffsetCommit', { request }))).toMatchInlineSnapshot(`
      "OffsetCommit {"request": {"topics": [{"name": "orders", "partitions": [{"committedOffset": 4, "partitionIndex": 0}]}]}} was not requested. The last one's request differs:

      - Expected
      + Received

      @@ -2,11 +2,11 @@
          "topics": [
            {
              "name": "orders",
              "partitions": [
                {
      -           "committedOffset": 4,
      +           "committedOffset": 3,
                  "partitionIndex": 0,
                },
              ],
            },
          ],

      What was requested of OffsetCommit:
        0 ms  admin: OffsetCommit of group 'billing', orders-0 -> NONE"
    `)
  })

  test('says what was requested where nothing of this API was', async () => {
    expect(failure(() => expect(kafka).toHaveBeenRequested('Fetch'))).toContain(
      'Fetch was not requested.\n\nRequested since it is written down: nothing.',
    )
    await send(0)
    await send(1)
    expect(failure(() => expect(kafka).toHaveBeenRequested('Fetch', { topic: 'orders' }))).toContain(
      'Requested since it is written down: Metadata 2 times, InitProducerId 2 times, Produce 2 times.',
    )
  })

  test('shows the last twenty of many, and a request that waits', async () => {
    for (let i = 0; i < 22; i++) await commit(`g${i}`, 0, i)
    const held = faultsOf(kafka).on('OffsetCommit').hold()
    const committing = commit('held', 0, 1)
    await held.arrived()
    const shown = failure(() => expect(kafka).toHaveBeenRequested('OffsetCommit', { groupId: 'g' }))
    expect(shown).toContain('… 3 before')
    expect(shown).not.toContain("group 'g2',")
    expect(shown).toContain("group 'g3',")
    expect(shown).toContain("group 'held', orders-0 -> no answer yet")
    held.release()
    await committing
  })
})

describe('what cannot be told is refused', () => {
  test('where nothing is written down', async () => {
    await using other = new Kafkalet()
    const message = 'nothing is written down of what is requested. Begin before what it is about'
    expect(() => expect(other).toHaveBeenRequested('Fetch')).toThrow(message)
    expect(() => expect(other).not.toHaveBeenRequested('Fetch')).toThrow(message)
    faultsOf(kafka).clear()
    expect(() => expect(kafka).not.toHaveBeenRequested('Fetch')).toThrow(message)
  })

  test('where it may be among what is forgotten', async () => {
    faultsOf(kafka).record({ limit: 4 })
    await commit('g', 0, 1)
    for (let i = 0; i < 2; i++) await send(0)
    const message =
      'cannot tell: of 7 requests the first 3 are forgotten. Keep more: faultsOf(kafka).record({ limit: 7 })'
    expect(() => expect(kafka).not.toHaveBeenRequested('OffsetCommit')).toThrow(message)
    expect(() => expect(kafka).toHaveBeenRequested('Produce', { times: 2 })).toThrow(message)
    expect(kafka).toHaveBeenRequested('Produce')
    expect(kafka).not.toHaveBeenRequested('Produce', { times: 1 })
  })

  test.each([
    ['an API there is not', () => expect(kafka).toHaveBeenRequested('Prduce' as never), "Did you mean 'Produce'?"],
    ['a field it has not', () => expect(kafka).toHaveBeenRequested('Heartbeat', { topic: 't' }), 'names no topic'],
    [
      'a field there is not',
      () => expect(kafka).toHaveBeenRequested('Fetch', { topci: 't' } as never),
      "Did you mean 'topic'?",
    ],
    ['a negative count', () => expect(kafka).toHaveBeenRequested('Fetch', { times: -1 }), 'at least 0, not -1'],
    [
      'an error there is not',
      () => expect(kafka).toHaveBeenRequested('Fetch', { error: 'NOT_LEADR_OR_FOLLOWER' as never }),
      "Did you mean 'NOT_LEADER_OR_FOLLOWER'?",
    ],
    ['no object', () => expect(kafka).toHaveBeenRequested('Fetch', 'orders' as never), 'is filtered by an object'],
    ['no Kafkalet', () => expect({}).toHaveBeenRequested('Fetch'), 'takes the Kafkalet it is about first'],
  ])('%s', (_what, judge, message) => {
    expect(judge).toThrow(message)
  })
})

withKafka('the fixture writes down from the start, until after the end', async ({ kafka: watched, clock: time }) => {
  const consumer = watched.consumer({ groupId: 'g', topics: ['t'] })
  void consumer.run({ eachRecord() {} })
  await time.settle()
  expect(watched).toHaveBeenRequested('JoinGroup', { groupId: 'g', error: 'MEMBER_ID_REQUIRED', times: 1 })
  expect(watched).not.toHaveBeenRequested('LeaveGroup')
  await watched.close()
  expect(watched).toHaveBeenRequested('LeaveGroup', { groupId: 'g' })
})
