import { type Action, close, createTopic, pass, produce, resetOffsets, run, start, type Written } from './action.ts'
import { committedOffsets } from './commits.ts'
import type { Lesson } from './lesson.ts'
import { consumerOf, groupOf, type Sight } from './sight.ts'

const reader = { autoOffsetReset: 'earliest' } as const

/** The others of the group learn of a newcomer with their next heartbeat. */
const HEARTBEAT_MS = 3_000

function join(group: string, ...consumers: readonly string[]): Action[] {
  return [...consumers.flatMap((name) => [start(name, group, 'orders', reader), run(name)]), pass(HEARTBEAT_MS)]
}

/** One for each of the four partitions. */
function oneEach(...values: readonly string[]): Written[] {
  return values.map((value, partition) => ({ partition, value }))
}

function shares({ consumers }: Sight, group: string): Record<string, number> {
  const open = consumers.filter((each) => each.group === group && each.state !== 'closed')
  return Object.fromEntries(open.map(({ consumer, owns }) => [consumer, owns.length]))
}

/** What the group's consumers were given: how many in all, and how many different ones. */
function receivedBy({ consumers }: Sight, group: string): readonly [all: number, different: number] {
  const received = consumers.filter((each) => each.group === group).flatMap((each) => each.received)
  return [received.length, new Set(received).size]
}

