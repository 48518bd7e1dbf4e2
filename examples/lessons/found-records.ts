// Records in what is seen, by what one asks for: a key, or what a consumer has received.
import { type ConsumerSight, type LaneSight, type RecordSight, type Sight, topicOf } from './sight.ts'

/** The partition of each record of a key, in the order of the lanes. */
export function partitionsOfKey(sight: Sight, topic: string, key: string | null): number[] {
  return topicOf(sight, topic).lanes.flatMap(({ partition, records }) =>
    records.filter((record) => record.key === key).map(() => partition),
  )
}

/** How many records each partition holds. */
export function recordCounts(sight: Sight, topic: string): number[] {
  return topicOf(sight, topic).lanes.map(({ records }) => records.length)
}

/** What a consumer has received, in that order, as values; of one key where one is named. */
export function valuesReceived(sight: Sight, { received }: ConsumerSight, key?: string): (string | null)[] {
  const byPlace = new Map(sight.topics.flatMap(({ topic, lanes }) => lanes.flatMap((lane) => placesIn(topic, lane))))
  return received
    .map((place) => byPlace.get(place))
    .filter((record) => record !== undefined)
    .filter((record) => key === undefined || record.key === key)
    .map(({ value }) => value)
}

function placesIn(topic: string, { partition, records }: LaneSight): [place: string, record: RecordSight][] {
  return records.map((record) => [`${topic}-${partition}@${record.offset}`, record])
}
