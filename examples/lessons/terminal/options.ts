// The command line of the lessons.
import { parseArgs } from 'node:util'
import { InputError } from '../../flights/input-error.ts'
import type { Language, Lesson } from '../lesson.ts'

export interface Options {
  /** Null where the contents are asked for. */
  readonly lesson: Lesson | null
  readonly isAuto: boolean
  readonly language: Language
}

export const help = `Lessons about Kafka's consumers, each carried out by the library itself.

  npm run lesson                 lists them
  npm run lesson 4               plays lesson 4, key by key
  npm run lesson -- 4 --auto     prints it from its beginning to its end
  npm run lesson -- 4 --lang ko  in Korean (한국어로)

npm takes options for itself that do not stand behind --.
Where the output is no terminal, a lesson is printed as with --auto.
Exit code: 0 it was played, 1 something was not as the lesson says, 2 wrong lesson or option.
`

/** null where only help is wanted. What npm took for itself, it tells in the environment. */
export function readOptions(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  lessons: readonly Lesson[],
): Options | null {
  const { values, positionals } = parse(args)
  if (values.help) return null
  const [number, ...more] = positionals
  if (more.length > 0)
    throw new InputError(`One lesson at a time: ${positionals.join(', ')} are ${positionals.length}.`)
  return {
    lesson: number === undefined ? null : lessonOf(number, lessons),
    isAuto: values.auto ?? environment['npm_config_auto'] === 'true',
    language: languageOf(values.lang ?? environment['npm_config_lang'] ?? 'en'),
  }
}

function parse(args: readonly string[]) {
  try {
    const options = {
      auto: { type: 'boolean' },
      lang: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    } as const
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    // Node explains how to pass positional arguments next; here they are welcome.
    const [what = ''] = error instanceof Error ? error.message.split(/\. |\n/) : []
    throw new InputError(`${what.replace(/\.$/, '')}. The options are --auto, --lang en or ko, and --help.`)
  }
}

function lessonOf(number: string, lessons: readonly Lesson[]): Lesson {
  const lesson = lessons.find((each) => each.number === number.toLowerCase())
  if (lesson) return lesson
  const known = lessons.map((each) => `${each.number} (${each.title.en})`).join(', ')
  throw new InputError(`There is no lesson '${number}'. There are: ${known}.`)
}

function languageOf(text: string): Language {
  if (text === 'en' || text === 'ko') return text
  throw new InputError(`--lang must be en or ko, not '${text}'.`)
}
