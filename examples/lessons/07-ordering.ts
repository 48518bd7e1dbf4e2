import { partitionForKey } from 'kafkalet'
import { addPartitions, close, createTopic, pass, poll, produce, run, start } from './action.ts'
import type { TableExhibit } from './exhibit.ts'
import { partitionsOfKey, valuesReceived } from './found-records.ts'
import { hashExhibit, hashOf } from './key-hash.ts'
import type { Lesson } from './lesson.ts'
import { consumerOf, groupOf } from './sight.ts'

const fromTheStart = { autoOffsetReset: 'earliest' } as const
/** A record at a time, each of which takes a second: so one sees who is done with what, and when. */
const oneByOne = { ...fromTheStart, maxPollRecords: 1 } as const

const users = Array.from({ length: 10_000 }, (_, i) => `user-${i}`)
const movesExhibit: TableExhibit = {
  type: 'table',
  title: {
    en: 'Keys that get another partition, of user-0 to user-9999',
    ko: 'user-0부터 user-9999까지, Partition이 바뀌는 Key의 비율',
  },
  head: [
    { en: 'Partitions', ko: 'Partition 수' },
    { en: 'Keys that move', ko: '옮겨지는 Key' },
  ],
  rows: [moves(3, 4), moves(3, 6), moves(12, 13)],
}

