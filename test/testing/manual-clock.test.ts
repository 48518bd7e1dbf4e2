import fc from 'fast-check'
import { Kafkalet } from 'kafkalet'
import { ManualClock } from 'kafkalet/testing'
import { describe, expect, test, vi } from 'vitest'

describe('advance', () => {
  test('fires what is due in order, and what was armed first of equals', async () => {
    const clock = new ManualClock()
    const fired: string[] = []
    clock.setTimeout(() => fired.push('b'), 20)
    clock.setTimeout(() => fired.push('a'), 10)
    clock.setTimeout(() => fired.push('c'), 20)
    clock.setTimeout(() => fired.push('later'), 21)
    await clock.advance(20)
    expect(fired).toEqual(['a', 'b', 'c'])
    expect(clock.timerCount).toBe(1)
  })

  test('lets all that follows from a timer happen before the next fires', async () => {
    const clock = new ManualClock()
    const told: string[] = []
    clock.setTimeout(async () => {
      for (let i = 0; i < 100; i++) await null
      told.push(`first, at ${clock.now() - start}`)
      clock.setTimeout(() => told.push(`what the first armed, at ${clock.now() - start}`), 5)
    }, 10)
    clock.setTimeout(() => told.push(`second, at ${clock.now() - start}`), 11)
    const start = clock.now()
    await clock.advance(20)
    expect(told).toEqual(['first, at 10', 'second, at 11', 'what the first armed, at 15'])
  })

  test('tells what fired, moment by moment, and what of it nobody waited for', async () => {
    const clock = new ManualClock()
    const nothing = () => {}
    clock.setTimeout(nothing, 3_000, { background: true })
    clock.setTimeout(nothing, 3_000)
    clock.setTimeout(nothing, 4_000, { background: true })
    clock.clearTimeout(clock.setTimeout(nothing, 3_500))
    expect(await clock.advance(5_000)).toEqual([
      { afterMs: 3_000, timers: 2, background: 1 },
      { afterMs: 4_000, timers: 1, background: 1 },
    ])
    expect(await clock.advance(5_000)).toEqual([])
  })

  test('a member’s heartbeats are background timers, and a poll’s end is not', async () => {
    const clock = new ManualClock()
    await using kafka = new Kafkalet({ clock })
    await kafka.admin().createTopics([{ topic: 't' }])
    const quietly = { fetchMaxWaitMs: 10_000, enableAutoCommit: false }
    const polling = kafka.consumer({ groupId: 'g', topics: ['t'], ...quietly }).poll({ timeoutMs: 6_500 })
    expect(await clock.advance(7_000)).toEqual([
      { afterMs: 3_000, timers: 1, background: 1 },
      { afterMs: 6_000, timers: 1, background: 1 },
      { afterMs: 6_500, timers: 1, background: 0 },
    ])
    await polling
  })

  test('called while time passes, it waits for the end of that', async () => {
    const clock = new ManualClock()
    const start = clock.now()
    const seen: number[] = []
    clock.setTimeout(() => void clock.advance(100).then(() => seen.push(clock.now() - start)), 10)
    await Promise.all([clock.advance(50), clock.advance(7)])
    await clock.settle()
    expect(seen).toEqual([157])
  })

  test('what a timer throws ends that call, and no later one', async () => {
    const clock = new ManualClock()
    clock.setTimeout(() => {
      throw new Error('a timer of the test')
    }, 10)
    await expect(clock.advance(20)).rejects.toThrow('a timer of the test')
    expect(await clock.advance(20)).toEqual([])
  })

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '5'])('does not take %s', async (ms) => {
    await expect(new ManualClock().advance(ms as number)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('use setTime'),
    })
  })
})

describe('advanceToNext', () => {
  test('fires one timer, however far away, and tells how far', async () => {
    const clock = new ManualClock()
    const start = clock.now()
    clock.setTimeout(() => {}, 604_800_000, { background: true })
    clock.setTimeout(() => {}, 604_800_000)
    expect(await clock.advanceToNext()).toEqual({ afterMs: 604_800_000, timers: 1, background: 1 })
    expect(await clock.advanceToNext()).toEqual({ afterMs: 0, timers: 1, background: 0 })
    expect(await clock.advanceToNext()).toBeNull()
    expect(clock.now() - start).toBe(604_800_000)
  })
})

