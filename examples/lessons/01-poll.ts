import { createTopic, poll, produce, start } from './action.ts'
import type { Lesson } from './lesson.ts'
import { consumerOf, cursorOf, topicOf } from './sight.ts'

const slowly = { autoOffsetReset: 'earliest', maxPollRecords: 2 } as const

export const pollLesson: Lesson = {
  number: '1',
  title: { en: 'Poll', ko: 'Consumer가 Poll로 가져온다' },
  about: {
    en: 'Consumers fetch records by themselves, in the order of the log, each at its own pace.',
    ko: 'Consumer는 Record를 스스로 가져오며, 로그의 순서대로, 각자의 속도로 읽는다.',
  },
  steps: [
    {
      say: {
        en: 'A producer appends five orders to a log; nobody has read them, and they stay where they are.',
        ko: 'Producer가 주문 다섯 개를 로그 끝에 추가한다. 아직 아무도 읽지 않았고, Record는 그 자리에 남는다.',
      },
      actions: [
        createTopic('orders', 1),
        produce('orders', { value: 'tea' }, { value: 'rice' }, { value: 'salt' }, { value: 'milk' }, { value: 'soup' }),
      ],
      facts: (sight) => ({
        'records in the log': [
          topicOf(sight, 'orders').lanes[0]?.records.map(({ value }) => value),
          ['tea', 'rice', 'salt', 'milk', 'soup'],
        ],
        'the log ends at': [topicOf(sight, 'orders').lanes[0]?.endOffset, 5],
      }),
    },
    {
      say: {
        en: "The billing group's consumer polls: Kafka pushes nothing, the consumer asks, and gets the first two records.",
        ko: 'billing 그룹의 Consumer가 Poll한다. Kafka는 밀어 주지 않는다. Consumer가 요청해서 처음 두 Record를 받는다.',
      },
      actions: [start('bill', 'billing', 'orders', slowly), poll('bill')],
      facts: (sight) => ({
        'what bill received': [consumerOf(sight, 'bill').received, ['orders-0@0', 'orders-0@1']],
        "bill's position": [cursorOf(sight, 'billing', 'orders').position, 2],
      }),
    },
    {
      say: {
        en: 'A consumer of another group reads the same log from its beginning; the two know nothing of each other.',
        ko: '다른 그룹의 Consumer가 같은 로그를 처음부터 읽는다. 둘은 서로를 전혀 모른다.',
      },
      actions: [start('ship', 'shipping', 'orders', slowly), poll('ship')],
      facts: (sight) => ({
        'what ship received': [consumerOf(sight, 'ship').received, ['orders-0@0', 'orders-0@1']],
        'records in the log': [topicOf(sight, 'orders').lanes[0]?.records.length, 5],
      }),
    },
    {
      say: {
        en: 'Shipping polls twice more and is ahead now: two groups stand at different places of one log.',
        ko: 'shipping이 두 번 더 Poll하여 앞서 나간다. 두 그룹이 한 로그의 서로 다른 위치에 서 있다.',
      },
      actions: [poll('ship'), poll('ship')],
      facts: (sight) => ({
        "bill's position": [cursorOf(sight, 'billing', 'orders').position, 2],
        "ship's position": [cursorOf(sight, 'shipping', 'orders').position, 5],
      }),
    },
    {
      say: {
        en: 'Both positions have moved, but nothing is committed yet: a position lives in the consumer, a commit in Kafka.',
        ko: '두 위치(position)는 움직였지만 아직 아무것도 Commit되지 않았다. 위치는 Consumer 안에, Commit은 Kafka 안에 있다.',
      },
      actions: [],
      facts: (sight) => ({
        'what billing has committed': [cursorOf(sight, 'billing', 'orders').committed, null],
        'what shipping has committed': [cursorOf(sight, 'shipping', 'orders').committed, null],
      }),
    },
  ],
  question: {
    ask: {
      en: 'Shipping has read every record. What does billing get with its next poll?',
      ko: 'shipping은 모든 Record를 읽었다. billing이 다음에 Poll하면 무엇을 받을까?',
    },
    choices: [
      { en: 'Nothing: they are read already', ko: '아무것도 받지 못한다. 이미 읽혔으므로' },
      { en: 'The next two, salt and milk', ko: '다음 두 개, salt와 milk' },
      { en: 'Only the last one, soup', ko: '마지막 하나, soup만' },
    ],
    answer: 1,
    tryOut: {
      say: {
        en: 'Billing gets salt and milk: reading takes nothing out of the log, and what shipping read is no matter to billing.',
        ko: 'billing은 salt와 milk를 받는다. 읽어도 로그에서 사라지지 않으며, shipping이 읽은 것은 billing과 상관없다.',
      },
      actions: [poll('bill')],
      facts: (sight) => ({
        'what bill received': [consumerOf(sight, 'bill').received.slice(2), ['orders-0@2', 'orders-0@3']],
      }),
    },
  },
}
