import { close, commit, createTopic, poll, produce, start } from './action.ts'
import { commitsOf, committedOffsets } from './commits.ts'
import type { Lesson } from './lesson.ts'
import { consumerOf, groupOf, type Sight, topicOf } from './sight.ts'

const byHand = { autoOffsetReset: 'earliest', maxPollRecords: 4, enableAutoCommit: false } as const

function endsOf(sight: Sight): number[] {
  return topicOf(sight, 'orders').lanes.map(({ endOffset }) => endOffset)
}

function positionsOf(sight: Sight): (number | null)[] {
  return groupOf(sight, 'billing').cursors.map(({ position }) => position)
}

function lagsOf(sight: Sight): number[] {
  return groupOf(sight, 'billing').cursors.map(({ lag }) => lag)
}

/** Of what bill was given: the offsets of each partition, in the order in which they came. */
function offsetsByPartition(sight: Sight): number[][] {
  const received = sight.consumers.flatMap((each) => each.received)
  return [0, 1, 2, 3].map((partition) =>
    received.filter((each) => each.startsWith(`orders-${partition}@`)).map((each) => Number(each.split('@')[1])),
  )
}

export const oneConsumerLesson: Lesson = {
  number: '3',
  title: { en: 'One consumer, many partitions', ko: 'Consumer 하나, Partition 여러 개' },
  about: {
    en: 'A consumer that is alone in its group reads every partition of the topic, and keeps an offset for each.',
    ko: '그룹에 혼자 있는 Consumer는 Topic의 모든 Partition을 읽고, Partition마다 Offset을 따로 유지한다.',
  },
  isAboutOffsets: true,
  steps: [
    {
      say: {
        en: 'A topic of four partitions is four logs, and each of them counts its offsets from 0.',
        ko: 'Partition이 네 개인 Topic은 로그가 네 개이며, Offset은 로그마다 0부터 센다.',
      },
      actions: [
        createTopic('orders', 4),
        produce(
          'orders',
          { partition: 0, value: 'tea' },
          { partition: 1, value: 'rice' },
          { partition: 2, value: 'salt' },
          { partition: 0, value: 'milk' },
          { partition: 3, value: 'soup' },
          { partition: 0, value: 'corn' },
          { partition: 2, value: 'lime' },
          { partition: 3, value: 'plum' },
        ),
      ],
      facts: (sight) => ({
        'the offsets of each partition': [
          topicOf(sight, 'orders').lanes.map(({ records }) => records.map(({ offset }) => offset)),
          [[0, 1, 2], [0], [0, 1], [0, 1]],
        ],
      }),
    },
    {
      say: {
        en: 'Bill is alone in its group, so all four partitions are given to it; its first poll brings at most four records.',
        ko: '그룹에 bill 혼자뿐이므로 네 Partition이 모두 bill에게 할당된다. 첫 Poll은 Record를 최대 네 개 가져온다.',
      },
      actions: [start('bill', 'billing', 'orders', byHand), poll('bill')],
      facts: (sight) => ({
        'what bill owns': [consumerOf(sight, 'bill').owns, ['orders-0', 'orders-1', 'orders-2', 'orders-3']],
        'how many bill received': [consumerOf(sight, 'bill').received.length, 4],
      }),
    },
    {
      say: {
        en: 'Its next poll brings the rest: a position in each partition, and each has come to the end of its own log.',
        ko: '다음 Poll이 나머지를 가져온다. 위치(position)는 Partition마다 하나씩이며, 저마다 자기 로그의 끝에 이르렀다.',
      },
      actions: [poll('bill')],
      facts: (sight) => ({
        'the positions': [positionsOf(sight), [3, 1, 2, 2]],
        'what came of each partition': [offsetsByPartition(sight), [[0, 1, 2], [0], [0, 1], [0, 1]]],
      }),
    },
    {
      say: {
        en: 'Within each partition the records came in the order of its log, but not over all of them: rice was written second and came fourth.',
        ko: 'Partition 안에서는 로그의 순서대로 받았지만 전체 순서는 쓴 순서와 다르다. 두 번째로 쓴 rice를 네 번째로 받았다.',
      },
      actions: [],
      facts: (sight) => ({
        'where rice came': [consumerOf(sight, 'bill').received.indexOf('orders-1@0'), 3],
        'what came of each partition': [offsetsByPartition(sight), [[0, 1, 2], [0], [0, 1], [0, 1]]],
      }),
    },
    {
      say: {
        en: 'Bill commits once, and Kafka writes four records, one for each partition: the partition is part of their key.',
        ko: 'bill은 한 번 Commit하지만 Kafka는 Partition마다 하나씩, Record 네 개를 쓴다. Partition 번호가 Key에 들어 있기 때문이다.',
      },
      actions: [commit('bill')],
      facts: (sight) => ({
        'the commits': [
          commitsOf(sight, 'billing').map(({ record }) => [record.partition, record.value?.offset]),
          [
            [0, 3],
            [1, 1],
            [2, 2],
            [3, 2],
          ],
        ],
        'in how many partitions of __consumer_offsets': [
          new Set(commitsOf(sight, 'billing').map(({ partition }) => partition)).size,
          1,
        ],
      }),
    },
    {
      say: {
        en: 'Three new orders go to partitions 1 and 3: the group lags behind there, and nowhere else.',
        ko: '새 주문 세 개가 Partition 1과 3에 쌓인다. 그룹은 그 두 곳에서만 뒤처진다(lag).',
      },
      actions: [
        produce(
          'orders',
          { partition: 1, value: 'beef' },
          { partition: 3, value: 'leek' },
          { partition: 1, value: 'mint' },
        ),
      ],
      facts: (sight) => ({
        'the lag of each partition': [lagsOf(sight), [0, 2, 0, 1]],
        'what is committed': [committedOffsets(sight, 'billing'), [3, 1, 2, 2]],
      }),
    },
    {
      say: {
        en: 'Bill restarts and goes on in each partition from the offset of that partition: it receives the three new orders, and only those.',
        ko: 'bill이 다시 시작되어 Partition마다 그 Partition의 Offset부터 이어 읽는다. 새 주문 세 개만 받는다.',
      },
      actions: [close('bill'), start('bill', 'billing', 'orders', byHand), poll('bill')],
      facts: (sight) => ({
        'what the new bill received': [
          [...consumerOf(sight, 'bill').received].sort(),
          ['orders-1@1', 'orders-1@2', 'orders-3@2'],
        ],
        'the positions': [positionsOf(sight), endsOf(sight)],
      }),
    },
  ],
  question: {
    ask: {
      en: 'Bill commits now, then one order goes to partition 2, bill polls it and commits again. Which committed offsets move with this last commit?',
      ko: 'bill이 지금 Commit한다. 그 뒤 주문 하나가 Partition 2에 쌓이고, bill이 Poll하고 다시 Commit한다. 마지막 Commit으로 움직이는 Offset은 어느 것일까?',
    },
    choices: [
      { en: 'All four, by one', ko: '네 개 모두 1씩' },
      { en: 'Only that of partition 2', ko: 'Partition 2의 것만' },
      { en: 'The one offset that the group has for the topic', ko: '그룹이 Topic에 대해 가진 하나뿐인 Offset' },
    ],
    answer: 1,
    tryOut: {
      say: {
        en: 'Only that of partition 2 moves, from 2 to 3: a group has an offset for each partition, and none for the topic as a whole.',
        ko: 'Partition 2의 Offset만 2에서 3으로 움직인다. 그룹의 Offset은 Partition마다 있으며, Topic 전체에 대한 Offset은 없다.',
      },
      actions: [commit('bill'), produce('orders', { partition: 2, value: 'figs' }), poll('bill'), commit('bill')],
      facts: (sight) => ({
        'what is committed': [committedOffsets(sight, 'billing'), [3, 3, 3, 3]],
        'the commits for partition 2': [
          commitsOf(sight, 'billing').flatMap(({ record }) => (record.partition === 2 ? [record.value?.offset] : [])),
          [2, 2, 3],
        ],
      }),
    },
  },
}
