import { partitionForKey } from 'kafkalet'
import { addPartitions, close, createTopic, pass, produce, run, start } from './action.ts'
import type { HistogramExhibit, TableExhibit } from './exhibit.ts'
import { airports, days, type KeyCounts, largestKeyOf, recordsPerPartition, routes } from './flight-keys.ts'
import { partitionsOfKey, recordCounts } from './found-records.ts'
import type { Lesson, Text } from './lesson.ts'
import { consumerOf, groupOf, type Sight } from './sight.ts'

const HANDLER_MS = 10
const STATUSES = ['open', 'paid', 'shipped', 'refunded']
const PARTITIONS = 12
const fromTheStart = { autoOffsetReset: 'earliest' } as const

const orders = Array.from({ length: 24 }, (_, i) => ({ id: `order-${i}`, status: STATUSES[i % 4] ?? '' }))

/** The first of 20 users clicks 60 times, the second 30 times, the third 20 times, and so on. */
const clicks = Array.from({ length: 20 }, (_, i) => i + 1).flatMap((user) =>
  Array.from({ length: Math.floor(60 / user) }, () => ({ key: `user-${user}`, value: 'click' })),
)

const packers = ['packer-0', 'packer-1', 'packer-2', 'packer-3', 'packer-4', 'packer-5']
const counters = ['counter-0', 'counter-1', 'counter-2', 'counter-3']
const pilots = ['pilot-0', 'pilot-1', 'pilot-2', 'pilot-3']