describe('sleep', () => {
  test('ends when its time has passed, and not before', async () => {
    const clock = new ManualClock()
    const woken: string[] = []
    clock.sleep(100).then(() => woken.push('first'))
    clock.sleep(101).then(() => woken.push('second'))
    await clock.advance(99)
    expect(woken).toEqual([])
    await clock.advance(1)
    expect(woken).toEqual(['first'])
    await clock.advance(1)
    expect(woken).toEqual(['first', 'second'])
  })

  test('rejects with the reason of its signal, and leaves no timer and no listener', async () => {
    const clock = new ManualClock()
    const stop = new AbortController()
    const { signal } = stop
    const listening = new Set<unknown>()
    vi.spyOn(signal, 'addEventListener').mockImplementation((_, listener) => void listening.add(listener))
    vi.spyOn(signal, 'removeEventListener').mockImplementation((_, listener) => void listening.delete(listener))
    const slept = clock.sleep(10, { signal })
    await clock.advance(10)
    await slept
    expect(listening.size).toBe(0)
    vi.restoreAllMocks()
    const reason = new Error('enough')
    const sleeping = clock.sleep(10, { signal })
    expect(clock.timerCount).toBe(1)
    stop.abort(reason)
    await expect(sleeping).rejects.toBe(reason)
    expect(clock.timerCount).toBe(0)
    await expect(clock.sleep(10, { signal })).rejects.toBe(reason)
    expect(clock.timerCount).toBe(0)
  })

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '5'])('does not take %s', async (ms) => {
    const clock = new ManualClock()
    await expect(clock.sleep(ms as number)).rejects.toThrow('sleep: ms must be a number of at least 0')
  })
})

describe('setTime', () => {
  test('changes what the clock says, and no timer', async () => {
    const clock = new ManualClock()
    let firedAt = 0
    clock.setTimeout(() => {
      firedAt = clock.now()
    }, 3_000)
    clock.setTime(5_000)
    expect(clock.now()).toBe(5_000)
    await clock.advance(2_999)
    expect(firedAt).toBe(0)
    await clock.advance(1)
    expect(firedAt).toBe(8_000)
  })

  test('a clock that is set back writes older timestamps, and the group goes on', async () => {
    const clock = new ManualClock(10_000)
    await using kafka = new Kafkalet({ clock })
    const consumer = kafka.consumer({ groupId: 'g', topics: ['t'], autoOffsetReset: 'earliest' })
    await kafka.producer().send({ topic: 't', value: 'one' })
    clock.setTime(4_000)
    await kafka.producer().send({ topic: 't', value: 'two' })
    const records = await consumer.poll()
    expect(records.map(({ timestamp }) => timestamp)).toEqual([10_000, 4_000])
  })

  test.each([-1, Number.NaN, 'now'])('does not take %s', (ms) => {
    expect(() => new ManualClock().setTime(ms as number)).toThrow(/setTime: a time is a number of milliseconds/)
  })
})

describe('settle', () => {
  test('says what is wrong where it never gets quiet', async () => {
    const clock = new ManualClock()
    await using kafka = new Kafkalet({ clock })
    const producer = kafka.producer()
    await producer.send({ topic: 'ping', value: '0' })
    const consumer = kafka.consumer({ groupId: 'g', topics: ['ping'], autoOffsetReset: 'earliest' })
    const running = consumer.run({ eachRecord: ({ value }) => producer.send({ topic: 'ping', value: `${value}` }) })
    await expect(clock.settle()).rejects.toThrow(
      /does not get quiet: .*handler that sends a record to the topic it reads/,
    )
    await consumer.close()
    await running
  })
})

test('timers fire in the order of a sorted list, whatever was armed and cleared', async () => {
  const act = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('arm' as const), ms: fc.nat(6) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('clear' as const), ms: fc.nat(1_000) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.nat(8) }) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
      const clock = new ManualClock(0)
      const model: { id: number; dueAtMs: number; timer: unknown }[] = []
      const fired: number[] = []
      const expected: number[] = []
      for (const [id, { kind, ms }] of acts.entries()) {
        if (kind === 'arm') {
          model.push({ id, dueAtMs: clock.now() + ms, timer: clock.setTimeout(() => fired.push(id), ms) })
        } else if (kind === 'clear' && model.length > 0) {
          const [gone] = model.splice(ms % model.length, 1)
          clock.clearTimeout(gone?.timer)
          clock.clearTimeout(gone?.timer)
        } else if (kind === 'advance') {
          await clock.advance(ms)
          const due = model.filter(({ dueAtMs }) => dueAtMs <= clock.now())
          expected.push(...due.sort((a, b) => a.dueAtMs - b.dueAtMs || a.id - b.id).map((each) => each.id))
          for (const each of due) model.splice(model.indexOf(each), 1)
        }
        expect(clock.timerCount).toBe(model.length)
      }
      expect(fired).toEqual(expected)
    }),
  )
})
