import { commit, createTopic, freeze, pass, poll, produce, run, start, stop, thaw } from './action.ts'
import type { TableExhibit } from './exhibit.ts'
import type { Lesson } from './lesson.ts'
import { consumerOf, cursorOf, groupOf, type Sight } from './sight.ts'

const byHand = { autoOffsetReset: 'earliest', enableAutoCommit: false } as const
/** A minute, so that one need not wait the five that are Kafka's default. */
const eager = { ...byHand, strategy: ['range'], maxPollIntervalMs: 60_000 } as const
const cooperative = { ...byHand, strategy: ['cooperative-sticky'] } as const

export const rebalancingLesson: Lesson = {
  number: '10',
  title: { en: 'Rebalancing', ko: '리밸런싱' },
  about: {
    en: 'When members come or go, the group divides its partitions anew, in a new generation, and whoever missed that is kept out.',
    ko: '멤버가 들어오거나 나가면 그룹은 새 세대(Generation)에서 Partition을 다시 나누고, 이를 놓친 멤버의 요청은 거부한다.',
  },
  steps: [
    {
      say: {
        en: 'The first poll of ann joins the group: the answer to JoinGroup makes ann the leader of generation 1, the leader divides the partitions, and SyncGroup hands out the result.',
        ko: 'ann이 첫 Poll에서 그룹에 참여한다. JoinGroup의 응답으로 세대 1의 리더가 되고, 리더가 Partition을 나누며, 그 결과는 SyncGroup으로 전해진다.',
      },
      actions: [createTopic('rides', 4), start('ann', 'eager', 'rides', eager), poll('ann')],
      facts: (sight) => ({
        'what ann did and was told': [
          storyOf(sight, 'ann'),
          [
            'ann -> eager: JoinGroup',
            'eager -> ann: JoinGroup answered, MEMBER_ID_REQUIRED',
            'ann -> eager: JoinGroup',
            'eager -> ann: JoinGroup answered, generation 1, leads',
            'ann -> eager: SyncGroup',
            'eager -> ann: SyncGroup answered, done',
            'ann takes rides-0, rides-1, rides-2, rides-3',
          ],
        ],
        'the group is': [groupOf(sight, 'eager').state, 'Stable'],
      }),
    },
    {
      say: {
        en: 'Now ben asks to join and has to wait, for a rebalance begins and every old member must join again; ann hears of it with the next heartbeat only.',
        ko: '이제 ben이 참여를 요청하지만 기다려야 한다. 리밸런스가 시작되면 기존 멤버가 모두 다시 참여해야 하는데, ann은 다음 Heartbeat에서야 이를 알게 된다.',
      },
      actions: [start('ben', 'eager', 'rides', eager), poll('ben')],
      facts: (sight) => ({
        'the group is': [groupOf(sight, 'eager').state, 'PreparingRebalance'],
        'ann owns': [consumerOf(sight, 'ann').owns, ['rides-0', 'rides-1', 'rides-2', 'rides-3']],
        'ben owns': [consumerOf(sight, 'ben').owns, []],
      }),
    },
    {
      say: {
        en: 'The assignor is an eager one, so ann gives all four back before joining again and nobody reads in the meantime; then generation 2 begins, with two partitions each.',
        ko: 'eager 방식이므로 ann은 네 개를 모두 반납한 뒤에 다시 참여하고, 그동안 아무도 읽지 않는다. 이어서 둘이 두 개씩 맡는 세대 2가 시작된다.',
      },
      actions: [pass(3_000), poll('ann'), poll('ben')],
      facts: (sight) => ({
        'what ann did and was told': [
          storyOf(sight, 'ann').slice(7),
          [
            'eager -> ann: Heartbeat answered, REBALANCE_IN_PROGRESS',
            'ann gives back rides-0, rides-1, rides-2, rides-3',
            'ann -> eager: JoinGroup',
            'eager -> ann: JoinGroup answered, generation 2, leads',
            'ann -> eager: SyncGroup',
            'eager -> ann: SyncGroup answered, done',
            'ann takes rides-0, rides-1',
          ],
        ],
        'ben owns': [consumerOf(sight, 'ben').owns, ['rides-2', 'rides-3']],
      }),
    },
    {
      say: {
        en: 'Another group does it cooperatively: cat keeps all four through the join, gives back only the two that will move, and reads on from the others while the group rebalances.',
        ko: '다른 그룹은 cooperative 방식이다. cat은 네 개를 쥔 채 다시 참여하여 옮겨 갈 두 개만 반납하고, 그룹이 리밸런싱하는 동안에도 나머지를 계속 읽는다.',
      },
      actions: [
        start('cat', 'cooperative', 'rides', cooperative),
        poll('cat'),
        start('dan', 'cooperative', 'rides', cooperative),
        poll('dan'),
        pass(3_000),
        poll('cat'),
        produce('rides', { value: 'first', partition: 0 }),
      ],
      facts: (sight) => ({
        'what cat did and was told': [
          storyOf(sight, 'cat').slice(7),
          [
            'cooperative -> cat: Heartbeat answered, REBALANCE_IN_PROGRESS',
            'cat -> cooperative: JoinGroup',
            'cooperative -> cat: JoinGroup answered, generation 2, leads',
            'cat -> cooperative: SyncGroup',
            'cooperative -> cat: SyncGroup answered, done',
            'cat gives back rides-2, rides-3',
            'cat takes nothing new',
            'cat -> cooperative: JoinGroup',
          ],
        ],
        'the group is': [groupOf(sight, 'cooperative').state, 'PreparingRebalance'],
        'cat has read': [consumerOf(sight, 'cat').received, ['rides-0@0']],
      }),
    },
    {
      say: {
        en: 'A second, short rebalance hands the two that are free now to dan: that is one generation more, but half of the partitions were never out of work.',
        ko: '두 번째의 짧은 리밸런스에서 이제 비어 있는 두 개가 dan에게 넘어간다. 세대는 하나 더 늘지만 Partition의 절반은 한 번도 멈추지 않았다.',
      },
      actions: [pass(3_000), poll('dan'), poll('cat')],
      exhibit: comparison,
      facts: (sight) => ({
        'dan owns': [consumerOf(sight, 'dan').owns, ['rides-2', 'rides-3']],
        'cat at last': [storyOf(sight, 'cat').at(-1), 'cat takes nothing new'],
        'eager beside cooperative': [
          comparison(sight).rows,
          [
            ['range', '4', '2'],
            ['cooperative-sticky', '2', '3'],
          ],
        ],
      }),
    },
    {
      say: {
        en: 'Back in the eager group ben works on two rides, and stands still in a long garbage collection just before the commit leaves; nobody can tell that from a crash.',
        ko: '다시 eager 그룹이다. ben이 Record 두 개를 처리하고 Commit을 보내기 직전에 긴 가비지 컬렉션으로 멈춘다. 밖에서는 죽은 것과 구별할 수 없다.',
      },
      actions: [
        run('ann'),
        produce('rides', { value: 'second', partition: 2 }, { value: 'third', partition: 2 }),
        poll('ben'),
        commit('ann'),
        freeze('ben'),
        commit('ben'),
      ],
      facts: (sight) => ({
        'ben has worked on': [consumerOf(sight, 'ben').received, ['rides-2@0', 'rides-2@1']],
        'committed in rides-2': [cursorOf(sight, 'eager', 'rides', 2).committed, null],
      }),
    },
    {
      say: {
        en: 'When the session of ben is over ann gets all partitions in generation 3, works on the two rides again and on a new one, and commits all three.',
        ko: 'ben의 세션이 끝나면 ann이 세대 3에서 모든 Partition을 맡아 그 두 개를 다시 처리하고, 새로 온 하나까지 처리한 뒤 모두 Commit한다.',
      },
      actions: [pass(48_000), produce('rides', { value: 'fourth', partition: 2 }), commit('ann')],
      facts: (sight) => ({
        generation: [groupOf(sight, 'eager').generation, 3],
        'ann has worked on': [consumerOf(sight, 'ann').received, ['rides-0@0', 'rides-2@0', 'rides-2@1', 'rides-2@2']],
        'committed in rides-2': [cursorOf(sight, 'eager', 'rides', 2).committed, 3],
      }),
    },
    {
      say: {
        en: 'Then the zombie wakes up, still believes to own its partitions, and sends its old commit; the group fences it, for this member of generation 2 is out, or else ann would be set back from 3 to 2.',
        ko: '이때 좀비(zombie)가 깨어나 아직 자기 Partition인 줄 알고 묵은 Commit을 보낸다. 그룹은 이미 내보낸 세대 2의 멤버를 막는다(fencing). 막지 않았다면 ann의 Commit이 3에서 2로 되돌아갔을 것이다.',
      },
      actions: [thaw('ben')],
      facts: (sight) => ({
        'ben still believes to own': [consumerOf(sight, 'ben').owns, ['rides-2', 'rides-3']],
        'who owns it': [cursorOf(sight, 'eager', 'rides', 2).owner, 'ann'],
        'ben is told': [consumerOf(sight, 'ben').error?.split(':')[0], 'UNKNOWN_MEMBER_ID'],
        'committed in rides-2': [cursorOf(sight, 'eager', 'rides', 2).committed, 3],
      }),
    },
    {
      say: {
        en: 'With the next poll ben joins again, but now works seventy seconds on a ride: the heartbeats go on, yet after max.poll.interval.ms without a poll, a minute here, it leaves by itself.',
        ko: 'ben은 다음 Poll에서 다시 참여하지만, 이번에는 Record 하나를 70초 동안 처리한다. Heartbeat는 계속 가는데도, max.poll.interval.ms(여기서는 1분) 동안 Poll이 없으면 스스로 그룹을 떠난다.',
      },
      actions: [run('ben', 70_000), pass(6_000), produce('rides', { value: 'fifth', partition: 2 }), pass(65_000)],
      facts: (sight) => ({
        'why ben is gone': [departuresOf(sight, 'ben'), ['session expired', 'left']],
        'ben still works': [consumerOf(sight, 'ben').state, 'works'],
        'ann owns': [consumerOf(sight, 'ann').owns, ['rides-0', 'rides-1', 'rides-2', 'rides-3']],
        'ann has worked on': [consumerOf(sight, 'ann').received.at(-1), 'rides-2@3'],
      }),
    },
    {
      say: {
        en: 'When ben is done at last its commit is refused, and ann has long done the same work again: all that one poll brings must be handled in time, so poll fewer records or allow more time.',
        ko: 'ben이 뒤늦게 끝내고 보낸 Commit은 거부되고, 같은 일을 이미 ann이 다시 했다. 한 번의 Poll로 가져온 것은 제한 시간 안에 모두 처리해야 하므로, 한 번에 가져오는 수를 줄이거나 시간을 늘린다.',
      },
      actions: [stop('ben'), pass(6_000), commit('ben')],
      facts: (sight) => ({
        'ben is told': [consumerOf(sight, 'ben').error?.includes('no poll within maxPollIntervalMs'), true],
        'ben has worked on': [consumerOf(sight, 'ben').received.at(-1), 'rides-2@3'],
        'committed in rides-2': [cursorOf(sight, 'eager', 'rides', 2).committed, 3],
      }),
    },
  ],
  question: {
    ask: {
      en: 'The cooperative group has two members with two partitions each. A third one joins. How many partitions are taken from somebody?',
      ko: 'cooperative 그룹에는 Partition을 두 개씩 맡은 멤버가 둘 있다. 세 번째 멤버가 참여하면, 누군가가 내놓아야 하는 Partition은 몇 개일까?',
    },
    choices: [
      { en: 'All four, as in every rebalance', ko: '네 개 모두. 리밸런스는 늘 그렇다' },
      { en: 'One, which the new member gets', ko: '새 멤버에게 갈 한 개' },
      { en: 'None: the new one is idle until somebody leaves', ko: '없다. 누가 나갈 때까지 새 멤버는 논다' },
    ],
    answer: 1,
    tryOut: {
      say: {
        en: 'One: the others keep what they have, and three of four partitions are read without a break.',
        ko: '한 개다. 나머지는 맡은 것을 그대로 지키고, 네 개 중 세 개는 끊김 없이 읽힌다.',
      },
      actions: [run('cat'), run('dan'), start('eve', 'cooperative', 'rides', cooperative), run('eve'), pass(9_000)],
      facts: (sight) => ({
        'given back since dan came': [[...givenBack(sight, 'cat').slice(2), ...givenBack(sight, 'dan')], ['rides-3']],
        'eve owns': [consumerOf(sight, 'eve').owns, ['rides-3']],
      }),
    },
  },
}

