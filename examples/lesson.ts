// The lessons in a terminal: npm run lesson lists them, npm run lesson 4 plays one. `npm run lesson -- --help` says more.
import { InputError } from './flights/input-error.ts'
import { lessons } from './lessons/contents.ts'
import { keysOf } from './lessons/terminal/keys.ts'
import { help, type Options, readOptions } from './lessons/terminal/options.ts'
import { paint, wantsColours } from './lessons/terminal/paint.ts'
import { drawContents } from './lessons/terminal/picture.ts'
import { type Ending, play } from './lessons/terminal/play.ts'

const COLUMNS = 80
const LEAST_COLUMNS = 60
/** Of a step that is printed, where no screen sets a limit. */
const PRINTED_ROWS = 50
const { stdin, stdout } = process

const isPainted = wantsColours(stdout.isTTY, process.env)

function print(lines: readonly string[]): void {
  console.log((isPainted ? paint(lines) : lines).join('\n'))
}

async function run({ lesson, isAuto, language }: Options): Promise<Ending> {
  const columns = Math.max(LEAST_COLUMNS, Math.min(COLUMNS, stdout.columns ?? COLUMNS))
  if (lesson === null) {
    print(drawContents(lessons, { language, columns }))
    return 'end'
  }
  const next = lessons[lessons.indexOf(lesson) + 1]?.number ?? null
  if (isAuto || !stdin.isTTY || !stdout.isTTY) {
    return await play(lesson, { language, columns, rows: PRINTED_ROWS, keys: null, show: print, next })
  }
  const show = (lines: readonly string[]) => {
    console.clear()
    print(lines)
  }
  return await play(lesson, { language, columns, rows: stdout.rows, keys: keysOf(stdin), show, next })
}

// Whoever reads the output may stop early: npm run lesson 4 | head
stdout.on('error', () => process.exit())
try {
  const options = readOptions(process.argv.slice(2), process.env, lessons)
  if (options === null) console.log(help)
  // As a shell tells it of a program that was interrupted.
  else if ((await run(options)) === 'interrupt') process.exitCode = 130
} catch (error) {
  const isMendable = error instanceof InputError
  console.error(isMendable ? error.message : error)
  process.exitCode = isMendable ? 2 : 1
}
