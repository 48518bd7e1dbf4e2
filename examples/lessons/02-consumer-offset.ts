import { close, commit, createTopic, pass, poll, produce, start } from './action.ts'
import { type Commit, commitsOf, type HashStep, javaHashSteps, offsetsPartition } from './commits.ts'
import type { TableExhibit } from './exhibit.ts'
import type { Lesson } from './lesson.ts'
import { type ConsumerSight, consumerOf, cursorOf, type Sight } from './sight.ts'

const byHand = { autoOffsetReset: 'earliest', maxPollRecords: 2, enableAutoCommit: false } as const
const byItself = { autoOffsetReset: 'earliest', maxPollRecords: 2, autoCommitIntervalMs: 5_000 } as const

/** What the consumers of this name were given, one after the other. */
function receivedBy(sight: Sight, name: string): readonly string[] {
  return sight.consumers.filter(({ consumer }: ConsumerSight) => consumer === name).flatMap(({ received }) => received)
}

/** The newest commit of the group, field by field. */
function commitExhibit(sight: Sight, group: string): TableExhibit {
  const { value, ...key } = lastCommit(sight, group)
  return {
    type: 'table',
    title: { en: `The newest commit of ${group}, as a record`, ko: `Record로 본 ${group}의 최신 Commit` },
    head: [
      { en: 'part', ko: '구분' },
      { en: 'field', ko: '필드' },
      { en: 'content', ko: '내용' },
    ],
    rows: [
      ['key', 'group', key.group],
      ['key', 'topic', key.topic],
      ['key', 'partition', String(key.partition)],
      ['value', 'offset', String(value?.offset)],
      ['value', 'metadata', JSON.stringify(value?.metadata)],
      ['value', 'commitTimestamp', value === null ? '' : new Date(value.commitTimestamp).toISOString()],
    ],
  }
}

function partitionExhibit(group: string, steps: readonly HashStep[]): TableExhibit {
  const hashes = [0, ...steps.map(({ hash }) => hash)]
  const hash = steps.at(-1)?.hash ?? 0
  return {
    type: 'table',
    title: { en: `How '${group}' finds its partition of 50`, ko: `그룹 '${group}'의 Partition 찾기 (50개 중 하나)` },
    head: [
      { en: 'step', ko: '단계' },
      { en: 'calculation', ko: '계산' },
      { en: 'result', ko: '결과' },
    ],
    rows: [
      ...steps.map(({ letter, code, hash: after }, i) => [letter, `31 × ${hashes[i]} + ${code}`, String(after)]),
      ['abs', `|${hash}|`, String(Math.abs(hash))],
      ['% 50', `${Math.abs(hash)} % 50`, String(offsetsPartition(hash))],
    ],
  }
}

