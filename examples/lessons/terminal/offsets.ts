// The records of __consumer_offsets as text, as they were appended.
import type { OffsetsRecord } from 'kafkalet'
import type { OffsetsSight, Sight } from '../sight.ts'
import { align, cutEnd } from './columns.ts'
import type { Words } from './words.ts'

const INDENT = '  '
const MOST_RECORDS = 6

export function drawOffsets({ offsets }: Sight, words: Words, columns: number): string[] {
  const partitions = [...new Set(offsets.map(({ partition }) => partition))]
  return partitions.flatMap((partition) => {
    const records = offsets.filter((each) => each.partition === partition)
    const shown = records.slice(-MOST_RECORDS)
    const rows = [
      ['', words.key, words.value],
      ...shown.map((each) => [`@${each.offset}`, ...cellsOf(each.record, words), remarkOn(each, words)]),
    ]
    return [
      cutEnd(`__consumer_offsets-${partition} (${words.ofFifty})`, columns),
      ...align(rows, columns - INDENT.length).map((row) => INDENT + row),
      ...(records.length > shown.length ? [INDENT + words.earlier(records.length - shown.length)] : []),
    ]
  })
}

function cellsOf(record: OffsetsRecord, words: Words): [key: string, value: string] {
  switch (record.type) {
    case 'offset-commit': {
      const { group, topic, partition, value } = record
      return [`${group}, ${topic}, ${partition}`, value === null ? words.tombstone : `offset ${value.offset}`]
    }
    case 'group-metadata': {
      const { group, value } = record
      if (value === null) return [group, words.tombstone]
      return [group, `generation ${value.generation}, members ${value.members.length}`]
    }
    case 'unknown':
      return [`key version ${record.keyVersion}`, '']
  }
}

function remarkOn({ isNewest }: OffsetsSight, words: Words): string {
  return isNewest ? '' : words.superseded
}
