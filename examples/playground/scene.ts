// What the page plays: a lesson, or free play, which is a lesson that only sets the stage.
/// <reference types="vite/client" />
import { createTopic, produce, run, start } from '../lessons/action.ts'
import type { Lesson } from '../lessons/lesson.ts'
import { topicOf } from '../lessons/sight.ts'
import { consumerOptions } from './consumer-options.ts'

export type Scene = Omit<Lesson, 'question'> & { readonly question: Lesson['question'] | null }

export const FREE = 'free'

/** Each lesson is fetched when it is first shown: nobody waits for the texts of the others. */
const lessonFiles = import.meta.glob<Readonly<Record<string, unknown>>>('../lessons/[0-9]*.ts')
const loaders = new Map(Object.entries(lessonFiles).map(([path, load]) => [numberIn(path), load]))
const loaded = new Map<string, Promise<Scene>>()

/** Of the lessons, in their order, and of free play behind them. */
export const sceneNumbers: readonly string[] = [...loaders.keys(), FREE]

const names = ['ada', 'bob', 'cy', 'dee', 'eve']

const freePlay: Scene = {
  number: FREE,
  title: { en: 'Free play', ko: '자유롭게 해 보기' },
  about: {
    en: 'A Kafka of your own: produce, add consumers and groups, let one crash, and let time pass.',
    ko: '나만의 Kafka: 레코드를 보내고, Consumer와 그룹을 더하고, 하나를 죽여 보고, 시간을 흘려보내자.',
  },
  steps: [
    {
      say: {
        en: 'One topic, three partitions, one consumer. The clock stands: press Play, or let time pass, and see what happens.',
        ko: '토픽 하나, 파티션 셋, Consumer 하나. 시계는 멈춰 있다. 재생을 누르거나 시간을 흘려보내고 지켜보자.',
      },
      actions: [
        createTopic('orders', 3),
        produce('orders', ...names.flatMap((key) => ['tea', 'rice'].map((value) => ({ key, value })))),
        start('ada', 'billing', 'orders', consumerOptions(null)),
        run('ada', 500),
      ],
      facts: (sight) => ({ partitions: [topicOf(sight, 'orders').lanes.length, 3] }),
    },
  ],
  question: null,
}

/** A number that no scene has is the first one's. */
export function sceneOf(number: string): Promise<Scene> {
  const present = sceneNumbers.includes(number) ? number : (sceneNumbers[0] ?? FREE)
  const scene = loaded.get(present) ?? load(present)
  loaded.set(present, scene)
  return scene
}

/** Its steps, and behind them the question, tried out. */
export function stepsOf({ steps, question }: Scene): Scene['steps'] {
  return question ? [...steps, question.tryOut] : steps
}

async function load(number: string): Promise<Scene> {
  const module = (await loaders.get(number)?.()) ?? {}
  return Object.values(module).find((each) => isLesson(each, number)) ?? freePlay
}

function isLesson(exported: unknown, number: string): exported is Lesson {
  return (
    typeof exported === 'object' &&
    exported !== null &&
    'steps' in exported &&
    'number' in exported &&
    exported.number === number
  )
}

/** `08b` in `../lessons/08b-keys-that-are-objects.ts` is lesson 8b. */
function numberIn(path: string): string {
  return /\/0*(\d+[a-z]?)-[^/]*$/.exec(path)?.[1] ?? path
}
