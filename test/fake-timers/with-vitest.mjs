// Vitest's fake timers: advanced by hand, and with the tick modes that advance them by themselves.
import { Kafkalet } from 'kafkalet'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { scenarios } from './scenarios.mjs'

afterEach(() => vi.useRealTimers())

const byHand = {
  advance: (ms) => vi.advanceTimersByTimeAsync(ms),
  timerCount: () => vi.getTimerCount(),
}

describe('vi.advanceTimersByTimeAsync', () => {
  beforeEach(() => vi.useFakeTimers())
  for (const [name, scenario] of Object.entries(scenarios)) test(name, () => scenario(byHand))
})

// Vitest's workers cannot do without nextTick.
const timers = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate']
const everything = [...timers, 'queueMicrotask', 'Date', 'performance', 'requestAnimationFrame', 'requestIdleCallback']

describe('with everything faked that vitest can fake', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: everything }))
  for (const [name, scenario] of Object.entries(scenarios)) test(name, () => scenario(byHand))
})

describe("vi.setTimerTickMode('nextTimerAsync')", () => {
  beforeEach(() => {
    vi.useFakeTimers()
    vi.setTimerTickMode('nextTimerAsync')
  })
  // Time passes by itself here, so what is said of a moment at which none has passed cannot be asked.
  const untimed = ['a poll without', 'a member that crashed', 'waits end', 'what a group committed']
  const chosen = Object.entries(scenarios).filter(([name]) => untimed.some((begin) => name.startsWith(begin)))
  const byItself = { advance: (ms) => new Promise((resolve) => setTimeout(resolve, ms)), timerCount: vi.getTimerCount }
  for (const [name, scenario] of chosen) test(name, { timeout: 20_000 }, () => scenario(byItself))
})

test("vi.setTimerTickMode('interval'): a poll without records ends when its time is over", async () => {
  vi.useFakeTimers()
  vi.setTimerTickMode('interval', 10)
  const kafka = new Kafkalet()
  const beganMs = Date.now()
  expect(await kafka.consumer({ groupId: 'g', topics: ['t'] }).poll({ timeoutMs: 50 })).toEqual([])
  expect(Date.now() - beganMs).toBeGreaterThanOrEqual(50)
  await kafka.close()
})
