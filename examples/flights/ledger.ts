// What a group received. It stands for the database behind the consumers: it outlives a crash, and it knows each row
// by its number, so that a row that comes twice is worked on once.
import type { Question } from './question.ts'
import type { Row } from './table.ts'

export interface Delivery {
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  readonly value: Row
}

export class Ledger {
  readonly groupId: string
  readonly question: Question
  /** How often each row came, by its number. */
  readonly #times = new Map<number, number>()
  readonly #lastOfKey = new Map<string, number>()
  readonly #keysOutOfOrder = new Set<string>()
  readonly #keysOfPartition = new Map<number, Set<string>>()
  /** By partition: the next offset that the group will read. */
  readonly #nextOffsets = new Map<number, number>()

  constructor(groupId: string, question: Question) {
    this.groupId = groupId
    this.question = question
  }

  /** Rows that came, each counted once. */
  get arrived(): number {
    return this.#times.size
  }

  get twice(): number {
    return [...this.#times.values()].filter((times) => times > 1).length
  }

  /** Keys whose rows came, for the first time, in another order than they have in the file. */
  get keysOutOfOrder(): number {
    return this.#keysOutOfOrder.size
  }

  distinctKeys(partition: number): number {
    return this.#keysOfPartition.get(partition)?.size ?? 0
  }

  nextOffset(partition: number): number {
    return this.#nextOffsets.get(partition) ?? 0
  }

  take({ partition, offset, key, value }: Delivery): void {
    this.#nextOffsets.set(partition, offset + 1)
    const times = this.#times.get(value.number) ?? 0
    this.#times.set(value.number, times + 1)
    if (times > 0) return
    this.question.add(value)
    this.#noteKey(partition, key ?? '', value.number)
  }

  /** The consumer of these partitions is gone: whoever comes next goes on from its last commit. */
  rewind(partitions: readonly { readonly partition: number; readonly committed: number | null }[]): void {
    for (const { partition, committed } of partitions) this.#nextOffsets.set(partition, committed ?? 0)
  }

  #noteKey(partition: number, key: string, number: number): void {
    if ((this.#lastOfKey.get(key) ?? 0) > number) this.#keysOutOfOrder.add(key)
    this.#lastOfKey.set(key, number)
    const keys = this.#keysOfPartition.get(partition) ?? new Set()
    this.#keysOfPartition.set(partition, keys.add(key))
  }
}
