// What the page plays: a lesson, or free play, which is a lesson that only sets the stage.
import { createTopic, produce, run, start } from '../lessons/action.ts'
import { lessons } from '../lessons/contents.ts'
import type { Lesson } from '../lessons/lesson.ts'
import { topicOf } from '../lessons/sight.ts'
import { consumerOptions } from './consumer-options.ts'

export type Scene = Omit<Lesson, 'question'> & { readonly question: Lesson['question'] | null }

export const FREE = 'free'

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

export const scenes: readonly Scene[] = [...lessons, freePlay]

/** A number that no scene has is the first one's. */
export function sceneOf(number: string): Scene {
  return scenes.find((scene) => scene.number === number) ?? scenes[0] ?? freePlay
}

/** Its steps, and behind them the question, tried out. */
export function stepsOf({ steps, question }: Scene): Scene['steps'] {
  return question ? [...steps, question.tryOut] : steps
}
