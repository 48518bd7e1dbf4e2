// The lessons in a terminal: what is printed where nobody presses keys, and where the keys lead.
import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { commit, createTopic, poll, produce, start } from '../../examples/lessons/action.ts'
import { lessons } from '../../examples/lessons/contents.ts'
import type { Exhibit } from '../../examples/lessons/exhibit.ts'
import type { Language, Lesson, Step } from '../../examples/lessons/lesson.ts'
import { drawExhibit } from '../../examples/lessons/terminal/exhibits.ts'
import { type Key, keysOf } from '../../examples/lessons/terminal/keys.ts'
import { readOptions } from '../../examples/lessons/terminal/options.ts'
import { paint, wantsColours } from '../../examples/lessons/terminal/paint.ts'
import { drawContents } from '../../examples/lessons/terminal/picture.ts'
import { type Ending, type Place, play, turn } from '../../examples/lessons/terminal/play.ts'
import { Walk } from '../../examples/lessons/terminal/walk.ts'

const COLUMNS = 80
const ROWS = 50
const languages: readonly Language[] = ['en', 'ko']

interface Played {
  readonly ending: Ending
  readonly pages: readonly (readonly string[])[]
}

async function played(lesson: Lesson, language: Language, keys: readonly Key[] | null, rows = ROWS): Promise<Played> {
  const pages: (readonly string[])[] = []
  const ending = await play(lesson, {
    language,
    columns: COLUMNS,
    rows,
    keys: keys && streamOf(keys),
    show: (lines) => pages.push(lines),
    next: null,
  })
  return { ending, pages }
}

async function* streamOf(keys: readonly Key[]): AsyncGenerator<Key> {
  yield* keys
}

function lessonOf(number: string): Lesson {
  const lesson = lessons.find((each) => each.number === number)
  if (lesson === undefined) throw new Error(`There is no lesson ${number}.`)
  return lesson
}

/** A lesson with one step. */
function madeUp(step: Pick<Step, 'actions'>): Lesson {
  const lesson = lessonOf('1')
  const whole = { ...step, say: { en: 'It is so.', ko: '그렇다.' }, facts: () => ({}) }
  return { ...lesson, steps: [whole], question: { ...lesson.question, tryOut: { ...whole, actions: [] } } }
}

describe.each(languages)('in %s', (language) => {
  test.each(lessons)('lesson $number fits into 80 columns and has no control sequence', async (lesson) => {
    const { ending, pages } = await played(lesson, language, null)
    const lines = pages.flat()
    expect(ending).toBe('end')
    expect(lines.filter((line) => stringWidth(line) > COLUMNS)).toEqual([])
    expect(lines.filter((line) => /\p{Cc}/u.test(line))).toEqual([])
    const text = lines.join(' ').replace(/\s/g, '')
    for (const { say } of [...lesson.steps, lesson.question.tryOut]) {
      expect(text).toContain(say[language].replace(/\s/g, ''))
    }
  })

  test('the contents name every lesson', () => {
    const lines = drawContents(lessons, { language, columns: COLUMNS })
    for (const { number, title } of lessons) expect(lines).toContain(`${number.padStart(2)}  ${title[language]}`)
    expect(lines.filter((line) => stringWidth(line) > COLUMNS)).toEqual([])
  })
})

