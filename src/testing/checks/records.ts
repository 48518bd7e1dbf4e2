// What must hold of records that were handled, whoever handled them. Each check answers with what does not hold, in words.

/** A record, by its place: what a producer resolves with, and what a consumer hands over. */
export interface PlacedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key?: unknown
}

/**
 * At least once: every record that was acknowledged was handled.
 *
 * @param acknowledged what `producer.send` has resolved with
 * @param handled the records that handlers are done with, in any order
 * @returns one problem for each record that was lost; none where all is well
 */
export function findLost(acknowledged: readonly PlacedRecord[], handled: Iterable<PlacedRecord>): string[] {
  const places = new Set(Array.from(handled, placeOf))
  return acknowledged.flatMap((record) =>
    places.has(placeOf(record)) ? [] : [`${placeOf(record)} was acknowledged, and nobody has handled it`],
  )
}

/**
 * Order: of each key, and in each partition, no record came for the first time before one that stands in front of it. What
 * comes again was in order once.
 *
 * @param handled the records in the order in which handlers saw them
 * @returns one problem for each record that came too late; none where all is well
 */
export function findDisorder(handled: Iterable<PlacedRecord>): string[] {
  const seen = new Set<string>()
  const newest = new Map<string, PlacedRecord>()
  const problems: string[] = []
  for (const record of handled) {
    const place = placeOf(record)
    if (seen.has(place)) continue
    seen.add(place)
    const line = `${record.topic}-${record.partition} ${JSON.stringify(record.key ?? null)}`
    const before = newest.get(line)
    if (before === undefined || record.offset > before.offset) newest.set(line, record)
    else problems.push(`${place} of key ${JSON.stringify(record.key ?? null)} came after ${placeOf(before)}`)
  }
  return problems
}

function placeOf({ topic, partition, offset }: PlacedRecord): string {
  return `${topic}-${partition}@${offset}`
}
