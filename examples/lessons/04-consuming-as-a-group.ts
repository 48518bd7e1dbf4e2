import { type Action, close, createTopic, pass, produce, run, start, type Written } from './action.ts'
import type { Lesson } from './lesson.ts'
import { ownersOf, sharedMoments } from './owners.ts'
import { consumerOf, groupOf, type Sight } from './sight.ts'

const reader = { autoOffsetReset: 'earliest' } as const

/** The others learn of a newcomer, or of one who left, with their next heartbeat. */
const HEARTBEAT_MS = 3_000

function join(consumer: string): Action[] {
  return [start(consumer, 'billing', 'orders', reader), run(consumer), pass(HEARTBEAT_MS)]
}

/** One for each of the four partitions. */
function oneEach(...values: readonly string[]): Written[] {
  return values.map((value, partition) => ({ partition, value }))
}

function shares(sight: Sight): Record<string, number> {
  const open = sight.consumers.filter(({ state }) => state !== 'closed')
  return Object.fromEntries(open.map(({ consumer, owns }) => [consumer, owns.length]))
}

/** True after every step: each partition has one owner, and had never two at once. */
function alwaysOneOwner(sight: Sight) {
  return {
    'state of the group': [groupOf(sight, 'billing').state, 'Stable'],
    'how many owners each partition has': [
      ownersOf(sight, 'billing', 'orders').map(({ length }) => length),
      [1, 1, 1, 1],
    ],
    'when a partition had two owners': [sharedMoments(sight, 'billing'), []],
  } as const
}

/** How many records the group received in all, and how many different ones. */
function receivedOnce(sight: Sight) {
  const received = sight.consumers.flatMap((each) => each.received)
  return [received.length, new Set(received).size] as const
}

