// As many consumers on as many partitions as the first argument says, dividing them as the second says: how long they
// take to settle, each in its turn, and what it takes when one of them leaves. Time does not pass: only work is measured.

import { Kafkalet } from 'kafkalet'
import { ManualClock } from 'kafkalet/testing'
import { median } from '../median.ts'
import { report } from '../report.ts'

type Strategy = 'range' | 'cooperative-sticky'

interface Settled {
  readonly usPerMember: number
  readonly lossUsPerMember: number
  /** How often a member that stayed was given its partitions; the most of all. */
  readonly mostServed: number
}

/** Until everything is compiled: a small group would never get there by itself. */
const WARM_UP_GROUPS = 20
const WARM_UP_MEMBERS = 100
/** Of groups of any size as many as it takes to have that many members; the group in the middle counts. */
const MEMBERS_IN_ALL = 5_000
/** All come before the first generation begins. */
const DELAY_MS = 3_000
const HEARTBEAT_MS = 3_000
/** Longer than anything here takes: no poll ends before its members have settled. */
const POLL_MS = 40_000

const members = Number(process.argv[2])
const strategy: Strategy = process.argv[3] === 'range' ? 'range' : 'cooperative-sticky'
for (let i = 0; i < WARM_UP_GROUPS; i++) await settle(WARM_UP_MEMBERS)
const groups: Settled[] = []
for (let i = 0; i < MEMBERS_IN_ALL / members; i++) groups.push(await settle(members))
report({
  usPerMember: median(groups.map(({ usPerMember }) => usPerMember)),
  lossUsPerMember: median(groups.map(({ lossUsPerMember }) => lossUsPerMember)),
  mostServed: Math.max(...groups.map(({ mostServed }) => mostServed)),
})

async function settle(count: number): Promise<Settled> {
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
  const generations: number[] = []
  kafka.events.on('groupStateChanged', ({ to, generation }) => {
    if (to === 'Stable') generations.push(generation)
  })

  const start = performance.now()
  for (const consumer of consumers) consumer.poll({ timeoutMs: POLL_MS }).catch(() => {})
  await clock.advance(2 * DELAY_MS)
  const joinedMs = performance.now() - start
  checkSettled(consumers, generations, 1)

  served.fill(0)
  const [leaver] = consumers
  const lossStart = performance.now()
  await leaver?.close()
  // Whoever remains is told with its next heartbeat.
  await clock.advance(HEARTBEAT_MS)
  const lossMs = performance.now() - lossStart
  checkSettled(consumers, generations, 2)
  return {
    usPerMember: (joinedMs * 1e3) / count,
    lossUsPerMember: (lossMs * 1e3) / count,
    mostServed: Math.max(...served.slice(1)),
  }
}

function checkSettled(
  consumers: readonly { readonly assignment: readonly unknown[] }[],
  generations: readonly number[],
  expected: number,
): void {
  const owned = consumers.reduce((sum, { assignment }) => sum + assignment.length, 0)
  if (owned === consumers.length && generations.length === expected) return
  throw new Error(
    `${owned} are owned, after the generations ${generations}; there should be ${consumers.length}, after ${expected}`,
  )
}