/** What a second member cost: what the first gave back, and in which generation all was divided. */
function comparison(sight: Sight): TableExhibit {
  const rowOf = (group: string, first: string) => {
    const { protocol, generation } = groupOf(sight, group)
    return [protocol ?? '', String(givenBack(sight, first).length), String(generation)]
  }
  return {
    type: 'table',
    title: { en: 'When a second member joined', ko: '두 번째 멤버가 참여했을 때' },
    head: [
      { en: 'Assignor', ko: 'Assignor' },
      { en: 'Partitions given back', ko: '반납된 Partition' },
      { en: 'Divided in generation', ko: '분배가 끝난 세대' },
    ],
    rows: [rowOf('eager', 'ann'), rowOf('cooperative', 'cat')],
  }
}

/** What a consumer asked its group, what it was told, and what it gave back and took. */
function storyOf({ timeline }: Sight, clientId: string): string[] {
  const told = ['groupRequest', 'groupResponse', 'partitionsRevoked', 'partitionsAssigned']
  return timeline
    .filter((each) => told.includes(each.event) && 'clientId' in each && each.clientId === clientId)
    .map(({ text }) => text)
}

function givenBack({ timeline }: Sight, clientId: string): string[] {
  return timeline.flatMap((each) =>
    each.event === 'partitionsRevoked' && each.clientId === clientId
      ? each.partitions.map(({ topic, partition }) => `${topic}-${partition}`)
      : [],
  )
}

/** Why its group lost it, each time. */
function departuresOf({ timeline }: Sight, clientId: string): string[] {
  return timeline.flatMap((each) => (each.event === 'memberLeft' && each.clientId === clientId ? [each.reason] : []))
}
