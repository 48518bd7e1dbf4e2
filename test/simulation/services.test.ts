// A part of the seeds once more, in worlds of services that meet every fault.
import { simulate } from 'kafkalet/testing'
import { expect, test } from 'vitest'
import { readingServices } from './reading-services.ts'
import { only, seedsOf } from './schedules.ts'

const seeds = seedsOf(0, 20)

test(`services lose nothing and keep the order in ${seeds.length} schedules`, { timeout: 900_000 }, async () => {
  for (const seed of seeds) {
    const { transcript } = await simulate({ seed, runs: 1, ...only, ...readingServices })
    expect(transcript).toContain('reader-1 starts')
  }
})
