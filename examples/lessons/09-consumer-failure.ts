import { close, commit, crash, createTopic, pass, produce, run, start } from './action.ts'
import { recordCounts } from './found-records.ts'
import type { Lesson } from './lesson.ts'
import { consumerOf, cursorOf, groupOf, type Sight } from './sight.ts'

const byHand = { autoOffsetReset: 'earliest', enableAutoCommit: false } as const
const cooks = ['cook-0', 'cook-1', 'cook-2', 'cook-3']

export const failureLesson: Lesson = {
  number: '9',
  title: { en: 'Consumer failure', ko: 'Consumer 장애' },
  about: {
    en: 'A consumer that crashes is missed only when its session is over; then the others go on from what it had committed.',
    ko: '죽은 Consumer는 세션이 끝나야 비로소 드러나고, 그때 다른 Consumer가 마지막으로 Commit된 Offset부터 이어서 읽는다.',
  },
  steps: [
    {
      say: {
        en: 'Four cooks share the orders of four partitions, one each; every cook works on its two orders and then commits.',
        ko: 'Consumer 넷이 Partition을 하나씩 맡아, 각자 주문 두 개를 처리한 뒤 Commit한다.',
      },
      actions: [
        createTopic('orders', 4),
        ...cooks.flatMap((cook) => [start(cook, 'kitchen', 'orders', byHand), run(cook)]),
        pass(3_000),
        produce(
          'orders',
          ...['tea', 'rice', 'salt', 'milk', 'soup', 'fish', 'cake', 'beer'].map((value, i) => ({
            value,
            partition: i % 4,
          })),
        ),
        ...cooks.map(commit),
      ],
      facts: (sight) => ({
        'each owns': [
          cooks.map((cook) => consumerOf(sight, cook).owns),
          [['orders-0'], ['orders-1'], ['orders-2'], ['orders-3']],
        ],
        'committed in each partition': [committed(sight), [2, 2, 2, 2]],
      }),
    },
    {
      say: {
        en: 'Two more orders come to cook-3, it works on both, and crashes before it has committed them: no goodbye, no last commit.',
        ko: 'cook-3이 새 주문 두 개를 처리했지만, Commit하기 전에 죽는다. 작별 인사도 마지막 Commit도 없다.',
      },
      actions: [produce('orders', { value: 'corn', partition: 3 }, { value: 'plum', partition: 3 }), crash('cook-3')],
      facts: (sight) => ({
        'cook-3 has worked on': [
          consumerOf(sight, 'cook-3').received,
          ['orders-3@0', 'orders-3@1', 'orders-3@2', 'orders-3@3'],
        ],
        'committed in orders-3': [cursorOf(sight, 'kitchen', 'orders', 3).committed, 2],
      }),
    },
    {
      say: {
        en: 'For forty seconds nothing happens: the group still counts cook-3 among its members, and a new order in its partition is read by nobody.',
        ko: '40초 동안 아무 일도 일어나지 않는다. 그룹은 여전히 cook-3을 멤버로 여기고, 그 Partition에 새로 온 주문은 아무도 읽지 않는다.',
      },
      actions: [produce('orders', { value: 'kiwi', partition: 3 }), pass(40_000)],
      facts: (sight) => ({
        'the group is': [groupOf(sight, 'kitchen').state, 'Stable'],
        members: [groupOf(sight, 'kitchen').members.map(({ clientId }) => clientId), cooks],
        'who has read the new order': [readersOf(sight, 'orders-3@4'), []],
      }),
    },
    {
      say: {
        en: 'After session.timeout.ms, 45 seconds without a heartbeat, the group drops cook-3, and cook-2 takes its partition at the committed offset 2: two orders are worked on twice.',
        ko: 'Heartbeat 없이 session.timeout.ms인 45초가 지나면 그룹이 cook-3을 내보내고, cook-2가 Commit된 Offset 2부터 이어받는다. 주문 두 개가 두 번 처리된다.',
      },
      actions: [pass(8_000)],
      facts: (sight) => ({
        'cook-3 is gone': [departureOf(sight, 'cook-3'), 'session expired'],
        'each owns': [
          cooks.map((cook) => consumerOf(sight, cook).owns),
          [['orders-0', 'orders-1'], ['orders-2'], ['orders-3'], []],
        ],
        'who has worked on corn': [readersOf(sight, 'orders-3@2'), ['cook-2', 'cook-3']],
        'who has worked on plum': [readersOf(sight, 'orders-3@3'), ['cook-2', 'cook-3']],
        'who has worked on kiwi': [readersOf(sight, 'orders-3@4'), ['cook-2']],
      }),
    },
    {
      say: {
        en: 'Now cook-1 does it the other way round: it commits the order pear as soon as it has it, begins to work, and crashes before it is done.',
        ko: '이번에는 cook-1이 순서를 바꾼다. 주문 pear를 받자마자 Commit부터 하고 처리를 시작했다가, 끝내기 전에 죽는다.',
      },
      actions: [
        commit('cook-2'),
        run('cook-1', 5_000),
        produce('orders', { value: 'pear', partition: 2 }),
        commit('cook-1'),
        pass(1_000),
        crash('cook-1'),
      ],
      facts: (sight) => ({
        'committed in each partition': [committed(sight), [2, 2, 3, 5]],
        'who is done with pear': [readersOf(sight, 'orders-2@2'), []],
      }),
    },
    {
      say: {
        en: 'When its session is over cook-2 goes on behind the commit, and pear is lost: it stands in the log, and nobody will ever work on it.',
        ko: '세션이 끝나면 cook-2가 Commit된 위치부터 이어받으므로 pear는 유실된다. 로그에는 남아 있지만 아무도 처리하지 않는다.',
      },
      actions: [pass(48_000), produce('orders', { value: 'kale', partition: 2 })],
      facts: (sight) => ({
        'who has worked on pear': [readersOf(sight, 'orders-2@2'), []],
        'who has worked on kale': [readersOf(sight, 'orders-2@3'), ['cook-2']],
      }),
    },
    {
      say: {
        en: 'Beside it a clean leave: cook-2 commits, closes and says goodbye, so cook-0 has all partitions with its next heartbeat, within three seconds, and no order is lost or worked on twice.',
        ko: '정상 종료는 다르다. cook-2는 Commit하고 닫으면서 떠난다고 알린다. 그래서 3초 안에, 다음 Heartbeat에서 cook-0이 모든 Partition을 맡으며 중복도 유실도 없다.',
      },
      actions: [commit('cook-2'), close('cook-2'), pass(3_000), produce('orders', { value: 'mint', partition: 3 })],
      facts: (sight) => ({
        'cook-2 is gone': [departureOf(sight, 'cook-2'), 'left'],
        'cook-0 owns': [consumerOf(sight, 'cook-0').owns, ['orders-0', 'orders-1', 'orders-2', 'orders-3']],
        'who has worked on kale': [readersOf(sight, 'orders-2@3'), ['cook-2']],
        'who has worked on mint': [readersOf(sight, 'orders-3@5'), ['cook-0']],
        'orders of each partition': [recordCounts(sight, 'orders'), [2, 2, 4, 6]],
      }),
    },
  ],
  question: {
    ask: {
      en: 'Now cook-0, the last one, crashes too, and is started again within a second. When does it read on?',
      ko: '마지막 남은 cook-0마저 죽었다가 1초 안에 다시 시작된다. 언제부터 다시 읽을까?',
    },
    choices: [
      { en: 'At once: it is the same consumer with the same name', ko: '바로. 이름이 같은 같은 Consumer이므로' },
      {
        en: 'When the session of the dead one is over, as the group still waits for it',
        ko: '죽은 쪽의 세션이 끝난 뒤. 그룹이 아직 그쪽을 기다리므로',
      },
      { en: 'Never, until somebody resets the group', ko: '누군가 그룹을 초기화할 때까지 읽지 못한다' },
    ],
    answer: 1,
    tryOut: {
      say: {
        en: 'It waits until the session of the dead one is over: to the group it is a new member, and a rebalance waits for every old one.',
        ko: '죽은 쪽의 세션이 끝날 때까지 기다린다. 그룹에게는 새 멤버일 뿐이고, 리밸런스는 기존 멤버를 모두 기다리기 때문이다.',
      },
      actions: [
        crash('cook-0'),
        pass(1_000),
        start('cook-0', 'kitchen', 'orders', byHand),
        run('cook-0'),
        pass(50_000),
      ],
      facts: (sight) => ({
        'cook-0 owns': [consumerOf(sight, 'cook-0').owns, ['orders-0', 'orders-1', 'orders-2', 'orders-3']],
        'it waited, in ms': [waitOf(sight, 'cook-0'), 43_000],
        'it has read mint again': [consumerOf(sight, 'cook-0').received, ['orders-3@5']],
      }),
    },
  },
}

function committed(sight: Sight): (number | null)[] {
  return groupOf(sight, 'kitchen').cursors.map((cursor) => cursor.committed)
}

/** Who is done with a record. */
function readersOf({ consumers }: Sight, record: string): string[] {
  return consumers.filter(({ received }) => received.includes(record)).map(({ consumer }) => consumer)
}

/** Why the group lost it last. */
function departureOf({ timeline }: Sight, clientId: string): string | undefined {
  return timeline
    .flatMap((each) => (each.event === 'memberLeft' && each.clientId === clientId ? [each.reason] : []))
    .at(-1)
}

/** From its last wish to join until it was given partitions. */
function waitOf({ timeline }: Sight, clientId: string): number {
  const asked = timeline.filter(
    (each) => each.event === 'groupRequest' && each.api === 'JoinGroup' && each.clientId === clientId,
  )
  const given = timeline.filter((each) => each.event === 'partitionsAssigned' && each.clientId === clientId)
  return (given.at(-1)?.afterMs ?? 0) - (asked.at(-1)?.afterMs ?? 0)
}
