// As many consumers on as many partitions as the first argument says, dividing them as the second says: how long they
// take to settle, each in its turn, and what it takes when one of them leaves. Time does not pass: only work is measured.

import { Kafkalet } from 'kafkalet'
import { ManualClock } from 'kafkalet/testing'
import { report } from '../report.ts'

type Strategy = 'range' | 'cooperative-sticky'

const WARM_UP_MEMBERS = 50
/** All come before the first generation begins. */
const DELAY_MS = 3_000
const HEARTBEAT_MS = 3_000
/** Longer than anything here takes: no poll ends before its members have settled. */
const POLL_MS = 40_000

const members = Number(process.argv[2])
const strategy: Strategy = process.argv[3] === 'range' ? 'range' : 'cooperative-sticky'
for (let i = 0; i < 5; i++) await settle(WARM_UP_MEMBERS)
report(await settle(members))

async function settle(count: number): Promise<Record<string, number>> {
  const clock = new ManualClock()
  const kafka = new Kafkalet({ clock, config: { groupInitialRebalanceDelayMs: DELAY_MS, numPartitions: count } })
  await kafka.admin().createTopics([{ topic: 'work' }])
  const served = new Array<number>(count).fill(0)
  const consumers = served.map((_, i) =>
    kafka.consumer({
      groupId: 'workers',
      topics: ['work'],
      partitionAssignmentStrategy: [strategy],
      // Fetches that wait are not what is measured.
      fetchMaxWaitMs: 2 * POLL_MS,
      onPartitionsAssigned: () => {
        served[i] = (served[i] ?? 0) + 1
      },
    }),
  )
  let generations = 0
  kafka.events.on('groupStateChanged', ({ to }) => {
    if (to === 'Stable') generations++
  })

  const start = performance.now()
  for (const consumer of consumers) consumer.poll({ timeoutMs: POLL_MS }).catch(() => {})
  await clock.advance(2 * DELAY_MS)
  const joinedMs = performance.now() - start
  const owned = consumers.reduce((sum, { assignment }) => sum + assignment.length, 0)
  if (owned !== count || generations !== 1) throw new Error(`${owned} are owned in generation ${generations}`)

  served.fill(0)
  const [leaver] = consumers
  const lossStart = performance.now()
  await leaver?.close()
  // Whoever remains is told with its next heartbeat.
  await clock.advance(HEARTBEAT_MS)
  const lossMs = performance.now() - lossStart
  const ownedAfter = consumers.reduce((sum, { assignment }) => sum + assignment.length, 0)
  if (ownedAfter !== count) throw new Error(`${ownedAfter} are owned after one has left`)
  return {
    usPerMember: (joinedMs * 1e3) / count,
    lossUsPerMember: (lossMs * 1e3) / count,
    mostServed: Math.max(...served.slice(1)),
    generationsOfLoss: generations - 1,
  }
}
