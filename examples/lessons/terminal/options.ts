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

  npm run lesson               lists them
  npm run lesson 4             plays lesson 4, key by key
  npm run lesson 4 ko          in Korean (한국어로)
  npm run lesson -- 4 --auto   prints it from its beginning to its end

  --auto      prints all, waits for no key; so it is too where the output is no terminal
  --lang L    en or ko
  --help      shows this

npm takes for itself what does not stand behind -- and begins with one.
Exit code: 0 it was played, 1 something was not as the lesson says, 2 wrong lesson or option.
`

/** null where only help is wanted. npm tells in the environment that it took --auto; of --lang ko it leaves the ko. */
export function readOptions(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  lessons: readonly Lesson[],
): Options | null {
  const { values, positionals } = parse(args)
  if (values.help) return null
  const named = positionals.find(isLanguage)
  const [number, ...more] = positionals.filter((each) => each !== named)
  if (more.length > 0) throw new InputError(`One lesson at a time, not ${[number, ...more].join(' and ')}.`)
  return {
    lesson: number === undefined ? null : lessonOf(number, lessons),
    isAuto: values.auto ?? environment['npm_config_auto'] === 'true',
    language: languageOf(values.lang ?? named ?? 'en'),
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

function isLanguage(text: string): text is Language {
  return text === 'en' || text === 'ko'
}

function languageOf(text: string): Language {
  if (isLanguage(text)) return text
  throw new InputError(`--lang must be en or ko, not '${text}'.`)
}