export const skewLesson: Lesson = {
  number: '8',
  title: { en: 'Key cardinality and skew', ko: 'Key의 Cardinality와 쏠림' },
  about: {
    en: 'How many different keys there are, and how evenly the records are spread over them, decide how evenly consumers can share the work.',
    ko: '서로 다른 Key가 몇 개인지, Record가 Key에 얼마나 고르게 퍼져 있는지가 Consumer 사이의 작업 분담을 결정한다.',
  },
  steps: [
    {
      say: {
        en: 'Twenty-four orders with their status as the key go to six partitions: there are only four keys, two of them fall together, and three partitions stay empty.',
        ko: '주문 24건을 상태(status)를 Key로 삼아 Partition 6개에 보낸다. Key가 네 가지뿐이고 그중 둘은 한곳에 모여, Partition 세 개는 비어 있다.',
      },
      actions: [
        createTopic('orders-by-status', 6),
        ...packers.flatMap((packer) => [
          start(packer, 'packing', 'orders-by-status', fromTheStart),
          run(packer, HANDLER_MS),
        ]),
        pass(3_000),
        produce('orders-by-status', ...orders.map(({ id, status }) => ({ key: status, value: id }))),
      ],
      exhibit: (sight) =>
        partitionHistogram(
          { en: 'Orders of each partition, by status', ko: 'Partition별 주문 수 (Key: 상태)' },
          recordCounts(sight, 'orders-by-status'),
          (partition) =>
            STATUSES.filter((status) => partitionsOfKey(sight, 'orders-by-status', status).includes(partition)).join(
              ', ',
            ),
        ),
      facts: (sight) => ({
        'orders of each partition': [recordCounts(sight, 'orders-by-status'), [6, 0, 12, 0, 6, 0]],
      }),
    },
    {
      say: {
        en: 'Six consumers have joined and each owns a partition, but three never see an order: more consumers cannot help where there are too few keys.',
        ko: 'Consumer 여섯이 참여해 Partition을 하나씩 맡았지만 셋은 주문을 하나도 받지 못한다. Key가 모자라면 Consumer를 늘려도 소용없다.',
      },
      actions: [pass(500)],
      exhibit: (sight) =>
        workHistogram(sight, packers, { en: 'Orders of each consumer', ko: 'Consumer별 처리한 주문 수' }),
      facts: (sight) => ({
        'partitions of each': [packers.map((packer) => consumerOf(sight, packer).owns.length), [1, 1, 1, 1, 1, 1]],
        'orders of each': [workOf(sight, packers), [6, 0, 12, 0, 6, 0]],
      }),
    },
    {
      say: {
        en: 'The same orders keyed by their ids are 24 different keys, and every partition gets some: high cardinality spreads the work.',
        ko: '같은 주문이라도 주문 번호를 Key로 삼으면 Key가 24가지가 되고, 모든 Partition이 일부씩 받는다. Cardinality가 높으면 작업이 퍼진다.',
      },
      actions: [
        createTopic('orders-by-id', 6),
        produce('orders-by-id', ...orders.map(({ id, status }) => ({ key: id, value: status }))),
      ],
      exhibit: (sight) =>
        partitionHistogram(
          { en: 'Orders of each partition, by id', ko: 'Partition별 주문 수 (Key: 주문 번호)' },
          recordCounts(sight, 'orders-by-id'),
        ),
      facts: (sight) => ({
        'orders of each partition': [recordCounts(sight, 'orders-by-id'), [3, 3, 3, 6, 5, 4]],
      }),
    },
    {
      say: {
        en: 'Many keys are not enough: of twenty users the first clicks sixty times, the second thirty times, the third twenty times, and one of four partitions gets half of all clicks.',
        ko: 'Key가 많기만 해서는 부족하다. 사용자 20명 중 첫째는 60번, 둘째는 30번, 셋째는 20번 클릭하는 식이면, Partition 넷 중 하나에 전체 클릭의 절반이 몰린다.',
      },
      actions: [
        ...packers.map(close),
        createTopic('clicks', 4),
        ...counters.flatMap((counter) => [
          start(counter, 'counting', 'clicks', fromTheStart),
          run(counter, HANDLER_MS),
        ]),
        pass(3_000),
        produce('clicks', ...clicks),
      ],
      exhibit: (sight) =>
        partitionHistogram(
          { en: 'Clicks of each partition', ko: 'Partition별 클릭 수' },
          recordCounts(sight, 'clicks'),
          (partition) => (partitionsOfKey(sight, 'clicks', 'user-1').includes(partition) ? 'user-1' : ''),
        ),
      facts: (sight) => ({
        clicks: [clicks.length, 211],
        'clicks of each partition': [recordCounts(sight, 'clicks'), [105, 21, 37, 48]],
        'partition of user-1': [partitionsOfKey(sight, 'clicks', 'user-1')[0], 0],
      }),
    },
    {
      say: {
        en: 'After half a second, at ten milliseconds a click, three consumers are done and wait, while counter-0 has as much again before it: the fullest partition sets the pace.',
        ko: '클릭 하나에 10밀리초씩 0.5초가 지나자 Consumer 셋은 일을 마치고 기다리지만, counter-0에는 그만큼이 또 남아 있다. 가장 붐비는 Partition이 전체 속도를 정한다.',
      },
      actions: [pass(500)],
      exhibit: (sight) =>
        workHistogram(sight, counters, { en: 'Clicks handled in half a second', ko: '0.5초 동안 처리한 클릭 수' }),
      facts: (sight) => ({
        'clicks of each': [workOf(sight, counters), [50, 21, 37, 48]],
        'they are': [counters.map((counter) => consumerOf(sight, counter).state), ['works', 'waits', 'waits', 'waits']],
      }),
    },
    flightStep(
      days,
      {
        en: 'Real data, 20 000 flights of 90 days over twelve partitions: keyed by the date they come out uneven, and worse, all flights of one day go to a single partition while the others wait.',
        ko: '실제 데이터, 90일간의 항공편 2만 건을 Partition 12개에 나누어 보자. 날짜를 Key로 삼으면 고르지 않을 뿐 아니라, 하루의 항공편이 모두 한 Partition에 몰려 나머지는 논다.',
      },
      { en: 'Flights of each partition, by date', ko: 'Partition별 항공편 수 (Key: 날짜)' },
      { keys: 90, least: 1_096, most: 2_877, flightsOfFirst: ['2001-01-03', 256] },
    ),
    flightStep(
      airports,
      {
        en: 'Keyed by the airport where they begin there are 220 keys, but Dallas alone has 1103 flights, and the fullest partition gets four and a half times what the emptiest does.',
        ko: '출발 공항을 Key로 삼으면 Key는 220가지이지만 Dallas(DFW) 한 곳이 1,103편이고, 가장 붐비는 Partition은 가장 한산한 Partition의 4.5배를 받는다.',
      },
      { en: 'Flights of each partition, by airport', ko: 'Partition별 항공편 수 (Key: 출발 공항)' },
      { keys: 220, least: 694, most: 3_156, flightsOfFirst: ['DFW', 1_103] },
    ),
    flightStep(
      routes,
      {
        en: 'Keyed by the route, from where to where, there are 2977 keys of at most 59 flights, and all partitions get nearly the same.',
        ko: '출발지와 도착지를 묶은 노선을 Key로 삼으면 Key는 2,977가지, 가장 많은 것도 59편이어서 모든 Partition이 거의 같은 양을 받는다.',
      },
      { en: 'Flights of each partition, by route', ko: 'Partition별 항공편 수 (Key: 노선)' },
      { keys: 2_977, least: 1_532, most: 1_793, flightsOfFirst: ['LAX-PHX', 59] },
    ),
    {
      say: {
        en: 'Of four consumers with three partitions each, by airport one has 5717 flights and another 3486, by route each has about 5000; but only a route is in order then, so let the order you need choose the key, and evenness second.',
        ko: 'Partition을 세 개씩 맡은 Consumer 넷을 보면, 공항 기준으로는 5,717편과 3,486편까지 차이가 나고 노선 기준으로는 저마다 5,000편쯤이다. 대신 순서는 노선 안에서만 지켜지므로, 먼저 필요한 순서에 맞춰 Key를 고르고 고른 분배는 그다음에 따진다.',
      },
      actions: [
        ...counters.map(close),
        createTopic('flights', PARTITIONS),
        ...pilots.flatMap((pilot) => [start(pilot, 'tower', 'flights', fromTheStart), run(pilot)]),
        pass(3_000),
      ],
      exhibit: flightWork,
      facts: (sight) => ({
        'by date, by airport, by route': [
          flightWork(sight).rows,
          [
            ['pilot-0', '5105', '5717', '4881'],
            ['pilot-1', '6291', '5673', '4903'],
            ['pilot-2', '4821', '5124', '5280'],
            ['pilot-3', '3783', '3486', '4936'],
          ],
        ],
      }),
    },
  ],
  question: {
    ask: {
      en: 'Keyed by airport, the fullest of 12 partitions gets 3156 flights. What does the fullest get with 24?',
      ko: '공항을 Key로 삼으면 Partition 12개 중 가장 붐비는 곳이 3,156편을 받는다. 24개로 늘리면 가장 붐비는 곳은 얼마나 받을까?',
    },
    choices: [
      { en: 'Half of it, 1578', ko: '그 절반인 1,578편' },
      { en: 'Less, but far more than half: 2393', ko: '줄지만 절반을 훨씬 넘는 2,393편' },
      { en: 'About 833, as Kafka splits keys that are too big', ko: '833편쯤. 너무 큰 Key는 Kafka가 나눈다' },
    ],
    answer: 1,
    tryOut: {
      say: {
        en: 'It still gets 2393: a key is never split, and Atlanta, Minneapolis and Philadelphia, which had met in partition 3, still meet there.',
        ko: '여전히 2,393편을 받는다. Key는 쪼개지지 않고, Partition 3에 모였던 Atlanta(ATL), Minneapolis(MSP), Philadelphia(PHL)가 이번에도 그곳에서 만나기 때문이다.',
      },
      actions: [addPartitions('flights', 24)],
      exhibit: () =>
        partitionHistogram(
          { en: 'Flights of each of 24 partitions, by airport', ko: 'Partition 24개의 항공편 수 (Key: 출발 공항)' },
          recordsPerPartition(airports, 24),
          largestKeyOf(airports, 24),
        ),
      facts: (sight) => ({
        'partitions of flights': [recordCounts(sight, 'flights').length, 24],
        'partitions of ATL, MSP and PHL': [
          ['ATL', 'MSP', 'PHL'].map((airport) => partitionForKey(airport, 24)),
          [3, 3, 3],
        ],
        'the fullest of them': [
          Math.max(...recordsPerPartition(airports, recordCounts(sight, 'flights').length)),
          2_393,
        ],
      }),
    },
  },
}

