import { createTopic, produce } from './action.ts'
import { partitionsOfKey, recordCounts } from './found-records.ts'
import { hashExhibit, hashOf } from './key-hash.ts'
import type { Lesson } from './lesson.ts'

const jeju = hashOf('jeju', 4)
const capitalJeju = hashOf('Jeju', 4)
const jejuInHangul = hashOf('제주', 4)
const tokyo = hashOf('tokyo', 4)

export const samePartitionLesson: Lesson = {
  number: '6',
  title: { en: 'The same key, the same partition', ko: '같은 Key는 같은 Partition으로' },
  about: {
    en: "A record's partition is computed from the bytes of its key and the number of partitions, and from nothing else.",
    ko: 'Record가 갈 Partition은 Key의 바이트와 Partition 수만으로 계산된다.',
  },
  steps: [
    {
      say: {
        en: 'Three visits with the key jeju go to a topic of four partitions, and all three land in partition 3.',
        ko: 'Partition이 4개인 Topic에 Key가 jeju인 Record 세 개를 보내면 셋 모두 Partition 3에 들어간다.',
      },
      actions: [
        createTopic('visits', 4),
        produce(
          'visits',
          { key: 'jeju', value: 'spring' },
          { key: 'jeju', value: 'summer' },
          { key: 'jeju', value: 'autumn' },
        ),
      ],
      facts: (sight) => ({
        'partitions of jeju': [partitionsOfKey(sight, 'visits', 'jeju'), [3, 3, 3]],
        'records of each partition': [recordCounts(sight, 'visits'), [0, 0, 0, 3]],
      }),
    },
    {
      say: {
        en: 'First, the key becomes bytes: Kafka never looks at the text, only at the four bytes that the serializer made of it.',
        ko: '먼저 Key가 바이트로 바뀐다. Kafka는 글자가 아니라 Serializer가 만든 4바이트만 본다.',
      },
      actions: [],
      exhibit: () => hashExhibit(jeju),
      facts: () => ({ 'bytes of jeju': [[...jeju.bytes], [0x6a, 0x65, 0x6a, 0x75]] }),
    },
    {
      say: {
        en: 'Then murmur2 mixes the bytes into one signed 32-bit number: always the same for the same bytes, and far away for Jeju with a capital J.',
        ko: '그다음 murmur2가 바이트를 섞어 부호 있는 32비트 정수 하나로 만든다. 같은 바이트면 값이 항상 같고, 첫 글자만 대문자인 Jeju는 전혀 다른 값이 된다.',
      },
      actions: [],
      exhibit: () => hashExhibit(jeju, capitalJeju),
      facts: () => ({
        'murmur2 of jeju': [jeju.hash, -705_671_681],
        'murmur2 of Jeju': [capitalJeju.hash, 128_401_026],
      }),
    },
    {
      say: {
        en: 'The number may be negative, and no partition is, so & 0x7fffffff clears the sign bit; taking the absolute value instead would name another partition.',
        ko: '이 값은 음수일 수 있지만 Partition 번호는 음수일 수 없으므로 & 0x7fffffff로 부호 비트를 지운다. 대신 절댓값을 취하면 다른 Partition이 나온다.',
      },
      actions: [],
      exhibit: () => hashExhibit(jeju),
      facts: () => ({
        'without its sign': [jeju.positive, 1_441_811_967],
        'the partition by the absolute value': [Math.abs(jeju.hash) % 4, 1],
      }),
    },
    {
      say: {
        en: 'What remains after dividing by the number of partitions is the partition: 1441811967 % 4 = 3, where the visits are.',
        ko: '이 값을 Partition 수로 나눈 나머지가 Partition 번호다. 1441811967 % 4 = 3, Record들이 있는 바로 그곳이다.',
      },
      actions: [],
      exhibit: () => hashExhibit(jeju),
      facts: (sight) => ({
        'the remainder': [jeju.positive % 4, 3],
        'where the library puts it': [jeju.partition, 3],
        'partitions of jeju': [partitionsOfKey(sight, 'visits', 'jeju'), [3, 3, 3]],
      }),
    },
    {
      say: {
        en: 'The same island written 제주 is six other bytes in UTF-8, so it is another key, and goes to partition 1.',
        ko: '같은 섬이라도 제주라고 쓰면 UTF-8로 전혀 다른 6바이트이므로 다른 Key이고, Partition 1로 간다.',
      },
      actions: [produce('visits', { key: '제주', value: 'winter' })],
      exhibit: () => hashExhibit(jeju, jejuInHangul),
      facts: (sight) => ({
        'bytes of 제주': [[...jejuInHangul.bytes], [0xec, 0xa0, 0x9c, 0xec, 0xa3, 0xbc]],
        'partitions of 제주': [partitionsOfKey(sight, 'visits', '제주'), [1]],
        'as it was computed': [jejuInHangul.partition, 1],
      }),
    },
    {
      say: {
        en: 'Tokyo has another hash but the same remainder: a key has one partition, yet a partition holds many keys.',
        ko: 'tokyo는 해시값은 다르지만 나머지가 같다. Key 하나는 한 Partition에만 들어가지만, 한 Partition에는 여러 Key가 들어간다.',
      },
      actions: [produce('visits', { key: 'tokyo', value: 'spring' })],
      exhibit: () => hashExhibit(jeju, tokyo),
      facts: (sight) => ({
        'the hashes differ': [tokyo.hash === jeju.hash, false],
        'partitions of tokyo': [partitionsOfKey(sight, 'visits', 'tokyo'), [3]],
        'records of partition 3': [recordCounts(sight, 'visits')[3], 4],
      }),
    },
    {
      say: {
        en: 'Without a key nothing is hashed: the producer fills a batch for one partition, then chooses another, so where such a record lands says nothing.',
        ko: 'Key가 없으면 해시하지 않는다. Producer는 한 Partition의 배치를 채운 뒤 다른 Partition을 고르므로, 어디에 들어갔는지는 아무 의미가 없다.',
      },
      actions: [
        createTopic('hits', 4),
        produce('hits', { value: 'first' }, { value: 'second' }, { value: 'third' }, { value: 'fourth' }),
      ],
      facts: (sight) => ({
        'records of each partition, fewest first': [recordCounts(sight, 'hits').sort(), [0, 0, 0, 4]],
        'records without a key': [partitionsOfKey(sight, 'hits', null).length, 4],
      }),
    },
  ],
  question: {
    ask: {
      en: 'A new topic, bookings, also has four partitions and has never seen jeju. Where does its first jeju go?',
      ko: '새 Topic인 bookings도 Partition이 4개이고, jeju를 받아 본 적이 없다. 첫 jeju는 어디로 갈까?',
    },
    choices: [
      { en: 'To partition 0, as the first key of the topic', ko: 'Topic의 첫 Key이므로 Partition 0으로' },
      { en: 'To the partition with the fewest records', ko: 'Record가 가장 적은 Partition으로' },
      {
        en: 'To any one, which Kafka then remembers for jeju',
        ko: '아무 곳으로나. 이후 Kafka가 jeju의 자리로 기억한다',
      },
      { en: 'To partition 3 again', ko: '이번에도 Partition 3으로' },
    ],
    answer: 3,
    tryOut: {
      say: {
        en: 'It goes to partition 3: nothing is remembered, the same bytes and the same number of partitions give the same answer in every topic.',
        ko: 'Partition 3으로 간다. 기억하는 것은 없다. 바이트와 Partition 수가 같으면 어느 Topic에서든 결과가 같다.',
      },
      actions: [
        createTopic('bookings', 4),
        produce('bookings', { key: 'busan', value: 'hotel' }, { key: 'jeju', value: 'flight' }),
      ],
      exhibit: () => hashExhibit(jeju),
      facts: (sight) => ({ 'partitions of jeju': [partitionsOfKey(sight, 'bookings', 'jeju'), [3]] }),
    },
  },
}
