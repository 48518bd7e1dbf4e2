// What is printed when all is done.
import { passes, type Verdict } from './check.ts'
import type { CrashStory } from './crash-half-way.ts'
import type { PartitionLag } from './lag.ts'
import type { Ledger } from './ledger.ts'
import { type Cell, printTable } from './print-table.ts'
import type { Question } from './question.ts'
import type { Outcome } from './stream.ts'
import type { Study } from './study.ts'

/** How many partitions a table shows at most. */
const MOST_PARTITIONS = 16

export function report(study: Study, outcome: Outcome, verdicts: readonly Verdict[]): void {
  const { crash, atTheEnd, shared, alone } = outcome
  const isShown = mostInteresting(crash)
  printPartitions(study.topic, atTheEnd, shared)
  printTable(
    `Group ${shared.groupId}: who owns what, and how far it is committed`,
    ['', 'partition', 'owner', 'committed', 'end', 'lag'],
    [
      ...lagLines('before the crash', crash.before.filter(isShown)),
      ...lagLines('after the takeover', crash.after.filter(isShown)),
      ...lagLines('at the end', atTheEnd.filter(isShown)),
    ],
  )
  printAnswer(shared.question)
  printAnswer(alone.question)
  printCommits(outcome)
  if (study.partitions > MOST_PARTITIONS) console.log(`\n(Not all of the ${study.partitions} partitions are shown.)`)
  printVerdicts(study.noun, verdicts)
}

function printPartitions(topic: string, partitions: readonly PartitionLag[], ledger: Ledger): void {
  const mean = partitions.reduce((sum, { end }) => sum + end, 0) / partitions.length
  printTable(
    `Topic ${topic}: its partitions (skew: records in relation to the mean)`,
    ['partition', 'records', 'distinct keys', 'skew'],
    partitions
      .slice(0, MOST_PARTITIONS)
      .map(({ partition, end }) => [partition, end, ledger.distinctKeys(partition), `${(end / mean).toFixed(2)}×`]),
  )
}

/** Of many partitions, rather those that the crash left without an owner. */
function mostInteresting({ victim, before }: CrashStory): (each: PartitionLag) => boolean {
  const isOrphan = ({ owner }: PartitionLag) => owner === victim
  const inOrder = [...before.filter(isOrphan), ...before.filter((each) => !isOrphan(each))]
  const shown = new Set(inOrder.slice(0, MOST_PARTITIONS).map(({ partition }) => partition))
  return ({ partition }) => shown.has(partition)
}

function lagLines(when: string, partitions: readonly PartitionLag[]): Cell[][] {
  return partitions.map(({ partition, owner, committed, end, lag }, i) => [
    i === 0 ? when : '',
    partition,
    owner ?? '-',
    committed ?? '-',
    end,
    lag,
  ])
}

function printAnswer(question: Question): void {
  printTable(question.title, question.head, question.answer())
}

function printCommits({ commits }: Outcome): void {
  printTable(
    'The last commits, as they stand in __consumer_offsets (record: partition@offset)',
    ['group', 'partition', 'offset', 'at (UTC)', 'commits', 'record'],
    commits
      .filter(({ partition }) => partition < MOST_PARTITIONS)
      .map((each) => [
        each.groupId,
        each.partition,
        each.offset,
        new Date(each.committedAt).toISOString().slice(11, 23),
        each.commits,
        `${each.offsetsPartition}@${each.offsetsOffset}`,
      ]),
  )
}

function printVerdicts(noun: string, verdicts: readonly Verdict[]): void {
  const line = (what: string, expected: string, read: (verdict: Verdict) => Cell) => [
    what,
    ...verdicts.map(read),
    expected,
  ]
  printTable(
    'The check against a plain reading of the file',
    ['', ...verdicts.map(({ groupId }) => groupId), 'expected'],
    [
      line(`${noun} arrived`, 'all', ({ arrived }) => arrived),
      line('of them twice', 'some, after a crash', ({ twice }) => twice),
      line(`${noun} lost`, '0', ({ lost }) => lost),
      line('keys out of order', '0', ({ keysOutOfOrder }) => keysOutOfOrder),
      line('same answer', 'yes', ({ hasSameAnswer }) => (hasSameAnswer ? 'yes' : 'no')),
      line('verdict', 'passed', (verdict) => (passes(verdict) ? 'passed' : 'FAILED')),
    ],
  )
}