interface FlightFigures {
  readonly keys: number
  readonly least: number
  readonly most: number
  /** The key that has most flights. */
  readonly flightsOfFirst: readonly [key: string, flights: number]
}

function flightStep(counts: KeyCounts, say: Text, title: Text, figures: FlightFigures): Lesson['steps'][number] {
  const { keys, least, most, flightsOfFirst } = figures
  const records = recordsPerPartition(counts, PARTITIONS)
  return {
    say,
    actions: [],
    exhibit: () => partitionHistogram(title, records, largestKeyOf(counts, PARTITIONS)),
    facts: () => ({
      flights: [records.reduce((sum, each) => sum + each, 0), 20_000],
      'different keys': [counts.size, keys],
      'the key that most have': [[...counts].sort(([, a], [, b]) => b - a)[0], flightsOfFirst],
      'the emptiest partition and the fullest': [
        [Math.min(...records), Math.max(...records)],
        [least, most],
      ],
    }),
  }
}

/** Whom the group gave which partitions, and how many flights these would have by each key. */
function flightWork(sight: Sight): TableExhibit {
  const { cursors } = groupOf(sight, 'tower')
  const keys = [days, airports, routes].map((counts) => recordsPerPartition(counts, cursors.length))
  return {
    type: 'table',
    title: { en: 'Flights of each consumer, by the key', ko: 'Key에 따른 Consumer별 항공편 수' },
    head: [
      { en: 'Consumer', ko: 'Consumer' },
      { en: 'By date', ko: '날짜' },
      { en: 'By airport', ko: '출발 공항' },
      { en: 'By route', ko: '노선' },
    ],
    rows: pilots.map((pilot) => {
      const owned = cursors.filter(({ owner }) => owner === pilot)
      return [
        pilot,
        ...keys.map((records) => String(owned.reduce((sum, { partition }) => sum + (records[partition] ?? 0), 0))),
      ]
    }),
  }
}

function partitionHistogram(
  title: Text,
  records: readonly number[],
  noteOf: (partition: number) => string = () => '',
): HistogramExhibit {
  const bars = records.map((count, partition) => {
    const note = noteOf(partition)
    return { label: String(partition), count, ...(note !== '' && { note }) }
  })
  return { type: 'histogram', title, bars }
}

function workHistogram(sight: Sight, consumers: readonly string[], title: Text): HistogramExhibit {
  const work = workOf(sight, consumers)
  const bars = consumers.map((label, i) => ({ label, count: work[i] ?? 0 }))
  return { type: 'histogram', title, bars }
}

function workOf(sight: Sight, consumers: readonly string[]): number[] {
  return consumers.map((consumer) => consumerOf(sight, consumer).received.length)
}
