// What stands still: settle, the waits and held requests name it, with the remedy, instead of waiting without a word.
import { Kafkalet } from 'kafkalet'
import {
  disconnect,
  faultsOf,
  freeze,
  ManualClock,
  reconnect,
  settle,
  thaw,
  waitForAssignment,
  waitForLag,
  waitForRecords,
} from 'kafkalet/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

let clock: ManualClock
let kafka: Kafkalet
beforeEach(() => {
  clock = new ManualClock()
  kafka = new Kafkalet({ clock, seed: 1 })
})
afterEach(async () => {
  faultsOf(kafka).clear()
  await kafka.close()
})

const worker = { groupId: 'billing', topics: ['orders'], clientId: 'worker', autoOffsetReset: 'earliest' } as const
const place = 'standstill\\.test\\.ts:\\d+:\\d+\\)?'

async function messageOf(failing: Promise<unknown>): Promise<string> {
  const error = await failing.then(
    () => null,
    (thrown: Error) => thrown,
  )
  if (error === null) throw new Error('it did not fail')
  return error.message
}

describe('settle', () => {
  test('comes with nothing where all went on', async () => {
    void kafka.consumer(worker).run({ eachRecord() {} })
    expect(await settle(kafka)).toEqual([])
  })

  test('comes with the requests that a fault holds, and says which fault, until it is released', async () => {
    const producer = kafka.producer({ clientId: 'shop' })
    await producer.send({ topic: 'orders', value: 'known' })
    const held = faultsOf(kafka).on('Produce', { topic: 'orders' }).hold()
    const sending = producer.send({ topic: 'orders', value: 'a' })
    expect(await settle(kafka)).toEqual([
      expect.stringMatching(
        `^A fault holds Produce of shop: Produce { topic: 'orders' }: hold\\(\\), happened 1 of 1 times, set at .*${place}\\. Its release\\(\\) lets that go on\\.$`,
      ),
    ])
    held.release()
    expect(await settle(kafka)).toEqual([])
    expect(await sending).toMatchObject({ offset: 1 })
  })

  test('comes with the clients that are frozen or disconnected', async () => {
    const [one, two] = [kafka.producer({ clientId: 'one' }), kafka.consumer({ clientId: 'two' })]
    const three = kafka.admin({ clientId: 'three' })
    freeze(one)
    disconnect(two)
    freeze(three)
    expect(await settle(kafka)).toEqual([
      'one is frozen. thaw(client) lets it go on.',
      'two is disconnected. reconnect(client) lets it go on.',
      'three is frozen. thaw(client) lets it go on.',
    ])
    thaw(one)
    reconnect(two)
    thaw(three)
    expect(await settle(kafka)).toEqual([])
  })

  test.each([
    ['settle', () => settle(kafka)],
    ['clock.settle', () => clock.settle()],
    ['clock.advance', () => clock.advance(1)],
  ])('where promise jobs never end, %s ends them and says so', { timeout: 30_000 }, async (_call, quiet) => {
    const producer = kafka.producer({ clientId: 'shop' })
    const sendForever = async () => {
      for (;;) await producer.send({ topic: 'orders', value: 'x' })
    }
    const endless = messageOf(sendForever())
    const message = await messageOf(quiet())
    expect(message).toMatch(/^It does not get quiet: shop and others made 500000 requests without waiting/)
    expect(await endless).toBe(message)
    await quiet()
  })

  test('inside a handler, a listener and an observer comes, as it waits for none of them', async () => {
    const came: string[] = []
    kafka.events.once('topicCreated', () => void settle(kafka).then(() => came.push('listener')))
    faultsOf(kafka)
      .on('Produce')
      .observe(() => void settle(kafka).then(() => came.push('observer')))
    void kafka.consumer(worker).run({
      async eachRecord() {
        await settle(kafka)
        await clock.settle()
        await clock.advance(10)
        came.push('handler')
      },
    })
    await kafka.producer().send({ topic: 'orders', value: 'a' })
    for (let step = 0; step < 5; step++) await clock.advance(100)
    expect(came.sort()).toEqual(['handler', 'listener', 'observer'])
  })
})

