// The main job, npm start: a file streams through a topic into two groups, one consumer crashes on the way, and
// nothing is lost. `npm start -- --help` shows what it can be told.
import { basename } from 'node:path'
import { check, passes } from './flights/check.ts'
import { InputError } from './flights/input-error.ts'
import { help, type Options, readOptions } from './flights/options.ts'
import { createProgress } from './flights/progress.ts'
import { report } from './flights/report.ts'
import { stream } from './flights/stream.ts'
import { planStudy } from './flights/study.ts'
import { readTable } from './flights/table.ts'

async function run({ file, key, partitions }: Options): Promise<boolean> {
  const study = planStudy(file, readTable(file), key, partitions)
  const count = study.rows.length.toLocaleString('en-US')
  console.log(
    `${basename(file)}: ${count} ${study.noun}, keyed by ${key}, into topic ${study.topic} (partitions: ${partitions})\n`,
  )
  const startedAtMs = performance.now()
  const progress = createProgress(['produced', study.shared.groupId, study.alone.groupId], study.rows.length)
  const outcome = await stream(study, progress).finally(progress.stop)
  const verdicts = [check(study, study.shared, outcome.shared), check(study, study.alone, outcome.alone)]
  report(study, outcome, verdicts)
  const isPassed = verdicts.every(passes)
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1)
  console.log(`\n${isPassed ? 'Nothing lost, every key in order' : 'THE CHECK FAILED'} (${seconds} s)`)
  return isPassed
}

// Whoever reads the output may stop early: npm start | head
process.stdout.on('error', () => process.exit())
try {
  const options = readOptions(process.argv.slice(2))
  if (options === null) console.log(help)
  else if (!(await run(options))) process.exitCode = 1
} catch (error) {
  const isMendable = error instanceof InputError
  console.error(isMendable ? error.message : error)
  process.exitCode = isMendable ? 2 : 1
}