describe('the picture', () => {
  test('of two groups in one log', async () => {
    const { pages } = await played(lessonOf('1'), 'en', null)
    expect(pages[3]?.join('\n')).toMatchInlineSnapshot(`
      "Lesson 1 · Poll                                                step 4 of 5, 0 ms
      ────────────────────────────────────────────────────────────────────────────────
      Shipping polls twice more and is ahead now: two groups stand at different places
      of one log.

      orders-0    │0 tea│1 rice│2 salt│3 milk│4 soup│
        billing   ·············▶····················▮                      lag 5  bill
        shipping  ··································▶▮                     lag 5  ship
      ▲ committed   ▶ position   ▮ end   ··· lag

      billing: Stable, generation 1, range, lag 5
        bill  rests  orders-0  received 2: orders-0@0 orders-0@1
      shipping: Stable, generation 1, range, lag 5
        ship  rests  orders-0  received 5: … orders-0@2 orders-0@3 orders-0@4

      What happened: nothing
      "
    `)
  })

  test('of a commit and the records it made, in Korean', async () => {
    const { pages } = await played(lessonOf('2'), 'ko', null)
    expect(pages[3]?.join('\n')).toMatchInlineSnapshot(`
      "수업 2 · Consumer Offset과 __consumer_offsets                      4/8단계, 0 ms
      ────────────────────────────────────────────────────────────────────────────────
      bill이 두 개를 더 Poll하고 다시 Commit한다. Key가 같은 두 번째 Record가
      쌓였으므로 첫 Record는 필요 없어져 컴팩션(compaction) 때 지워질 수 있다.

      orders-0   │0 tea│1 rice│2 salt│3 milk│4 soup│5 corn│
        billing                             ▲▶············▮                lag 2  bill
      ▲ Commit된 Offset   ▶ 위치(position)   ▮ 로그의 끝   ··· lag

      billing: Stable, 1세대, range, lag 2
        bill  쉼  orders-0  4개 받음: orders-0@0 orders-0@1 orders-0@2 orders-0@3

      __consumer_offsets-9 (Partition 50개 중 하나)
            key                 value
        @0  billing             generation 0, members 0  새 Record로 대체됨
        @1  billing             generation 1, members 1
        @2  billing, orders, 0  offset 2                 새 Record로 대체됨
        @3  billing, orders, 0  offset 4

      Record로 본 billing의 최신 Commit
        구분   필드             내용
        key    group            billing
        key    topic            orders
        key    partition        0
        value  offset           4
        value  metadata         ""
        value  commitTimestamp  2026-01-01T00:00:00.000Z

      일어난 일
        0 ms  group billing commits orders-0@4
      "
    `)
  })

  test('of five consumers for four partitions', async () => {
    const { pages } = await played(lessonOf('4'), 'en', null)
    expect(pages[5]?.join('\n')).toMatchInlineSnapshot(`
      "Lesson 4 · Consuming as a group                            step 6 of 7, 15000 ms
      ────────────────────────────────────────────────────────────────────────────────
      A fifth consumer finds no partition left and is idle: more consumers than
      partitions make nothing faster.

      orders-0   │0 tea│1 soup│2 beef│
        billing               ▲······▶▮                                      lag 1  c1
      orders-1   │0 rice│1 corn│2 leek│
        billing                ▲······▶▮                                     lag 1  c2
      orders-2   │0 salt│1 lime│2 mint│
        billing                ▲······▶▮                                     lag 1  c3
      orders-3   │0 milk│1 plum│2 figs│
        billing                ▲······▶▮                                     lag 1  c4
      ▲ committed   ▶ position   ▮ end   ··· lag

      billing: Stable, generation 5, range, lag 4
        c1  waits  orders-0  received 6: … orders-2@0 orders-3@0 orders-0@1 orders-0@2
        c2  waits  orders-1  received 2: orders-1@1 orders-1@2
        c3  waits  orders-2  received 2: orders-2@1 orders-2@2
        c4  waits  orders-3  received 2: orders-3@1 orders-3@2
        c5  idle   -         received 0

      What happened
        12000 ms  group billing is PreparingRebalance, generation 4
        15000 ms  group billing commits orders-1@2
        15000 ms  c2 gives back orders-1
        15000 ms  group billing commits orders-2@2
        15000 ms  c3 gives back orders-2
        15000 ms  group billing commits orders-3@2
        15000 ms  c4 gives back orders-3
        15000 ms  group billing commits orders-0@2
        15000 ms  c1 gives back orders-0
        15000 ms  group billing is CompletingRebalance, generation 5
        15000 ms  group billing has a new member, c5
        15000 ms  group billing is Stable, generation 5
        15000 ms  c2 takes orders-1
        15000 ms  c3 takes orders-2
        15000 ms  c4 takes orders-3
        15000 ms  c5 takes nothing new
        15000 ms  c1 takes orders-0
        15000 ms  orders-0 gets record 2
        15000 ms  orders-1 gets record 2
        15000 ms  orders-2 gets record 2
        15000 ms  orders-3 gets record 2
        … and 26 more
      "
    `)
  })

  test('of a log that is too long is cut at its left, and tells what stands there', async () => {
    const steps = madeUp({
      actions: [
        createTopic('orders', 1),
        produce('orders', ...Array.from({ length: 40 }, (_, i) => ({ key: `k${i}`, value: 'v' }))),
        start('bill', 'billing', 'orders', { autoOffsetReset: 'earliest', maxPollRecords: 4 }),
        poll('bill'),
        commit('bill'),
        start('ship', 'shipping', 'orders', { autoOffsetReset: 'earliest', maxPollRecords: 38 }),
        poll('ship'),
      ],
    })
    const { pages } = await played(steps, 'en', null)
    expect(pages[0]?.slice(4, 7).join('\n')).toMatchInlineSnapshot(`
      "orders-0    …     │35 k35:v│36 k36:v│37 k37:v│38 k38:v│39 k39:v│
        billing   ▲4 ▶4 ·············································▮    lag 36  bill
        shipping        ···························▶·················▮    lag 40  ship"
    `)
  })

  test('of keys and their hashes, and of a histogram', async () => {
    const hash: Exhibit = {
      type: 'hash',
      keys: [
        {
          key: 'kim',
          bytes: new Uint8Array([107, 105, 109]),
          hash: -5,
          positive: 2_147_483_643,
          partitions: 4,
          partition: 3,
        },
        {
          key: '서울특별시 종로구',
          bytes: new Uint8Array(25).fill(0xec),
          hash: 7,
          positive: 7,
          partitions: 4,
          partition: 3,
        },
      ],
    }
    const histogram: Exhibit = {
      type: 'histogram',
      title: { en: 'Records', ko: 'Record' },
      bars: [
        { label: 'orders-0', count: 1_000 },
        { label: 'orders-1', count: 1, note: 'hardly any' },
        { label: 'orders-2', count: 0 },
      ],
    }
    const drawn = [hash, histogram].flatMap((exhibit) => drawExhibit(exhibit, 'en', COLUMNS))
    expect(drawn.join('\n')).toMatchInlineSnapshot(`
      "  key                bytes                      murmur2  & 0x7fffffff  partition
        kim                6b 69 6d                   -5       2147483643    % 4 = 3
        서울특별시 종로구  ec ec ec ec ec ec ec ec …  7        7             % 4 = 3
      Records
        orders-0  1000  ████████████████████████████████████████
        orders-1     1  █                                         hardly any
        orders-2     0"
    `)
  })

  test('says again at its end what it is about, where the screen is too small for it', async () => {
    const { pages } = await played(lessonOf('4'), 'en', ['quit'], 12)
    expect(pages[0]?.slice(-3).join(' ')).toMatch(/^The topic has four partitions .* space: go on/)
    const { pages: whole } = await played(lessonOf('4'), 'en', ['quit'], 60)
    expect(whole[0]?.slice(-3).join(' ')).not.toContain('The topic has four partitions')
  })

  test('stops where the library does otherwise than the lesson says', async () => {
    const lesson = lessonOf('1')
    const steps = lesson.steps.map((step, i) => (i === 3 ? { ...step, actions: [] } : step))
    await using walk = new Walk({ ...lesson, steps })
    await walk.frame(2)
    await expect(walk.frame(3)).rejects.toThrow(/is not true: ship's position should be 5, and is 2\.$/)
  })
})

describe('the keys', () => {
  const lesson = lessonOf('1')
  const steps = lesson.steps.length
  const toQuestion: readonly Key[] = Array.from({ length: steps }, () => 'next')

  test('lead from step to step, and back', async () => {
    const { ending, pages } = await played(lesson, 'en', ['next', 'next', 'back', 'next', 'quit'])
    expect(ending).toBe('quit')
    expect(pages.map(([title]) => /step \d/.exec(title ?? '')?.[0])).toEqual([
      'step 1',
      'step 2',
      'step 3',
      'step 2',
      'step 3',
    ])
    expect(pages[3]).toEqual(pages[1])
    expect(pages[4]).toEqual(pages[2])
  })

  test('answer the question, rightly or wrongly, and try it out', async () => {
    const right = await played(lesson, 'en', [...toQuestion, 2, 'next'])
    expect(right.ending).toBe('end')
    expect(right.pages.at(-1)?.[0]).toBe('Right.')
    const wrong = await played(lesson, 'en', [...toQuestion, 1, 'quit'])
    expect(wrong.pages.at(-1)?.[0]).toBe('You chose 1; it is 2.')
    expect(wrong.pages.at(-1)?.join(' ')).toContain('Billing gets salt and milk')
  })

  test('that mean nothing where one stands change nothing', () => {
    const start: Place = { at: 0, chosen: null }
    const question: Place = { at: steps, chosen: null }
    expect(turn(start, 'back', lesson)).toBe(start)
    expect(turn(start, 1, lesson)).toBe(start)
    expect(turn(question, 'next', lesson)).toBe(question)
    expect(turn(question, 9, lesson)).toBe(question)
    expect(turn(question, 3, lesson)).toEqual({ at: steps + 1, chosen: 2 })
  })

  test('are read from a raw terminal, which is as before when it is over', async () => {
    const modes: boolean[] = []
    const input = Object.assign(new PassThrough(), { setRawMode: (isRaw: boolean) => modes.push(isRaw) })
    input.write(' \u001b[D\u001b[C2xq\u0003')
    const keys: Key[] = []
    for await (const key of keysOf(input)) {
      keys.push(key)
      if (key === 'interrupt') break
    }
    expect(keys).toEqual(['next', 'back', 'next', 2, 'quit', 'interrupt'])
    expect(modes).toEqual([true, false])
    expect(input.isPaused()).toBe(true)
  })

  test('end with the input', async () => {
    const input = Object.assign(new PassThrough(), { setRawMode: () => {} })
    input.end('b')
    const keys: Key[] = []
    for await (const key of keysOf(input)) keys.push(key)
    expect(keys).toEqual(['back'])
  })
})

describe('the command line', () => {
  const read = (args: readonly string[], environment: NodeJS.ProcessEnv = {}) => readOptions(args, environment, lessons)

  test('takes a lesson, a language and whether to wait for keys', () => {
    expect(read([])).toEqual({ lesson: null, isAuto: false, language: 'en' })
    expect(read(['4', '--auto', '--lang', 'ko'])).toEqual({ lesson: lessonOf('4'), isAuto: true, language: 'ko' })
    expect(read(['--help'])).toBeNull()
  })

  test('understands what npm makes of options that it takes for its own', () => {
    const kept = { npm_config_auto: 'true' }
    expect(read(['4', 'ko'], kept)).toEqual({ lesson: lessonOf('4'), isAuto: true, language: 'ko' })
    expect(read(['ko'])).toEqual({ lesson: null, isAuto: false, language: 'ko' })
  })

  test('names what there is where something is wrong', () => {
    expect(() => read(['17'])).toThrow(/^There is no lesson '17'\. There are: 1 \(Poll\), 2 /)
    expect(() => read(['1', '2'])).toThrow('One lesson at a time, not 1 and 2.')
    expect(() => read(['--lang', 'fr'])).toThrow("--lang must be en or ko, not 'fr'.")
    expect(() => read(['--fast'])).toThrow(
      "Unknown option '--fast'. The options are --auto, --lang en or ko, and --help.",
    )
  })
})

test('colours add nothing to what is said, and are for terminals that want them', async () => {
  const { pages } = await played(lessonOf('1'), 'en', null)
  const plain = pages.flat()
  const painted = paint(plain)
  expect(painted).not.toEqual(plain)
  expect(painted.map(stripVTControlCharacters)).toEqual(plain)
  expect(wantsColours(true, {})).toBe(true)
  expect(wantsColours(true, { NO_COLOR: '1' })).toBe(false)
  expect(wantsColours(false, {})).toBe(false)
})
