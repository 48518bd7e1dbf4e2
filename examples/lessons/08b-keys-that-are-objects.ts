import { json, partitionForKey } from 'kafkalet'
import { createTopic, pass, produce, run, start } from './action.ts'
import { type AvroSchema, avroBytes, registeredBytes } from './avro-key.ts'
import { partitionsOfKey, recordCounts, valuesReceived } from './found-records.ts'
import { hashExhibit, hashOf } from './key-hash.ts'
import type { Lesson } from './lesson.ts'
import { consumerOf } from './sight.ts'

const device = { tenant: 'acme', id: 1 }
/** The same to us. */
const turned = { id: 1, tenant: 'acme' }

const asWritten = JSON.stringify(device)
const asTurned = JSON.stringify(turned)
/** As `json.dumps` of Python does by default. */
const withBlanks = '{"tenant": "acme", "id": 1}'

const canonical = json<typeof device>({ canonical: true })
const canonicalKey = (data: typeof device) =>
  String(canonical.serialize(data, { topic: 'devices-canonical', part: 'key', headers: [] }))

const fields: AvroSchema['fields'] = [
  { name: 'tenant', type: 'string' },
  { name: 'id', type: 'long' },
]
const schema42: AvroSchema = { id: 42, fields }
const schema43: AvroSchema = { id: 43, fields }
/** As `schema43`, and an optional field that is null here: one byte, which says so. */
const withSite = [...registeredBytes({ id: 50, fields }, device), 0]

const ids = Array.from({ length: 10_000 }, (_, id) => id)
const movedByTheId = ids.filter((id) => {
  const [before, after] = [schema42, schema43].map((schema) =>
    partitionForKey(Uint8Array.from(registeredBytes(schema, { tenant: 'acme', id })), 4),
  )
  return before !== after
})