describe('a wait in vain', () => {
  beforeEach(() => kafka.admin().createTopics([{ topic: 'orders' }]))

  test('names the fault that holds what it waits for', async () => {
    await kafka.producer().send({ topic: 'orders', value: 'a' })
    const faults = faultsOf(kafka)
    faults.on('OffsetCommit', { groupId: 'billing' }).hold()
    void kafka.consumer(worker).run({ eachRecord() {} })
    expect(await messageOf(waitForLag(kafka, 'billing', 0, { timeoutMs: 10_000 }))).toMatch(
      new RegExp(
        `What cannot go on by itself:\\n  A fault holds OffsetCommit of worker: OffsetCommit { groupId: 'billing' }: hold\\(\\), .*${place}\\. Its release\\(\\) lets that go on\\.$`,
      ),
    )
    faults.clear()
    faults.on('SyncGroup').hold()
    void kafka.consumer({ ...worker, clientId: 'second' }).run({ eachRecord() {} })
    expect(await messageOf(waitForAssignment(kafka, 'billing'))).toMatch(
      /A fault holds SyncGroup of \w+: SyncGroup: hold/,
    )
    faults.on('Produce').hold()
    void kafka.producer().send({ topic: 'orders', value: 'b' })
    expect(await messageOf(waitForRecords(kafka, 'orders', 2, { timeoutMs: 10 }))).toContain('A fault holds Produce of')
  })

  test('names a fault that happens again and again, and a client that is away', async () => {
    const faults = faultsOf(kafka)
    faults.on('Produce').always().fail('NOT_LEADER_OR_FOLLOWER')
    faults.on('Fetch').always().drop()
    faults
      .on('Metadata')
      .always()
      .observe(() => {})
    const producer = kafka.producer({ clientId: 'shop' })
    void producer.send({ topic: 'orders', value: 'a' }).catch(() => {})
    disconnect(kafka.admin({ clientId: 'helper' }))
    const message = await messageOf(waitForRecords(kafka, 'orders', 1, { timeoutMs: 1_000 }))
    expect(message).toMatch(
      /helper is disconnected\. .*\n {2}A fault is at work again and again: Produce: fail\(NOT_LEADER_OR_FOLLOWER\), happened \d+ times, .*\. Its remove\(\) ends it\.$/,
    )
    expect(message).not.toContain('Fetch')
    expect(message).not.toContain('Metadata')
  })

  test('names the handler that does not end', async () => {
    await kafka.producer().send({ topic: 'orders', value: 'a' })
    const consumer = kafka.consumer(worker)
    void consumer.run({ eachRecord: () => new Promise(() => {}) })
    const hint = 'A handler of worker has not ended: it reads on, and rejoins, when that has.'
    expect(await messageOf(waitForLag(kafka, 'billing'))).toContain(`The lag is 1. ${hint}`)
    expect(await messageOf(waitForRecords(kafka, 'invoices', 1))).toContain('does not exist')
    await kafka.admin().createTopics([{ topic: 'invoices' }])
    expect(await messageOf(waitForRecords(kafka, 'invoices', 1))).toBe(
      `waitForRecords(kafka, 'invoices', 1) waited 60000 ms of the ManualClock in vain. Topic 'invoices' has 0 of 1 records: invoices-0 has 0.\n  ${hint}`,
    )
    void kafka.consumer({ ...worker, clientId: 'second' }).run({ eachRecord() {} })
    expect(await messageOf(waitForAssignment(kafka, 'billing', { timeoutMs: 10_000 }))).toContain(
      `The group is PreparingRebalance. ${hint}`,
    )
  })

  test('names whoever came too late for what others would be made of, and whoever nobody polls', async () => {
    const producer = kafka.producer()
    for (const value of ['a', 'b']) await producer.send({ topic: 'orders', value })
    await kafka.admin().createTopics([{ topic: 'invoices' }])
    void kafka.consumer({ ...worker, autoOffsetReset: 'latest' }).run({ eachRecord() {} })
    kafka.consumer({ clientId: 'idle' })
    expect(await messageOf(waitForRecords(kafka, 'invoices', 1))).toMatchInlineSnapshot(`
      "waitForRecords(kafka, 'invoices', 1) waited 60000 ms of the ManualClock in vain. Topic 'invoices' has 0 of 1 records: invoices-0 has 0.
        worker began orders-0 at its end and skipped 2 records, which were there before it (autoOffsetReset 'latest'). With 'earliest' it reads them; or send when waitForAssignment has come.
        Nobody polls idle: call poll, run or for await."
    `)
  })

  test('is in vain for the lag of a group that has lost everybody and never committed', async () => {
    await kafka.producer().send({ topic: 'orders', value: 'a' })
    faultsOf(kafka).on('OffsetCommit').always().hold()
    void kafka.consumer(worker).run({ eachRecord() {} })
    // Its commit holds up its heartbeats, so its session is over before the wait is.
    expect(await messageOf(waitForLag(kafka, 'billing'))).toContain(
      "It has committed nothing, and no member subscribes to a topic that exists.\nGroup 'billing' is Empty",
    )
  })

  test('says that the Kafkalet is closed', async () => {
    await kafka.close()
    expect(await messageOf(waitForRecords(kafka, 'orders', 1))).toContain(
      'The Kafkalet is closed: nothing happens in it any more.',
    )
  })

  test('takes no options that there are not', async () => {
    const wrong = { timeout: 5 } as never
    for (const failing of [waitForLag(kafka, 'g', 0, wrong), waitForRecords(kafka, 'orders', 1, wrong)]) {
      expect(await messageOf(failing)).toContain("there is no option 'timeout'. Did you mean 'timeoutMs'?")
    }
    expect(await messageOf(waitForAssignment(kafka, 'g', { member: 2 } as never))).toContain("Did you mean 'members'?")
    expect(await messageOf(waitForAssignment(kafka, 'g', 2 as never))).toContain('the options are an object')
    expect(await messageOf(waitForRecords(kafka, undefined as never, 1))).toContain('takes the name of a topic')
  })
})

