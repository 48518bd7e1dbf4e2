// The public names of kafkalet/vitest, and nothing else. To import it is to have its matchers.

import { expect } from 'vitest'
import { matchers } from './matchers.ts'

export { type KafkaFixtureOptions, type KafkaFixtures, kafkaFixtures, test } from './fixture.ts'
export type { KafkaMatchers } from './matchers.ts'
export type { ExpectedRecord } from './record-matchers.ts'
export type { ExpectedRequest } from './request-matchers.ts'

expect.extend(matchers)
