// One instance a test, with a clock that the test controls; a test that fails shows its seed and what happened.

import { test as base, type TestContext } from 'vitest'
import type { AnyTopics, TopicMap } from '../clients/topic.ts'
import { KafkaError } from '../errors.ts'
import { Kafkalet, type KafkaletOptions } from '../kafkalet.ts'
import { faultsOf } from '../testing/faults.ts'
import { renderTimeline } from '../testing/film/render-timeline.ts'
import { inspect } from '../testing/inspect.ts'
import { ManualClock } from '../testing/manual-clock.ts'
import { hindrancesOf } from '../testing/standstill.ts'
import { removeFilm, writeFilm } from './film-file.ts'

export interface KafkaFixtures<M extends TopicMap = AnyTopics> {
  /** An instance of the test's own, whose requests are written down; it is closed after the test. */
  readonly kafka: Kafkalet<M>
  /** The time of `kafka`. */
  readonly clock: ManualClock
}

/** What `new Kafkalet` takes. The clock is the fixture's. */
export interface KafkaFixtureOptions<M extends TopicMap = AnyTopics> extends Omit<KafkaletOptions<M>, 'clock'> {
  /**
   * Whether a test that fails leaves a film of what happened, an SVG in the folder `__kafkalet__` beside its file. It is
   * taken away when the test passes again. Default true.
   */
  readonly film?: boolean
}

type Use<Fixture> = (fixture: Fixture) => Promise<void>

/** Longer than anything that closing waits for. */
const CLOSING_MS = 60_000

/**
 * Fixtures for `test.extend`: `kafka`, one instance for each test, and `clock`, its ManualClock. A test that fails prints
 * its seed and its timeline, and where its film lies. To repeat it, set KAFKALET_SEED in the environment, or `seed`.
 *
 * @example
 * const test = base.extend(kafkaFixtures({ topics: { orders: topic({ key: string, value: json<Order>() }) } }))
 * test('an order becomes an invoice', async ({ kafka, clock }) => { … })
 */
export function kafkaFixtures<M extends TopicMap = AnyTopics>({
  film = true,
  ...options
}: KafkaFixtureOptions<M> = {}) {
  return {
    // Vitest reads from the pattern what a fixture needs, and wants one.
    clock: async ({ task: _ }: TestContext, use: Use<ManualClock>) => {
      await use(new ManualClock())
    },
    kafka: async ({ clock, task }: TestContext & Pick<KafkaFixtures<M>, 'clock'>, use: Use<Kafkalet<M>>) => {
      const seed = seedFromEnvironment()
      const kafka = new Kafkalet<M>({ ...options, clock, ...(seed !== null && { seed }) })
      const timeline = inspect(kafka).timeline()
      faultsOf(kafka).record()
      await use(kafka)
      if (task.result?.state === 'fail') {
        const path = film ? writeFilm(task, renderTimeline(timeline, { title: task.name })) : null
        console.error(story(task.name, kafka.seed, String(timeline), hindrancesOf(kafka), path))
      } else if (film) removeFilm(task)
      const closing = kafka.close()
      let isClosed = false
      closing.then(
        () => {
          isClosed = true
        },
        () => {
          isClosed = true
        },
      )
      await clock.settle()
      // A callback that hangs holds a close until its time is over.
      if (!isClosed) await clock.advance(CLOSING_MS)
      await closing
    },
  }
}

/**
 * Vitest's `test` with `kafka` and `clock`, for topics of any name.
 *
 * @example
 * import { test } from 'kafkalet/vitest'
 * test('what is sent is there', async ({ kafka }) => {
 *   await kafka.producer().send({ topic: 'greetings', value: 'hello' })
 *   expect(kafka).toHaveRecord('greetings', { value: 'hello' })
 * })
 */
export const test = base.extend<KafkaFixtures>(kafkaFixtures())

function story(
  name: string,
  seed: number,
  timeline: string,
  hindrances: readonly string[],
  film: string | null,
): string {
  const standstill = hindrances.length === 0 ? '' : `What cannot go on by itself:\n${hindrances.join('\n')}\n`
  return `'${name}' failed with KAFKALET_SEED=${seed}. What happened:\n${timeline}\n${standstill}${film === null ? '' : `Its film: ${film}\n`}`
}

function seedFromEnvironment(): number | null {
  const { process } = globalThis as { process?: { env?: Readonly<Record<string, string | undefined>> } }
  const seed = process?.env?.['KAFKALET_SEED']
  if (seed === undefined || seed === '') return null
  if (Number.isSafeInteger(Number(seed))) return Number(seed)
  throw new KafkaError('INVALID_ARGUMENT', `KAFKALET_SEED in the environment must be a whole number, not '${seed}'.`)
}