describe('of a fault that holds, `arrived`', () => {
  test('in vain says what was requested instead, and where the fault was set', async () => {
    const held = faultsOf(kafka).on('OffsetCommit', { groupId: 'billing' }).hold()
    await kafka.producer().send({ topic: 'orders', value: 'a' })
    const message = await messageOf(held.arrived({ timeoutMs: 10 }))
    expect(message).toMatch(
      new RegExp(
        `^No request came in 10 ms that a fault could hold: OffsetCommit { groupId: 'billing' }: hold\\(\\), set at .*${place}\\. Requested was Metadata once, InitProducerId once, Produce once\\.`,
      ),
    )
    await expect(held.arrived({ timeoutMs: -1 })).rejects.toThrow('timeoutMs must be a number')
  })

  test('ends with the fault, and comes at once where a request was held', async () => {
    const faults = faultsOf(kafka)
    const ends = ['release', 'remove', 'clear'] as const
    for (const end of ends) {
      const held = faults.on('Produce').hold()
      const arrived = messageOf(held.arrived())
      if (end === 'clear') faults.clear()
      else held[end]()
      expect(await arrived).toContain('Nothing will be held by this fault any more, and nothing was: Produce: hold()')
      expect(await messageOf(held.arrived())).toContain('It was released, removed or cleared.')
    }
    const held = faults.on('Produce').hold()
    const timers = () => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length
    const before = timers()
    const arrived = held.arrived({ timeoutMs: 60_000 })
    const sending = kafka.producer().send({ topic: 'orders', value: 'a' })
    await arrived
    held.release()
    await held.arrived()
    await sending
    expect(timers()).toBe(before)
  })
})

describe('with fake timers that nobody moves', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }))
  afterEach(() => void vi.useRealTimers())

  test('a wait says that time stands still, and what to do', { timeout: 10_000 }, async () => {
    await using faked = new Kafkalet()
    await faked.admin().createTopics([{ topic: 'orders' }])
    expect(await messageOf(waitForRecords(faked, 'orders', 1))).toContain('time stands still, as with fake timers')
  })

  test('a wait beside which time passes comes', async () => {
    await using faked = new Kafkalet()
    await faked.admin().createTopics([{ topic: 'orders' }])
    const waiting = waitForRecords(faked, 'orders', 1)
    await vi.advanceTimersByTimeAsync(20)
    await faked.producer().send({ topic: 'orders', value: 'a' })
    await vi.advanceTimersByTimeAsync(20)
    expect(await waiting).toHaveLength(1)
  })
})
