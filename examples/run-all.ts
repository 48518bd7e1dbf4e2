// npm run examples: runs every example the way a user would, and fails with the first that fails.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'csv-parse/sync'
import { lessons } from './lessons/contents.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'examples')
const LONGEST_MS = 60_000
/** In this repository the package's name means src/; for a user, and with this configuration, it means dist/. */
const likeUser = { TSX_TSCONFIG_PATH: join(folder, 'tsconfig.json') }

/** Every file beside this one is an example; the main job also gets other files and other keys, the lessons each number. */
function commands(ndjson: string): string[][] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.ts') && name !== basename(import.meta.filename))
  return [
    ...names.map((name) => [name]),
    ['flights.ts', '--key', 'destination', '--partitions', '7'],
    ['flights.ts', '--file', ndjson, '--key', 'to'],
    ['flights.ts', '--help'],
    ['lesson.ts', '--help'],
    ...lessons.flatMap(({ number }) => ['en', 'ko'].map((lang) => ['lesson.ts', number, '--auto', '--lang', lang])),
  ]
}

/** The flights as NDJSON, with other columns and a few of the types that JSON has. */
function writeNdjson(file: string): void {
  const flights: Record<string, string>[] = parse(readFileSync(join(folder, 'data/flights.csv'), 'utf8'), {
    columns: true,
  })
  const lines = flights.map(({ date, distance, origin: from, destination: to }) =>
    JSON.stringify({ from, to, miles: Number(distance), when: { date } }),
  )
  writeFileSync(file, lines.join('\n'))
}

/** Whether it ended well; what it printed is shown only if not. */
function run([name = '', ...args]: readonly string[]): boolean {
  const startedAtMs = performance.now()
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', join('examples', name), ...args],
    { cwd: root, env: { ...process.env, ...likeUser }, encoding: 'utf8', timeout: LONGEST_MS },
  )
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1)
  const isGood = status === 0 && stdout !== ''
  console.log(`${isGood ? 'ok    ' : 'FAILED'} ${seconds.padStart(5)} s  ${[name, ...args].join(' ')}`)
  if (!isGood) console.error(`\n${stdout}${stderr}\n${name} ended with ${signal ?? `exit code ${status}`}.`)
  return isGood
}

if (existsSync(join(root, 'dist/index.js'))) {
  const scratch = mkdtempSync(join(tmpdir(), 'kafkalet-examples-'))
  try {
    const ndjson = join(scratch, 'flights.ndjson')
    writeNdjson(ndjson)
    if (!commands(ndjson).every(run)) process.exitCode = 1
  } finally {
    rmSync(scratch, { recursive: true })
  }
} else {
  console.error('The examples use the built package, and there is no dist/. Run npm run build first.')
  process.exitCode = 2
}
