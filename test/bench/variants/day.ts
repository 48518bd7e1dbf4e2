// A quiet day of a ManualClock: the consumers of a group wait with run for records that do not come.

import { Kafkalet } from 'kafkalet'
import { ManualClock } from 'kafkalet/testing'
import { report } from '../report.ts'

const CONSUMERS = 100
const DAY_MS = 86_400_000
const FETCHES = DAY_MS / 500
const HEARTBEATS = DAY_MS / 3_000
const ROUNDS = DAY_MS / 5_000

const clock = new ManualClock()
await using kafka = new Kafkalet({ clock })
await kafka.admin().createTopics([{ topic: 'orders', partitions: CONSUMERS }])
const running = Array.from({ length: CONSUMERS }, () =>
  kafka.consumer({ groupId: 'billing', topics: ['orders'] }).run({ eachRecord() {} }),
)
// Until the group has found out that it has no offsets that could expire.
await clock.advance(1_200_000)

const start = performance.now()
const fired = await clock.advance(DAY_MS)
const seconds = (performance.now() - start) / 1_000

const timers = fired.reduce((sum, moment) => sum + moment.timers, 0)
const expected = CONSUMERS * (FETCHES + HEARTBEATS + ROUNDS)
if (timers !== expected) throw new Error(`${timers} timers fired, not ${expected}`)
await kafka.close()
await Promise.all(running)
report({ seconds })
