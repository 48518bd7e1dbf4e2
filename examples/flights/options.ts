// The command line of the main example.
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { InputError } from './input-error.ts'

export interface Options {
  readonly file: string
  readonly key: string
  readonly partitions: number
}

const MOST_PARTITIONS = 1000

export const help = `Streams a file through a Kafka inside this process, crashes a consumer half way,
and checks that nothing got lost.

  npm start -- [options]

  --file FILE      CSV with a header line, or NDJSON (default: the flights)
  --key COLUMN     the column that is the records' key (default: origin)
  --partitions N   partitions of the topic, 1 to ${MOST_PARTITIONS} (default: 4)
  --help           shows this

Exit code: 0 nothing was lost, 1 the check failed, 2 wrong option or file.
`

/** null where only help is wanted. */
export function readOptions(args: readonly string[]): Options | null {
  const { file, key = 'origin', partitions = '4', help = false } = parse(args)
  if (help) return null
  return { file: file === undefined ? flights() : fromCaller(file), key, partitions: partitionCount(partitions) }
}

function parse(args: readonly string[]) {
  try {
    const options = {
      file: { type: 'string' },
      key: { type: 'string' },
      partitions: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    } as const
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    // Node explains how to pass positional arguments next; there are none here.
    const [what = ''] = error instanceof Error ? error.message.split(/\. |\n/) : []
    throw new InputError(`${what.replace(/\.$/, '')}. The options are --file, --key, --partitions and --help.`)
  }
}

function flights(): string {
  return fileURLToPath(new URL('../data/flights.csv', import.meta.url))
}

/** npm runs scripts in the package's folder and says in INIT_CWD where it was called. */
function fromCaller(file: string): string {
  return resolve(process.env['INIT_CWD'] ?? process.cwd(), file)
}

function partitionCount(text: string): number {
  const count = Number(text)
  if (/^\d+$/.test(text) && count >= 1 && count <= MOST_PARTITIONS) return count
  throw new InputError(`--partitions must be a whole number from 1 to ${MOST_PARTITIONS}, not '${text}'.`)
}