export const orderingLesson: Lesson = {
  number: '7',
  title: { en: 'Ordering', ko: '메시지 순서' },
  about: {
    en: 'Kafka keeps the order within a partition, so a key keeps its order as long as its partition stays the same.',
    ko: 'Kafka는 한 Partition 안의 순서를 지킨다. 그래서 Key의 Partition이 바뀌지 않는 한 그 Key의 순서도 지켜진다.',
  },
  steps: [
    {
      say: {
        en: 'Six news items, sent one after the other, are spread over three partitions, and a reader gets them out of order: between partitions there is no order.',
        ko: '차례로 보낸 뉴스 여섯 개가 Partition 세 개에 나뉘어 들어갔고, Consumer는 보낸 순서와 다르게 받는다. Partition 사이에는 순서가 없다.',
      },
      actions: [
        createTopic('news', 3),
        produce('news', ...['1', '2', '3', '4', '5', '6'].map((value, i) => ({ value, partition: i % 3 }))),
        start('reader', 'press', 'news', fromTheStart),
        poll('reader'),
      ],
      facts: (sight) => ({
        'read in this order': [valuesReceived(sight, consumerOf(sight, 'reader')), ['1', '4', '2', '5', '3', '6']],
      }),
    },
    {
      say: {
        en: 'In a topic with one partition there is one line, and the entries are read exactly as they were written.',
        ko: 'Partition이 하나뿐이면 줄도 하나이므로, 기록한 순서 그대로 읽힌다.',
      },
      actions: [
        createTopic('ledger', 1),
        produce('ledger', ...['1', '2', '3', '4', '5', '6'].map((value) => ({ value }))),
        start('clerk-1', 'office', 'ledger', fromTheStart),
        poll('clerk-1'),
      ],
      facts: (sight) => ({
        'read in this order': [valuesReceived(sight, consumerOf(sight, 'clerk-1')), ['1', '2', '3', '4', '5', '6']],
      }),
    },
    {
      say: {
        en: 'The price of total order is that a second consumer finds nothing to do: one partition has one reader, and that one sets the pace.',
        ko: '전체 순서의 대가는 처리량이다. Partition이 하나면 읽는 Consumer도 하나뿐이라, 두 번째 Consumer는 할 일이 없다.',
      },
      actions: [start('clerk-2', 'office', 'ledger', fromTheStart), poll('clerk-2'), pass(3_000), poll('clerk-1')],
      facts: (sight) => ({
        'the group is': [groupOf(sight, 'office').state, 'Stable'],
        members: [groupOf(sight, 'office').members.map(({ clientId }) => clientId), ['clerk-1', 'clerk-2']],
        'clerk-1 owns': [consumerOf(sight, 'clerk-1').owns, ['ledger-0']],
        'clerk-2 owns': [consumerOf(sight, 'clerk-2').owns, []],
        'clerk-1 has read': [valuesReceived(sight, consumerOf(sight, 'clerk-1')), ['1', '2', '3', '4', '5', '6']],
      }),
    },
    {
      say: {
        en: 'Seldom must everything be in order, only what belongs together: with the passenger as the key, each passenger has one partition, and three consumers share the partitions.',
        ko: '모든 것의 순서가 필요한 경우는 드물고, 대개는 서로 관련된 것끼리만 순서가 맞으면 된다. 승객을 Key로 쓰면 승객마다 Partition이 하나로 정해지고, Partition은 Consumer 셋이 나누어 맡는다.',
      },
      actions: [
        close('reader'),
        close('clerk-1'),
        close('clerk-2'),
        createTopic('trips', 3),
        produce('trips', { key: 'eva', value: 'books' }),
        pass(286_000),
        ...['desk-0', 'desk-1', 'desk-2'].flatMap((desk) => [
          start(desk, 'billing', 'trips', oneByOne),
          run(desk, 1_000),
        ]),
        pass(6_000),
      ],
      facts: (sight) => ({
        'desk-0 owns': [consumerOf(sight, 'desk-0').owns, ['trips-0']],
        'desk-1 owns': [consumerOf(sight, 'desk-1').owns, ['trips-1']],
        'desk-2 owns': [consumerOf(sight, 'desk-2').owns, ['trips-2']],
      }),
    },
    {
      say: {
        en: 'Each reads the trips of its passengers in the order in which they were sent: there is order in every key, and still three read at once.',
        ko: '각 Consumer는 자기 승객의 Record를 보낸 순서대로 읽는다. Key마다 순서가 지켜지면서도 셋이 동시에 읽는다.',
      },
      actions: [
        produce(
          'trips',
          { key: 'anna', value: 'books' },
          { key: 'cleo', value: 'books' },
          { key: 'eva', value: 'rides' },
          { key: 'anna', value: 'rides' },
        ),
        pass(2_000),
      ],
      facts: (sight) => ({
        'desk-0 has read of eva': [valuesReceived(sight, consumerOf(sight, 'desk-0'), 'eva'), ['books', 'rides']],
        'desk-1 has read of anna': [valuesReceived(sight, consumerOf(sight, 'desk-1'), 'anna'), ['books', 'rides']],
        'desk-2 has read of cleo': [valuesReceived(sight, consumerOf(sight, 'desk-2'), 'cleo'), ['books']],
      }),
    },
    {
      say: {
        en: 'To be faster, a fourth partition and a fourth consumer are added while all this runs; what is stored stays where it is.',
        ko: '처리량을 늘리려고 운영 중에 네 번째 Partition과 네 번째 Consumer를 추가한다. 이미 저장된 Record는 옮겨지지 않는다.',
      },
      actions: [
        addPartitions('trips', 4),
        start('desk-3', 'billing', 'trips', oneByOne),
        run('desk-3', 1_000),
        pass(5_500),
      ],
      facts: (sight) => ({
        'desk-1 owns': [consumerOf(sight, 'desk-1').owns, ['trips-1']],
        'desk-3 owns': [consumerOf(sight, 'desk-3').owns, ['trips-3']],
        'partitions of anna': [partitionsOfKey(sight, 'trips', 'anna'), [1, 1]],
      }),
    },
    {
      say: {
        en: 'Anna stops, arrives and pays; before she pays the producer learns of the new partition, as it does every five minutes, divides her hash by 4, and her last record goes elsewhere.',
        ko: 'anna가 멈추고(stops), 도착하고(arrives), 결제한다(pays). 결제 직전에 Producer가 5분마다 하는 메타데이터 갱신으로 새 Partition을 알게 되어 해시를 4로 나누고, 마지막 Record는 다른 Partition으로 간다.',
      },
      actions: [
        produce('trips', { key: 'anna', value: 'stops' }, { key: 'anna', value: 'arrives' }),
        pass(600),
        produce('trips', { key: 'anna', value: 'pays' }),
      ],
      exhibit: () => hashExhibit(hashOf('anna', 3), hashOf('anna', 4)),
      facts: (sight) => ({
        'partitions of anna': [partitionsOfKey(sight, 'trips', 'anna'), [1, 1, 1, 1, 3]],
        'computed for three partitions, and for four': [
          [hashOf('anna', 3).partition, hashOf('anna', 4).partition],
          [1, 3],
        ],
      }),
    },
    {
      say: {
        en: 'A second later desk-3 has handled pays, while desk-1 has not come to arrives: each read its partition in order, and the order of anna is broken.',
        ko: '1초 뒤 desk-3은 pays를 처리했지만 desk-1은 아직 arrives에 이르지 못했다. 둘 다 자기 Partition을 순서대로 읽었는데도 anna의 순서는 깨졌다.',
      },
      actions: [pass(1_000)],
      facts: (sight) => ({
        'desk-3 has read of anna': [valuesReceived(sight, consumerOf(sight, 'desk-3'), 'anna'), ['pays']],
        'desk-1 has read of anna': [
          valuesReceived(sight, consumerOf(sight, 'desk-1'), 'anna'),
          ['books', 'rides', 'stops'],
        ],
      }),
    },
    {
      say: {
        en: 'It is no rare accident: of 10 000 users, 74.7 % move when three partitions become four, and 92.4 % when twelve become thirteen, so choose enough partitions at the start.',
        ko: '드문 일이 아니다. 사용자 10,000명 중 Partition이 3개에서 4개가 되면 74.7%가, 12개에서 13개가 되면 92.4%가 옮겨진다. 그러니 처음부터 Partition을 넉넉히 잡는다.',
      },
      actions: [pass(1_000)],
      exhibit: () => movesExhibit,
      facts: (sight) => ({
        'keys that move': [
          movesExhibit.rows,
          [
            ['3 → 4', '74.7 %'],
            ['3 → 6', '49.3 %'],
            ['12 → 13', '92.4 %'],
          ],
        ],
        'desk-1 has read of anna': [valuesReceived(sight, consumerOf(sight, 'desk-1'), 'anna').at(-1), 'arrives'],
      }),
    },
  ],
  question: {
    ask: {
      en: 'The topic trips grows again, from four partitions to eight. What becomes of the records of anna that are stored?',
      ko: 'trips의 Partition을 4개에서 8개로 다시 늘린다. 이미 저장된 anna의 Record는 어떻게 될까?',
    },
    choices: [
      {
        en: 'Kafka moves them to the partition where her key belongs now',
        ko: 'Kafka가 이제 그 Key가 속하는 Partition으로 옮긴다',
      },
      {
        en: 'They stay; her key keeps partition 3 as long as records of her are stored',
        ko: '그대로 있고, anna의 Record가 남아 있는 동안 Key도 계속 Partition 3을 쓴다',
      },
      {
        en: 'They stay, and what she does next may go to another partition',
        ko: '그대로 있고, 다음 Record는 다른 Partition으로 갈 수 있다',
      },
    ],
    answer: 2,
    tryOut: {
      say: {
        en: 'Her five records stay where they are, and once the producer knows of eight partitions, her next one goes to partition 7.',
        ko: 'anna의 Record 다섯 개는 그대로 있고, Producer가 Partition 8개를 알게 되면 다음 Record는 Partition 7로 간다.',
      },
      actions: [
        ...['desk-0', 'desk-1', 'desk-2', 'desk-3'].map(close),
        addPartitions('trips', 8),
        pass(300_000),
        produce('trips', { key: 'anna', value: 'books' }),
      ],
      exhibit: () => hashExhibit(hashOf('anna', 4), hashOf('anna', 8)),
      facts: (sight) => ({
        'partitions of anna': [partitionsOfKey(sight, 'trips', 'anna'), [1, 1, 1, 1, 3, 7]],
      }),
    },
  },
}

function moves(from: number, to: number): string[] {
  const moved = users.filter((user) => partitionForKey(user, from) !== partitionForKey(user, to))
  return [`${from} → ${to}`, `${((moved.length / users.length) * 100).toFixed(1)} %`]
}
