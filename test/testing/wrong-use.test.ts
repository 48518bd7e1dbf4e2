// The testing kit used wrongly: every call names the thing and the remedy.
import { Kafkalet } from 'kafkalet'
import {
  crash,
  disconnect,
  faultsOf,
  freeze,
  inspect,
  leftovers,
  loseCoordinator,
  ManualClock,
  reconnect,
  renderTimeline,
  settle,
  thaw,
  toMermaid,
  waitForAssignment,
  waitForLag,
  waitForRecords,
} from 'kafkalet/testing'
import 'kafkalet/vitest'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let clock: ManualClock
let kafka: Kafkalet
beforeEach(async () => {
  clock = new ManualClock()
  kafka = new Kafkalet({ clock, seed: 1 })
  await kafka.admin().createTopics([{ topic: 'orders' }])
})
afterEach(() => kafka.close())

const worker = { groupId: 'billing', topics: ['orders'], clientId: 'worker' } as const

describe('what is about a Kafkalet', () => {
  const notIt = new ManualClock()
  test.each<[string, () => unknown]>([
    ['settle', () => settle(notIt)],
    ['inspect', () => inspect(notIt)],
    ['faultsOf', () => faultsOf(notIt)],
    ['leftovers', () => leftovers(notIt)],
    ['loseCoordinator', () => loseCoordinator(notIt, 'g')],
    ['waitForAssignment', () => waitForAssignment(notIt, 'g')],
    ['waitForLag', () => waitForLag(notIt, 'g')],
    ['waitForRecords', () => waitForRecords(notIt, 't', 1)],
    ['expect(kafka).toHaveRecord', () => expect(notIt).toHaveRecord('t', {})],
    ['expect(kafka).toHaveRecords', () => expect(notIt).toHaveRecords('t', [])],
    ['expect(kafka).toHaveCommitted', () => expect(notIt).toHaveCommitted('g', { 't-0': 1 })],
    ['expect(kafka).toHaveNoLag', () => expect(notIt).toHaveNoLag('g')],
    ['expect(kafka).toBeStable', () => expect(notIt).toBeStable('g')],
    ['expect(kafka).toHaveBeenRequested', () => expect(notIt).toHaveBeenRequested('Fetch')],
  ])('%s refuses anything else', async (call, misuse) => {
    const message = `${call} takes the Kafkalet it is about first: what new Kafkalet() made.`
    await expect((async () => await misuse())()).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message })
  })
})

describe('of a closed instance', () => {
  test.each<[string, () => unknown]>([
    ['faults.on', () => faultsOf(kafka).on('Fetch')],
    ['faults.record', () => faultsOf(kafka).record()],
    ['leftovers', () => leftovers(kafka)],
    ['loseCoordinator', () => loseCoordinator(kafka, 'billing')],
  ])('%s says that nothing happens in it any more', async (call, misuse) => {
    await kafka.close()
    expect(misuse).toThrow(`${call}: this Kafkalet is closed, so nothing happens in it any more.`)
  })

  test('what is there can still be seen, and faults cleared', async () => {
    await kafka.close()
    faultsOf(kafka).clear()
    expect(await settle(kafka)).toEqual([])
    expect((await inspect(kafka).topic('orders')).records).toEqual([])
    expect(kafka).not.toHaveRecord('orders', {})
  })
})

