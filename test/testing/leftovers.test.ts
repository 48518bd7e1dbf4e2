// What a test left behind in an instance that it closes.
import { Kafkalet } from 'kafkalet'
import { disconnect, faultsOf, freeze, leftovers, ManualClock } from 'kafkalet/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

let clock: ManualClock
let kafka: Kafkalet
let warned: string[]

beforeEach(() => {
  clock = new ManualClock()
  kafka = new Kafkalet({ clock, seed: 1 })
  warned = []
})

afterEach(() => kafka.close())

const warn = (message: string) => void warned.push(message)

describe('closing an instance', () => {
  test('with open clients is quiet where nobody asked', async () => {
    const spy = vi.spyOn(console, 'warn').mockImplementation(() => {})
    kafka.producer()
    kafka.consumer({ groupId: 'g', topics: ['t'] })
    await kafka.close()
    expect(spy).not.toHaveBeenCalled()
    spy.mockRestore()
  })

  test('tells the consumers and producers that are open, and where each was made', async () => {
    leftovers(kafka, { warn })
    const closed = kafka.producer()
    kafka.producer({ clientId: 'sender' })
    kafka.consumer({ groupId: 'g', topics: ['t'] })
    kafka.admin()
    await closed.close()
    await kafka.close()
    expect(warned).toHaveLength(1)
    expect(warned[0]?.split('\n')).toEqual([
      'kafkalet: an instance was closed with leftovers:',
      expect.stringMatching(/^ {2}producer 'sender' that was not closed, made at .*leftovers\.test\.ts:\d+:\d+\)?$/),
      expect.stringMatching(
        /^ {2}consumer 'consumer-3' that was not closed, made at .*leftovers\.test\.ts:\d+:\d+\)?$/,
      ),
    ])
  })

  test('is quiet where nothing is left', async () => {
    leftovers(kafka, { strict: true, warn })
    const producer = kafka.producer()
    faultsOf(kafka).on('Metadata').fail('LEADER_NOT_AVAILABLE')
    const sent = producer.send({ topic: 't', value: 'v' })
    await clock.advance(100)
    await sent
    await producer.close()
    await kafka.close()
    expect(warned).toEqual([])
  })

  test('tells faults that did not happen, by console.warn, without being asked', async () => {
    const spy = vi.spyOn(console, 'warn').mockImplementation(() => {})
    faultsOf(kafka).on('Produce', { topic: 'orders' }).times(2).fail('NOT_LEADER_OR_FOLLOWER')
    await kafka.close()
    expect(spy.mock.calls.flat().join()).toMatch(
      /a fault that did not happen: Produce { topic: 'orders' }: fail\(NOT_LEADER_OR_FOLLOWER\), set at .*leftovers\.test\.ts/,
    )
    spy.mockRestore()
  })

  test('strict, is an error; all is closed nevertheless', async () => {
    leftovers(kafka, { strict: true })
    const consumer = kafka.consumer({ groupId: 'g', topics: ['t'] })
    await consumer.poll({ timeoutMs: 0 })
    await expect(kafka.close()).rejects.toMatchObject({
      code: 'ILLEGAL_STATE',
      message: expect.stringContaining("consumer 'consumer-1' that was not closed"),
    })
    await expect(consumer.poll()).rejects.toMatchObject({ code: 'ILLEGAL_STATE' })
    expect(clock.timerCount).toBe(0)
  })

  test('lets go what faults hold, tells it, and ends', async () => {
    leftovers(kafka, { warn })
    const producer = kafka.producer()
    await producer.send({ topic: 't', value: 'known' })
    faultsOf(kafka).on('Produce').always().hold()
    const sent = Promise.all(['a', 'b'].map((value) => producer.send({ topic: 't', partition: 0, value })))
    await clock.settle()
    await kafka.close()
    expect((await sent).map(({ offset }) => offset)).toEqual([1, 2])
    expect(warned[0]).toMatch(/1 request\(s\) held by a fault: Produce: hold\(\), happened 1 times/)
    expect(clock.timerCount).toBe(0)
  })

  test('ends whatever is wrong with its clients, by no time passing', async () => {
    const clients = [freeze, disconnect].map((outage) => {
      const producer = kafka.producer()
      const consumer = kafka.consumer({ groupId: 'g', topics: ['t'] })
      return { outage, producer, consumer }
    })
    for (const { producer, consumer } of clients) {
      await producer.send({ topic: 't', value: 'v' })
      await consumer.poll({ timeoutMs: 0 })
    }
    await clock.settle()
    const ended: Promise<unknown>[] = []
    for (const { outage, producer, consumer } of clients) {
      outage(producer)
      outage(consumer)
      ended.push(producer.send({ topic: 't', value: 'later' }), consumer.poll({ timeoutMs: 60_000 }))
    }
    await clock.advance(5_000)
    faultsOf(kafka).on('Produce').always().fail('KAFKA_STORAGE_ERROR')
    const refused = kafka.producer().send({ topic: 't', value: 'refused' })
    await clock.advance(5_000)
    await kafka.close()
    await Promise.all([...ended, refused])
    expect(clock.timerCount).toBe(0)
  })
})

test('leftovers takes the Kafkalet', () => {
  expect(() => leftovers({})).toThrowError('leftovers takes the Kafkalet')
})
