// node:test's fake timers: a tick is synchronous, so time goes in steps, with promise jobs between them.
// Run with: node --test (the package must be built)
import { afterEach, beforeEach, mock, test } from 'node:test'
import { scenarios } from './scenarios.mjs'

// Taken before it is faked.
const { setImmediate: hostImmediate } = globalThis
const STEP_MS = 100

beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.UTC(2026, 0, 1) }))
afterEach(() => mock.timers.reset())

async function advance(ms, stepMs = STEP_MS) {
  for (let leftMs = ms; leftMs > 0; leftMs -= stepMs) {
    await new Promise((resolve) => hostImmediate(resolve))
    mock.timers.tick(Math.min(stepMs, leftMs))
  }
  await new Promise((resolve) => hostImmediate(resolve))
}

// node:test does not tell how many timers are armed.
const { 'closing leaves no timer behind': _, ...countless } = scenarios
for (const [name, scenario] of Object.entries(countless)) test(name, () => scenario({ advance }))
