// Which topics a subscription means at the moment, and whether that, or the number of their partitions, has changed.
// (Kafka: ConsumerCoordinator.rejoinNeededOrPending, MetadataSnapshot)

import type { TopicPartition } from '../topic.ts'
import type { TopicCatalog } from '../topic-catalog.ts'

/** Names, or what a name must match. */
export type Wanted = readonly string[] | RegExp

const NO_TOPICS: ReadonlySet<string> = new Set()

export class TopicSelection {
  readonly #catalog: TopicCatalog
  readonly #maxAgeMs: number
  #wanted: Wanted
  /** Null until it is looked up for the first time. */
  #topics: ReadonlySet<string> | null = null
  #refreshedAtMs = Number.NEGATIVE_INFINITY
  /** What the last join said; null before the first. */
  #joined: ReadonlySet<string> | null = null
  /** The partitions that were divided; only the leader has to watch them. */
  #divided: ReadonlyMap<string, number> | null = null

  constructor(wanted: Wanted, catalog: TopicCatalog, maxAgeMs: number) {
    this.#wanted = wanted
    this.#catalog = catalog
    this.#maxAgeMs = maxAgeMs
  }

  change(wanted: Wanted): void {
    this.#wanted = wanted
    this.#topics = null
    this.invalidate()
  }

  get isPattern(): boolean {
    return this.#wanted instanceof RegExp
  }

  isStale(nowMs: number): boolean {
    return this.staleInMs(nowMs) <= 0
  }

  staleInMs(nowMs: number): number {
    return this.#refreshedAtMs + this.#maxAgeMs - nowMs
  }

  invalidate(): void {
    this.#refreshedAtMs = Number.NEGATIVE_INFINITY
  }

  has(topic: string): boolean {
    return this.#topics?.has(topic) ?? false
  }

  /** Whether a partition of it may be assigned. A leader may know of a matching topic before this member does. */
  accepts(topic: string): boolean {
    return this.#wanted instanceof RegExp ? matcher(this.#wanted).test(topic) : this.has(topic)
  }

  /** The topics that a join asks for. */
  join(): readonly string[] {
    this.#joined = this.#topics ?? NO_TOPICS
    return [...this.#joined]
  }

  /** The leader divided by these counts; to a follower (null) they are nothing. */
  watch(partitionCounts: ReadonlyMap<string, number> | null): void {
    this.#divided = partitionCounts
  }

  /** Looks at all of it anew. True where it is other than what the group divided. */
  async refresh(nowMs: number): Promise<boolean> {
    const isFirst = this.#topics === null
    const wanted = this.#wanted
    const names = wanted instanceof RegExp ? await this.#matching(wanted) : new Set(wanted)
    // Only subscribing may create a topic: one that is deleted later is not brought back by its readers.
    const found = await this.#catalog.refresh([...new Set([...names, ...(this.#divided?.keys() ?? [])])], isFirst)
    if (isFirst && !(wanted instanceof RegExp)) await this.#checkFirst(names, found)
    if (wanted !== this.#wanted) return false
    this.#refreshedAtMs = nowMs
    this.#topics = names
    return this.#isOther(found)
  }

  /** Where it can be told at once that all of it is as it was, that is as good as a `refresh`. */
  confirm(nowMs: number): boolean {
    const topics = this.#topics
    if (topics === null || this.isPattern) return false
    const found = this.#catalog.confirm([...new Set([...topics, ...(this.#divided?.keys() ?? [])])])
    if (found === null || this.#isOther(found)) return false
    this.#refreshedAtMs = nowMs
    return true
  }

  /** Before it joins again, a member looks for new topics: else each would begin a rebalance of its own. */
  async freshenPattern(nowMs: number, atLeastMs: number): Promise<void> {
    if (!(this.#wanted instanceof RegExp) || nowMs - this.#refreshedAtMs < atLeastMs) return
    await this.refresh(nowMs)
  }

  /** These are assigned, so their topics must be known. */
  async know(assigned: readonly TopicPartition[]): Promise<void> {
    const topics = new Set(assigned.map(({ topic }) => topic))
    const unknown = [...topics].filter((topic) => !this.#catalog.known(topic))
    if (unknown.length > 0) await this.#catalog.refresh(unknown)
  }

  #isOther(found: ReadonlyMap<string, { readonly partitionCount: number }>): boolean {
    if (this.#joined && !sameNames(this.#joined, this.#topics ?? NO_TOPICS)) return true
    for (const [topic, count] of this.#divided ?? []) {
      if ((found.get(topic)?.partitionCount ?? 0) !== count) return true
    }
    return false
  }

  /** A topic that does not exist and cannot be created is an error at the first poll; later it may come and go. */
  async #checkFirst(names: ReadonlySet<string>, found: ReadonlyMap<string, unknown>): Promise<void> {
    for (const name of names) {
      if (!found.has(name)) await this.#catalog.resolve(name)
    }
  }

  async #matching(pattern: RegExp): Promise<ReadonlySet<string>> {
    const matches = matcher(pattern)
    return new Set((await this.#catalog.names()).filter((name) => matches.test(name)))
  }
}

/** A pattern with the flag g or y would remember where it was. */
function matcher(pattern: RegExp): RegExp {
  return new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, ''))
}

function sameNames(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((name) => b.has(name))
}