describe('of a client', () => {
  test.each([
    ['crash', crash],
    ['freeze', freeze],
    ['thaw', thaw],
    ['disconnect', disconnect],
    ['reconnect', reconnect],
  ])('%s takes a client and nothing else', (call, misuse) => {
    expect(() => misuse(kafka)).toThrow(`${call} takes a consumer`)
  })

  test.each([
    ['freeze', freeze],
    ['disconnect', disconnect],
  ])('that is closed, %s says so', async (call, misuse) => {
    const clients = [kafka.consumer(worker), kafka.producer({ clientId: 'shop' }), kafka.admin({ clientId: 'helper' })]
    for (const client of clients) await client.close()
    const [consumer, producer, admin] = clients
    for (const [client, name] of [
      [consumer, 'worker'],
      [producer, 'shop'],
      [admin, 'helper'],
    ] as const) {
      expect(() => misuse(client as AsyncDisposable)).toThrow(`${call}: ${name} is closed, so nothing can happen to it`)
    }
  })

  test('what an outage was for can end after the client has', async () => {
    const consumer = kafka.consumer(worker)
    freeze(consumer)
    await kafka.close()
    thaw(consumer)
    reconnect(consumer)
  })

  test('that is closed, or another’s, waitForAssignment does not wait for', async () => {
    const consumer = kafka.consumer(worker)
    await consumer.close()
    await expect(waitForAssignment(kafka, consumer)).rejects.toThrow('worker is closed, so it will never be assigned')
    await using other = new Kafkalet()
    const foreign = other.consumer({ ...worker, clientId: 'foreign' })
    await expect(waitForAssignment(kafka, foreign)).rejects.toThrow('foreign was made by another Kafkalet than this')
  })

  test('toOwn takes names of partitions, and says where the consumer is closed', async () => {
    const consumer = kafka.consumer(worker)
    for (const wrong of [undefined, 'orders-0', ['orders'], [0]]) {
      expect(() => expect(consumer).toOwn(wrong)).toThrow(
        "toOwn takes the partitions as an array of names such as 'orders-0'",
      )
    }
    expect(() => expect(consumer).toOwn([expect.stringMatching(/^orders/)])).toThrow('worker owns nothing')
    await consumer.close()
    expect(() => expect(consumer).toOwn(['orders-0'])).toThrow(
      'worker is closed and owns nothing; ["orders-0"] is expected.',
    )
    expect(consumer).toOwn([])
  })
})

describe('of a fault', () => {
  test('that did not happen, assertUsed tells a slip of the pen', async () => {
    const faults = faultsOf(kafka)
    void kafka.consumer(worker).run({ eachRecord() {} })
    await clock.settle()
    faults.on('Produce', { topic: 'ordes' }).fail('INVALID_RECORD')
    faults.on('Heartbeat', { groupId: 'biling' }).drop()
    faults.on('Produce', { topic: 'orders' }).fail('INVALID_RECORD')
    faults.on('Heartbeat', { groupId: 'billing' }).drop()
    const [, first, second, third, fourth] = messageOf(() => faults.assertUsed()).split('\n')
    expect(first).toContain("Topic 'ordes' does not exist. Did you mean 'orders'?")
    expect(second).toContain("Group 'biling' does not exist. Did you mean 'billing'?")
    expect(third).toMatch(/wrong-use\.test\.ts:\d+:\d+\)?$/)
    expect(fourth).toMatch(/wrong-use\.test\.ts:\d+:\d+\)?$/)
    faults.clear()
  })

  test('rewrite must return a response', async () => {
    faultsOf(kafka)
      .on('Metadata')
      .rewrite(() => undefined as never)
    await expect(kafka.admin().listTopics()).rejects.toThrow(
      'rewrite must return the response of Metadata, not undefined',
    )
  })
})

describe('options', () => {
  const timeline = () => inspect(kafka).timeline()
  test.each<[string, () => unknown, string]>([
    ['leftovers', () => leftovers(kafka, { stict: true } as never), "Did you mean 'strict'?"],
    ['loseCoordinator', () => loseCoordinator(kafka, 'g', { loadMS: 5 } as never), "Did you mean 'loadMs'?"],
    ['toMermaid', () => toMermaid(timeline(), { group: 'g' } as never), "there is no option 'group'"],
    ['renderTimeline', () => renderTimeline(timeline(), { titel: 'g' } as never), "Did you mean 'title'?"],
  ])('of %s that there are not are refused', (_call, misuse, message) => {
    expect(misuse).toThrow(message)
  })
})

test('loseCoordinator takes a group that there may be, as a coordinator has it before', async () => {
  expect(() => loseCoordinator(kafka, kafka as never)).toThrow(
    'loseCoordinator takes whose coordinator it is: the id of a group',
  )
  loseCoordinator(kafka, 'billing', { loadMs: 500 })
  void kafka.consumer(worker).run({ eachRecord() {} })
  await clock.advance(1_000)
  expect(kafka).toBeStable('billing')
})

test('leftovers that is called late tells what was made before, without the line', async () => {
  const warned: string[] = []
  await kafka.producer({ clientId: 'closed' }).close()
  kafka.producer({ clientId: 'early' })
  leftovers(kafka, { warn: (message) => void warned.push(message) })
  kafka.consumer(worker)
  await kafka.close()
  expect(warned[0]?.split('\n').slice(1)).toEqual([
    "  producer 'early' that was not closed, made before leftovers(kafka) was called",
    expect.stringMatching(/^ {2}consumer 'worker' that was not closed, made at .*wrong-use\.test\.ts/),
  ])
})

function messageOf(failing: () => void): string {
  try {
    failing()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('it did not fail')
}
