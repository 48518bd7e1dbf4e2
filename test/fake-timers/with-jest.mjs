// Jest's fake timers, which fake all there is: nextTick, queueMicrotask, setImmediate and performance, too.
// Run with: node --experimental-vm-modules node_modules/jest/bin/jest.js (the package must be built)
import { scenarios } from './scenarios.mjs'

const { jest } = import.meta

beforeEach(() => jest.useFakeTimers())
afterEach(() => jest.useRealTimers())

const byHand = {
  advance: (ms) => jest.advanceTimersByTimeAsync(ms),
  timerCount: () => jest.getTimerCount(),
}
for (const [name, scenario] of Object.entries(scenarios)) test(name, () => scenario(byHand))