export const objectKeyLesson: Lesson = {
  number: '8b',
  title: { en: 'Keys that are objects', ko: '객체를 Key로 쓸 때' },
  about: {
    en: 'A key may be JSON or Avro with many fields, but to Kafka it is bytes: one byte more or in another place is another key.',
    ko: 'Key는 여러 필드를 가진 JSON이나 Avro일 수 있다. 그러나 Kafka에게는 바이트일 뿐이라, 한 바이트만 달라도 다른 Key다.',
  },
  steps: [
    {
      say: {
        en: 'Two services report on one device with a JSON key, but one writes the tenant first and the other the id: the records land in two partitions, as Kafka knows no fields and hashes bytes.',
        ko: '두 서비스가 같은 장치를 JSON Key로 보고하는데, 하나는 tenant를 먼저, 다른 하나는 id를 먼저 쓴다. Kafka는 필드를 모르고 바이트를 해시하므로 Record가 두 Partition으로 갈라진다.',
      },
      actions: [
        createTopic('devices', 4),
        ...['watch-0', 'watch-1'].flatMap((watch) => [
          start(watch, 'watching', 'devices', { autoOffsetReset: 'earliest' }),
          run(watch),
        ]),
        pass(3_000),
        produce('devices', { key: asWritten, value: 'on' }, { key: asTurned, value: 'hot' }),
      ],
      exhibit: () => hashExhibit(hashOf(asWritten, 4), hashOf(asTurned, 4)),
      facts: (sight) => ({
        'equal as objects': [JSON.parse(asTurned), JSON.parse(asWritten)],
        'partition of {tenant,id}': [partitionsOfKey(sight, 'devices', asWritten), [0]],
        'partition of {id,tenant}': [partitionsOfKey(sight, 'devices', asTurned), [2]],
      }),
    },
    {
      say: {
        en: 'A third service is written in Python, whose JSON has a blank after each colon and comma, and the same device is in a third partition.',
        ko: '세 번째 서비스는 Python이다. Python의 JSON은 콜론과 쉼표 뒤에 공백을 넣기 때문에, 같은 장치가 세 번째 Partition에 들어간다.',
      },
      actions: [produce('devices', { key: withBlanks, value: 'off' })],
      exhibit: () => hashExhibit(hashOf(asWritten, 4), hashOf(asTurned, 4), hashOf(withBlanks, 4)),
      facts: (sight) => ({
        'equal as objects': [JSON.parse(withBlanks), JSON.parse(asWritten)],
        'records of each partition': [recordCounts(sight, 'devices'), [1, 1, 1, 0]],
      }),
    },
    {
      say: {
        en: 'Of two consumers one learns that the device is on and off, the other that it is hot, and neither can say what came first: what belongs together is torn apart.',
        ko: 'Consumer 둘 중 하나는 장치가 켜지고 꺼진 것만, 다른 하나는 뜨거워진 것만 알고, 앞뒤 순서는 어느 쪽도 모른다. 함께 있어야 할 것이 흩어진 것이다.',
      },
      actions: [],
      facts: (sight) => ({
        'watch-0 has read': [valuesReceived(sight, consumerOf(sight, 'watch-0')), ['on', 'off']],
        'watch-1 has read': [valuesReceived(sight, consumerOf(sight, 'watch-1')), ['hot']],
      }),
    },
    {
      say: {
        en: 'Canonical JSON sorts the fields and writes no blanks, so both objects become the same bytes and meet in one partition.',
        ko: '정규화된(canonical) JSON은 필드를 정렬하고 공백을 쓰지 않는다. 그래서 두 객체가 같은 바이트가 되어 한 Partition에서 만난다.',
      },
      actions: [
        createTopic('devices-canonical', 4),
        produce(
          'devices-canonical',
          { key: canonicalKey(device), value: 'on' },
          { key: canonicalKey(turned), value: 'hot' },
        ),
      ],
      exhibit: () => hashExhibit(hashOf(canonicalKey(device), 4), hashOf(canonicalKey(turned), 4)),
      facts: (sight) => ({
        'the key of both': [
          [canonicalKey(device), canonicalKey(turned)],
          [asTurned, asTurned],
        ],
        'partitions of the device': [partitionsOfKey(sight, 'devices-canonical', asTurned), [2, 2]],
      }),
    },
    {
      say: {
        en: 'Avro writes the fields in the order of the schema and without their names, so the order of the fields in the object does not matter: both are the same six bytes.',
        ko: 'Avro는 필드를 이름 없이 스키마의 순서대로 쓴다. 그래서 객체 안의 필드 순서는 상관없고, 둘 다 같은 6바이트가 된다.',
      },
      actions: [
        createTopic('devices-avro', 4),
        produce(
          'devices-avro',
          { keyBytes: avroBytes(schema42, device), value: 'on' },
          { keyBytes: avroBytes(schema42, turned), value: 'hot' },
        ),
      ],
      exhibit: () =>
        hashExhibit(
          hashOf(avroBytes(schema42, device), 4, 'Avro {tenant,id}'),
          hashOf(avroBytes(schema42, turned), 4, 'Avro {id,tenant}'),
        ),
      facts: (sight) => ({
        'partitions of the device': [partitionsOfKey(sight, 'devices-avro', '08 61 63 6d 65 02'), [2, 2]],
      }),
    },
    {
      say: {
        en: 'With a schema registry five bytes stand in front, a zero and the number of the schema, and they are hashed too: under schema 42 the device belongs to partition 0.',
        ko: '스키마 레지스트리를 쓰면 0과 스키마 번호로 된 5바이트가 앞에 붙고, 이것도 함께 해시된다. 스키마 42번에서 이 장치는 Partition 0에 속한다.',
      },
      actions: [
        createTopic('devices-registry', 4),
        produce(
          'devices-registry',
          { keyBytes: registeredBytes(schema42, device), value: 'on' },
          { keyBytes: registeredBytes(schema42, turned), value: 'hot' },
        ),
      ],
      exhibit: () =>
        hashExhibit(
          hashOf(avroBytes(schema42, device), 4, 'Avro'),
          hashOf(registeredBytes(schema42, device), 4, 'schema 42 + Avro'),
        ),
      facts: (sight) => ({
        'partitions under schema 42': [
          partitionsOfKey(sight, 'devices-registry', '00 00 00 00 2a 08 61 63 6d 65 02'),
          [0, 0],
        ],
      }),
    },
    {
      say: {
        en: 'The key schema is registered anew, with nothing but another comment, as number 43: one byte differs, the device moves to partition 3, and of 10 000 devices 74.6 % move.',
        ko: '주석만 바꾼 Key 스키마가 43번으로 새로 등록된다. 한 바이트가 달라져 이 장치는 Partition 3으로 옮겨지고, 장치 10,000대 중 74.6%가 자리를 옮긴다.',
      },
      actions: [produce('devices-registry', { keyBytes: registeredBytes(schema43, device), value: 'off' })],
      exhibit: () =>
        hashExhibit(
          hashOf(registeredBytes(schema42, device), 4, 'schema 42 + Avro'),
          hashOf(registeredBytes(schema43, device), 4, 'schema 43 + Avro'),
        ),
      facts: (sight) => ({
        'partition under schema 43': [
          partitionsOfKey(sight, 'devices-registry', '00 00 00 00 2b 08 61 63 6d 65 02'),
          [3],
        ],
        'of 10 000 devices move': [movedByTheId.length, 7_460],
      }),
    },
    {
      say: {
        en: 'A key whose only job is to find the partition is best a plain text that everybody builds alike, such as acme/1; the rest belongs in the value.',
        ko: 'Partition을 정하는 것이 목적이라면 acme/1처럼 누구나 똑같이 만들 수 있는 단순한 문자열이 가장 좋다. 나머지 정보는 Value에 담으면 된다.',
      },
      actions: [
        createTopic('devices-plain', 4),
        produce(
          'devices-plain',
          ...[device, turned, JSON.parse(withBlanks) as typeof device].map(({ tenant, id }) => ({
            key: `${tenant}/${id}`,
            value: 'seen',
          })),
        ),
      ],
      exhibit: () => hashExhibit(hashOf('acme/1', 4)),
      facts: (sight) => ({
        'partitions of the device': [partitionsOfKey(sight, 'devices-plain', 'acme/1'), [0, 0, 0]],
        'records of each partition': [recordCounts(sight, 'devices-plain'), [3, 0, 0, 0]],
      }),
    },
  ],
  question: {
    ask: {
      en: 'The Avro schema of the key gets an optional field, and the registry says that it is compatible. What becomes of the devices?',
      ko: 'Key의 Avro 스키마에 선택 필드가 하나 추가되었고, 레지스트리는 호환된다고 한다. 장치들은 어떻게 될까?',
    },
    choices: [
      {
        en: 'Nothing: it is compatible, so the same device stays in its partition',
        ko: '아무 일도 없다. 호환되므로 같은 장치는 같은 Partition에 머문다',
      },
      {
        en: 'Every device has new bytes, and most go to another partition',
        ko: '모든 장치의 바이트가 달라지고, 대부분 다른 Partition으로 간다',
      },
      { en: 'The broker refuses keys of the new schema', ko: '브로커가 새 스키마의 Key를 거부한다' },
    ],
    answer: 1,
    tryOut: {
      say: {
        en: 'The device goes elsewhere again: compatible means that readers understand it, not that its bytes are the same.',
        ko: '장치는 또 다른 곳으로 간다. 호환된다는 것은 읽을 수 있다는 뜻이지 바이트가 같다는 뜻이 아니다.',
      },
      actions: [produce('devices-registry', { keyBytes: withSite, value: 'on' })],
      exhibit: () =>
        hashExhibit(
          hashOf(registeredBytes(schema43, device), 4, 'schema 43 + Avro'),
          hashOf(withSite, 4, 'schema 50 + Avro'),
        ),
      facts: (sight) => ({
        'partition under schema 50': [
          partitionsOfKey(sight, 'devices-registry', '00 00 00 00 32 08 61 63 6d 65 02 00'),
          [1],
        ],
      }),
    },
  },
}
