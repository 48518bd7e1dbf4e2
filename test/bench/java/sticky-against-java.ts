// npx tsx test/bench/java/sticky-against-java.ts [--rounds 5]
// The sticky assignor against Kafka's Java class on this machine. Needs Java 17 and Maven, which fetches Kafka's client; to
// be run by hand, never by CI. Each measurement is a process of its own, and the rounds take turns. Prints our time in
// Java's: ≤ 2 is required where all members want the same topics.

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import Table from 'cli-table3'
import { build } from 'esbuild'
import { median } from '../median.ts'

interface Times {
  readonly freshMs: number
  readonly afterLeaveMs: number
}

/** Members, topics, partitions of each topic, runs before the one that is measured. */
const cases: readonly (readonly [shape: string, ...numbers: number[]])[] = [
  ['equal', 1000, 1, 10_000, 30],
  ['equal', 1000, 100, 100, 30],
  ['equal', 1000, 100, 100, 0],
  ['unequal', 100, 20, 50, 5],
  ['unequal', 1000, 100, 100, 0],
]

const execute = promisify(execFile)
const here = fileURLToPath(new URL('.', import.meta.url))
const rounds = Number(parseArgs({ options: { rounds: { type: 'string', default: '5' } } }).values.rounds)

const folder = await mkdtemp(join(tmpdir(), 'kafkalet-sticky-'))
try {
  const java = await compileJava()
  const ours = await bundleOurs()
  const head = ['members', 'topics × partitions', 'warm-ups', 'what', 'ours ms', 'Java ms', 'ratio']
  const table = new Table({ head, style: { head: [], border: [], compact: true } })
  for (const [shape, ...numbers] of cases) {
    const group = [shape, ...numbers.map(String)]
    const measured: { readonly our: Times; readonly their: Times }[] = []
    for (let round = 0; round < rounds; round++) {
      measured.push({ our: await run('node', [ours, ...group]), their: await run('java', [...java, ...group]) })
    }
    for (const what of ['freshMs', 'afterLeaveMs'] as const) {
      const our = median(measured.map((each) => each.our[what]))
      const their = median(measured.map((each) => each.their[what]))
      const [members, topics, partitions, warmUps] = numbers
      const name = what === 'freshMs' ? `fresh, ${shape}` : `after one leaves, ${shape}`
      const times = [our, their, our / their].map((number) => number.toFixed(2))
      table.push([members, `${topics} × ${partitions}`, warmUps, name, ...times])
    }
  }
  console.log(`Medians of ${rounds} rounds. Node ${process.version}.\n${table.toString()}`)
} finally {
  await rm(folder, { recursive: true })
}

async function run(command: string, commandArguments: readonly string[]): Promise<Times> {
  const { stdout } = await execute(command, commandArguments)
  return JSON.parse(stdout) as Times
}

/** Returns what `java` is to be started with. */
async function compileJava(): Promise<string[]> {
  const jars = join(folder, 'jars')
  const copy = ['-q', '-B', '-f', join(here, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`]
  await execute('mvn', copy)
  await execute('javac', ['-cp', join(jars, '*'), '-d', folder, join(here, 'StickyAgainstJava.java')])
  return ['-cp', [folder, join(jars, '*')].join(delimiter), 'StickyAgainstJava']
}

/** What loads TypeScript would be part of what is measured. */
async function bundleOurs(): Promise<string> {
  const outfile = join(folder, 'sticky-run.mjs')
  const entryPoints = [join(here, 'sticky-run.ts')]
  await build({ entryPoints, outfile, bundle: true, format: 'esm', platform: 'node', target: 'node20' })
  return outfile
}
