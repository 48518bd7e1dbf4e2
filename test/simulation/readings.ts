// What the groups have read, in the order in which they read it.
import type { ConsumerRecord, TopicPartition } from 'kafkalet'
import type { Chance } from 'kafkalet/testing'
import { placeOf } from './ownership.ts'
import type { Story } from './story.ts'

export class Readings {
  readonly #story: Story
  /** Group → place → how far it has read; all before was read too. */
  readonly #ends = new Map<string, Map<string, number>>()

  constructor(story: Story) {
    this.#story = story
  }

  /** A record may come again, but none comes for the first time before one that stands in front of it. */
  read(groupId: string, who: string, records: readonly ConsumerRecord<string, string>[]): void {
    const ends = this.#ends.get(groupId) ?? new Map<string, number>()
    this.#ends.set(groupId, ends)
    for (const record of records) {
      const place = placeOf(record)
      const end = ends.get(place) ?? 0
      if (record.offset > end)
        this.#story.problem(`${who} of ${groupId} got ${place}@${record.offset} after @${end - 1}`)
      ends.set(place, Math.max(end, record.offset + 1))
    }
  }

  /** How far the group has read: the offset behind the last record. */
  end(groupId: string, place: TopicPartition): number {
    return this.#ends.get(groupId)?.get(placeOf(place)) ?? 0
  }

  anyRead(groupId: string, place: TopicPartition, chance: Chance): number | undefined {
    const end = this.end(groupId, place)
    return end === 0 ? undefined : chance.below(end)
  }
}