export const consumerOffsetLesson: Lesson = {
  number: '2',
  title: { en: 'Consumer offset', ko: 'Consumer Offset과 __consumer_offsets' },
  about: {
    en: 'A group commits how far it has read, and whoever reads on for it begins there, so nothing is read twice.',
    ko: '그룹은 읽은 위치를 Commit하고, 다음에 이어 읽는 Consumer는 거기서 시작하므로 같은 Record를 다시 읽지 않는다.',
  },
  isAboutOffsets: true,
  steps: [
    {
      say: {
        en: 'Bill, which commits by hand, polls two of six orders: its position is 2, but Kafka has been told nothing yet.',
        ko: '수동으로 Commit하는 bill이 주문 여섯 개 중 두 개를 Poll한다. 위치(position)는 2가 되었지만 Kafka는 아직 이를 모른다.',
      },
      actions: [
        createTopic('orders', 1),
        produce('orders', ...['tea', 'rice', 'salt', 'milk', 'soup', 'corn'].map((value) => ({ value }))),
        start('bill', 'billing', 'orders', byHand),
        poll('bill'),
      ],
      facts: (sight) => ({
        "bill's position": [cursorOf(sight, 'billing', 'orders').position, 2],
        'what billing has committed': [cursorOf(sight, 'billing', 'orders').committed, null],
        'commits in __consumer_offsets': [commitsOf(sight, 'billing'), []],
      }),
    },
    {
      say: {
        en: 'Bill commits: the committed offset is 2, the next one to read, and not 1, the last one that was read.',
        ko: 'bill이 Commit한다. Commit된 Offset은 마지막으로 읽은 1이 아니라 다음에 읽을 2이다.',
      },
      actions: [commit('bill')],
      exhibit: (sight) => commitExhibit(sight, 'billing'),
      facts: (sight) => ({
        'the last record that bill received': [consumerOf(sight, 'bill').received.at(-1), 'orders-0@1'],
        'what billing has committed': [cursorOf(sight, 'billing', 'orders').committed, 2],
        "the record's key": [keyOf(lastCommit(sight, 'billing')), { group: 'billing', topic: 'orders', partition: 0 }],
        'the offset in its value': [lastCommit(sight, 'billing').value?.offset, 2],
      }),
    },
    {
      say: {
        en: "Kafka keeps that commit as a record of the internal topic __consumer_offsets; the hash of the group's id chooses one of its 50 partitions, so all commits of a group lie in one log.",
        ko: 'Kafka는 이 Commit을 Internal Topic인 __consumer_offsets의 Record로 저장한다. group.id의 해시가 50개 Partition 중 하나를 고르므로 한 그룹의 Commit은 모두 한 로그에 모인다.',
      },
      actions: [],
      exhibit: () => partitionExhibit('billing', javaHashSteps('billing')),
      facts: (sight) => ({
        'the partitions that hold commits of billing': [
          commitsOf(sight, 'billing').map(({ partition }) => partition),
          [offsetsPartition(javaHashSteps('billing').at(-1)?.hash ?? 0)],
        ],
      }),
    },
    {
      say: {
        en: 'Bill polls two more and commits again: a second record with the same key, which makes the first one obsolete, so that compaction may drop it.',
        ko: 'bill이 두 개를 더 Poll하고 다시 Commit한다. Key가 같은 두 번째 Record가 쌓였으므로 첫 Record는 필요 없어져 컴팩션(compaction) 때 지워질 수 있다.',
      },
      actions: [poll('bill'), commit('bill')],
      exhibit: (sight) => commitExhibit(sight, 'billing'),
      facts: (sight) => ({
        'the commits of billing, and which counts': [
          commitsOf(sight, 'billing').map(({ record, isNewest }) => [record.value?.offset, isNewest]),
          [
            [2, false],
            [4, true],
          ],
        ],
      }),
    },
    {
      say: {
        en: 'Bill is closed, a new bill starts with an empty memory, and reads on at offset 4: nothing is read twice, nothing is left out.',
        ko: 'bill을 닫고 새 bill을 시작한다. 새 bill은 기억하는 것이 없지만 Offset 4부터 이어 읽으므로 두 번 읽는 것도, 빠뜨리는 것도 없다.',
      },
      actions: [close('bill'), start('bill', 'billing', 'orders', byHand), poll('bill')],
      facts: (sight) => ({
        'what the new bill received': [consumerOf(sight, 'bill').received, ['orders-0@4', 'orders-0@5']],
        'what both received': [receivedBy(sight, 'bill'), [0, 1, 2, 3, 4, 5].map((offset) => `orders-0@${offset}`)],
      }),
    },
    {
      say: {
        en: 'Ship, of another group, commits automatically: its first poll brings two records, and still nothing is committed, for they may not be worked on yet.',
        ko: '다른 그룹의 ship은 자동으로 Commit한다. 첫 Poll로 두 개를 받았지만 아직 처리가 끝나지 않았을 수 있으므로 아무것도 Commit되지 않는다.',
      },
      actions: [start('ship', 'shipping', 'orders', byItself), poll('ship')],
      facts: (sight) => ({
        "ship's position": [cursorOf(sight, 'shipping', 'orders').position, 2],
        'what shipping has committed': [cursorOf(sight, 'shipping', 'orders').committed, null],
      }),
    },
    {
      say: {
        en: 'Five seconds later (auto.commit.interval.ms) the next poll commits 2, what the polls before it returned, and not the two that it brings itself.',
        ko: '5초(auto.commit.interval.ms) 뒤의 Poll이 2를 Commit한다. 이전 Poll이 돌려준 데까지이며, 이번에 가져온 두 개는 들어가지 않는다.',
      },
      actions: [pass(5_000), poll('ship')],
      exhibit: (sight) => commitExhibit(sight, 'shipping'),
      facts: (sight) => ({
        "ship's position": [cursorOf(sight, 'shipping', 'orders').position, 4],
        'what shipping has committed': [cursorOf(sight, 'shipping', 'orders').committed, 2],
      }),
    },
    {
      say: {
        en: 'An orderly close commits what was returned last, so the next ship goes on at offset 4: again nothing is read twice.',
        ko: '정상적으로 닫히는 ship은 마지막에 받은 데까지 Commit하므로, 다음 ship은 Offset 4부터 이어 읽는다. 이번에도 두 번 읽는 것은 없다.',
      },
      actions: [close('ship'), start('ship', 'shipping', 'orders', byItself), poll('ship')],
      exhibit: (sight) => commitExhibit(sight, 'shipping'),
      facts: (sight) => ({
        'the commits of shipping': [commitsOf(sight, 'shipping').map(({ record }) => record.value?.offset), [2, 4]],
        'what both ships received': [
          receivedBy(sight, 'ship'),
          [0, 1, 2, 3, 4, 5].map((offset) => `orders-0@${offset}`),
        ],
      }),
    },
  ],
  question: {
    ask: {
      en: 'The new bill, which commits by hand, has read orders 4 and 5 and is closed without a commit. What does the next bill read?',
      ko: '수동으로 Commit하는 새 bill이 4와 5를 읽고 Commit 없이 닫힌다. 그다음 bill은 무엇을 읽을까?',
    },
    choices: [
      { en: 'Nothing: closing commits what was read', ko: '아무것도 읽지 않는다. 닫을 때 읽은 데까지 Commit되므로' },
      { en: 'Orders 4 and 5 once more', ko: '4와 5를 한 번 더' },
      { en: 'Everything from offset 0, for it is a new consumer', ko: '새 Consumer이므로 Offset 0부터 전부' },
      {
        en: 'Nothing: Kafka remembers what it has delivered',
        ko: '아무것도 읽지 않는다. Kafka가 전달한 Record를 기억하므로',
      },
    ],
    answer: 1,
    tryOut: {
      say: {
        en: 'It reads 4 and 5 once more: Kafka knows only what was committed, that is 4, and without auto commit a close commits nothing.',
        ko: '4와 5를 한 번 더 읽는다. Kafka가 아는 것은 Commit된 4뿐이고, 자동 Commit을 끄면 닫을 때에도 Commit하지 않는다.',
      },
      actions: [close('bill'), start('bill', 'billing', 'orders', byHand), poll('bill')],
      facts: (sight) => ({
        'what the next bill received': [consumerOf(sight, 'bill').received, ['orders-0@4', 'orders-0@5']],
        'what billing has committed': [cursorOf(sight, 'billing', 'orders').committed, 4],
      }),
    },
  },
}

function keyOf({ group, topic, partition }: Commit) {
  return { group, topic, partition }
}

function lastCommit(sight: Sight, group: string): Commit {
  const last = commitsOf(sight, group).at(-1)
  if (last === undefined) throw new Error(`Group ${group} has committed nothing.`)
  return last.record
}
