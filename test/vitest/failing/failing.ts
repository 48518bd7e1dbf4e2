// Tests that fail: fixture.test.ts runs them to see what they print.
import { faultsOf } from 'kafkalet/testing'
import { test } from 'kafkalet/vitest'
import { expect } from 'vitest'

test('a test that fails', async ({ kafka, clock }) => {
  await clock.advance(250)
  await kafka.producer().send({ topic: 'greetings', value: 'hello' })
  expect(kafka).toHaveRecord('greetings', { value: 'good bye' })
})

test('a test that <waits> for what a fault holds', { timeout: 200 }, async ({ kafka }) => {
  faultsOf(kafka).on('Produce').hold()
  await kafka.producer().send({ topic: 'greetings', value: 'hello' })
})

test('a test that passes', async ({ kafka }) => {
  await kafka.producer().send({ topic: 'nothing-to-see', value: 'hello' })
})
