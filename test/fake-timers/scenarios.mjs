// What must be so under any fake timers. Each runner gives its own way to let time pass; see with-*.mjs beside this.
import assert from 'node:assert/strict'
import { Kafkalet } from 'kafkalet'
import { crash, inspect, settle, waitForAssignment, waitForLag } from 'kafkalet/testing'

const group = { groupId: 'g', topics: ['t'], autoOffsetReset: 'earliest' }
const WEEK_MS = 7 * 24 * 3_600_000

/**
 * Name → scenario. `advance(ms, stepMs)` lets faked time pass and promise jobs run; a runner that cannot do both at once
 * goes in steps, of `stepMs` where that is given.
 */
export const scenarios = {
  async 'a poll without records ends when its time is over'({ advance }) {
    const kafka = new Kafkalet()
    const beganMs = Date.now()
    let ended = null
    const polling = kafka.consumer(group).poll({ timeoutMs: 1_000 })
    polling.then((records) => {
      ended = { records, afterMs: Date.now() - beganMs }
    })
    await advance(2_000)
    assert.deepEqual(ended?.records, [])
    assert.equal(ended.afterMs, 1_000)
    await kafka.close()
  },

  async 'linger.ms holds a batch back'({ advance }) {
    const kafka = new Kafkalet()
    const sending = kafka.producer({ lingerMs: 200 }).send({ topic: 't', value: 'v' })
    await settle(kafka)
    assert.deepEqual(await kafka.admin().listTopics(), ['t'])
    assert.deepEqual((await inspect(kafka).topic('t')).records, [])
    await advance(300)
    assert.equal((await sending).offset, 0)
    await kafka.close()
  },

  async 'records are handled without a millisecond passing, however many'() {
    const kafka = new Kafkalet()
    const beganMs = Date.now()
    await kafka.producer().sendBatch(Array.from({ length: 5_000 }, (_, i) => ({ topic: 't', value: `${i}` })))
    let handled = 0
    const running = kafka.consumer(group).run({ eachRecord: () => void handled++ })
    await settle(kafka)
    assert.equal(handled, 5_000)
    assert.equal(Date.now(), beganMs)
    await kafka.close()
    await running
  },

  async 'an auto commit comes with its interval'({ advance }) {
    const kafka = new Kafkalet()
    await kafka.producer().send({ topic: 't', value: 'v' })
    void kafka.consumer(group).run({ eachRecord() {} })
    await settle(kafka)
    assert.equal(inspect(kafka).group('g').lag, 1)
    await advance(5_500)
    assert.equal(inspect(kafka).group('g').lag, 0)
    await kafka.close()
  },

  async 'a member that crashed is missed when its session is over, and the other takes all'({ advance }) {
    const kafka = new Kafkalet({ config: { numPartitions: 2 } })
    const [one, two] = [kafka.consumer(group), kafka.consumer(group)]
    void one.run({ eachRecord() {} })
    void two.run({ eachRecord() {} })
    await advance(10_000)
    assert.deepEqual(
      [one, two].map(({ assignment }) => assignment.length),
      [1, 1],
    )
    crash(two)
    await advance(40_000, 500)
    assert.equal(one.assignment.length, 1)
    await advance(15_000, 500)
    assert.equal(one.assignment.length, 2)
    await kafka.close()
  },

  async 'waits end as time passes'({ advance }) {
    const kafka = new Kafkalet()
    await kafka.producer().send({ topic: 't', value: 'v' })
    const consumer = kafka.consumer(group)
    void consumer.run({ eachRecord() {} })
    const waiting = Promise.all([waitForAssignment(kafka, consumer), waitForLag(kafka, 'g', 0, { timeoutMs: 10_000 })])
    await advance(6_000)
    const [, { lag }] = await waiting
    assert.equal(lag, 0)
    const inVain = waitForLag(kafka, 'other', 0, { timeoutMs: 500 }).catch(({ message }) => message)
    await advance(1_000)
    assert.match(await inVain, /Group 'other' does not exist/)
    await kafka.close()
  },

  async 'what a group committed is forgotten after a week'({ advance }) {
    const kafka = new Kafkalet()
    await kafka.producer().send({ topic: 't', value: 'v' })
    const consumer = kafka.consumer(group)
    await consumer.poll()
    await consumer.close()
    await advance(WEEK_MS - 3_600_000, 600_000)
    assert.equal((await kafka.admin().listGroups()).length, 1)
    await advance(2 * 3_600_000, 600_000)
    assert.deepEqual(await kafka.admin().listGroups(), [])
    await kafka.close()
  },

  async 'closing leaves no timer behind'({ timerCount }) {
    const kafka = new Kafkalet()
    const consumer = kafka.consumer(group)
    const polling = consumer.poll({ timeoutMs: 60_000 })
    await settle(kafka)
    assert.notEqual(timerCount(), 0)
    await kafka.close()
    assert.deepEqual(await polling, [])
    assert.equal(timerCount() ?? 0, 0)
  },
}
