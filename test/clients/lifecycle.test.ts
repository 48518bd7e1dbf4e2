import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Kafkalet } from 'kafkalet'
import { ManualClock } from 'kafkalet/testing'
import { describe, expect, test } from 'vitest'

const group = { groupId: 'g', topics: ['t'], autoOffsetReset: 'earliest' } as const

describe('closing', () => {
  test('an instance closes its clients with it, members leave, and no timer is left', async () => {
    const clock = new ManualClock()
    const kafka = new Kafkalet({ clock })
    const consumer = kafka.consumer(group)
    const left: string[] = []
    kafka.events.on('memberLeft', ({ reason }) => left.push(reason))
    const polling = consumer.poll({ timeoutMs: 60_000 })
    await clock.settle()
    expect(clock.timerCount).toBeGreaterThan(0)
    await kafka.close()
    expect(await polling).toEqual([])
    expect(left).toEqual(['left'])
    expect(clock.timerCount).toBe(0)
  })

  test('twice does nothing more', async () => {
    const kafka = new Kafkalet()
    const consumer = kafka.consumer(group)
    await consumer.close()
    await consumer.close()
    await kafka.close()
    await kafka.close()
  })

  test('await using closes what it holds', async () => {
    const clock = new ManualClock()
    {
      await using kafka = new Kafkalet({ clock })
      await using consumer = kafka.consumer(group)
      const polling = consumer.poll({ timeoutMs: 10 })
      await clock.advance(10)
      await polling
    }
    expect(clock.timerCount).toBe(0)
  })

  test('a callback that hangs does not hold the close longer than timeoutMs', async () => {
    const clock = new ManualClock()
    const kafka = new Kafkalet({ clock })
    const consumer = kafka.consumer({ ...group, onPartitionsRevoked: () => new Promise<void>(() => {}) })
    const polling = consumer.poll({ timeoutMs: 10 })
    await clock.advance(10)
    await polling
    const closing = consumer.close({ timeoutMs: 5_000 })
    await clock.advance(5_000)
    await closing
    await kafka.close()
    expect(clock.timerCount).toBe(0)
  })

  test('closing one consumer leaves the others at work', async () => {
    const clock = new ManualClock()
    const kafka = new Kafkalet({ clock })
    const first = kafka.consumer(group)
    const second = kafka.consumer({ ...group, groupId: 'h' })
    const waiting = second.poll({ timeoutMs: 60_000 })
    await clock.settle()
    await first.close()
    await kafka.producer().send({ topic: 't', value: 'v' })
    expect(await waiting).toHaveLength(1)
    await kafka.close()
  })
})

describe('timers', () => {
  test('an idle instance has none', async () => {
    const clock = new ManualClock()
    const kafka = new Kafkalet({ clock })
    await kafka.producer().send({ topic: 't', value: 'v' })
    const consumer = kafka.consumer({ autoOffsetReset: 'earliest' })
    consumer.assign([{ topic: 't', partition: 0 }])
    expect(await consumer.poll()).toHaveLength(1)
    expect(clock.timerCount).toBe(0)
    await kafka.close()
  })

  test('what a group left behind is gone after the retention, and so are the timers', async () => {
    const clock = new ManualClock()
    const kafka = new Kafkalet({ clock })
    await kafka.producer().send({ topic: 't', value: 'v' })
    const consumer = kafka.consumer(group)
    await consumer.poll()
    await consumer.close()
    expect(await kafka.admin().listConsumerGroupOffsets('g')).toHaveLength(1)
    await clock.advance(8 * 24 * 3_600_000)
    expect(await kafka.admin().listGroups()).toEqual([])
    expect(clock.timerCount).toBe(0)
    await kafka.close()
  })
})