export const groupLesson: Lesson = {
  number: '4',
  title: { en: 'Consuming as a group', ko: '그룹으로 Consume하기' },
  about: {
    en: 'Consumers with one group.id divide the partitions among them, and a partition never has two owners in a group.',
    ko: 'group.id가 같은 Consumer들은 Partition을 나누어 맡으며, 그룹 안에서 한 Partition을 둘이 함께 맡는 일은 없다.',
  },
  steps: [
    {
      say: {
        en: 'The topic has four partitions and the group has one consumer, c1, which reads them all.',
        ko: 'Topic에는 Partition이 네 개, 그룹에는 Consumer가 c1 하나이며, c1이 전부 읽는다.',
      },
      actions: [createTopic('orders', 4), produce('orders', ...oneEach('tea', 'rice', 'salt', 'milk')), ...join('c1')],
      facts: (sight) => ({
        'how many partitions each has': [shares(sight), { c1: 4 }],
        'how many records c1 received': [consumerOf(sight, 'c1').received.length, 4],
        ...alwaysOneOwner(sight),
      }),
    },
    {
      say: {
        en: 'C2 comes with the same group.id: c1 gives its partitions back first, and only then are they divided, two for each.',
        ko: 'group.id가 같은 c2가 들어온다. c1이 먼저 Partition을 내놓고, 그다음에야 둘이 두 개씩 나누어 맡는다.',
      },
      actions: join('c2'),
      facts: (sight) => ({
        'how many partitions each has': [shares(sight), { c1: 2, c2: 2 }],
        ...alwaysOneOwner(sight),
      }),
    },
    {
      say: {
        en: 'With c3 the four partitions do not divide evenly: one consumer has two of them, for a partition is never cut in half.',
        ko: 'c3까지 셋이면 네 Partition을 똑같이 나눌 수 없다. Partition은 쪼개지 않으므로 한 Consumer가 두 개를 맡는다.',
      },
      actions: join('c3'),
      facts: (sight) => ({
        'how many partitions each has': [shares(sight), { c1: 2, c2: 1, c3: 1 }],
        ...alwaysOneOwner(sight),
      }),
    },
    {
      say: {
        en: 'With c4 there are four consumers for four partitions, and each has exactly one.',
        ko: 'c4가 들어오면 Partition 네 개에 Consumer도 네 개여서, 저마다 정확히 하나씩 맡는다.',
      },
      actions: join('c4'),
      facts: (sight) => ({
        'how many partitions each has': [shares(sight), { c1: 1, c2: 1, c3: 1, c4: 1 }],
        ...alwaysOneOwner(sight),
      }),
    },
    {
      say: {
        en: 'Four new orders come, and each consumer receives just the one of its partition: the work is done by four, and no order twice.',
        ko: '새 주문 네 개가 오고, 각 Consumer는 자기 Partition의 것만 받는다. 넷이 일을 나누며 같은 주문을 두 번 처리하지 않는다.',
      },
      actions: [produce('orders', ...oneEach('soup', 'corn', 'lime', 'plum'))],
      facts: (sight) => ({
        'the last that each received': [
          sight.consumers.map(({ received, owns }) => received.at(-1) === `${owns[0]}@1`),
          [true, true, true, true],
        ],
        'records received, and different ones among them': [receivedOnce(sight), [8, 8]],
        ...alwaysOneOwner(sight),
      }),
    },
    {
      say: {
        en: 'A fifth consumer finds no partition left and is idle: more consumers than partitions make nothing faster.',
        ko: '다섯 번째 Consumer에게는 남은 Partition이 없어 유휴 상태가 된다. Partition보다 많은 Consumer는 처리를 더 빠르게 하지 못한다.',
      },
      actions: [...join('c5'), produce('orders', ...oneEach('beef', 'leek', 'mint', 'figs'))],
      facts: (sight) => ({
        'how many partitions each has': [shares(sight), { c1: 1, c2: 1, c3: 1, c4: 1, c5: 0 }],
        'members of the group': [groupOf(sight, 'billing').members.length, 5],
        'what c5 received': [consumerOf(sight, 'c5').received, []],
        'records received, and different ones among them': [receivedOnce(sight), [12, 12]],
        ...alwaysOneOwner(sight),
      }),
    },
    {
      say: {
        en: 'But an idle consumer stands by: when c1 leaves, the four that remain have one partition each again.',
        ko: '그래도 유휴 Consumer는 예비 역할을 한다. c1이 떠나면 남은 넷이 다시 하나씩 맡는다.',
      },
      actions: [close('c1'), pass(HEARTBEAT_MS)],
      facts: (sight) => ({
        'how many partitions each has': [shares(sight), { c2: 1, c3: 1, c4: 1, c5: 1 }],
        ...alwaysOneOwner(sight),
      }),
    },
  ],
  question: {
    ask: {
      en: 'Now c2 and c3 leave as well, and two consumers remain for four partitions. Who reads the two partitions that were theirs?',
      ko: '이제 c2와 c3도 떠나 Partition 네 개에 Consumer 둘만 남는다. 둘이 맡던 Partition은 누가 읽을까?',
    },
    choices: [
      { en: 'Nobody, until new consumers come', ko: '새 Consumer가 올 때까지 아무도 읽지 않는다' },
      { en: 'C4 and c5 together, both of them both partitions', ko: 'c4와 c5가 두 Partition을 함께 읽는다' },
      { en: 'C4 and c5, which have two partitions each then', ko: 'c4와 c5가 두 개씩 나누어 맡는다' },
      { en: "The group's leader takes both", ko: '그룹의 리더가 둘 다 맡는다' },
    ],
    answer: 2,
    tryOut: {
      say: {
        en: 'C4 and c5 have two each: all partitions are divided anew among those who are there, and each still has one owner.',
        ko: 'c4와 c5가 두 개씩 맡는다. 모든 Partition을 남아 있는 Consumer들이 다시 나누며, Partition마다 담당 Consumer는 여전히 하나뿐이다.',
      },
      actions: [
        close('c2'),
        close('c3'),
        pass(HEARTBEAT_MS),
        produce('orders', ...oneEach('kale', 'pear', 'oats', 'eggs')),
      ],
      facts: (sight) => ({
        'how many partitions each has': [shares(sight), { c4: 2, c5: 2 }],
        'records received, and different ones among them': [receivedOnce(sight), [16, 16]],
        ...alwaysOneOwner(sight),
      }),
    },
  },
}
