// The fixture: one instance a test, closed after it; one that fails shows its seed and what happened.
import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { json, type Kafkalet, string, topic } from 'kafkalet'
import { kafkaFixtures, test as withKafka } from 'kafkalet/vitest'
import { afterAll, test as base, beforeAll, describe, expect } from 'vitest'
import { everythingIn, readXml } from '../support/xml.ts'

const seen: Kafkalet[] = []

describe('one instance a test', () => {
  withKafka('a first one', async ({ kafka, clock }) => {
    seen.push(kafka)
    await kafka.producer().send({ topic: 't', value: 'one' })
    expect(kafka).toHaveRecord('t', { value: 'one', timestamp: clock.now() })
    // Its callback hangs, and the fixture closes it all the same.
    const onPartitionsRevoked = () => new Promise<void>(() => {})
    const consumer = kafka.consumer({ groupId: 'g', topics: ['t'], onPartitionsRevoked })
    void consumer.run({ eachRecord() {} })
    await clock.settle()
    expect(consumer).toOwn(['t-0'])
  })

  withKafka('and another, that knows nothing of the first', async ({ kafka }) => {
    expect(seen).not.toContain(kafka)
    expect(await kafka.admin().listTopics()).toEqual([])
  })

  base('which is closed after it', () => {
    expect(() => seen[0]?.producer()).toThrow('This Kafkalet is closed')
  })
})

const topics = { orders: topic({ key: string, value: json<{ n: number }>(), partitions: 3 }) }
const typed = base.extend(kafkaFixtures({ topics, seed: 5 }))

typed('declared topics and a seed are the options of an instance', async ({ kafka }) => {
  expect(kafka.seed).toBe(5)
  await kafka.producer().send({ topic: 'orders', key: 'k', value: { n: 1 } })
  expect(kafka).toHaveRecord('orders', { value: { n: 1 } })
  // @ts-expect-error the topic is not declared
  expect(() => expect(kafka).toHaveRecord('order', {})).toThrow("Did you mean 'orders'?")
})

describe('a test that fails', () => {
  const films = fileURLToPath(new URL('failing/__kafkalet__', import.meta.url))
  const passed = join(films, 'failing.ts.a-test-that-passes.svg')
  let output = ''
  beforeAll(async () => {
    await mkdir(films, { recursive: true })
    await writeFile(passed, 'of a run before this one')
    const program = `
      import { startVitest } from 'vitest/node'
      const include = ['test/vitest/failing/failing.ts']
      const vitest = await startVitest('test', [], { watch: false, include, typecheck: { enabled: false } })
      await vitest.close()`
    const options = {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: { ...process.env, KAFKALET_SEED: '77', NO_COLOR: '1' },
    }
    const args = ['--input-type=module', '--eval', program]
    const failed = await promisify(execFile)(process.execPath, args, options).catch((error: unknown) => error)
    const { stdout, stderr } = failed as { stdout: string; stderr: string }
    output = `${stdout}${stderr}`
  }, 30_000)
  afterAll(() => rm(films, { recursive: true }))

  base('prints its seed and what happened, one that passes nothing', () => {
    expect(output).toContain('2 failed | 1 passed')
    expect(output).toContain(
      "'a test that fails' failed with KAFKALET_SEED=77. What happened:\n" +
        '250 ms  topic greetings is created with 1 partition\n' +
        '250 ms  greetings-0 gets record 0\n',
    )
    expect(output).not.toContain('nothing-to-see')
  })

  base('and waited for what a fault holds says which', () => {
    expect(output).toMatch(
      /What cannot go on by itself:\nA fault holds Produce of producer-1: Produce: hold\(\), .*failing\.ts:\d+:\d+\)?\. Its release\(\) lets that go on\.\n/,
    )
  })

  base('leaves its film beside it, and one that passes takes away what it left before', async () => {
    const [fails, waits] = ['a-test-that-fails', 'a-test-that-waits-for-what-a-fault-holds'].map((name) => {
      return join(films, `failing.ts.${name}.svg`)
    })
    expect(output).toContain(`Its film: ${fails}\n`)
    const film = readXml(await readFile(`${fails}`, 'utf8'))
    expect(film.children[0]?.text).toBe('a test that fails')
    expect(everythingIn(film).map(({ text }) => text)).toContain('250 ms: greetings-0 gets record 0')
    expect(readXml(await readFile(`${waits}`, 'utf8')).children[0]?.text).toContain('<waits>')
    expect((await readdir(films)).map((name) => join(films, name)).sort()).toEqual([fails, waits])
  })
})