/** Runs a program with the package's source, as a process of its own. */
async function run(program: string): Promise<string> {
  const index = new URL('../../src/index.ts', import.meta.url).href
  const source = `import { Kafkalet } from ${JSON.stringify(index)}\n${program}`
  const options = { cwd: fileURLToPath(new URL('../..', import.meta.url)), timeout: 20_000 }
  const args = ['--import', 'tsx', '--input-type=module', '--eval', source]
  const { stdout } = await promisify(execFile)(process.execPath, args, options)
  return stdout.trim()
}

describe('the process', () => {
  test('exits by itself though nothing was closed', async () => {
    const program = `
      const kafka = new Kafkalet()
      await kafka.producer().send({ topic: 't', value: 'v' })
      const consumer = kafka.consumer({ groupId: 'g', topics: ['t'], autoOffsetReset: 'earliest' })
      console.log((await consumer.poll()).length)`
    expect(await run(program)).toBe('1')
  })

  test('lives for a poll that waits', async () => {
    const program = `
      const kafka = new Kafkalet()
      const consumer = kafka.consumer({ groupId: 'g', topics: ['t'] })
      console.log((await consumer.poll({ timeoutMs: 100 })).length)`
    expect(await run(program)).toBe('0')
  })

  test('lives for a run until it is closed, also without partitions', async () => {
    const program = `
      const kafka = new Kafkalet()
      const config = { groupId: 'g', topics: ['t'] }
      const running = [kafka.consumer(config), kafka.consumer(config)].map((each) => each.run({ eachRecord() {} }))
      const timer = setTimeout(async () => { await kafka.close(); await Promise.all(running); console.log('closed') }, 300)
      timer.unref()`
    expect(await run(program)).toBe('closed')
  })
})

describe('chance', () => {
  test('an instance with a seed repeats itself exactly', async () => {
    const story = async () => {
      const kafka = new Kafkalet({ clock: new ManualClock(), seed: 42, config: { numPartitions: 8 } })
      const told: unknown[] = []
      for (const event of ['topicCreated', 'recordsAppended', 'memberJoined', 'groupStateChanged'] as const) {
        kafka.events.on(event, (each: unknown) => told.push(each))
      }
      const producer = kafka.producer({ batchSize: 100 })
      for (let i = 0; i < 50; i++) await producer.send({ topic: 't', value: `value ${i}` })
      await kafka.consumer(group).poll()
      await kafka.close()
      return told
    }
    const first = await story()
    expect(first.length).toBeGreaterThan(50)
    expect(await story()).toEqual(first)
  })

  test('two instances share nothing', async () => {
    const [one, other] = [new Kafkalet(), new Kafkalet()]
    await one.producer().send({ topic: 't', value: 'v' })
    expect(await other.admin().listTopics()).toEqual([])
    await Promise.all([one.close(), other.close()])
  })
})

describe('fairness', () => {
  test('a consumer that always has records gives the host’s event loop its turns', async () => {
    await using kafka = new Kafkalet()
    const value = 'x'.repeat(100)
    const batch = Array.from({ length: 1_000 }, () => ({ topic: 't', value }))
    for (let i = 0; i < 200; i++) await kafka.producer().sendBatch(batch)
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    const consumer = kafka.consumer(group)
    let read = 0
    for await (const _ of consumer) if (++read === 200_000) break
    clearInterval(timer)
    expect(turns).toBeGreaterThan(1)
  })

  test('so do a producer and a consumer that only wait for each other', async () => {
    await using kafka = new Kafkalet()
    await kafka.admin().createTopics([{ topic: 't' }])
    const producer = kafka.producer()
    let read = () => {}
    void kafka.consumer(group).run({ eachRecord: () => read() })
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    for (const startMs = Date.now(); Date.now() - startMs < 300; ) {
      const seen = new Promise<void>((resolve) => {
        read = resolve
      })
      await producer.send({ topic: 't', value: 'x' })
      await seen
      // Long enough for the consumer to find nothing, and wait.
      for (let i = 0; i < 50; i++) await null
    }
    clearInterval(timer)
    expect(turns).toBeGreaterThan(5)
  })
})
