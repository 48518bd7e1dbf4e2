// The main job from end to end: produce, consume in two groups, crash half way, read to the end.
import { CrashHalfWay, type CrashStory } from './crash-half-way.ts'
import { lagOf, type PartitionLag } from './lag.ts'
import { type LastCommit, lastCommits } from './last-commits.ts'
import { Ledger } from './ledger.ts'
import { nextEvent } from './next-event.ts'
import { Pace } from './pace.ts'
import type { Progress } from './progress.ts'
import { autoCommittingReader, committingReader, unlessThrownOut } from './readers.ts'
import type { Study } from './study.ts'
import { createWorld, type World } from './world.ts'

export interface Outcome {
  readonly shared: Ledger
  readonly alone: Ledger
  readonly crash: CrashStory
  /** Of the group that crashed, when all is read and committed. */
  readonly atTheEnd: readonly PartitionLag[]
  readonly commits: readonly LastCommit[]
}

const CONSUMERS = 4

export async function stream(study: Study, progress: Progress): Promise<Outcome> {
  const { topic, rows, partitions } = study
  await using kafka = createWorld(partitions)
  const admin = kafka.admin()
  const shared = new Ledger(study.shared.groupId, study.shared.ask())
  const alone = new Ledger(study.alone.groupId, study.alone.ask())
  const crash = new CrashHalfWay({ kafka, admin, topic, ledger: shared, total: rows.length }, progress.tell)
  const pace = new Pace()
  const moved = (ledger: Ledger) => {
    progress.show(ledger.groupId, ledger.arrived)
    pace.moved()
  }

  const sharers = Array.from({ length: CONSUMERS }, (_, i) =>
    committingReader({ kafka, topic, name: `${shared.groupId}-${i + 1}`, ledger: shared }, (reader) => {
      moved(shared)
      return crash.afterBatch(reader)
    }),
  )
  const loner = autoCommittingReader({ kafka, topic, name: `${alone.groupId}-1`, ledger: alone }, () => moved(alone))
  const stable = Promise.all([shared, alone].map(({ groupId }) => firstStable(kafka, groupId)))
  const done = new AbortController()
  const running = Promise.all([...sharers, loner].map((reader) => reader.run(done.signal)))
  running.catch((error: unknown) => pace.fail(error))

  await stable
  const unread = await produce(kafka, study, [shared, alone], pace, (sent) => progress.show('produced', sent))
  await pace.until(() => unread() === 0)
  const story = await crash.story
  // What the crash left uncommitted is unread again.
  await pace.until(() => unread() === 0)
  done.abort()
  await running

  const survivors = sharers.filter(({ name }) => name !== story.victim)
  for (const { consumer } of survivors) await unlessThrownOut(consumer.commit())
  const atTheEnd = await lagOf(admin, shared.groupId, topic)
  await Promise.all([...survivors, loner].map(({ consumer }) => consumer.close()))
  return { shared, alone, crash: story, atTheEnd, commits: await lastCommits(kafka, admin) }
}

function firstStable(kafka: World, groupId: string) {
  return nextEvent(kafka.events, 'groupStateChanged', (event) => event.groupId === groupId && event.to === 'Stable')
}

/** Sends no faster than the groups read. Returns what tells how many records the slower one has not read. */
async function produce(
  kafka: World,
  { topic, rows, keys }: Study,
  ledgers: readonly Ledger[],
  pace: Pace,
  sent: (rows: number) => void,
): Promise<() => number> {
  await using producer = kafka.producer()
  const ends = new Map<number, number>()
  const unreadBy = (ledger: Ledger) => [...ends].reduce((sum, [at, end]) => sum + end - ledger.nextOffset(at), 0)
  const unread = () => Math.max(...ledgers.map(unreadBy))
  // Small enough that half way is half way in a small file, too.
  const batchSize = Math.min(Math.max(1, Math.floor(rows.length / 80)), 500)
  for (let at = 0; at < rows.length; at += batchSize) {
    await pace.until(() => unread() <= 10 * batchSize)
    const batch = rows.slice(at, at + batchSize)
    const written = await producer.sendBatch(batch.map((value, i) => ({ topic, key: keys[at + i] ?? null, value })))
    for (const { partition, baseOffset, count } of written) ends.set(partition, baseOffset + count)
    sent(at + batch.length)
  }
  return unread
}