export const manyGroupsLesson: Lesson = {
  number: '5',
  title: { en: 'Many groups', ko: '여러 Consumer Group' },
  about: {
    en: 'Every group reads the whole topic, divides it in its own way, and can be set back without the others noticing.',
    ko: '그룹마다 Topic 전체를 읽고 제 방식대로 나누며, 다른 그룹에 영향을 주지 않고 Offset을 되돌릴 수 있다.',
  },
  isAboutOffsets: true,
  steps: [
    {
      say: {
        en: 'Billing has two consumers for the four partitions of orders: two each.',
        ko: 'billing은 Consumer 둘이 orders의 Partition 네 개를 두 개씩 나누어 맡는다.',
      },
      actions: [
        createTopic('orders', 4),
        produce('orders', ...oneEach('tea', 'rice', 'salt', 'milk')),
        ...join('billing', 'b1', 'b2'),
      ],
      facts: (sight) => ({
        'how billing divides them': [shares(sight, 'billing'), { b1: 2, b2: 2 }],
        'records billing received, and different ones': [receivedBy(sight, 'billing'), [4, 4]],
        'the generation of billing': [groupOf(sight, 'billing').generation, 2],
      }),
    },
    {
      say: {
        en: 'Shipping comes with four consumers and divides the same topic by four; it receives all that billing has received already, and billing is not disturbed.',
        ko: 'shipping은 Consumer 넷으로 같은 Topic을 넷으로 나눈다. billing이 이미 읽은 Record도 모두 받으며, billing은 아무 영향도 받지 않는다.',
      },
      actions: join('shipping', 's1', 's2', 's3', 's4'),
      facts: (sight) => ({
        'how shipping divides them': [shares(sight, 'shipping'), { s1: 1, s2: 1, s3: 1, s4: 1 }],
        'how billing divides them': [shares(sight, 'billing'), { b1: 2, b2: 2 }],
        'records shipping received, and different ones': [receivedBy(sight, 'shipping'), [4, 4]],
        'the generation of billing': [groupOf(sight, 'billing').generation, 2],
        'the generation of shipping': [groupOf(sight, 'shipping').generation, 2],
      }),
    },
    {
      say: {
        en: 'Four new orders: within a group each of them goes to one consumer, and each group gets all of them.',
        ko: '새 주문 네 개가 온다. 한 그룹 안에서는 주문마다 한 Consumer만 받지만, 두 그룹은 저마다 네 개를 모두 받는다.',
      },
      actions: [produce('orders', ...oneEach('soup', 'corn', 'lime', 'plum'))],
      facts: (sight) => ({
        'records billing received, and different ones': [receivedBy(sight, 'billing'), [8, 8]],
        'records shipping received, and different ones': [receivedBy(sight, 'shipping'), [8, 8]],
      }),
    },
    {
      say: {
        en: "S4 leaves, and shipping begins a new generation with three; billing's generation stays as it was, for it knows nothing of shipping.",
        ko: 's4가 떠나 shipping은 셋이서 새 세대(generation)를 시작한다. shipping을 모르는 billing의 세대는 그대로이다.',
      },
      actions: [close('s4'), pass(HEARTBEAT_MS)],
      facts: (sight) => ({
        'how shipping divides them': [shares(sight, 'shipping'), { s1: 2, s2: 1, s3: 1 }],
        'the generation of billing': [groupOf(sight, 'billing').generation, 2],
        'the generation of shipping': [groupOf(sight, 'shipping').generation, 3],
      }),
    },
    {
      say: {
        en: 'Both consumers of billing are closed and four orders come: billing lags behind by four, shipping by none.',
        ko: 'billing의 두 Consumer가 닫힌 뒤 주문 네 개가 온다. billing은 네 개 뒤처지고 shipping은 뒤처지지 않는다.',
      },
      actions: [close('b1'), close('b2'), produce('orders', ...oneEach('beef', 'leek', 'mint', 'figs')), pass(5_000)],
      facts: (sight) => ({
        'the lag of billing': [groupOf(sight, 'billing').lag, 4],
        'the lag of shipping': [groupOf(sight, 'shipping').lag, 0],
      }),
    },
    {
      say: {
        en: "An admin sets billing, which is empty, back to the beginning: its four committed offsets are 0 again, and shipping's stay.",
        ko: '관리자가 비어 있는 billing의 Offset을 처음으로 되돌린다. billing이 Commit한 Offset 네 개는 다시 0이 되고 shipping의 것은 그대로이다.',
      },
      actions: [resetOffsets('billing', 'orders', 'earliest')],
      facts: (sight) => ({
        'what billing has committed': [committedOffsets(sight, 'billing'), [0, 0, 0, 0]],
        'what shipping has committed': [committedOffsets(sight, 'shipping'), [3, 3, 3, 3]],
      }),
    },
    {
      say: {
        en: 'A new consumer of billing replays all twelve orders, though they were read before: the log has kept them, and shipping gets nothing twice.',
        ko: 'billing의 새 Consumer가 이미 읽은 것까지 열두 개를 모두 다시 읽는다. 로그에 남아 있기 때문이며, shipping은 아무것도 두 번 받지 않는다.',
      },
      actions: join('billing', 'b3'),
      facts: (sight) => ({
        'members of billing': [groupOf(sight, 'billing').members.map(({ clientId }) => clientId), ['b3']],
        'how many b3 received': [consumerOf(sight, 'b3').received.length, 12],
        'records shipping received, and different ones': [receivedBy(sight, 'shipping'), [12, 12]],
      }),
    },
  ],
  question: {
    ask: {
      en: "A third group, audit, starts for the first time, with Kafka's default settings; then one more order comes. What does it receive?",
      ko: '세 번째 그룹 audit가 Kafka 기본 설정으로 처음 시작하고, 이어서 주문 하나가 더 온다. audit는 무엇을 받을까?',
    },
    choices: [
      { en: 'All thirteen: a new group begins at the beginning', ko: '열세 개 전부. 새 그룹은 처음부터 읽으므로' },
      { en: 'Only the new one', ko: '새로 온 하나만' },
      {
        en: 'Nothing: billing and shipping have read everything',
        ko: '아무것도 받지 못한다. billing과 shipping이 다 읽었으므로',
      },
    ],
    answer: 1,
    tryOut: {
      say: {
        en: 'Only the new one: a group that has committed nothing begins where auto.offset.reset says, and its default is latest, the end of the log.',
        ko: '새로 온 하나만 받는다. Commit한 적이 없는 그룹은 auto.offset.reset이 정하는 곳에서 시작하며, 기본값은 로그의 끝인 latest이다.',
      },
      actions: [start('a1', 'audit', 'orders'), run('a1'), produce('orders', { partition: 0, value: 'kale' })],
      facts: (sight) => ({
        'what a1 received': [consumerOf(sight, 'a1').received, ['orders-0@3']],
        'how many audit skipped': [groupOf(sight, 'audit').cursors.map(({ skipped }) => skipped), [3, 3, 3, 3]],
      }),
    },
  },
}
